//! How much the parser holds, and what happens beyond that.

use std::fmt;

use super::line::Kind;

/// How much a [`Parser`](super::Parser) holds of a stream that does not end a line, or an event.
///
/// | limit                              | default              | unit  | what                                         |
/// | ---------------------------------- | -------------------- | ----- | -------------------------------------------- |
/// | [`line`](Self::line)               | 1 MiB (1,048,576)    | bytes | one line, without its line end               |
/// | [`event`](Self::event)             | 4 MiB (4,194,304)    | bytes | an event's `data`, `event` and `id` lines    |
/// | [`on_overflow`](Self::on_overflow) | [`OnOverflow::Close`] |       | what follows on more than that               |
///
/// ```
/// use sse_signals::parser::{Limits, OnOverflow, Parser};
///
/// let limits = Limits::new().line(64 * 1024).event(256 * 1024).on_overflow(OnOverflow::Skip);
/// let parser = Parser::new(limits);
/// # assert_eq!(parser.last_event_id(), "");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub(crate) line: usize,
    /// Bytes.
    pub(crate) event: usize,
    pub(crate) on_overflow: OnOverflow,
}

/// What follows once a line or an event is larger than its limit. [`Step::Overflow`](super::Step::Overflow) tells it
/// in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnOverflow {
    /// The event is left out to its end, its id too, and the stream goes on. Of a comment that is too long only the
    /// comment is left out.
    Skip,
    /// The stream is over: after the overflow the parser gives nothing more, until [`reset`](super::Parser::reset).
    #[default]
    Close,
}

impl Limits {
    /// The defaults, as each method states them.
    #[must_use]
    pub const fn new() -> Self {
        Self { line: 1 << 20, event: 4 << 20, on_overflow: OnOverflow::Close }
    }

    /// The longest line, in bytes, without its line end. At least 16 bytes. Default: 1 MiB.
    #[must_use]
    pub const fn line(mut self, bytes: usize) -> Self {
        // A byte order mark and the name of each field fit in.
        self.line = if bytes < 16 { 16 } else { bytes };
        self
    }

    /// The largest event, in bytes: its `data`, `event` and `id` lines, together, each with one byte for its
    /// line end. Default: 4 MiB.
    #[must_use]
    pub const fn event(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }

    /// What follows on a line or an event that is larger. Default: [`OnOverflow::Close`].
    #[must_use]
    pub const fn on_overflow(mut self, on_overflow: OnOverflow) -> Self {
        self.on_overflow = on_overflow;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// A line or an event that is larger than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overflow {
    /// What is too large.
    pub kind: OverflowKind,
    /// The field of the line that went beyond the limit.
    pub field: Field,
    /// Where the line, or the first line of the event, begins: bytes from the start of the stream.
    pub offset: u64,
    /// The limit, in bytes.
    pub limit: usize,
}

/// What is larger than its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverflowKind {
    /// One line: [`Limits::line`].
    Line,
    /// One event: [`Limits::event`].
    Event,
}

/// What a line of an event stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// `data`.
    Data,
    /// `event`, the event type.
    Event,
    /// `id`, the last event ID.
    Id,
    /// `retry`, the reconnection time.
    Retry,
    /// A comment: the line begins with a colon.
    Comment,
    /// A field that the standard does not know, which is ignored.
    Unknown,
}

impl From<Kind> for Field {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Data => Self::Data,
            Kind::Event => Self::Event,
            Kind::Id | Kind::InvalidId => Self::Id,
            Kind::Retry => Self::Retry,
            Kind::Comment => Self::Comment,
            Kind::Blank | Kind::Unknown => Self::Unknown,
        }
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, field, offset, limit } = self;
        let line = match field {
            Field::Data => "line of the field `data`",
            Field::Event => "line of the field `event`",
            Field::Id => "line of the field `id`",
            Field::Retry => "line of the field `retry`",
            Field::Comment => "comment",
            Field::Unknown => "line of an unknown field",
        };
        match kind {
            OverflowKind::Line => write!(
                f,
                "the {line} that begins at byte {offset} of the stream is longer than {limit} bytes: \
                 let the server send shorter lines, or raise `Limits::line`"
            ),
            OverflowKind::Event => write!(
                f,
                "the event that begins at byte {offset} of the stream is larger than {limit} bytes, with a {line}: \
                 let the server send smaller events, or raise `Limits::event`"
            ),
        }
    }
}

impl std::error::Error for Overflow {}
