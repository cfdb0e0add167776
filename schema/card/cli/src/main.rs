//! `fieldcard`: verifies and shows a service card.
fn main() {}
