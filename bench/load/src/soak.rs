//! Clients that come, go, stall and resume at random, under faults: each checks that it loses nothing and gets nothing
//! twice, but where the server says `resync`; and the server must not grow, nor keep a connection, nor a task.

mod client;
mod random;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::contenders::ours;
use crate::failure::{Failure, Result};
use crate::process::{Server, free_port};
use crate::publisher::Publisher;
use client::Client;

/// How much.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seconds: u64,
    pub(crate) clients: u64,
    /// Of all that is random.
    pub(crate) seed: u64,
}

/// What clients and publisher share.
#[derive(Debug, Default)]
struct Shared {
    /// Time is up: each client comes once more, and stays.
    is_ending: AtomicBool,
    /// Clients that have come for the last time.
    stay: AtomicU64,
    /// The number of the last event, once it is known.
    last: AtomicU64,
    counts: Counts,
}

/// What has happened.
#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    events: AtomicU64,
    resyncs: AtomicU64,
    faults: AtomicU64,
    stalls: AtomicU64,
}

/// Between two events.
const PACE: Duration = Duration::from_millis(50);
/// Each so-manieth is large, so that who does not read fills the sockets.
const LARGE_EVERY: u64 = 100;
/// What a client that is away for long falls out of.
const RING: &str = "256";
const SAMPLE: Duration = Duration::from_secs(1);
/// For the last ones to come, and for the server to notice that all are gone.
const PATIENCE: Duration = Duration::from_secs(120);
/// For a connection that was closed to be gone.
const SETTLE: Duration = Duration::from_millis(100);
/// KiB that the server may have more at the end than in the time after its first minute: the allocator's.
const SLACK: f64 = 4_096.0;

pub(crate) async fn run(server: &Path, plan: &Plan) -> Result<()> {
    let Plan { seconds, clients, seed } = *plan;
    println!(
        "{clients} clients for {seconds} s, seed {seed} (`--seed {seed}` does the same again)"
    );
    let port = free_port()?;
    let mut command = ours(server, port);
    command.args(["--faults", "--ring", RING]);
    let mut server = Server::start(command, port)?;
    server.ready().await?;
    let mut publisher = Publisher::connect(port, "/publish/notify").await?;
    publisher.publish(1).await?;
    let before = Left::behind(&server).await?;

    let shared = Arc::new(Shared::default());
    let mut tasks = JoinSet::new();
    for index in 0..clients {
        let client = Client::new(port, random::Random::new(seed, index), Arc::clone(&shared));
        tasks.spawn(client.run());
    }
    let start = Instant::now();
    let end = start + Duration::from_secs(seconds);
    let mut memory = Vec::new();
    let mut sample = start;
    let mut pace = tokio::time::interval(PACE);
    loop {
        failed(&mut tasks)?;
        if Instant::now() >= end {
            shared.is_ending.store(true, Ordering::Relaxed);
            if shared.stay.load(Ordering::Relaxed) == clients {
                break;
            }
            if end.elapsed() > PATIENCE {
                let stay = shared.stay.load(Ordering::Relaxed);
                return Err(Failure::new(format!(
                    "only {stay} of {clients} clients came once more"
                )));
            }
        }
        pace.tick().await;
        let is_large = publisher.number.is_multiple_of(LARGE_EVERY);
        if is_large {
            publisher.publish_large().await?
        } else {
            publisher.publish(1).await?
        }
        if sample.elapsed() >= SAMPLE && Instant::now() < end {
            sample = Instant::now();
            memory.push((start.elapsed(), server.memory()?));
        }
    }
    shared.last.store(publisher.number + 1, Ordering::Relaxed);
    publisher.publish(1).await?;
    while let Some(ended) = tokio::time::timeout(PATIENCE, tasks.join_next())
        .await
        .map_err(|_| Failure::new("not all clients have read the last event"))?
    {
        ended.map_err(Failure::at("a client"))??;
    }

    let counts = &shared.counts;
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    println!(
        "{} connections, {} events read, {} times resync, {} faults, {} stalls; {} events published",
        of(&counts.connections),
        of(&counts.events),
        of(&counts.resyncs),
        of(&counts.faults),
        of(&counts.stalls),
        publisher.number
    );
    let (first, last) = growth(&memory)?;
    println!("memory: {first:.0} KiB after the beginning, {last:.0} KiB at the end");
    if last > first + SLACK {
        return Err(Failure::new("the server's memory has grown"));
    }
    let gone = Instant::now();
    while Left::behind(&server).await?.exceeds(&before) {
        if gone.elapsed() > PATIENCE {
            let after = Left::behind(&server).await?;
            return Err(Failure::new(format!("left behind: {after}; before it were {before}")));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "no event lost, none doubled; {before}, as before, {:.1} s after the time was up",
        end.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What the server has, and would have more of if it kept something of a client that is gone.
#[derive(Debug, PartialEq)]
struct Left {
    files: usize,
    /// Of its runtime.
    tasks: u64,
}

impl Left {
    /// Once it is the same twice: connections that were closed may still be on their way out.
    async fn behind(server: &Server) -> Result<Self> {
        let mut left = Self::now(server).await?;
        loop {
            tokio::time::sleep(SETTLE).await;
            let next = Self::now(server).await?;
            if next == left {
                return Ok(left);
            }
            left = next;
        }
    }

    /// Less is no leak: the server closes what is idle, the publisher's connection too.
    const fn exceeds(&self, before: &Self) -> bool {
        self.files > before.files || self.tasks > before.tasks
    }

    async fn now(server: &Server) -> Result<Self> {
        let tasks = tasks(server.port).await.map_err(Failure::at("/metrics"))?;
        let tasks = tasks.ok_or_else(|| Failure::new("/metrics tells of no tasks"))?;
        Ok(Self { files: server.open_files()?, tasks })
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} open files, {} tasks", self.files, self.tasks)
    }
}

/// That have not ended, this request's own among them.
async fn tasks(port: u16) -> io::Result<Option<u64>> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let request =
        format!("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    let tasks = answer.lines().find_map(|it| it.strip_prefix("sse_signals_runtime_tasks "));
    Ok(tasks.and_then(|it| it.parse().ok()))
}

/// The first client that has found something wrong.
fn failed(tasks: &mut JoinSet<Result<()>>) -> Result<()> {
    match tasks.try_join_next() {
        None => Ok(()),
        Some(ended) => {
            ended.map_err(Failure::at("a client"))??;
            Err(Failure::new("a client has ended"))
        }
    }
}

/// Medians of a third of the time after the first minute, or after the first third of a shorter run, and of the last
/// third of that time.
fn growth(memory: &[(Duration, f64)]) -> Result<(f64, f64)> {
    let total = memory.last().map_or(Duration::ZERO, |(at, _)| *at);
    let begin = Duration::from_secs(60).min(total / 3);
    let rest: Vec<f64> =
        memory.iter().filter(|(at, _)| *at >= begin).map(|(_, kib)| *kib).collect();
    let third = rest.len() / 3;
    if third == 0 {
        return Err(Failure::new("too short to see memory grow"));
    }
    let median = |part: &[f64]| {
        let mut part = part.to_vec();
        part.sort_by(f64::total_cmp);
        part[part.len() / 2]
    };
    Ok((median(&rest[..third]), median(&rest[rest.len() - third..])))
}
