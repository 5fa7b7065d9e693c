//! A second implementation, slow and obvious: decode the whole stream, split it into lines, interpret them. Shared with
//! the fuzz target.

use sse_signals::parser::{Field, Limits, OnOverflow, OverflowKind, Parser, Step};

/// A step that borrows nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    Event { name: String, data: String, id: String, sets_id: bool },
    LastEventId(String),
    ReconnectionTime(u64),
    Comment(String),
    Overflow { kind: OverflowKind, field: Field, offset: u64, limit: usize },
}

impl From<Step<'_>> for Told {
    fn from(step: Step<'_>) -> Self {
        match step {
            Step::Event(event) => Self::Event {
                name: event.name.into(),
                data: event.data.into(),
                id: event.id.into(),
                sets_id: event.sets_id,
            },
            Step::LastEventId(id) => Self::LastEventId(id.into()),
            Step::ReconnectionTime(milliseconds) => Self::ReconnectionTime(milliseconds),
            Step::Comment(text) => Self::Comment(text.into()),
            Step::Overflow(overflow) => Self::Overflow {
                kind: overflow.kind,
                field: overflow.field,
                offset: overflow.offset,
                limit: overflow.limit,
            },
            step => unreachable!("a step that the tests don't know: {step:?}"),
        }
    }
}

/// The limits, in the open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) line: usize,
    pub(crate) event: usize,
    pub(crate) on_overflow: OnOverflow,
}

impl Bounds {
    pub(crate) fn limits(self) -> Limits {
        Limits::new().line(self.line).event(self.event).on_overflow(self.on_overflow)
    }
}

/// What the parser makes of the chunks, and the last event ID at the end.
pub(crate) fn parsed<'a>(
    limits: Limits,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Told>, String) {
    let mut parser = Parser::new(limits);
    let mut told = Vec::new();
    for mut chunk in chunks {
        while let Some(step) = parser.next(&mut chunk) {
            told.push(step.into());
        }
        assert!(chunk.is_empty(), "the parser has read its input to the end");
    }
    (told, parser.last_event_id().to_owned())
}

/// The same, by this implementation.
pub(crate) fn expected(bounds: Bounds, stream: &[u8]) -> (Vec<Told>, String) {
    let mut reference = Reference { bounds, ..Reference::default() };
    let bom = if stream.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let text = String::from_utf8_lossy(&stream[bom..]);
    let lines = split(&stream[bom..], |&byte| byte == b'\n', |&byte| byte == b'\r');
    let chars: Vec<char> = text.chars().collect();
    let texts = split(&chars, |&c| c == '\n', |&c| c == '\r');
    assert_eq!(lines.len(), texts.len(), "decoding neither adds line ends nor takes any");
    for (line, text) in lines.iter().zip(&texts) {
        let text: String = text.content.iter().collect();
        if reference.line(line.content, line.offset + bom, &text, line.ended).is_none() {
            break;
        }
    }
    (reference.told, reference.last_event_id)
}

struct Line<'a, T> {
    content: &'a [T],
    offset: usize,
    ended: bool,
}

fn split<T>(
    mut rest: &[T],
    is_lf: impl Fn(&T) -> bool,
    is_cr: impl Fn(&T) -> bool,
) -> Vec<Line<'_, T>> {
    let mut lines = Vec::new();
    let mut offset = 0;
    loop {
        let Some(end) = rest.iter().position(|unit| is_lf(unit) || is_cr(unit)) else {
            lines.push(Line { content: rest, offset, ended: false });
            return lines;
        };
        lines.push(Line { content: &rest[..end], offset, ended: true });
        let crlf = is_cr(&rest[end]) && rest.get(end + 1).is_some_and(&is_lf);
        let next = end + if crlf { 2 } else { 1 };
        offset += next;
        rest = &rest[next..];
    }
}

struct Reference {
    bounds: Bounds,
    told: Vec<Told>,
    data: String,
    event_type: String,
    id: String,
    last_event_id: String,
    sets_id: bool,
    skipped: bool,
    size: usize,
    block_offset: Option<usize>,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            bounds: Bounds { line: 1 << 20, event: 4 << 20, on_overflow: OnOverflow::Close },
            told: Vec::new(),
            data: String::new(),
            event_type: String::new(),
            id: String::new(),
            last_event_id: String::new(),
            sets_id: false,
            skipped: false,
            size: 0,
            block_offset: None,
        }
    }
}

impl Reference {
    /// `None`: the stream is over.
    fn line(&mut self, raw: &[u8], offset: usize, line: &str, ended: bool) -> Option<()> {
        let too_long = raw.len() > self.bounds.line;
        if !ended && !too_long {
            return Some(());
        }
        if line.is_empty() {
            self.dispatch();
            return Some(());
        }
        if too_long {
            let seen = &raw[..=self.bounds.line];
            let field = match seen.iter().position(|&byte| byte == b':') {
                Some(colon) => field(&String::from_utf8_lossy(&seen[..colon])),
                None => Field::Unknown,
            };
            if field == Field::Comment || !self.skipped {
                self.skipped |= field != Field::Comment;
                return self.overflow(OverflowKind::Line, field, offset, self.bounds.line);
            }
            return Some(());
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        if line.starts_with(':') {
            self.told.push(Told::Comment(value.into()));
            return Some(());
        }
        if self.skipped {
            return Some(());
        }
        if matches!(name, "data" | "event" | "id") {
            self.block_offset.get_or_insert(offset);
            self.size += raw.len() + 1;
        }
        match name {
            "event" => self.event_type = value.into(),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => {
                self.id = value.into();
                self.sets_id = true;
            }
            "retry" if !value.is_empty() && value.chars().all(|c| c.is_ascii_digit()) => {
                self.told.push(Told::ReconnectionTime(value.parse().unwrap_or(u64::MAX)));
            }
            _ => {}
        }
        if self.size > self.bounds.event {
            self.skipped = true;
            let offset = self.block_offset.unwrap_or(offset);
            return self.overflow(OverflowKind::Event, field(name), offset, self.bounds.event);
        }
        Some(())
    }

    fn dispatch(&mut self) {
        if self.skipped {
            self.id.clone_from(&self.last_event_id);
        } else {
            self.last_event_id.clone_from(&self.id);
            if let Some(data) = self.data.strip_suffix('\n') {
                let name =
                    if self.event_type.is_empty() { "message" } else { self.event_type.as_str() };
                self.told.push(Told::Event {
                    name: name.into(),
                    data: data.into(),
                    id: self.id.clone(),
                    sets_id: self.sets_id,
                });
            } else if self.sets_id {
                self.told.push(Told::LastEventId(self.id.clone()));
            }
        }
        self.data.clear();
        self.event_type.clear();
        self.sets_id = false;
        self.skipped = false;
        self.size = 0;
        self.block_offset = None;
    }

    fn overflow(
        &mut self,
        kind: OverflowKind,
        field: Field,
        offset: usize,
        limit: usize,
    ) -> Option<()> {
        self.told.push(Told::Overflow { kind, field, offset: offset as u64, limit });
        (self.bounds.on_overflow == OnOverflow::Skip).then_some(())
    }
}

fn field(name: &str) -> Field {
    match name {
        "data" => Field::Data,
        "event" => Field::Event,
        "id" => Field::Id,
        "retry" => Field::Retry,
        "" => Field::Comment,
        _ => Field::Unknown,
    }
}
