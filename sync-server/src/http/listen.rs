//! The accept loop: sockets, TLS and HTTP/1, each wait bounded, until somebody says stop.
//!
//! `axum::serve` has no timeout for headers, so that a handful of slow sockets would hold it; here a
//! connection that does not say what it wants in time is closed, and there are never more than
//! [`Limits::connections`]. After `stop` nothing new is accepted and what runs gets [`DRAIN`] to end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Longest wait for a request's header, for the next request of an idle connection, and for a handshake.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// What running requests get to end after `stop`.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Largest TCP segment, both ways: a path that drops full-size frames still drains.
const SEGMENT_MAX: u32 = 1220;

/// A peer that acknowledges nothing for so long is gone.
const UNACKNOWLEDGED: Duration = Duration::from_mins(1);

/// Most headers of a request, and most bytes of all of them.
const HEADERS_MAX: usize = 64;
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// What may be held at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most connections.
    pub connections: usize,
    /// Longest wait for a header.
    pub header: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4096, header: HEADER_TIMEOUT }
    }
}

/// Whose call it is, as the socket says.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Binds `address` and sets what every connection inherits.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await?;
    let socket = SockRef::from(&listener);
    socket.set_tcp_mss(SEGMENT_MAX)?;
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok(listener)
}

/// Serves until `stop` ends, then drains.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &permits) => accepted,
            () = &mut stop => break,
        };
        let Some((stream, peer, permit)) = accepted else { continue };
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _held = permit;
            match tls {
                None => connection(stream, peer, router, limits, watcher).await,
                // A handshake that fails or dawdles is the peer's affair: nothing to log, nobody to answer.
                Some(tls) => {
                    if let Ok(Ok(stream)) = timeout(limits.header, tls.accept(stream)).await {
                        connection(stream, peer, router, limits, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    if timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = permits.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, permit)),
        Err(error) => {
            // Out of file descriptors, most likely: asking again at once would only spin.
            tracing::warn!(%error, "accept");
            sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn connection<S>(stream: S, peer: SocketAddr, router: Router, limits: Limits, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = router.map_request(move |mut request: Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.map(axum::body::Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    // Peers hang up in the middle all day long: no error of ours.
    let _ = watcher.watch(connection).await;
}
