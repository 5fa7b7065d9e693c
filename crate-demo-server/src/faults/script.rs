//! A stream that goes wrong as ordered.

use std::io;

use bytes::Bytes;
use futures_util::stream::{self, Stream};

use super::keys::{Command, Control};
use crate::stream::Reader;

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
#[derive(Debug)]
pub(super) struct Script {
    opening: Option<Bytes>,
    reader: Reader,
    /// After how many more events of the log the stream ends; none means never.
    ending: Option<(u64, Ending)>,
    control: Option<Control>,
    is_over: bool,
}

impl Script {
    pub(super) fn new(
        opening: Option<Bytes>,
        reader: Reader,
        ending: Option<(u64, Ending)>,
        control: Option<Control>,
    ) -> Self {
        Self { opening, reader, ending, control, is_over: false }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        stream::unfold(self, |mut script| async move {
            let chunk = script.next().await?;
            Some((chunk, script))
        })
    }

    /// What comes next; an error closes the connection without the body's end.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if let Some(opening) = self.opening.take() {
            return Some(Ok(opening));
        }
        if self.is_over {
            return None;
        }
        let Self { reader, ending, control, .. } = self;
        let command = async {
            match control {
                Some(control) => control.command().await,
                None => None,
            }
        };
        let step = tokio::select! {
            biased;
            Some(command) = command => match command {
                Command::Write(bytes) => Step::Write(bytes),
                Command::Cut => Step::Cut,
                Command::End => Step::End,
            },
            step = scripted(reader, ending) => step,
        };
        match step {
            Step::Write(bytes) => Some(Ok(bytes)),
            Step::End => None,
            Step::Cut => {
                self.is_over = true;
                // Lets the connection write out what it was given before.
                tokio::task::yield_now().await;
                Some(Err(io::Error::other("cut by order")))
            }
        }
    }
}

#[derive(Debug)]
enum Step {
    Write(Bytes),
    End,
    Cut,
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
