//! The shell side of the device: what the ports are in a real app.
//!
//! [`images`] turns what a camera makes into what is kept. Nothing here decides what to keep or send.

pub mod images;
