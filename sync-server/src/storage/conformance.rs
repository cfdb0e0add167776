//! One suite for every storage.
