//! A technician's day in the real window: the app, its webview, a server process, and a person who taps.
//!
//! [`driver`] is WebDriver and its processes, [`page`] what a person does, [`day`] what he does in which order,
//! [`ink`] whether a signature is the one that was drawn.
//! What of it the office holds is [`crate::evidence`]'s.

pub mod day;
pub mod driver;
pub mod ink;
pub mod page;
