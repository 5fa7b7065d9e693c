//! The buffers that text is built in.

use std::str;

use super::Event;
use super::line::{Kind, Span};

/// Bytes that each buffer keeps for later events.
pub(super) const KEPT: usize = 64 * 1024;

/// The lines of a block so far, as places in the bytes that begin with it: a chunk, or the parser's copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Bytes of its `data`, `event` and `id` lines, a line end counted as one; 0 if there is none.
    pub(super) size: usize,
    pub(super) name: Span,
    pub(super) id: Span,
    /// Of the first line.
    pub(super) data: Span,
    /// There are more lines of data: the store has joined them.
    pub(super) is_joined: bool,
}

impl Block {
    pub(super) const EMPTY: Self =
        Self { size: 0, name: (0, 0), id: (0, 0), data: (0, 0), is_joined: false };

    /// Adds a line of `bytes` that counts. Whether the block refers to it.
    #[inline(always)]
    pub(super) fn add(&mut self, bytes: &[u8], kind: Kind, value: Span, store: &mut Store) -> bool {
        if kind == Kind::Id {
            self.id = value;
        } else if kind == Kind::Event {
            self.name = value;
        } else if kind == Kind::InvalidId {
            return false;
        } else if self.data.1 == 0 {
            self.data = value;
        } else {
            store.join(bytes, self.data, self.is_joined, value);
            self.is_joined = true;
            return false;
        }
        true
    }
}

/// What a step may have to borrow from the parser. The buffers are used again.
#[derive(Clone, Debug)]
pub(super) struct Store {
    /// The data of a block with several lines of it.
    joined: Vec<u8>,
    /// A comment that was cut, or what has been mended since it was not UTF-8.
    text: String,
    last_event_id: String,
}

impl Store {
    pub(super) const fn new() -> Self {
        Self { joined: Vec::new(), text: String::new(), last_event_id: String::new() }
    }

    #[inline]
    pub(super) fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Joins a further line of data to those that the block has.
    #[inline(never)]
    fn join(&mut self, bytes: &[u8], (from, to): Span, is_joined: bool, value: Span) {
        if !is_joined {
            self.joined.clear();
            self.joined.extend_from_slice(&bytes[from..to]);
        }
        let value = &bytes[value.0..value.1];
        self.joined.reserve(value.len() + 1);
        self.joined.push(b'\n');
        self.joined.extend_from_slice(value);
    }

    /// The event of a whole block, which has data. The last event ID becomes the block's.
    #[inline(never)]
    pub(super) fn event<'a>(&'a mut self, bytes: &'a [u8], block: Block) -> Event<'a> {
        let Block { name, id, data, is_joined, .. } = block;
        let Self { joined, text, last_event_id } = self;
        let (name, id_text, data) = if is_joined {
            let part = |(from, to): Span| str::from_utf8(&bytes[from..to]).ok();
            (|| Some((part(name)?, part(id)?, simdutf8::basic::from_utf8(joined).ok()?)))()
        } else {
            plain_texts(bytes, block)
        }
        .unwrap_or_else(|| {
            let part = |(from, to): Span| &bytes[from..to];
            mended(text, part(name), part(id), if is_joined { joined } else { part(data) })
        });
        dispatched(last_event_id, name, (id.1 != 0).then_some(id_text), data)
    }

    #[inline(always)]
    pub(super) fn dispatch<'a>(
        &'a mut self,
        name: &'a str,
        id: Option<&str>,
        data: &'a str,
    ) -> Event<'a> {
        dispatched(&mut self.last_event_id, name, id, data)
    }

    /// Takes the last event ID of a whole block without data.
    #[cold]
    pub(super) fn set_last_event_id(&mut self, bytes: &[u8]) {
        self.last_event_id.clear();
        push(&mut self.last_event_id, bytes);
    }

    /// A comment's text.
    #[inline(never)]
    pub(super) fn comment<'a>(&'a mut self, bytes: &'a [u8]) -> &'a str {
        str::from_utf8(bytes).unwrap_or_else(|_| {
            self.keep_comment(bytes);
            &self.text
        })
    }

    /// Keeps a comment's text for [`kept_comment`](Self::kept_comment).
    pub(super) fn keep_comment(&mut self, bytes: &[u8]) {
        self.text.clear();
        push(&mut self.text, bytes);
    }

    pub(super) fn kept_comment(&self) -> &str {
        &self.text
    }

    /// Shrinks what large events have left behind; the joined data only if no block is using it.
    pub(super) fn shrink(&mut self, joined: bool) {
        if joined {
            self.joined.clear();
            self.joined.shrink_to(KEPT);
        }
        self.text.clear();
        self.text.shrink_to(KEPT);
        self.last_event_id.shrink_to(KEPT);
    }
}

/// Event type, last event ID and data of a block with one line of data, if they are UTF-8.
#[inline]
pub(super) fn plain_texts(bytes: &[u8], block: Block) -> Option<(&str, &str, &str)> {
    let Block { name, id, data, .. } = block;
    if name.1 | id.1 == 0 {
        return Some(("", "", text(bytes, data.0, data.1)?));
    }
    // One check for all.
    let from = (name.0.wrapping_sub(1)).min(id.0.wrapping_sub(1)).min(data.0 - 1) + 1;
    let text = text(bytes, from, name.1.max(id.1).max(data.1))?;
    let part = |(start, end): Span| text.get(start.saturating_sub(from)..end.saturating_sub(from));
    Some((part(name)?, part(id)?, part(data)?))
}

/// The text at `from..to`, if it is UTF-8.
///
/// The standard library checks sixteen bytes at a time, but those before an aligned address, and the last few, one by one;
/// so this gives it some of what lies around, which is mostly ASCII.
#[inline]
pub(super) fn text(bytes: &[u8], from: usize, to: usize) -> Option<&str> {
    if to - from >= 128 {
        return simdutf8::basic::from_utf8(&bytes[from..to]).ok();
    }
    let start = from - (bytes[from..].as_ptr().addr() % 8).min(from);
    let end = (start + (to - start).next_multiple_of(16)).min(bytes.len());
    match str::from_utf8(&bytes[start..end]) {
        Ok(text) => text.get(from - start..to - start),
        Err(_) => str::from_utf8(&bytes[from..to]).ok(),
    }
}

/// What is not UTF-8 becomes U+FFFD, as by [`String::from_utf8_lossy`].
#[cold]
fn mended<'a>(
    text: &'a mut String,
    name: &[u8],
    id: &[u8],
    data: &[u8],
) -> (&'a str, &'a str, &'a str) {
    text.clear();
    push(text, name);
    let name = text.len();
    push(text, id);
    let id = text.len();
    push(text, data);
    let (rest, data) = text.split_at(id);
    let (name, id) = rest.split_at(name);
    (name, id, data)
}

fn push(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

#[inline(always)]
fn dispatched<'a>(
    last_event_id: &'a mut String,
    name: &'a str,
    id: Option<&str>,
    data: &'a str,
) -> Event<'a> {
    if let Some(id) = id {
        last_event_id.clear();
        last_event_id.push_str(id);
    }
    let name = if name.is_empty() { "message" } else { name };
    Event { name, data, id: last_event_id, sets_id: id.is_some() }
}
