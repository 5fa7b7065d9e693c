//! What commands say that the server runs.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use sse_signals_feed::{Feed, Level, Source};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::group::{GRACE, Group};
use super::lines::Lines;
use super::{exit, line, own_line};
use crate::cli::Restart;

/// In bytes.
const CHUNK: usize = 8 * 1024;
/// Before the first new start; each further one waits twice as long.
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(60);
/// A command that has run for so long begins with the first delay again.
const STEADY: Duration = Duration::from_secs(60);

/// The commands that run; they are killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Commands {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl Commands {
    pub(crate) fn start(commands: &[String], restart: Restart, lines: &mpsc::Sender<Feed>) -> Self {
        let stop = watch::Sender::new(false);
        let mut running = JoinSet::new();
        for command in commands {
            running.spawn(keep_running(command.clone(), restart, lines.clone(), stop.subscribe()));
        }
        Self { stop, running }
    }

    /// Ends them, by force where they don't within 2 s.
    pub(crate) async fn end(mut self) {
        self.stop.send_replace(true);
        let ended = async { while self.running.join_next().await.is_some() {} };
        // One that has left its group may hold the output open for ever.
        let _ = tokio::time::timeout(GRACE + Duration::from_secs(1), ended).await;
    }
}

async fn keep_running(
    command: String,
    restart: Restart,
    lines: mpsc::Sender<Feed>,
    mut stop: watch::Receiver<bool>,
) {
    let mut delay = FIRST_DELAY;
    loop {
        let started = Instant::now();
        let ended = run(&command, &lines, &mut stop).await;
        let code = match &ended {
            Ok(status) => status.code(),
            Err(error) => {
                let text = format!("the command {command:?} can't be run: {error}");
                // Here and below: the server ends if nobody takes it.
                let _ = lines.send(own_line(Level::Error, text)).await;
                None
            }
        };
        let failed = !ended.is_ok_and(|status| status.success());
        let restarts = !*stop.borrow() && restart.applies(failed);
        let _ = lines.send(exit(command.clone(), code, restarts)).await;
        if !restarts {
            return;
        }
        if started.elapsed() >= STEADY {
            delay = FIRST_DELAY;
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}

/// Runs it once: until the shell has ended, and all that it has left behind, and all is told that they have said.
async fn run(
    command: &str,
    lines: &mpsc::Sender<Feed>,
    stop: &mut watch::Receiver<bool>,
) -> io::Result<ExitStatus> {
    let mut group = Group::spawn(command)?;
    let (stdout, stderr) = group.take_output();
    let life = async {
        let status = tokio::select! {
            status = group.wait() => Some(status),
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let ended = group.end().await;
        status.unwrap_or(ended)
    };
    let command = || command.to_owned();
    let (status, (), ()) = tokio::join!(
        life,
        relay(stdout, Source::Stdout { command: command() }, lines),
        relay(stderr, Source::Stderr { command: command() }, lines)
    );
    status
}

/// Sends each line until there are no more, or nobody takes them.
async fn relay(
    output: Option<impl AsyncRead + Unpin>,
    source: Source,
    sender: &mpsc::Sender<Feed>,
) {
    let Some(mut output) = output else { return };
    let mut lines = Lines::default();
    let mut chunk = vec![0; CHUNK];
    // A pipe that can't be read has no more to say.
    while let Ok(length @ 1..) = output.read(&mut chunk).await {
        for text in lines.push(&chunk[..length]) {
            if sender.send(line(source.clone(), None, None, text)).await.is_err() {
                return;
            }
        }
    }
    if let Some(text) = lines.finish() {
        let _ = sender.send(line(source, None, None, text)).await;
    }
}
