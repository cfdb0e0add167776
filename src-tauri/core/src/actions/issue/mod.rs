//! What a person does about what needs him.

pub mod act;
