//! Strings and their escapes.

use super::error::Error;
use super::read::Json;

impl<'de> Json<'de> {
    /// Goes past a string without an escape, whose opening quote is next; or past that quote, if it has one or is
    /// broken.
    pub(super) fn plain_string(&mut self) -> Option<&'de str> {
        let start = self.at + 1;
        let end = self.plain_end(start);
        if self.byte(end) == b'"' {
            self.at = end + 1;
            self.text.get(start..end)
        } else {
            self.at = start;
            None
        }
    }

    /// The string whose opening quote was last.
    pub(super) fn unescaped_string(&mut self) -> Result<&str, Error> {
        self.scratch.clear();
        loop {
            let plain = self.plain();
            self.scratch.push_str(plain);
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(&self.scratch);
                }
                b'\\' => {
                    let char = self.escape()?;
                    self.scratch.push(char);
                }
                _ => return Err(self.unexpected_in_string()),
            }
        }
    }

    #[cold]
    fn unexpected_in_string(&self) -> Error {
        self.unexpected(
            "EOF while parsing a string",
            "control character (\\u0000-\\u001F) found while parsing a string",
        )
    }

    /// Goes past what is no quote, backslash or control character.
    fn plain(&mut self) -> &'de str {
        let start = self.at;
        self.at = self.plain_end(start);
        self.since(start)
    }

    /// The next quote, backslash or control character from `at` on, or the end.
    #[inline(always)]
    fn plain_end(&self, mut at: usize) -> usize {
        const ONES: u64 = u64::MAX / 0xFF;
        let bytes = self.text.as_bytes();
        // Eight bytes at a time: each test sets the high bit of the first byte that it is about, and perhaps
        // those of later ones.
        while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let chunk = u64::from_le_bytes(*chunk);
            let (quote, backslash) = (chunk ^ (ONES * 0x22), chunk ^ (ONES * 0x5C));
            let found = (chunk.wrapping_sub(ONES * 0x20) & !chunk)
                | (quote.wrapping_sub(ONES) & !quote)
                | (backslash.wrapping_sub(ONES) & !backslash);
            let found = found & (ONES << 7);
            if found != 0 {
                return at + found.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        while let Some(byte) = bytes.get(at)
            && !matches!(byte, ..0x20 | b'"' | b'\\')
        {
            at += 1;
        }
        at
    }

    /// The character of the escape whose backslash is next.
    fn escape(&mut self) -> Result<char, Error> {
        self.at += 1;
        if self.peek() != b'u' {
            return self.short_escape();
        }
        self.at += 1;
        let lead = self.hex()?;
        let code_point = match lead {
            0xD800..0xDC00 => {
                for expected in *b"\\u" {
                    if self.peek() != expected {
                        return Err(self.unexpected(
                            "EOF while parsing a string",
                            "unexpected end of hex escape",
                        ));
                    }
                    self.at += 1;
                }
                let trail = self.hex()?;
                if !is_trail(trail) {
                    return Err(self.error("lone leading surrogate in hex escape"));
                }
                pair(lead, trail)
            }
            _ => u32::from(lead),
        };
        char::from_u32(code_point).ok_or_else(|| self.error("lone leading surrogate in hex escape"))
    }

    /// What follows the backslash, unless it is `u`.
    fn short_escape(&mut self) -> Result<char, Error> {
        let char = match self.peek() {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\x08',
            b'f' => '\x0C',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            _ => return Err(self.unexpected("EOF while parsing a string", "invalid escape")),
        };
        self.at += 1;
        Ok(char)
    }

    /// Four hexadecimal digits.
    fn hex(&mut self) -> Result<u16, Error> {
        let Some(digits) = self.rest().first_chunk::<4>() else {
            self.at = self.text.len();
            return Err(self.error("EOF while parsing a string"));
        };
        self.at += 4;
        let mut value = 0;
        for &digit in digits {
            match char::from(digit).to_digit(16) {
                Some(digit) => value = value << 4 | digit as u16,
                None => return Err(self.error("invalid escape")),
            }
        }
        Ok(value)
    }

    /// A string whose opening quote is next, as bytes: control characters and lone surrogates (as in WTF-8) may
    /// stand in it. `None`: it had escapes, and is in `bytes`.
    pub(super) fn byte_string(&mut self, bytes: &mut Vec<u8>) -> Result<Option<&'de [u8]>, Error> {
        self.at += 1;
        let mut start = self.at;
        loop {
            match self.peek() {
                b'"' => {
                    let plain = self.since(start).as_bytes();
                    self.at += 1;
                    if bytes.is_empty() {
                        return Ok(Some(plain));
                    }
                    bytes.extend_from_slice(plain);
                    return Ok(None);
                }
                b'\\' => {
                    bytes.extend_from_slice(self.since(start).as_bytes());
                    self.byte_escape(bytes)?;
                    start = self.at;
                }
                _ if self.is_at_end() => return Err(self.error("EOF while parsing a string")),
                _ => self.at += 1,
            }
        }
    }

    fn byte_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        self.at += 1;
        if self.peek() != b'u' {
            let char = self.short_escape()?;
            bytes.push(char as u8);
            return Ok(());
        }
        self.at += 1;
        let lead = self.hex()?;
        let mut code_point = u32::from(lead);
        if let 0xD800..0xDC00 = lead
            && self.rest().starts_with(b"\\u")
        {
            let after_lead = self.at;
            self.at += 2;
            match self.hex()? {
                trail if is_trail(trail) => code_point = pair(lead, trail),
                _ => self.at = after_lead,
            }
        }
        match char::from_u32(code_point) {
            Some(char) => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            None => bytes.extend([
                0xE0 | (code_point >> 12) as u8,
                0x80 | (code_point >> 6 & 0x3F) as u8,
                0x80 | (code_point & 0x3F) as u8,
            ]),
        }
        Ok(())
    }

    /// Goes past a string, whose opening quote is next.
    pub(super) fn skip_string(&mut self) -> Result<(), Error> {
        self.at += 1;
        loop {
            self.plain();
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    if self.peek() == b'u' {
                        self.at += 1;
                        self.hex()?;
                    } else {
                        self.short_escape()?;
                    }
                }
                _ => return Err(self.unexpected_in_string()),
            }
        }
    }
}

const fn is_trail(unit: u16) -> bool {
    matches!(unit, 0xDC00..0xE000)
}

/// The code point of a surrogate pair.
fn pair(lead: u16, trail: u16) -> u32 {
    0x1_0000 + (u32::from(lead & 0x3FF) << 10 | u32::from(trail & 0x3FF))
}
