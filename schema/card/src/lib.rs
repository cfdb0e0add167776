//! The sealed service card: its bytes, its seal and their verification.
