//! Sockets that tell whether all that was written is on its way: hyper does not tell a response's body, but a cut must
//! not take what was said before it, a piece that is to be written by itself waits for the one before, and a connection
//! can't leave hyper while hyper still holds bytes for it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// One of them.
#[derive(Debug)]
pub(crate) struct Socket<S> {
    stream: S,
    /// Whether nothing was written since the last flush. Readers are woken at each flush.
    flushed: watch::Sender<bool>,
}

/// What a request knows of its socket.
#[derive(Clone, Debug)]
pub(crate) struct Flushes(watch::Receiver<bool>);

impl<S> Socket<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, flushed: watch::Sender::new(true) }
    }

    pub(crate) fn flushes(&self) -> Flushes {
        Flushes(self.flushed.subscribe())
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    fn wrote(&self) {
        self.flushed.send_if_modified(|flushed| {
            *flushed = false;
            false
        });
    }
}

impl Flushes {
    /// Waits until what a body has handed out by now was given to the system, or the connection is gone: hyper
    /// flushes a socket once its own buffer is empty, and while it waits for a body.
    pub(crate) async fn next(&mut self) {
        self.0.mark_unchanged();
        // An error means that the socket is gone.
        let _ = self.0.changed().await;
    }

    /// Whether all answers before this one were given to the system: hyper tries to flush each before it reads the
    /// next request.
    pub(crate) fn is_done(&self) -> bool {
        *self.0.borrow()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.wrote();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.wrote();
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.flushed.send_replace(true);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
