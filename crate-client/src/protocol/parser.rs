//! Reads an event stream: bytes in, events out, by
//! [the standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation), with no
//! I/O of its own.
//!
//! The chunks may be cut anywhere, inside a character or between CR and LF: the steps are the same.
//!
//! ```
//! use sse_signals::parser::{Parser, Step};
//!
//! let mut parser = Parser::default();
//! let mut seen = Vec::new();
//! for chunk in [": hi\n\nevent: price\nid: 7\nda", "ta: {\"cents\":1}\n\ndata: cut off"] {
//!     let mut input = chunk.as_bytes();
//!     while let Some(step) = parser.next(&mut input) {
//!         match step {
//!             Step::Event(event) => seen.push(format!("{} {} {}", event.id, event.name, event.data)),
//!             Step::Comment(text) => seen.push(text.to_owned()),
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(seen, ["hi", "7 price {\"cents\":1}"]);
//! assert_eq!(parser.last_event_id(), "7");
//! ```
//!
//! # What it holds
//!
//! - An event whose bytes lie in one chunk is borrowed from there; only its last event ID is copied, and several lines of
//!   data, which have to be joined.
//! - What a chunk's end cuts is copied into buffers that are used again. [`Limits`] bounds them: to one line and two copies of
//!   an event; what is not UTF-8 may take three times its bytes, since U+FFFD does.
//! - After an event that made them large, they shrink to 64 KiB each while the next chunks are read.

mod limits;
mod line;
mod step;
mod store;

pub use limits::{Field, Limits, OnOverflow, Overflow, OverflowKind};
use line::{Kind, Line, control, kind, line_end, usual_kind};
pub use step::{Event, Step};
use store::{Block, KEPT, Store, plain_texts};

/// The byte order mark in UTF-8.
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Reads an event stream, chunk by chunk.
#[derive(Clone, Debug)]
pub struct Parser {
    limits: Limits,
    mode: Mode,
    /// Where the input begins: bytes from the start of the stream.
    offset: u64,
    /// The last chunk ended in CR: a LF belongs to it.
    after_cr: bool,
    /// Of a block that a chunk's end has cut: the lines that count, and the start of one more line.
    cut: Vec<u8>,
    /// What those lines say.
    block: Block,
    /// Where in `cut` that one more line begins.
    line: usize,
    /// Where it begins in the stream.
    line_offset: u64,
    /// Where the first line that counts begins in the stream.
    block_offset: u64,
    /// An overflow was told: the block is left out.
    block_skipped: bool,
    /// The line was too long: what follows of it is left out.
    line_skipped: bool,
    store: Store,
}

/// What the input goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// The stream, or the rest of its byte order mark.
    Start,
    /// A block.
    Block,
    /// The block that lies in `cut`, or is left out.
    Cut,
    /// Nothing that is read: an overflow has ended the stream.
    Closed,
}

/// A step, without what it borrows.
#[derive(Clone, Copy)]
enum Found {
    /// It lies in `cut`.
    Event,
    LastEventId,
    ReconnectionTime(u64),
    /// It lies in the store.
    Comment,
    Overflow(Overflow),
}

impl Parser {
    /// A parser at the start of a stream, without a last event ID.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            mode: Mode::Start,
            offset: 0,
            after_cr: false,
            cut: Vec::new(),
            block: Block::EMPTY,
            line: 0,
            line_offset: 0,
            block_offset: 0,
            block_skipped: false,
            line_skipped: false,
            store: Store::new(),
        }
    }

    /// Reads on, up to the next step, and moves `input` past what it has read. `None`: the input is used up; go on with
    /// the next chunk.
    ///
    /// A block that the stream's end cuts off is never dispatched, as the standard says.
    #[inline]
    pub fn next<'a, 'input: 'a>(&'a mut self, input: &mut &'input [u8]) -> Option<Step<'a>> {
        'cut: loop {
            if self.mode != Mode::Block || self.after_cr {
                if let Some(found) = self.resume(input) {
                    return Some(self.step(found));
                }
                if self.mode != Mode::Block {
                    return None;
                }
            }
            // A block that lies in the chunk whole. One that is cut goes to `cut`, and so does one that has to be put off since
            // there is a step within it, or that may be too large.
            let chunk = *input;
            let room = self.limits.line.min(self.limits.event);
            let mut block = Block::EMPTY;
            // Where the line begins.
            let mut start = 0;
            loop {
                if chunk.get(start) == Some(&b'\n') {
                    if block.size == 0 {
                        self.advance(input, 1);
                        continue 'cut;
                    }
                    if block.data.1 != 0
                        && !block.is_joined
                        && let Some((name, id, data)) = plain_texts(chunk, block)
                    {
                        self.advance(input, start + 1);
                        let id = (block.id.1 != 0).then_some(id);
                        return Some(Step::Event(self.store.dispatch(name, id, data)));
                    }
                }
                let mut is_cut = start == chunk.len();
                let mut line = None;
                if let Some((kind, value)) = usual_kind(&chunk[start..]) {
                    let value = start + value;
                    match control(chunk, value) {
                        None => is_cut = true,
                        Some(end) if chunk[end] == b'\n' && end < room => {
                            block.add(chunk, kind, (value, end), &mut self.store);
                            block.size += end + 1 - start;
                            start = end + 1;
                            continue;
                        }
                        Some(end) if chunk[end..].starts_with(b"\r\n") => {
                            line = Some(Line { kind, value, end, next: end + 2 });
                        }
                        Some(_) => {}
                    }
                }
                if line.is_none() && !is_cut {
                    line = Line::read(chunk, start);
                }
                let Some(line) = line.filter(|line| line.end < room) else {
                    is_cut |= line.is_none();
                    is_cut &= chunk.len() - start <= self.limits.line;
                    self.keep(input, block, start, if is_cut { chunk.len() } else { start });
                    if input.is_empty() {
                        return None;
                    }
                    continue 'cut;
                };
                let value = (line.value, line.end);
                let text = &chunk[line.value..line.end];
                match line.kind {
                    Kind::Blank => {
                        self.advance(input, line.next);
                        if block.data.1 != 0 {
                            return Some(Step::Event(self.store.event(chunk, block)));
                        }
                        if block.id.1 != 0 {
                            self.store.set_last_event_id(&chunk[block.id.0..block.id.1]);
                            return Some(Step::LastEventId(self.store.last_event_id()));
                        }
                        continue 'cut;
                    }
                    Kind::Comment | Kind::Retry | Kind::Unknown => {
                        if start > 0 {
                            self.keep(input, block, start, start);
                            continue 'cut;
                        }
                        self.advance(input, line.next);
                        if line.kind == Kind::Comment {
                            return Some(Step::Comment(self.store.comment(text)));
                        }
                        if line.kind == Kind::Retry
                            && let Some(milliseconds) = reconnection_time(text)
                        {
                            return Some(Step::ReconnectionTime(milliseconds));
                        }
                        continue 'cut;
                    }
                    kind => {
                        block.add(chunk, kind, value, &mut self.store);
                        block.size += line.end + 1 - start;
                        start = line.next;
                    }
                }
            }
        }
    }

    #[inline(never)]
    fn step(&mut self, found: Found) -> Step<'_> {
        match found {
            Found::Event => Step::Event(self.store.event(&self.cut, self.block)),
            Found::LastEventId => Step::LastEventId(self.store.last_event_id()),
            Found::ReconnectionTime(milliseconds) => Step::ReconnectionTime(milliseconds),
            Found::Comment => Step::Comment(self.store.kept_comment()),
            Found::Overflow(overflow) => Step::Overflow(overflow),
        }
    }

    /// The last event ID as of the last dispatched block; empty if the stream has set none.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.store.last_event_id()
    }

    /// Begins a new stream after a reconnect: forgets the unfinished block, a byte order mark and the offset, and goes on
    /// from this last event ID, which events that set none carry. A parser that an overflow closed is open again.
    pub fn reset(&mut self, last_event_id: &str) {
        *self = Self::new(self.limits);
        self.store.set_last_event_id(last_event_id.as_bytes());
    }

    /// Moves the block so far to `cut`, and of the line that begins at `line` what lies before `end`.
    #[inline(never)]
    fn keep(&mut self, input: &mut &[u8], block: Block, line: usize, end: usize) {
        self.store.shrink(!block.is_joined);
        self.cut.clear();
        self.cut.shrink_to(KEPT);
        if !input.is_empty() {
            self.mode = Mode::Cut;
            self.cut.extend_from_slice(&input[..end]);
            self.block = block;
            self.line = line;
            self.line_offset = self.offset + line as u64;
            self.block_offset = self.offset;
        }
        self.advance(input, end);
    }

    /// Reads the stream's start, and blocks that lie in `cut` or are left out.
    #[inline(never)]
    fn resume(&mut self, input: &mut &[u8]) -> Option<Found> {
        if self.mode == Mode::Closed {
            *input = &[];
        }
        if self.after_cr
            && let Some(byte) = input.first()
        {
            self.after_cr = false;
            if *byte == b'\n' {
                self.advance(input, 1);
                self.line_offset = self.offset;
            }
        }
        while self.mode == Mode::Start
            && let Some(byte) = input.first()
        {
            let read = self.cut.len();
            if *byte != BOM[read] {
                self.mode = if read == 0 { Mode::Block } else { Mode::Cut };
            } else if read + 1 < BOM.len() {
                self.cut.push(*byte);
                self.advance(input, 1);
            } else {
                self.mode = Mode::Block;
                self.advance(input, 1);
            }
        }
        while self.mode == Mode::Cut && !input.is_empty() {
            let end = line_end(input, 0);
            let length = end.unwrap_or(input.len());
            if self.line_skipped {
            } else if self.cut.len() - self.line + length <= self.limits.line {
                self.cut.extend_from_slice(&input[..length]);
            } else if let Some(overflow) = self.skip_line(&input[..length]) {
                return Some(overflow);
            }
            let Some(end) = end else {
                self.advance(input, length);
                break;
            };
            self.advance(input, end + if input[end..].starts_with(b"\r\n") { 2 } else { 1 });
            let found = self.end_line();
            self.line_offset = self.offset;
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Leaves out the line, which goes on so and is too long, and its block unless it is a comment.
    #[cold]
    fn skip_line(&mut self, rest: &[u8]) -> Option<Found> {
        // Enough to tell the field's name.
        self.cut.extend_from_slice(&rest[..rest.len().min(16)]);
        let (kind, _) = kind(&self.cut[self.line..]);
        self.cut.truncate(self.line);
        self.line_skipped = true;
        let was_skipped = self.block_skipped;
        if kind != Kind::Comment {
            self.skip_block();
            if was_skipped {
                return None;
            }
        }
        Some(self.overflow(OverflowKind::Line, kind, self.line_offset, self.limits.line))
    }

    fn skip_block(&mut self) {
        self.block_skipped = true;
        self.block = Block::EMPTY;
        self.cut.clear();
        self.line = 0;
    }

    fn overflow(&mut self, overflow: OverflowKind, line: Kind, offset: u64, limit: usize) -> Found {
        if self.limits.on_overflow == OnOverflow::Close {
            self.mode = Mode::Closed;
            self.cut = Vec::new();
            self.store.shrink(true);
        }
        Found::Overflow(Overflow { kind: overflow, field: line.into(), offset, limit })
    }

    /// Takes in the line that `cut` ends with.
    fn end_line(&mut self) -> Option<Found> {
        let (start, end) = (self.line, self.cut.len());
        let mut found = None;
        if self.line_skipped {
            self.line_skipped = false;
        } else if start == end {
            self.mode = Mode::Block;
            self.block_skipped = false;
            return if self.block.data.1 != 0 {
                Some(Found::Event)
            } else if self.block.id.1 != 0 {
                let (from, to) = self.block.id;
                self.store.set_last_event_id(&self.cut[from..to]);
                Some(Found::LastEventId)
            } else {
                None
            };
        } else {
            let (kind, value) = kind(&self.cut[start..]);
            let value = (start + value, end);
            match kind {
                Kind::Data | Kind::Event | Kind::Id | Kind::InvalidId if !self.block_skipped => {
                    if self.block.size == 0 {
                        self.block_offset = self.line_offset;
                    }
                    self.block.size += end - start + 1;
                    if self.block.size > self.limits.event {
                        self.skip_block();
                        let (offset, limit) = (self.block_offset, self.limits.event);
                        return Some(self.overflow(OverflowKind::Event, kind, offset, limit));
                    }
                    // What the block does not refer to is cut off again below.
                    if self.block.add(&self.cut, kind, value, &mut self.store) {
                        self.line = end;
                    }
                }
                Kind::Comment => {
                    self.store.keep_comment(&self.cut[value.0..]);
                    found = Some(Found::Comment);
                }
                Kind::Retry if !self.block_skipped => {
                    found = reconnection_time(&self.cut[value.0..]).map(Found::ReconnectionTime);
                }
                _ => {}
            }
        }
        self.cut.truncate(self.line);
        if self.block.size == 0 && !self.block_skipped {
            self.mode = Mode::Block;
        }
        found
    }

    #[inline]
    fn advance(&mut self, input: &mut &[u8], bytes: usize) {
        let (read, rest) = input.split_at(bytes);
        if rest.is_empty() && read.last() == Some(&b'\r') {
            self.after_cr = true;
        }
        self.offset += bytes as u64;
        *input = rest;
    }
}

/// In milliseconds: digits only, and as much as fits.
#[inline(never)]
fn reconnection_time(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |time, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(time.saturating_mul(10).saturating_add(digit))
    })
}

impl Default for Parser {
    fn default() -> Self {
        Self::new(Limits::new())
    }
}
