//! Pages, the stream and the pages' reports, over HTTP/1.1, a thread a connection.

use crate::browser::{self, Engine};
use crate::failure::{Failure, Result};
use crate::stream::{self, Paced, Wire};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The most that a request's head or body may take, in bytes.
const REQUEST_LIMIT: u64 = 64 * 1024;
/// The stream is written in pieces of this many bytes.
const PIECE: usize = 256 * 1024;
/// How often what is due is written.
const EVERY: Duration = Duration::from_millis(10);
/// A page that takes nothing for so long hangs.
const WRITE_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub(crate) struct Folders {
    pub(crate) web: PathBuf,
    pub(crate) modules: PathBuf,
    pub(crate) pages: PathBuf,
}

/// What `/events` sends.
#[derive(Debug)]
pub(crate) enum Plan {
    /// All of these quotes at once; then the connection stands.
    Once { quotes: u32 },
    /// All of these quotes at a pace; then the connection stands.
    Paced { quotes: u32, per_second: u32 },
    /// So many quotes a connection, after those that the last event ID tells of; then the connection ends.
    Again { quotes: u32 },
}

/// What a page tells.
#[derive(Debug)]
pub(crate) enum Report {
    /// It has the last event.
    Measured(Measured),
    /// The same, of a flood.
    Frames(Frames),
    /// What it shows in the end.
    Shown(String),
    /// Bytes, after each tenth.
    Memory {
        in_order: u32,
        last: u32,
        bytes: Vec<u64>,
    },
    Failed(String),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Quotes, each with the sequence after the one before.
    pub(crate) in_order: u32,
    /// Sequence of the last.
    pub(crate) last: u32,
    /// From the first quote to the end.
    pub(crate) milliseconds: f64,
    /// Of the renderer, from the request for the stream on.
    pub(crate) cpu: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct Frames {
    /// With what has come in all that time.
    pub(crate) measured: Measured,
    /// Quotes that came at all.
    pub(crate) all: u32,
    /// From each frame to the next, in milliseconds.
    pub(crate) lengths: Vec<f64>,
}

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    reports: Receiver<Report>,
}

#[derive(Debug)]
struct Shared {
    folders: Folders,
    plan: Plan,
    engine: Engine,
    trial: Mutex<Trial>,
}

/// A browser's, from its start to its end.
#[derive(Debug)]
struct Trial {
    reports: Sender<Report>,
    browser: Option<u32>,
    /// CPU time of the renderers when the stream was asked for.
    before: Option<BTreeMap<u32, Duration>>,
}

impl Server {
    pub(crate) fn start(folders: Folders, engine: Engine, plan: Plan) -> Result<Self> {
        let failed = || Failure::at("cannot listen");
        // One browser asks at a time, so the backlog, 128 connections, never fills.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed())?;
        let address = listener.local_addr().map_err(failed())?;
        let (sender, reports) = mpsc::channel();
        let trial = Trial { reports: sender, browser: None, before: None };
        let shared = Arc::new(Shared { folders, plan, engine, trial: Mutex::new(trial) });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                // A browser that is ended breaks its connections off.
                thread::spawn(move || shared.serve(&connection));
            }
        });
        Ok(Self { address, shared, reports })
    }

    /// From here on the reports are those of this browser; what another still says is not heard.
    pub(crate) fn begin(&mut self, browser: u32) {
        let (sender, reports) = mpsc::channel();
        self.reports = reports;
        *self.shared.trial() = Trial { reports: sender, browser: Some(browser), before: None };
    }

    pub(crate) fn report(&self, wait: Duration) -> Option<Report> {
        self.reports.recv_timeout(wait).ok()
    }
}

/// A request, as far as it matters here.
#[derive(Debug)]
struct Request {
    method: String,
    path: String,
    query: String,
    last_event_id: u32,
    body: String,
}

impl Request {
    fn read(connection: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(connection).take(REQUEST_LIMIT);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let (mut last_event_id, mut length) = (0, 0);
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "last-event-id" => last_event_id = value.trim().parse().unwrap_or(0),
                "content-length" => length = value.trim().parse().unwrap_or(0),
                _ => {}
            }
        }
        let mut body = String::new();
        reader.take(length).read_to_string(&mut body)?;
        Ok(Self { method, path, query, last_event_id, body })
    }
}

impl Shared {
    fn trial(&self) -> MutexGuard<'_, Trial> {
        self.trial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, connection: &TcpStream) -> io::Result<()> {
        connection.set_write_timeout(Some(WRITE_LIMIT))?;
        let request = Request::read(connection)?;
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/events") => self.events(connection, &request),
            ("GET", path) => self.file(connection, path),
            ("POST", path) => {
                let answer = self.report(path, &request.body);
                respond(connection, "200 OK", "text/plain", answer.as_bytes())
            }
            _ => respond(connection, "405 Method Not Allowed", "text/plain", b""),
        }
    }

    fn events(&self, mut connection: &TcpStream, request: &Request) -> io::Result<()> {
        let wire = if request.query == "tagged" { Wire::Tagged } else { Wire::Named };
        let stream = match self.plan {
            Plan::Once { quotes } => wire.stream(0, quotes),
            Plan::Again { quotes } => wire.stream(request.last_event_id, quotes),
            Plan::Paced { .. } => Vec::new(),
        };
        connection.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        )?;
        if let Plan::Again { .. } = self.plan {
            return connection.write_all(&stream);
        }
        {
            let mut trial = self.trial();
            if trial.before.is_some() {
                let message = "it asked for the stream a second time".to_owned();
                let _ = trial.reports.send(Report::Failed(message));
                return Ok(());
            }
            trial.before = trial.browser.map(|id| browser::renderers(self.engine, id));
        }
        if let Plan::Paced { quotes, per_second } = self.plan {
            // Each piece is smaller than a packet's worth of them, and none is to wait for the next.
            connection.set_nodelay(true)?;
            let mut paced = Paced::new(wire, quotes, per_second);
            let began = Instant::now();
            while let Some(piece) = paced.due(began.elapsed()) {
                connection.write_all(&piece)?;
                thread::sleep(EVERY);
            }
        }
        for piece in stream.chunks(PIECE) {
            connection.write_all(piece)?;
        }
        // Until the browser closes it: an end would make the clients reconnect.
        connection.read_to_end(&mut Vec::new()).map(drop)
    }

    /// Takes a report; tells what to answer.
    fn report(&self, path: &str, body: &str) -> String {
        let trial = self.trial();
        let after = trial.browser.map(|id| browser::renderers(self.engine, id)).unwrap_or_default();
        let report = read_report(path, body, || {
            let grown = after.iter().filter_map(|(id, time)| {
                let before = trial.before.as_ref()?.get(id)?;
                Some(time.saturating_sub(*before))
            });
            // Of the browser's renderers the page's is the one that works.
            grown.max().unwrap_or_default()
        });
        let report = report.unwrap_or_else(|| {
            Report::Failed(format!("it told what it should not: {path} {body}"))
        });
        // Nobody listens any more.
        let _ = trial.reports.send(report);
        match self.plan {
            Plan::Once { quotes } if path == "/measured" => stream::shown(quotes),
            Plan::Paced { quotes, .. } if path == "/frames" => stream::shown_of_flood(quotes),
            Plan::Once { .. } | Plan::Paced { .. } | Plan::Again { .. } => String::new(),
        }
    }

    fn file(&self, connection: &TcpStream, path: &str) -> io::Result<()> {
        let (folder, rest) = match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
            Some(("web", rest)) => (&self.folders.web, rest),
            Some(("modules", rest)) => (&self.folders.modules, rest),
            Some(("pages", rest)) => (&self.folders.pages, rest),
            _ if path == "/" => (&self.folders.web, "index.html"),
            _ => return respond(connection, "404 Not Found", "text/plain", b""),
        };
        let file = folder.join(rest);
        // As bundlers resolve what modules written for them import.
        let found = fs::read(&file).or_else(|_| fs::read(file.with_added_extension("js")));
        let media_type = match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("wasm") => "application/wasm",
            _ => "text/javascript; charset=utf-8",
        };
        match found {
            Ok(bytes) if !rest.contains("..") => respond(connection, "200 OK", media_type, &bytes),
            _ => respond(connection, "404 Not Found", "text/plain", b""),
        }
    }
}

/// What a page tells; `None` if it makes no sense.
fn read_report(path: &str, body: &str, cpu: impl FnOnce() -> Duration) -> Option<Report> {
    let mut lines = body.lines();
    let report = match path {
        "/measured" => Report::Measured(Measured {
            in_order: lines.next()?.parse().ok()?,
            last: lines.next()?.parse().ok()?,
            milliseconds: lines.next()?.parse().ok()?,
            cpu: cpu(),
        }),
        "/frames" => {
            let [in_order, last, all] =
                [lines.next()?, lines.next()?, lines.next()?].map(str::parse::<u32>);
            Report::Frames(Frames {
                measured: Measured {
                    in_order: in_order.ok()?,
                    last: last.ok()?,
                    milliseconds: lines.next()?.parse().ok()?,
                    cpu: cpu(),
                },
                all: all.ok()?,
                lengths: numbers(lines.next()?)?,
            })
        }
        "/memory" => Report::Memory {
            in_order: lines.next()?.parse().ok()?,
            last: lines.next()?.parse().ok()?,
            bytes: numbers(lines.next()?)?,
        },
        "/shown" => Report::Shown(body.to_owned()),
        "/failed" => Report::Failed(body.to_owned()),
        _ => return None,
    };
    Some(report)
}

/// With a space between them, one at least.
fn numbers<T: FromStr>(line: &str) -> Option<Vec<T>> {
    line.split(' ').map(|number| number.parse().ok()).collect()
}

fn respond(
    mut connection: &TcpStream,
    status: &str,
    media_type: &str,
    body: &[u8],
) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes())?;
    connection.write_all(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_makes_no_sense_is_none() {
        let cpu = || Duration::from_millis(7);
        let measured = read_report("/measured", "3\n4\n1.5", cpu);
        assert!(matches!(
            measured,
            Some(Report::Measured(Measured { in_order: 3, last: 4, milliseconds: 1.5, cpu }))
                if cpu == Duration::from_millis(7)
        ));
        let memory = read_report("/memory", "3\n4\n65536 131072", cpu);
        assert!(matches!(
            memory,
            Some(Report::Memory { in_order: 3, last: 4, bytes }) if bytes == [65_536, 131_072]
        ));
        let frames = read_report("/frames", "3\n4\n5\n1.5\n16.7 16.6", cpu);
        assert!(matches!(
            frames,
            Some(Report::Frames(Frames {
                measured: Measured { in_order: 3, last: 4, milliseconds: 1.5, .. },
                all: 5,
                lengths
            })) if lengths == [16.7, 16.6]
        ));
        for (path, body) in [
            ("/frames", "3\n4\n5\n1.5\n"),
            ("/measured", "3\n4"),
            ("/measured", "all\n4\n1.5"),
            ("/memory", "3\n4\n"),
            ("/x", ""),
        ] {
            assert!(read_report(path, body, cpu).is_none(), "{path} {body}");
        }
    }

    /// What is answered to a request, as a whole.
    fn answer(server: &Server, request: &str) -> String {
        let mut connection = TcpStream::connect(server.address).expect("it listens");
        connection.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("it answers");
        answer
    }

    fn server(plan: Plan) -> Server {
        let web = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../web"));
        let folders = Folders { web, modules: PathBuf::new(), pages: PathBuf::new() };
        Server::start(folders, Engine::Chromium, plan).expect("a free port")
    }

    #[test]
    fn a_stream_goes_on_after_the_last_event_id() {
        let server = server(Plan::Again { quotes: 2 });
        let answer = answer(&server, "GET /events HTTP/1.1\r\nLast-Event-ID: 7\r\n\r\n");
        assert!(answer.contains("Content-Type: text/event-stream"), "{answer}");
        assert!(answer.contains("\nid: 8\n") && answer.contains("\nid: 9\n"), "{answer}");
        assert!(!answer.contains("\nid: 10\n") && answer.ends_with("event: end\ndata:\n\n"));
    }

    #[test]
    fn files_come_from_the_folders_and_from_nowhere_else() {
        let server = server(Plan::Again { quotes: 1 });
        let status = |path: &str| {
            answer(&server, &format!("GET {path} HTTP/1.1\r\n\r\n")).split_off(9)[..3].to_owned()
        };
        assert_eq!(status("/?script=raw.js"), "200");
        assert_eq!(status("/web/raw.js"), "200");
        // As a module without its extension.
        assert_eq!(status("/web/page"), "200");
        for path in ["/web/../Cargo.toml", "/web/none.js", "/etc/passwd", "/server/Cargo.toml"] {
            assert_eq!(status(path), "404", "{path}");
        }
    }

    #[test]
    fn a_report_is_heard_by_the_trial_that_is_on() {
        let mut server = server(Plan::Once { quotes: 1 });
        let post = |server: &Server, body: &str| {
            let length = body.len();
            let head = format!("POST /failed HTTP/1.1\r\nContent-Length: {length}\r\n\r\n");
            answer(server, &format!("{head}{body}"))
        };
        post(&server, "of the one before");
        server.begin(std::process::id());
        post(&server, "of this one");
        let report = server.report(Duration::from_secs(60));
        assert!(matches!(report, Some(Report::Failed(message)) if message == "of this one"));
    }
}
