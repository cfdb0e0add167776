//! A technician's day in the real window: the app, its webview, a server process, and a person who taps.
//!
//! [`driver`] is WebDriver and its processes, [`page`] what a person does, [`day`] what he does in which order,
//! [`evidence`] what of it the office holds.

pub mod day;
pub mod driver;
pub mod evidence;
pub mod page;
