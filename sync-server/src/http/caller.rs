//! Whose address counts when calls are counted. Never logged.

use std::net::IpAddr;

use axum::http::HeaderMap;

use super::listen::Peer;
use crate::app::Settings;

/// The socket's address, or, behind a proxy, the last one that the proxy added: what a caller says of itself
/// stands before it, and counts for nothing.
pub(super) fn address(settings: &Settings, Peer(peer): Peer, headers: &HeaderMap) -> IpAddr {
    let said = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let said = said.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    said.filter(|_| settings.behind_proxy).unwrap_or(peer.ip())
}
