//! Clients that read, and check what they read.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::failure::{Failure, Result};

/// Stands before the number in each event's text, and nowhere else.
const MARK: u8 = b'#';
/// Digits of the number.
const DIGITS: usize = 8;
/// What an answer begins with.
const ANSWER: &[u8] = b"HTTP/1.1 200";
/// For all clients to come where they are to be.
const PATIENCE: Duration = Duration::from_secs(120);

/// Many of them, on one server.
#[derive(Debug)]
pub(crate) struct Readers {
    tasks: JoinSet<Result<()>>,
    shared: Arc<Shared>,
    count: u64,
}

#[derive(Debug, Default)]
struct Shared {
    open: AtomicU64,
    /// The number of the last event published.
    goal: AtomicU64,
    /// How many clients have read an event of that number.
    arrived: AtomicU64,
    resyncs: AtomicU64,
}

/// The text of an event, about 100 bytes.
pub(crate) fn text(number: u64) -> String {
    format!("{}{number:0DIGITS$} {}", char::from(MARK), "abcdefghi ".repeat(9))
}

impl Readers {
    /// Connects so many, and waits until all are answered.
    pub(crate) async fn open(port: u16, path: &'static str, count: u64) -> Result<Self> {
        let mut readers = Self { tasks: JoinSet::new(), shared: Arc::default(), count };
        for _ in 0..count {
            let shared = Arc::clone(&readers.shared);
            readers.tasks.spawn(async move { read(port, path, &shared).await });
        }
        readers.until(|shared| shared.open.load(Ordering::Relaxed) == count).await?;
        Ok(readers)
    }

    /// Is to be called before the event of this number is published.
    pub(crate) fn expect(&self, number: u64) {
        self.shared.arrived.store(0, Ordering::Relaxed);
        self.shared.goal.store(number, Ordering::Relaxed);
    }

    /// Waits until every client has read the expected event, and so all before it, or a `resync` in their place.
    pub(crate) async fn arrived(&mut self) -> Result<()> {
        let count = self.count;
        self.until(|shared| shared.arrived.load(Ordering::Relaxed) == count).await
    }

    /// How often clients were told that they have missed something.
    pub(crate) fn resyncs(&self) -> u64 {
        self.shared.resyncs.load(Ordering::Relaxed)
    }

    async fn until(&mut self, is_there: impl Fn(&Shared) -> bool) -> Result<()> {
        let start = Instant::now();
        while !is_there(&self.shared) {
            if let Some(ended) = self.tasks.try_join_next() {
                ended.map_err(Failure::at("a client"))??;
                return Err(Failure::new("the server has closed a connection"));
            }
            if start.elapsed() > PATIENCE {
                let arrived = self.shared.arrived.load(Ordering::Relaxed);
                return Err(Failure::new(format!("only {arrived} of {} clients came", self.count)));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    }
}

async fn read(port: u16, path: &str, shared: &Shared) -> Result<()> {
    let socket = loop {
        // Refused until the server listens; the delay keeps thousands of clients from doing nothing else.
        match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(socket) => break socket,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let mut socket = socket;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.map_err(Failure::at("a request"))?;
    let mut reader = Reader::default();
    loop {
        socket.readable().await.map_err(Failure::at("a client"))?;
        if !reader.take(&socket, shared)? {
            return Ok(());
        }
    }
}

/// What one has read.
#[derive(Debug, Default)]
struct Reader {
    is_open: bool,
    last: Option<u64>,
    /// Of the answer's beginning, or of a number with its mark, that is not whole yet.
    rest: Vec<u8>,
}

impl Reader {
    /// Reads what is there; false at the end.
    fn take(&mut self, socket: &TcpStream, shared: &Shared) -> Result<bool> {
        let mut buffer = [0; 32 * 1024];
        let kept = self.rest.len();
        buffer[..kept].copy_from_slice(&self.rest);
        let read = match socket.try_read(&mut buffer[kept..]) {
            Ok(0) => return Ok(false),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(Failure::at("a client")(error)),
        };
        let bytes = &buffer[..kept + read];
        if !self.is_open {
            if bytes.len() < ANSWER.len() {
                self.rest = bytes.to_vec();
                return Ok(true);
            }
            if !bytes.starts_with(ANSWER) {
                let answer = String::from_utf8_lossy(bytes).into_owned();
                return Err(Failure::new(format!("the stream was refused: {answer}")));
            }
            self.is_open = true;
            shared.open.fetch_add(1, Ordering::Relaxed);
        }
        self.rest.clear();
        let mut at = 0;
        while let Some(mark) = bytes[at..].iter().position(|byte| *byte == MARK) {
            let start = at + mark + 1;
            let Some(digits) = bytes.get(start..start + DIGITS) else {
                self.rest.extend_from_slice(&bytes[start - 1..]);
                break;
            };
            let number = digits.iter().try_fold(0_u64, |number, digit| {
                digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0'))
            });
            let number = number.ok_or_else(|| Failure::new("a client read no number"))?;
            self.count(number, bytes[at..start].windows(6).any(|it| it == b"resync"), shared)?;
            at = start + DIGITS;
        }
        Ok(true)
    }

    fn count(&mut self, number: u64, is_told: bool, shared: &Shared) -> Result<()> {
        match self.last {
            Some(last) if number != last + 1 && !is_told => {
                return Err(Failure::new(format!("a client read event {number} after {last}")));
            }
            _ => {}
        }
        shared.resyncs.fetch_add(u64::from(is_told), Ordering::Relaxed);
        self.last = Some(number);
        if number == shared.goal.load(Ordering::Relaxed) {
            shared.arrived.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
