//! Connections: accepted, bounded in number and in time, and served by hyper, which an event stream leaves.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower_service::Service as _;

use crate::cli::Limits;
use crate::delivery::{Couriers, Handover, Taken, deliver};
use crate::socket::{Flushes, Socket};
#[cfg(feature = "tls")]
use crate::tls::Tls;
pub(crate) use body::TooSlow;
use patient::Patient;

mod body;
#[cfg(feature = "tls")]
mod http2;
mod patient;
#[cfg(feature = "tls")]
mod secure;

/// Of a request's head. hyper answers 431 to longer ones.
const HEAD_BYTES: usize = 64 * 1024;

/// Of what is written to a socket, how much may wait to be sent; a full one takes more once half of that has gone. Linux
/// would let 4 MiB wait, and then take no more before a third has gone: a slow reader would seem to take nothing.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 64 * 1024;

/// After a connection could not be accepted: out of file descriptors, say, and no use to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Connections {
    router: Router,
    limits: Limits,
    free: Arc<Semaphore>,
    shutdown: watch::Receiver<bool>,
    couriers: Couriers,
    /// By HTTPS alone.
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

/// What hyper is told when a stream leaves it.
#[derive(Debug)]
struct Left;

impl Connections {
    pub(crate) fn new(
        router: Router,
        limits: Limits,
        shutdown: watch::Receiver<bool>,
        couriers: Couriers,
        #[cfg(feature = "tls")] tls: Option<Tls>,
    ) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(limits.max_connections.get() as usize));
        Arc::new(Self {
            router,
            limits,
            free,
            shutdown,
            couriers,
            #[cfg(feature = "tls")]
            tls,
        })
    }

    /// Accepts and serves. Is never done; connections are served on after it is dropped.
    pub(crate) async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            // One more than allowed waits in the system's queue, where it costs next to nothing.
            let Ok(permit) = Arc::clone(&self.free).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((socket, peer)) => {
                    self.limits.set(&socket);
                    let connections = Arc::clone(&self);
                    tokio::spawn(async move {
                        connections.serve(socket, peer).await;
                        drop(permit);
                    });
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "a connection can't be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Waits until none is open. No more are accepted.
    pub(crate) async fn closed(&self) {
        // An error would mean that the same was waited for before.
        let _ = self.free.acquire_many(self.limits.max_connections.get()).await;
        self.free.close();
    }

    async fn serve(&self, socket: TcpStream, peer: SocketAddr) {
        if let Err(error) = self.answer(socket, peer).await {
            tracing::debug!(%peer, %error, "a connection broke");
        }
    }

    async fn answer(&self, socket: TcpStream, peer: SocketAddr) -> io::Result<()> {
        // Before its first byte a connection has no buffer. (Whether it is readable would not tell: tokio takes new
        // sockets to be so.)
        let mut shutdown = self.shutdown.clone();
        let mut first = [0];
        let begins = tokio::time::timeout(self.limits.request_timeout, socket.peek(&mut first));
        tokio::select! {
            _ = shutdown.wait_for(|shutdown| *shutdown) => return Ok(()),
            begins = begins => drop(begins??),
        }
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return Box::pin(self.answer_securely(tls, socket, peer)).await;
        }
        // Boxed, so that an event stream does not keep the room that hyper needs.
        match Box::pin(self.exchange(socket, peer)).await? {
            Some((socket, taken)) => {
                deliver(socket, taken, self.limits.write_timeout, &self.couriers).await
            }
            None => Ok(()),
        }
    }

    /// Answers requests until the connection is over, or one is answered with an event stream.
    async fn exchange(
        &self,
        socket: TcpStream,
        peer: SocketAddr,
    ) -> io::Result<Option<(TcpStream, Taken)>> {
        let socket = Socket::new(Patient::new(socket, self.limits.write_timeout));
        let flushes = socket.flushes();
        let taken = Arc::new(Mutex::new(None));
        let service = service_fn(|request: Request<Incoming>| {
            let mut router = self.router.clone();
            let flushes = flushes.clone();
            let taken = Arc::clone(&taken);
            let answer = async move {
                let request = self.limits.asked(request, peer, &flushes);
                let version = request.version();
                let is_head = *request.method() == Method::HEAD;
                let Ok(response) = router.call(request).await;
                let handover = response.extensions().get::<Handover>();
                // Pipelined requests may find an earlier answer still with hyper: then the stream stays there too.
                let can_leave = !is_head && flushes.is_done();
                match handover.filter(|_| can_leave).and_then(Handover::take) {
                    None => Ok(response),
                    Some(place) => {
                        let head = response.into_parts().0;
                        let stream = Taken { head, version, place };
                        *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
                        Err(Left)
                    }
                }
            };
            Box::pin(answer) as Pin<Box<dyn Future<Output = Result<Response, Left>> + Send + '_>>
        });
        let mut connection = self.http1().serve_connection(TokioIo::new(socket), service);
        let mut shutdown = self.shutdown.clone();
        let mut on_shutdown = pin!(shutdown.wait_for(|shutdown| *shutdown));
        let mut is_ending = false;
        let ended = std::future::poll_fn(|context| {
            if !is_ending && on_shutdown.as_mut().poll(context).is_ready() {
                is_ending = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            connection.poll_without_shutdown(context)
        })
        .await;
        let socket = connection.into_parts().io.into_inner().into_inner().into_inner();
        let taken = taken.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (taken, ended) {
            (Some(taken), _) => Ok(Some((socket, taken))),
            (None, ended) => ended.map(|()| None).map_err(io::Error::other),
        }
    }

    fn http1(&self) -> http1::Builder {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.request_timeout)
            .max_buf_size(HEAD_BYTES);
        builder
    }
}

impl Limits {
    /// A request, and what it knows of its connection.
    fn asked(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        flushes: &Flushes,
    ) -> Request<Body> {
        let mut request = request.map(|body| body::timely(body, self.request_timeout));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(flushes.clone());
        request
    }

    /// Events are small and each is wanted at once: no waiting for more to fill a packet. A peer that is gone without
    /// a word is found by probes where there is nothing to say. (`TCP_USER_TIMEOUT` would find it sooner where there
    /// is, but Linux counts a reader with a small window as gone, too, however steadily it reads.)
    fn set(&self, socket: &TcpStream) {
        let set = || {
            socket.set_nodelay(true)?;
            let keepalive = TcpKeepalive::new().with_time(self.write_timeout);
            let socket = SockRef::from(socket);
            #[cfg(target_os = "linux")]
            socket.set_tcp_notsent_lowat(UNSENT_BYTES)?;
            socket.set_tcp_keepalive(&keepalive)
        };
        if let Err(error) = set() {
            tracing::debug!(%error, "a socket's options can't be set");
        }
    }
}

/// The client was gone before its connection was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event stream left")
    }
}

impl std::error::Error for Left {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::num::NonZeroU32;

    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpSocket;

    use super::*;

    #[tokio::test]
    async fn a_full_socket_takes_more_once_its_client_has_taken_a_little() {
        const LITTLE: usize = 128 * 1024;
        const MINUTE: Duration = Duration::from_secs(60);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let client = TcpSocket::new_v4().expect("a socket");
        client.set_recv_buffer_size(2 * LITTLE as u32).expect("a small buffer");
        let address = listener.local_addr().expect("an address");
        let mut client = client.connect(address).await.expect("it listens");
        let (socket, _) = listener.accept().await.expect("a client");
        let limits = Limits {
            max_streams: NonZeroU32::MIN,
            max_connections: NonZeroU32::MIN,
            request_timeout: MINUTE,
            write_timeout: MINUTE,
        };
        limits.set(&socket);
        socket.writable().await.expect("it is open");
        while socket.try_write(&[0; LITTLE]).is_ok() {}
        client.read_exact(&mut [0; LITTLE]).await.expect("so much was written");
        let takes_more = tokio::time::timeout(MINUTE, socket.writable()).await;
        takes_more.expect("it need not be read on").expect("it is open");
    }
}
