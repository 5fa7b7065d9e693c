//! Connections by TLS. Their streams stay with hyper, whose buffers come on top of those of TLS: what a slow reader holds
//! is bounded by them, and not by the one event that it stands in.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::http2::{Requests, Watched};
use super::patient::Patient;
use super::{Connections, HEAD_BYTES};
use crate::socket::Socket;
use crate::tls::{H2, Tls};

/// Bytes that a connection keeps to be sent, once they are encrypted or about to be.
const TLS_BYTES: usize = 16 * 1024;
/// Requests at a time on one connection, streams among them: as many as RFC 9113 would have at least.
const REQUESTS: u32 = 100;
/// Bytes of each answer that HTTP/2 keeps. hyper adds one piece of the body, of the log about 64 KiB.
const SEND_BYTES: usize = 16 * 1024;
/// Bytes of all requests' bodies on a connection that may lie unread, and of one of them.
const RECEIVE_BYTES: u32 = 64 * 1024;

type Secure = Socket<TlsStream<Patient<TcpStream>>>;

impl Connections {
    /// Agrees on a secret, and answers.
    pub(super) async fn answer_securely(
        &self,
        tls: &Tls,
        socket: TcpStream,
        peer: SocketAddr,
    ) -> io::Result<()> {
        let socket = Patient::new(socket, self.limits.write_timeout);
        let accept = tls.acceptor().accept_with(socket, |connection| {
            connection.set_buffer_limit(Some(TLS_BYTES));
        });
        let mut shutdown = self.shutdown.clone();
        let accepted = tokio::select! {
            _ = shutdown.wait_for(|shutdown| *shutdown) => return Ok(()),
            accepted = timeout(self.limits.request_timeout, accept) => accepted,
        };
        let stream = accepted??;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(H2);
        let socket = Socket::new(stream);
        if is_http2 {
            self.answer_http2(socket, peer).await
        } else {
            self.answer_http1(socket, peer).await
        }
    }

    async fn answer_http1(&self, socket: Secure, peer: SocketAddr) -> io::Result<()> {
        let flushes = socket.flushes();
        let service = service_fn(|request: Request<Incoming>| {
            let mut router = self.router.clone();
            let request = self.limits.asked(request, peer, &flushes);
            async move { tower_service::Service::call(&mut router, request).await }
        });
        let connection = self.http1().serve_connection(TokioIo::new(socket), service);
        let mut connection = pin!(connection);
        let mut shutdown = self.shutdown.clone();
        tokio::select! {
            ended = &mut connection => return ended.map_err(io::Error::other),
            _ = shutdown.wait_for(|shutdown| *shutdown) => {}
        }
        connection.as_mut().graceful_shutdown();
        connection.await.map_err(io::Error::other)
    }

    async fn answer_http2(&self, socket: Secure, peer: SocketAddr) -> io::Result<()> {
        let limits = self.limits;
        let flushes = socket.flushes();
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut router = router.clone();
            let request = limits.asked(request, peer, &flushes);
            async move {
                let answered = tower_service::Service::<Request<Body>>::call(&mut router, request);
                answered.await.map(Watched::answer)
            }
        });
        let requests = Requests::new(limits.write_timeout);
        let connection = http2::Builder::new(requests.clone())
            .timer(TokioTimer::new())
            .max_concurrent_streams(REQUESTS)
            .max_header_list_size(HEAD_BYTES as u32)
            .max_send_buf_size(SEND_BYTES)
            .initial_stream_window_size(RECEIVE_BYTES)
            .initial_connection_window_size(RECEIVE_BYTES)
            // A client that is gone without a word takes no ping either.
            .keep_alive_interval(limits.write_timeout)
            .keep_alive_timeout(limits.write_timeout)
            .serve_connection(TokioIo::new(socket), service);
        let mut connection = pin!(connection);
        let mut shutdown = self.shutdown.clone();
        tokio::select! {
            ended = &mut connection => return ended.map_err(io::Error::other),
            _ = shutdown.wait_for(|shutdown| *shutdown) => {}
            () = requests.idle(limits.request_timeout) => {}
        }
        connection.as_mut().graceful_shutdown();
        // Who has said nothing for so long may not say goodbye either.
        timeout(limits.request_timeout, connection).await?.map_err(io::Error::other)
    }
}
