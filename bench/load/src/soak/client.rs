//! One client: comes, reads, stalls, goes, and comes again where it was.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::Shared;
use super::random::Random;
use crate::failure::{Failure, Result};
use crate::readers;

/// Some faults that the server does on order; what of the stream arrives before must be right.
const FAULTS: [&str; 6] = [
    "fault=cut&after=20",
    "fault=cut-inside&after=5",
    "fault=end&after=10",
    "fault=status&code=503",
    "chunk=97",
    "fault=stall&after=30",
];
/// Bytes that the system holds for who does not read.
const RECEIVE: u32 = 16_384;
/// Milliseconds at most: of a stay, of a stall, and between two connections.
const STAY: u64 = 8_000;
const STALL: u64 = 8_000;
const AWAY: u64 = 2_000;
/// The same for who is gone so long that the ring has lost its place.
const AWAY_LONG: u64 = 25_000;
/// Between two looks whether time is up.
const LOOK: Duration = Duration::from_millis(100);
/// For what must come.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug)]
pub(super) struct Client {
    port: u16,
    random: Random,
    shared: Arc<Shared>,
    cursor: Option<String>,
    /// The number of the last event.
    last: Option<u64>,
    /// The next event may be any later one: the server has said so.
    may_skip: bool,
}

/// A connection, and what was read of it.
#[derive(Debug)]
struct Stream {
    socket: TcpStream,
    raw: Vec<u8>,
    /// The body, without chunks.
    body: Vec<u8>,
    is_chunked: bool,
}

impl Client {
    pub(super) fn new(port: u16, random: Random, shared: Arc<Shared>) -> Self {
        Self { port, random, shared, cursor: None, last: None, may_skip: false }
    }

    pub(super) async fn run(mut self) -> Result<()> {
        let away = self.random.up_to(AWAY);
        self.pause(away).await;
        while !self.is_ending() {
            self.visit().await?;
            let away = if self.random.below(8) == 0 { AWAY_LONG } else { AWAY };
            let away = self.random.up_to(away);
            self.pause(away).await;
        }
        self.last_visit().await
    }

    fn is_ending(&self) -> bool {
        self.shared.is_ending.load(Ordering::Relaxed)
    }

    /// Does nothing for so long, or until time is up.
    async fn pause(&self, duration: Duration) {
        let end = Instant::now() + duration;
        while Instant::now() < end && !self.is_ending() {
            sleep_until(end.min(Instant::now() + LOOK)).await;
        }
    }

    /// One connection, with whatever goes wrong in it.
    async fn visit(&mut self) -> Result<()> {
        let fault = match self.random.below(3) {
            0 => {
                self.shared.counts.faults.fetch_add(1, Ordering::Relaxed);
                FAULTS[usize::try_from(self.random.below(FAULTS.len() as u64)).unwrap_or(0)]
            }
            _ => "",
        };
        let Some(mut stream) = self.connect(fault).await? else { return Ok(()) };
        let leave = Instant::now() + self.random.up_to(STAY);
        if self.random.below(4) == 0 {
            self.shared.counts.stalls.fetch_add(1, Ordering::Relaxed);
            let stall = self.random.up_to(STALL);
            self.pause(stall).await;
        }
        // Over once the time is, however much is still to be read, or the connection.
        while Instant::now() < leave && !self.is_ending() {
            match timeout_at(leave.min(Instant::now() + LOOK), stream.more()).await {
                Ok(true) => self.take(&mut stream.body)?,
                Ok(false) => break,
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Stays until the last event of all.
    async fn last_visit(&mut self) -> Result<()> {
        let refused = || Failure::new("the last connection was refused");
        let mut stream = self.connect("").await?.ok_or_else(refused)?;
        self.shared.stay.fetch_add(1, Ordering::Relaxed);
        let end = Instant::now() + PATIENCE;
        while self.last.is_none() || self.last != Some(self.shared.last.load(Ordering::Relaxed)) {
            match timeout_at(end, stream.more()).await {
                Ok(true) => self.take(&mut stream.body)?,
                Ok(false) => return Err(Failure::new("the last connection was closed")),
                Err(_) => {
                    return Err(Failure::new(format!(
                        "the last event did not come after {:?}",
                        self.last
                    )));
                }
            }
        }
        Ok(())
    }

    /// None if it was refused, as ordered.
    async fn connect(&mut self, fault: &str) -> Result<Option<Stream>> {
        let socket = TcpSocket::new_v4().map_err(Failure::at("a socket"))?;
        socket.set_recv_buffer_size(RECEIVE).map_err(Failure::at("a socket"))?;
        let socket = socket.connect(([127, 0, 0, 1], self.port).into());
        let mut socket = socket.await.map_err(Failure::at("a connection"))?;
        let cursor = self.cursor.as_ref().map(|it| format!("Last-Event-ID: {it}\r\n"));
        let cursor = cursor.unwrap_or_default();
        let request = format!(
            "GET /events?topics=notify&{fault} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{cursor}\r\n",
            self.port
        );
        socket.write_all(request.as_bytes()).await.map_err(Failure::at("a request"))?;
        self.shared.counts.connections.fetch_add(1, Ordering::Relaxed);
        Stream::begin(socket).await
    }

    /// Takes the whole blocks from a body.
    fn take(&mut self, body: &mut Vec<u8>) -> Result<()> {
        let mut taken = 0;
        while let Some(end) = body[taken..].windows(2).position(|it| it == b"\n\n") {
            let block = String::from_utf8_lossy(&body[taken..taken + end]).into_owned();
            taken += end + 2;
            self.block(&block)?;
        }
        body.drain(..taken);
        Ok(())
    }

    fn block(&mut self, block: &str) -> Result<()> {
        let field =
            |name: &str| block.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(": "));
        if let Some(id) = field("id") {
            self.cursor = Some(id.to_owned());
        }
        match field("event") {
            Some("resync") => {
                self.shared.counts.resyncs.fetch_add(1, Ordering::Relaxed);
                self.may_skip = true;
            }
            Some("notify") => self.event(field("data").unwrap_or_default())?,
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self, data: &str) -> Result<()> {
        let number = data.split_once('#').and_then(|(_, rest)| rest.get(..8)?.parse().ok());
        let number: u64 = number.ok_or_else(|| Failure::new(format!("no number in {data:?}")))?;
        if !data.contains(&readers::text(number)) {
            return Err(Failure::new(format!("event {number} is damaged: {data:?}")));
        }
        let is_right = match self.last {
            None => true,
            Some(last) if self.may_skip => number > last,
            Some(last) => number == last + 1,
        };
        if !is_right {
            return Err(Failure::new(format!("event {number} after {:?}", self.last)));
        }
        self.shared.counts.events.fetch_add(1, Ordering::Relaxed);
        self.last = Some(number);
        self.may_skip = false;
        Ok(())
    }
}

impl Stream {
    /// Reads the head; none if it says that there is no stream.
    async fn begin(socket: TcpStream) -> Result<Option<Self>> {
        let mut stream = Self { socket, raw: Vec::new(), body: Vec::new(), is_chunked: false };
        let end = Instant::now() + PATIENCE;
        let head = loop {
            if let Some(end) = stream.raw.windows(4).position(|it| it == b"\r\n\r\n") {
                let head: Vec<u8> = stream.raw.drain(..end + 4).collect();
                break String::from_utf8_lossy(&head).to_ascii_lowercase();
            }
            match timeout_at(end, stream.socket.read_buf(&mut stream.raw)).await {
                Ok(Ok(1..)) => {}
                _ => return Err(Failure::new("a request was not answered")),
            }
        };
        if head.starts_with("http/1.1 503") {
            return Ok(None);
        }
        if !head.starts_with("http/1.1 200") {
            return Err(Failure::new(format!("an answer that was not ordered: {head}")));
        }
        stream.is_chunked = head.contains("transfer-encoding: chunked");
        stream.decode();
        Ok(Some(stream))
    }

    /// Waits for more of the body; false once the connection is over. Can be dropped while it waits.
    async fn more(&mut self) -> bool {
        if !self.body.is_empty() && self.body.windows(2).any(|it| it == b"\n\n") {
            return true;
        }
        let is_more = matches!(self.socket.read_buf(&mut self.raw).await, Ok(1..));
        self.decode();
        is_more
    }

    /// Moves what has come into the body.
    fn decode(&mut self) {
        if !self.is_chunked {
            self.body.append(&mut self.raw);
            return;
        }
        while let Some(line) = self.raw.windows(2).position(|it| it == b"\r\n") {
            let size = std::str::from_utf8(&self.raw[..line]).ok();
            let Some(size) = size.and_then(|it| usize::from_str_radix(it, 16).ok()) else { return };
            let end = line + 2 + size;
            if self.raw.len() < end + 2 {
                return;
            }
            self.body.extend_from_slice(&self.raw[line + 2..end]);
            self.raw.drain(..end + 2);
        }
    }
}
