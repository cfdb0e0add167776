//! What concerns this device alone: drafts, where the person is, how the app looks. No op comes of it.

pub mod draft;
pub mod place;
pub mod settings;
