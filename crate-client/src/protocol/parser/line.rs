//! Lines: where they end, and what they are about.

/// Part of the bytes that a block lies in: from, to. `(0, 0)` stands for none.
pub(super) type Span = (usize, usize);

/// A whole line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) kind: Kind,
    /// Where its value begins; where there is none, anywhere in the line.
    pub(super) value: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Where the next one begins, if no LF follows a CR in the next chunk.
    pub(super) next: usize,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of a block.
    Blank,
    Data,
    Event,
    Id,
    /// An ID with a NUL in it.
    InvalidId,
    Retry,
    Comment,
    Unknown,
}

impl Line {
    /// The line at `start`, of any kind. `None`: it goes on beyond the bytes.
    #[inline(never)]
    pub(super) fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let end = line_end(bytes, start)?;
        let (kind, value) = kind(&bytes[start..end]);
        let next = end + if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
        Some(Self { kind, value: start + value, end, next })
    }
}

/// What the line is about, and where its value begins.
pub(super) fn kind(line: &[u8]) -> (Kind, usize) {
    let (kind, name): (_, &[u8]) = match line.first() {
        None => return (Kind::Blank, 0),
        Some(b'd') => (Kind::Data, b"data"),
        Some(b'e') => (Kind::Event, b"event"),
        Some(b'i') => (Kind::Id, b"id"),
        Some(b'r') => (Kind::Retry, b"retry"),
        Some(_) => (Kind::Comment, b""),
    };
    let value = match line.strip_prefix(name) {
        Some([]) => name.len(),
        Some([b':', b' ', ..]) => name.len() + 2,
        Some([b':', ..]) => name.len() + 1,
        _ => return (Kind::Unknown, 0),
    };
    let is_invalid = kind == Kind::Id && line.contains(&0);
    (if is_invalid { Kind::InvalidId } else { kind }, value)
}

/// What a line of eight bytes or more is about, and where its value begins: only if it is a field with a value.
#[inline(always)]
pub(super) fn usual_kind(line: &[u8]) -> Option<(Kind, usize)> {
    /// Whether the word begins so.
    #[inline(always)]
    fn begins<const N: usize>(word: u64, name: &[u8; N]) -> bool {
        let mut bytes = [0; 8];
        bytes[..N].copy_from_slice(name);
        (word ^ u64::from_le_bytes(bytes)) << (64 - 8 * N) == 0
    }
    let word = u64::from_le_bytes(*line.first_chunk()?);
    // The space is compared too, not looked for: what follows need not wait for it.
    if begins(word, b"data: ") {
        Some((Kind::Data, 6))
    } else if begins(word, b"event: ") {
        Some((Kind::Event, 7))
    } else if begins(word, b"id: ") {
        Some((Kind::Id, 4))
    } else if begins(word, b"data:") {
        Some((Kind::Data, 5))
    } else if begins(word, b"event:") {
        Some((Kind::Event, 6))
    } else if begins(word, b"id:") {
        Some((Kind::Id, 3))
    } else {
        None
    }
}

/// Where the first line end, CR or LF, from `start` on is.
pub(super) fn line_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at = control(bytes, at)?;
        if matches!(bytes[at], b'\n' | b'\r') {
            return Some(at);
        }
        at += 1;
    }
}

/// Where the first byte below 0x0E from `start` on is: CR, LF, NUL, and others that are rare in text.
#[inline]
pub(super) fn control(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let (chunks, rest) = bytes[start..].as_chunks();
    for sixteen in chunks {
        if let Some(hit) = first_bit(controls(sixteen)) {
            return Some(at + hit);
        }
        at += 16;
    }
    let Some(sixteen) = bytes.last_chunk() else {
        return Some(at + rest.iter().position(|byte| *byte < 0x0E)?);
    };
    // The last sixteen once more, without those that have been looked at.
    let seen = 16 - rest.len();
    let (first, second) = controls(sixteen);
    let hits = (u128::from(first) | u128::from(second) << 64).checked_shr(8 * seen as u32)?;
    first_bit((hits as u64, (hits >> 64) as u64)).map(|hit| at + hit)
}

/// The highest bit of each byte that is below 0x0E; now and then of one that is 0x0E, behind another. The first byte comes
/// lowest.
#[inline(always)]
fn controls(sixteen: &[u8; 16]) -> (u64, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let controls = |word: u64| word.wrapping_sub(EACH * 0x0E) & !word & (EACH * 0x80);
    let words = u128::from_le_bytes(*sixteen);
    (controls(words as u64), controls((words >> 64) as u64))
}

/// In which byte the first bit is.
#[inline(always)]
fn first_bit((first, second): (u64, u64)) -> Option<usize> {
    if first | second == 0 {
        return None;
    }
    let (word, offset) = if first == 0 { (second, 8) } else { (first, 0) };
    Some(offset + word.trailing_zeros() as usize / 8)
}
