//! From what a stream says to the pieces in which it is written.

use std::io::{self, Write as _};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream::{self, Stream};

use super::order::Order;
use super::script::{Script, Step};
use crate::socket::Flushes;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One stream on its way to the socket.
pub(super) struct Wire {
    script: Script,
    /// What is to be written before the script goes on.
    pending: Bytes,
    /// Bytes that a piece has at most; none if what is said at once is written at once.
    chunk: Option<usize>,
    /// After each piece.
    pause: Duration,
    gzip: Option<GzEncoder<Vec<u8>>>,
    flushes: Flushes,
    has_written: bool,
    is_over: bool,
}

impl Wire {
    pub(super) fn new(script: Script, order: &Order, flushes: Flushes) -> Self {
        Self {
            script,
            pending: Bytes::from_static(if order.bom.is_some() { BYTE_ORDER_MARK } else { b"" }),
            chunk: order.chunk.or(order.trickle.map(|_| 1)),
            pause: Duration::from_millis(order.trickle.unwrap_or(0)),
            gzip: order.gzip.map(|_| GzEncoder::new(Vec::new(), Compression::fast())),
            flushes,
            has_written: false,
            is_over: false,
        }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::unfold(self, |mut wire| async move {
            let piece = wire.next().await?;
            Some((piece, wire))
        })
    }

    /// The next piece; an error closes the connection without the body's end.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.is_over {
            return None;
        }
        if self.chunk.is_some() && self.has_written {
            self.flushes.next().await;
            if !self.pause.is_zero() {
                tokio::time::sleep(self.pause).await;
            }
        }
        if self.pending.is_empty() {
            match self.script.next().await {
                Step::Write(bytes) => self.pending = bytes,
                Step::End => {
                    self.is_over = true;
                    return self.gzip.take().map(|gzip| gzip.finish().map(Bytes::from));
                }
                Step::Cut => {
                    self.is_over = true;
                    // What was said before the cut is to arrive.
                    self.flushes.next().await;
                    return Some(Err(io::Error::other("cut by order")));
                }
            }
        }
        self.has_written = true;
        let length = self.pending.len().min(self.chunk.unwrap_or(usize::MAX));
        let piece = self.pending.split_to(length);
        Some(match &mut self.gzip {
            Some(gzip) => compress(gzip, &piece),
            None => Ok(piece),
        })
    }
}

/// A piece from which all of its bytes can be read.
fn compress(gzip: &mut GzEncoder<Vec<u8>>, piece: &[u8]) -> io::Result<Bytes> {
    gzip.write_all(piece)?;
    gzip.flush()?;
    Ok(std::mem::take(gzip.get_mut()).into())
}
