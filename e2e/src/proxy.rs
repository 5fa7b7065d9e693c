//! A TCP proxy between browser and server that can break what a network breaks.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::harness::DEADLINE;
use crate::http::content_length;
use crate::reports::{Report, Reports};
use crate::wire::Wire;

/// An origin that is no secure context. Nobody has that name, so only a browser that takes the proxy for its own gets
/// there.
pub(crate) const INSECURE: &str = "http://ticker.test";

/// What is carried at once, bytes.
const PIECE: usize = 64 * 1024;

/// Longest head of a request, bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// How a connection ends before its time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// With FIN: the server, or something on the way, hung up.
    Closed,
    /// With RST: the way is gone.
    Reset,
}

/// A page that the proxy itself answers with.
#[derive(Debug)]
pub(crate) struct FrontPage {
    pub(crate) html: String,
    /// Its `Content-Security-Policy`, if it has one.
    pub(crate) policy: Option<String>,
}

/// What the proxy has seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Requests for the event stream, ever.
    pub(crate) stream_requests: u64,
    /// Connections that carry the event stream now.
    pub(crate) streams_open: usize,
    /// The most of them at one time.
    pub(crate) most_streams: usize,
    /// Quotes and headlines that have passed, each counted once.
    pub(crate) events: u64,
    /// The last of them in the server's log.
    last_event: u64,
}

/// Listens on a port of its own and carries every request to `upstream`, each by a connection of its own. Drop closes
/// all.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    /// Answers `GET /`, whatever the query, in place of the server.
    front_page: Option<FrontPage>,
    /// What a path begins with here and not at the server: `/some/path`, or nothing.
    prefix: &'static str,
    counts: watch::Sender<Counts>,
    /// Tells every open connection to end.
    cut: watch::Sender<Cut>,
    /// Whether streams fall silent: they stay open, and nothing passes.
    silent: watch::Sender<bool>,
    reports: watch::Sender<Reports>,
    connections: Mutex<JoinSet<()>>,
}

impl Proxy {
    /// Starts to listen. With `front_page`, `GET /` is answered with that page; all else goes to `upstream`, without
    /// `prefix`, and what does not begin with that is refused.
    ///
    /// # Panics
    ///
    /// If no port can be had.
    pub(crate) fn start(
        upstream: SocketAddr,
        prefix: &'static str,
        front_page: Option<FrontPage>,
    ) -> Self {
        let (listener, address) = free_port();
        let shared = Arc::new(Shared {
            upstream,
            front_page,
            prefix,
            counts: watch::Sender::default(),
            cut: watch::Sender::new(Cut::Closed),
            silent: watch::Sender::new(false),
            reports: watch::Sender::default(),
            connections: Mutex::default(),
        });
        let accepting = Some(tokio::spawn(accept(listener, Arc::clone(&shared))));
        Self { address, shared, accepting }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin that the browser sees.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends every open connection now and waits until they are closed; new ones are welcome.
    pub(crate) async fn cut(&self, how: Cut) {
        let mut open = std::mem::take(&mut *self.shared.connections());
        self.shared.cut.send_replace(how);
        while open.join_next().await.is_some() {}
    }

    /// Closes the port and every open connection: whoever connects from now on is refused.
    pub(crate) async fn refuse(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // The listener is closed once the task is gone; the only error is that it was aborted.
            drop(accepting.await);
        }
        self.cut(Cut::Reset).await;
    }

    /// Listens again on the same port.
    pub(crate) fn accept(&mut self) {
        if self.accepting.is_none() {
            let listener = listen(self.address).expect("the port is still ours");
            self.accepting = Some(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
        }
    }

    /// Lets nothing pass on any stream, or everything again.
    pub(crate) fn silence(&self, silent: bool) {
        self.shared.silent.send_replace(silent);
    }

    /// Forgets what a tab has told, so that only what it tells from now on counts.
    pub(crate) fn forget(&self, tab: usize) {
        self.shared.reports.send_modify(|reports| drop(reports.remove(&tab)));
    }

    /// What the tabs tell.
    pub(crate) fn reports(&self) -> watch::Receiver<Reports> {
        self.shared.reports.subscribe()
    }

    /// What the proxy has seen so far.
    pub(crate) fn counts(&self) -> Counts {
        *self.shared.counts.borrow()
    }

    /// Waits until the counts are as wanted.
    ///
    /// # Panics
    ///
    /// If that takes longer than [`DEADLINE`].
    pub(crate) async fn until(&self, what: &str, wanted: impl FnMut(&Counts) -> bool) {
        let come = self.come(wanted).await;
        assert!(come, "waited {DEADLINE:?} until {what}; last seen: {:?}", self.counts());
    }

    /// Whether the counts come to be as wanted, within [`DEADLINE`].
    pub(crate) async fn come(&self, wanted: impl FnMut(&Counts) -> bool) -> bool {
        let mut counts = self.shared.counts.subscribe();
        timeout(DEADLINE, counts.wait_for(wanted)).await.is_ok()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(accepting) = &self.accepting {
            accepting.abort();
        }
        self.shared.connections().abort_all();
    }
}

impl Shared {
    /// A request's head as the server is to get it: without the prefix, and to be the last of its connection.
    fn inner(&self, head: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut head = if self.prefix.is_empty() {
            head
        } else {
            let outer = format!("GET {}/", self.prefix);
            let rest = head.strip_prefix(outer.as_bytes());
            let inner = rest.map(|rest| [b"GET /", rest].concat());
            inner.ok_or_else(|| io::Error::other("a request to a path that is not the app's"))?
        };
        head.truncate(head.len() - b"\r\n".len());
        // Behind a header of the same name the server takes this one's word.
        head.extend(b"Connection: close\r\n\r\n");
        Ok(head)
    }

    fn connections(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A port that nobody has and that the system gives nobody by itself: below Linux' range for outgoing
/// connections (32768 to 60999), for while it refuses, a connection going out could else take it.
pub(crate) fn free_port() -> (TcpListener, SocketAddr) {
    let first = 21_000 + u16::try_from(process::id() % 100).expect("below 100") * 100;
    (first..32_768)
        .find_map(|port| {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            listen(address).ok().map(|listener| (listener, address))
        })
        .expect("a port between 21000 and 32767 is free")
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // Accepting fails for one connection, never for the port.
        let Ok((client, _)) = listener.accept().await else { continue };
        let carried = carry(client, Arc::clone(&shared), shared.cut.subscribe());
        let mut connections = shared.connections();
        while connections.try_join_next().is_some() {}
        connections.spawn(carried);
    }
}

/// One connection from its start to its end.
async fn carry(mut client: TcpStream, shared: Arc<Shared>, mut cut: watch::Receiver<Cut>) {
    let reset = select! {
        changed = cut.changed() => changed.is_ok() && matches!(*cut.borrow(), Cut::Reset),
        // A server that is gone looks from here as it does behind a reverse proxy: accepted, then dropped.
        exchanged = exchange(&mut client, &shared) => exchanged.is_err(),
    };
    if reset {
        // Fails only if the browser has closed already.
        let _ = client.set_zero_linger();
    }
}

/// Carries one request up and its answer down, until one side ends.
async fn exchange(client: &mut TcpStream, shared: &Shared) -> io::Result<()> {
    let (mut from_browser, mut to_browser) = client.split();
    let Some((head, body)) = request(&mut from_browser).await? else { return Ok(()) };
    if head.starts_with(b"POST ") {
        let report: Report = serde_json::from_slice(&body)?;
        shared.reports.send_modify(|reports| drop(reports.insert(report.tab, report)));
        to_browser.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await?;
        return to_browser.shutdown().await;
    }
    let is_front = target(&head).split('?').next() == Some("/");
    if let Some(page) = shared.front_page.as_ref().filter(|_| is_front) {
        return answer(&mut to_browser, page).await;
    }

    let mut server = TcpStream::connect(shared.upstream).await?;
    let (mut from_server, mut to_server) = server.split();
    let head = shared.inner(head)?;
    let stream = target(&head).starts_with("/events").then(|| CountedStream::new(shared));
    to_server.write_all(&head).await?;
    select! {
        // A browser that has closed its side wants nothing more.
        done = from_browser.read_u8() => drop(done),
        done = async {
            match &stream {
                Some(stream) => stream.carry(&mut from_server, &mut to_browser).await,
                None => copy(&mut from_server, &mut to_browser).await.map(drop),
            }
        } => {
            done?;
            to_browser.shutdown().await?;
        }
    }
    Ok(())
}

async fn answer(to_browser: &mut WriteHalf<'_>, page: &FrontPage) -> io::Result<()> {
    let policy = page.policy.as_ref();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n",
        page.html.len(),
        policy.map(|policy| format!("Content-Security-Policy: {policy}\r\n")).unwrap_or_default()
    );
    to_browser.write_all(head.as_bytes()).await?;
    to_browser.write_all(page.html.as_bytes()).await?;
    to_browser.shutdown().await
}

/// Counts a stream as open until dropped.
struct CountedStream<'a>(&'a Shared);

impl<'a> CountedStream<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.counts.send_modify(|counts| {
            counts.stream_requests += 1;
            counts.streams_open += 1;
            counts.most_streams = counts.most_streams.max(counts.streams_open);
        });
        Self(shared)
    }

    /// Carries it down until it ends, and counts what passes.
    async fn carry(
        &self,
        from_server: &mut ReadHalf<'_>,
        to_browser: &mut WriteHalf<'_>,
    ) -> io::Result<()> {
        let mut wire = Wire::default();
        let mut silent = self.0.silent.subscribe();
        let mut buffer = Vec::with_capacity(PIECE);
        while from_server.read_buf(&mut buffer).await? > 0 {
            // Its sender lives as long as the proxy.
            let _ = silent.wait_for(|silent| !silent).await;
            let numbers = wire.pass(&buffer);
            self.0.counts.send_modify(|counts| {
                for number in numbers {
                    counts.events += u64::from(number > counts.last_event);
                    counts.last_event = counts.last_event.max(number);
                }
            });
            to_browser.write_all(&buffer).await?;
            buffer.clear();
        }
        Ok(())
    }
}

impl Drop for CountedStream<'_> {
    fn drop(&mut self) {
        self.0.counts.send_modify(|counts| counts.streams_open -= 1);
    }
}

/// Reads the one request of a connection: its head with the empty line, and its body. `None` at the end.
async fn request(from_browser: &mut ReadHalf<'_>) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut head = Vec::new();
    let end = loop {
        if let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if head.len() > HEAD_LIMIT {
            return Err(io::Error::other("the head of a request is too long"));
        }
        if from_browser.read_buf(&mut head).await? == 0 {
            return Ok(None);
        }
    };
    let mut body = head.split_off(end);
    let length = content_length(&head).unwrap_or_default();
    while body.len() < length {
        if from_browser.read_buf(&mut body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Some((head, body)))
}

/// The target of a GET request without its origin, which a browser names that takes this for its proxy; or nothing.
fn target(head: &[u8]) -> &str {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default();
    let target = line.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
    let target = target.unwrap_or_default();
    target.strip_prefix(INSECURE).unwrap_or(target)
}
