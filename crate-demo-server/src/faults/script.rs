//! A stream that goes wrong as ordered.

use std::iter;
use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::keys::{Command, Control};
use super::numbers::Numbers;
use super::order::{Newline, Order};
use crate::stream::Reader;

/// A comment that says only that the server is alive.
const COMMENT: &str = ": alive\n\n";
/// Lines of a flood of comments that are written at once.
const COMMENTS: u32 = 1_000;
/// A byte that is never part of UTF-8, a character without its last byte, and an overlong zero. By the decoder of the
/// standard these are one, one and two U+FFFD.
const BAD_UTF8: &[u8] = b"data: a\xFFb\xE2\x82c\xC0\x80d\n\n";

/// How a stream of the log goes on after its last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Not at all.
    Silence,
    /// With the body's end.
    End,
    /// Without.
    Cut,
    /// Without, in the middle of one more event.
    CutInside,
}

/// One stream's script.
pub(super) struct Script {
    /// What comes before the log.
    pub(super) beginning: Box<dyn Iterator<Item = Bytes> + Send>,
    /// What comes after that, and before the log.
    pub(super) numbers: Option<Numbers>,
    pub(super) reader: Reader,
    /// After how many more events of the log the stream ends; none means never.
    pub(super) ending: Option<(u64, Ending)>,
    pub(super) control: Option<Control>,
    /// When comments are due.
    pub(super) comments: Option<Interval>,
    /// How the lines end that are not posted.
    pub(super) newline: Newline,
}

/// What a script says next. Nothing comes after a cut or an end.
#[derive(Debug)]
pub(super) enum Step {
    Write(Bytes),
    Cut,
    End,
}

impl Script {
    pub(super) async fn next(&mut self) -> Step {
        let Self { beginning, numbers, reader, ending, control, comments, newline } = self;
        if let Some(bytes) = beginning.next() {
            return Step::Write(newline.end(bytes));
        }
        let command = async {
            match control {
                Some(control) => control.command().await,
                None => None,
            }
        };
        let comment = async {
            match comments {
                Some(comments) => comments.tick().await,
                None => std::future::pending().await,
            }
        };
        let scripted = async {
            let numbers = match numbers {
                Some(numbers) => numbers.next().await,
                None => None,
            };
            match numbers {
                Some(numbers) => Step::Write(numbers),
                None => scripted(reader, ending).await,
            }
        };
        let step = tokio::select! {
            biased;
            Some(command) = command => match command {
                Command::Write(bytes) => return Step::Write(bytes),
                Command::Cut => Step::Cut,
                Command::End => Step::End,
            },
            // First, so that no comment comes between the half of an event and the cut.
            step = scripted => step,
            _ = comment => Step::Write(Bytes::from_static(COMMENT.as_bytes())),
        };
        match step {
            Step::Write(bytes) => Step::Write(newline.end(bytes)),
            Step::Cut | Step::End => step,
        }
    }
}

impl Order {
    /// What is inserted between the opening and the log.
    pub(super) fn inserted(&self) -> impl Iterator<Item = Bytes> + Send + use<> {
        let comments = self.comments.map_or(0, NonZeroU32::get);
        let bad_utf8 = self.bad_utf8.map(|_| Bytes::from_static(BAD_UTF8));
        let big_line =
            self.big_line.map(|bytes| [b"data: ", &*digits(bytes), b"\n\n"].concat().into());
        flood(comments).chain(bad_utf8).chain(big_line)
    }
}

impl Newline {
    /// The same lines, with these ends instead of LF.
    fn end(self, bytes: Bytes) -> Bytes {
        let end: &[u8] = match self {
            Self::Lf => return bytes,
            Self::Cr => b"\r",
            Self::Crlf => b"\r\n",
        };
        let mut ended = Vec::with_capacity(bytes.len() + bytes.len() / 8);
        for byte in bytes {
            match byte {
                b'\n' => ended.extend_from_slice(end),
                byte => ended.push(byte),
            }
        }
        ended.into()
    }
}

/// So many digits.
pub(super) fn digits(bytes: usize) -> Vec<u8> {
    let mut digits = b"0123456789".repeat(bytes.div_ceil(10));
    digits.truncate(bytes);
    digits
}

/// When comments are due, the first after one period.
pub(super) fn comments(every: u64) -> Interval {
    let every = Duration::from_millis(every);
    let mut interval = tokio::time::interval_at(Instant::now() + every, every);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// So many comment lines.
fn flood(lines: u32) -> impl Iterator<Item = Bytes> + Send {
    let mut written = 0;
    iter::from_fn(move || {
        let numbers = written + 1..=lines.min(written + COMMENTS);
        written = *numbers.end();
        if numbers.is_empty() {
            return None;
        }
        Some(numbers.map(|number| format!(": {number}\n")).collect::<String>().into())
    })
}

/// Can be dropped while it waits.
async fn scripted(reader: &mut Reader, ending: &mut Option<(u64, Ending)>) -> Step {
    let Some((remaining, kind)) = ending else {
        return reader.next(usize::MAX).await.map_or(Step::End, |batch| Step::Write(batch.bytes));
    };
    if *remaining > 0 {
        let limit = usize::try_from(*remaining).unwrap_or(usize::MAX);
        let Some(batch) = reader.next(limit).await else { return Step::End };
        *remaining -= batch.events as u64;
        return Step::Write(batch.bytes);
    }
    match kind {
        Ending::End => Step::End,
        Ending::Cut => Step::Cut,
        Ending::CutInside => {
            let Some(batch) = reader.next(1).await else { return Step::End };
            if batch.events == 0 {
                return Step::Write(batch.bytes);
            }
            *kind = Ending::Cut;
            Step::Write(batch.bytes.slice(..batch.bytes.len() / 2))
        }
        Ending::Silence => {
            reader.shut_down().await;
            Step::End
        }
    }
}
