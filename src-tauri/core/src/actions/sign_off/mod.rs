//! The sign-off: the text is frozen, handed to the customer, and sealed when he confirms.
//!
//! Where the frozen text lives, and the picture of the whole: [`crate::sign_off`].

pub(super) mod amend;
pub(super) mod confirm;
pub(super) mod discard;
pub(super) mod hand_over;
pub(super) mod prepare;
pub(super) mod text;
