//! The last step of an event: from the log to a socket, without hyper.
//!
//! hyper keeps buffers for each connection, and a body in chunks announces the length of what is then still to be
//! written, so that someone must keep it. Here the body ends with the connection, as HTTP/1 allows: bytes of the log go
//! to the socket as they are, and what the socket does not take is read from the log again. All that a slow reader holds
//! is the rest of the one event that it stands in.
//!
//! A stream that is up to date gets new events from a courier, who goes round all of them at each append; its own task
//! sleeps. It does what takes longer: it writes what the socket did not take at once, and says `ping`.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::response::Parts;
use axum::http::{Version, header};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::coop::consume_budget;

use crate::stream::{Cursor, LastRead, PING, Place, Reader, tick};
pub(crate) use courier::Couriers;

mod courier;

/// Of what a client says after its request: some requests more, which nobody answers. Who says more than that is let go, for
/// each byte costs time to read.
const HEARD_BYTES: usize = 64 * 1024;

/// A reader's place, for whoever writes the response: its body, or [`deliver`] instead.
#[derive(Clone, Debug)]
pub(crate) struct Handover(Arc<Mutex<Option<Place>>>);

/// A stream that was taken out of its response.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) head: Parts,
    /// The request's.
    pub(crate) version: Version,
    pub(crate) place: Place,
}

impl Handover {
    pub(crate) fn new(place: Place) -> Self {
        Self(Arc::new(Mutex::new(Some(place))))
    }

    /// The stream as a body.
    pub(crate) fn into_body(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::unfold(None, move |reader: Option<Reader>| {
            let reader = reader.or_else(|| self.take().map(Reader::from));
            async {
                let mut reader = reader?;
                let batch = reader.next(usize::MAX).await?;
                Some((Ok(batch.bytes), Some(reader)))
            }
        })
    }

    /// Leaves the body without a stream.
    pub(crate) fn take(&self) -> Option<Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Taken {
    /// The reader, and what is written before it: the response's head, and what the stream begins with.
    fn begin(self) -> (Reader, Bytes) {
        let Self { head, version, place } = self;
        let mut reader = Reader::from(place);
        let mut beginning = BytesMut::with_capacity(512);
        let version: &[u8] = if version == Version::HTTP_10 { b"HTTP/1.0 " } else { b"HTTP/1.1 " };
        beginning.put_slice(version);
        beginning.put_slice(head.status.as_str().as_bytes());
        beginning.put_u8(b' ');
        beginning.put_slice(head.status.canonical_reason().unwrap_or_default().as_bytes());
        beginning.put_slice(b"\r\n");
        let mut line = |name: &str, value: &[u8]| {
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                beginning.put_slice(part);
            }
        };
        for (name, value) in &head.headers {
            line(name.as_str(), value.as_bytes());
        }
        line(header::CONNECTION.as_str(), b"close");
        line(header::DATE.as_str(), httpdate::fmt_http_date(SystemTime::now()).as_bytes());
        beginning.put_slice(b"\r\n");
        beginning.put_slice(&reader.take_opening().unwrap_or_default());
        (reader, beginning.freeze())
    }
}

/// A stream's socket, and what is to be written to it.
#[derive(Debug)]
struct Delivery {
    socket: TcpStream,
    writing: Mutex<Writing>,
    /// The courier leaves the stream to its own task.
    left: Notify,
}

#[derive(Debug)]
struct Writing {
    cursor: Cursor,
    /// What is to be written before all else: the opening, or of the event that the last writing ended in.
    rest: Bytes,
}

/// How far a writing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// The client was sent all that there is.
    All,
    /// There is more in the log.
    Some,
    /// There is more than the socket takes.
    Full,
}

/// Writes the stream until the server shuts down, the client closes its side or talks on, or takes nothing for as long as
/// `patience`.
pub(crate) async fn deliver(
    socket: TcpStream,
    taken: Taken,
    patience: Duration,
    couriers: &Couriers,
) -> io::Result<()> {
    let (reader, rest) = taken.begin();
    let shut_down = reader.shut_down();
    let (cursor, mut heartbeat) = reader.into_parts();
    let writing = Mutex::new(Writing { cursor, rest });
    let stream = Arc::new(Delivery { socket, writing, left: Notify::new() });
    let _visits = couriers.visit(&stream);
    // Made once: what waits on costs next to nothing at each turn.
    let mut shut_down = pin!(shut_down);
    let mut client_leaves = pin!(client_leaves(&stream.socket));
    loop {
        let written = stream.go_on()?;
        if written == Written::Full {
            // Nothing else is held meanwhile.
            tokio::time::timeout(patience, stream.socket.writable()).await??;
            continue;
        }
        tokio::select! {
            biased;
            () = &mut shut_down => return Ok(()),
            () = tick(heartbeat.as_mut()) => stream.say(PING),
            () = stream.left.notified(), if written == Written::All => {}
            () = consume_budget(), if written == Written::Some => {}
            left = &mut client_leaves => return left,
        }
    }
}

impl Delivery {
    /// For the courier: new events, if the stream is not its own task's already.
    fn bring(&self, last: &mut LastRead) {
        let mut writing = self.writing();
        // An error comes again when the task writes, which then ends the connection.
        if writing.rest.is_empty()
            && writing.write_next(&self.socket, last).unwrap_or(Written::Full) != Written::All
        {
            self.left.notify_one();
        }
    }

    /// For its own task: what is left, then new events.
    fn go_on(&self) -> io::Result<Written> {
        let mut writing = self.writing();
        if writing.write_rest(&self.socket)? == Written::Full {
            return Ok(Written::Full);
        }
        writing.write_next(&self.socket, &mut LastRead::default())
    }

    /// Is to be written next, by its own task.
    fn say(&self, block: &'static str) {
        let mut writing = self.writing();
        let Writing { cursor, rest } = &mut *writing;
        if rest.is_empty() {
            cursor.hand_out(block.len());
            *rest = Bytes::from_static(block.as_bytes());
        }
    }

    // A panic of one who writes leaves the other to find the socket as it is.
    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writing {
    fn write_rest(&mut self, socket: &TcpStream) -> io::Result<Written> {
        while !self.rest.is_empty() {
            let written = write(socket, &self.rest)?;
            if written == 0 {
                return Ok(Written::Full);
            }
            self.rest.advance(written);
        }
        self.rest = Bytes::new();
        self.cursor.all_is_out();
        Ok(Written::All)
    }

    /// All events that have gathered, in one piece.
    fn write_next(&mut self, socket: &TcpStream, last: &mut LastRead) -> io::Result<Written> {
        let Some(batch) = self.cursor.read(usize::MAX, last) else { return Ok(Written::All) };
        let (written, error) = match write(socket, &batch.bytes) {
            Ok(written) => (written, None),
            Err(error) => (0, Some(error)),
        };
        if written < batch.bytes.len() {
            self.rest = self.cursor.go_back(&batch, written);
            return error.map_or(Ok(Written::Full), Err);
        }
        self.cursor.all_is_out();
        Ok(if batch.is_cut { Written::Some } else { Written::All })
    }
}

/// How many bytes the socket takes now.
fn write(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match socket.try_write(bytes) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        result => result,
    }
}

/// Is done once the client has closed its side, and fails once it has said too much; nothing of that is answered.
async fn client_leaves(socket: &TcpStream) -> io::Result<()> {
    let mut heard = 0;
    while heard <= HEARD_BYTES {
        socket.readable().await?;
        match hear(socket) {
            Ok(0) => return Ok(()),
            Ok(read) => heard += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("the client talks on"))
}

/// How many bytes were read. A function of its own, so that its buffer is not part of what each connection keeps.
fn hear(socket: &TcpStream) -> io::Result<usize> {
    socket.try_read(&mut [0; 1_024])
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use sse_signals_feed::{Feed, Headline, HeadlineKind};
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::log::{Log as _, RingLog, Topics};
    use crate::stats::Stats;

    const EVENTS: usize = 100;

    #[tokio::test]
    async fn events_that_have_gathered_are_written_in_one_piece() {
        let log = RingLog::new(NonZeroUsize::MAX, NonZeroUsize::MAX);
        let headline = Feed::News(Headline {
            sequence: 0,
            symbol: "AAPL".to_owned(),
            date: "2000-03-01".to_owned(),
            kind: HeadlineKind::Streak { days: 7, rising: true },
        });
        log.append(&vec![headline; EVENTS]).await.expect("events of the contract");

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).await.expect("it listens");
        let (socket, _) = listener.accept().await.expect("a client");
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned().expect("a place");
        let open = Arc::new(Stats::new()).open_stream(0);
        let cursor = Cursor::new(Arc::new(log), Topics::ALL, 0, open, permit);
        let mut writing = Writing { cursor, rest: Bytes::new() };
        socket.writable().await.expect("it is open");
        let written = writing.write_next(&socket, &mut LastRead::default());
        assert_eq!(written.expect("it is open"), Written::All);

        drop(socket);
        let mut read = String::new();
        client.read_to_string(&mut read).await.expect("UTF-8");
        assert_eq!(read.matches("event: news\n").count(), EVENTS, "{read}");
    }
}
