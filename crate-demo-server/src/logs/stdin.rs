//! The lines of standard input.

use std::io::{self, Read as _};
use std::thread;

use sse_signals_feed::{Feed, Level, Source};
use tokio::sync::mpsc;

use super::lines::Lines;
use super::{line, own_line};

/// In bytes.
const CHUNK: usize = 8 * 1024;

/// Reads lines from now on, and says when there are no more. That is a thread which the program's end does not wait
/// for: a read of a terminal can't be called off.
pub(crate) fn read(lines: mpsc::Sender<Feed>) -> io::Result<()> {
    let relay = move || {
        let end = match relay(&lines) {
            Ok(()) => own_line(Level::Info, "standard input has ended".to_owned()),
            Err(error) => own_line(Level::Error, format!("standard input can't be read: {error}")),
        };
        // Nobody reads it any more if the server ends at the same time.
        let _ = lines.blocking_send(end);
    };
    thread::Builder::new().name("stdin".to_owned()).spawn(relay)?;
    Ok(())
}

fn relay(sender: &mpsc::Sender<Feed>) -> io::Result<()> {
    let send = |text| {
        // The server ends, and this thread with it.
        let _ = sender.blocking_send(line(Source::Stdin, None, None, text));
    };
    let mut input = io::stdin().lock();
    let mut lines = Lines::default();
    let mut chunk = [0; CHUNK];
    loop {
        match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => lines.push(&chunk[..length]).into_iter().for_each(send),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    lines.finish().into_iter().for_each(send);
    Ok(())
}
