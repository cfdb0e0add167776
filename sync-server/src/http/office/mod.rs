//! The calls of the console: JSON in, JSON out, one file a noun, each with the rows of the route table.
//!
//! [`super::guard`] has let the caller in by role; which units a role reaches is asked here, through
//! [`crate::console::scope`]. What is out of reach is answered as if it did not exist.

pub mod devices;
pub mod evidence;
pub mod exceptions;
pub mod jobs;
pub mod session;
pub mod sheet;
pub mod users;

use axum::body::Bytes;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::de::DeserializeOwned;

use super::routes::Route;

/// The routes of the console.
pub fn routes() -> Vec<Route> {
    let nouns = [
        session::routes(),
        jobs::routes(),
        evidence::routes(),
        devices::routes(),
        users::routes(),
        exceptions::routes(),
    ];
    nouns.into_iter().flatten().collect()
}

/// The message in a body.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    // Strict first: duplicate keys, floats and deep nesting never reach a rule.
    let value = fieldcard_schema::json::parse(body).map_err(|_| ApiError::from(ErrorCode::Malformed))?;
    serde_json::from_value(value).map_err(|_| ApiError::about(ErrorCode::InvalidValue, "body"))
}
