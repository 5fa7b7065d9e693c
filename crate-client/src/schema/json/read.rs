//! The text: what stands next, what stands between values, and how a value is skipped. Nothing here and in
//! `number` and `string` depends on a type, so it is compiled once.

use super::error::Error;

/// Containers inside each other that a type may read. What is skipped may be nested deeper.
const DEPTH: u8 = 127;

/// A JSON text, and how far it was read.
pub(in crate::schema) struct Json<'de> {
    pub(super) text: &'de str,
    /// Bytes read.
    pub(super) at: usize,
    /// Containers that may still be entered.
    depth: u8,
    /// The last string with an escape; while a value is skipped, the brackets around it. Never longer than the
    /// text.
    pub(super) scratch: String,
}

impl<'de> Json<'de> {
    pub(in crate::schema) fn new(text: &'de str) -> Self {
        let mut json = Self { text, at: 0, depth: DEPTH, scratch: String::new() };
        json.skip_whitespace();
        json
    }

    /// Fails unless only whitespace is left.
    pub(in crate::schema) fn end(&mut self) -> Result<(), Error> {
        self.skip_whitespace();
        if self.is_at_end() { Ok(()) } else { Err(self.refused("trailing characters")) }
    }

    /// The place of an error that knows none is here.
    #[cold]
    pub(in crate::schema) fn place(&self, error: Error) -> Error {
        error.or_at(self.at)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next byte; NUL at the end, which no JSON text has a use for.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        self.byte(self.at)
    }

    /// Goes to the next byte that is no whitespace, and tells which.
    #[inline(always)]
    pub(super) fn skip_whitespace(&mut self) -> u8 {
        let next = self.peek();
        if next > b' ' { next } else { self.skip_some_whitespace() }
    }

    #[inline(never)]
    fn skip_some_whitespace(&mut self) -> u8 {
        while let b' ' | b'\n' | b'\t' | b'\r' = self.peek() {
            self.at += 1;
        }
        self.peek()
    }

    pub(super) fn since(&self, start: usize) -> &'de str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'de [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The error that the next byte is, or that there is none.
    #[cold]
    #[inline(never)]
    pub(super) fn unexpected(&self, at_end: &'static str, otherwise: &'static str) -> Error {
        if self.is_at_end() {
            Error::at(self.text.len(), at_end)
        } else {
            Error::at(self.at + 1, otherwise)
        }
    }

    /// The error that the next byte is, or that there is none, in the same words.
    #[cold]
    #[inline(never)]
    pub(super) fn refused(&self, reason: &'static str) -> Error {
        self.unexpected(reason, reason)
    }

    /// The error that ends with the byte before the next one.
    #[cold]
    #[inline(never)]
    pub(super) fn error(&self, reason: &'static str) -> Error {
        Error::at(self.at, reason)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn expected_value(&self) -> Error {
        self.unexpected("EOF while parsing a value", "expected value")
    }

    /// Goes past an opening bracket.
    pub(super) fn enter(&mut self) -> Result<(), Error> {
        match self.depth.checked_sub(1) {
            Some(depth) => self.depth = depth,
            None => return Err(self.refused("recursion limit exceeded")),
        }
        self.at += 1;
        self.skip_whitespace();
        Ok(())
    }

    pub(super) const fn leave(&mut self) {
        self.depth += 1;
    }

    /// `null`, `true` or `false`, whose first letter is next.
    pub(super) fn word(&mut self, word: &'static str) -> Result<(), Error> {
        for &letter in word.as_bytes() {
            if self.peek() != letter {
                return Err(self.unexpected("EOF while parsing a value", "expected ident"));
            }
            self.at += 1;
        }
        Ok(())
    }

    /// What stands between a key and its value.
    pub(super) fn colon(&mut self) -> Result<(), Error> {
        if self.skip_whitespace() != b':' {
            return Err(self.unexpected("EOF while parsing an object", "expected `:`"));
        }
        self.at += 1;
        self.skip_whitespace();
        Ok(())
    }

    /// Goes past a comma, to another item.
    pub(super) fn comma(&mut self, close: u8) -> Result<u8, Error> {
        self.at += 1;
        let next = self.skip_whitespace();
        if next == close { Err(self.refused("trailing comma")) } else { Ok(next) }
    }

    /// Goes past the closing bracket of an array or object of which the type wants no more.
    pub(super) fn close(&mut self, close: u8) -> Result<(), Error> {
        match self.skip_whitespace() {
            next if next == close => {
                self.at += 1;
                Ok(())
            }
            0 => Err(self.expected_comma(close)),
            b',' => {
                self.comma(close)?;
                Err(self.refused("trailing characters"))
            }
            _ => Err(self.refused("trailing characters")),
        }
    }

    /// Goes to the key that names a variant.
    pub(super) fn variant_key(&mut self) -> Result<(), Error> {
        match self.skip_whitespace() {
            b'"' => Ok(()),
            b'}' => Err(self.expected_value()),
            _ => Err(self.expected_key()),
        }
    }

    /// Goes past the bracket after a variant.
    pub(super) fn close_variant(&mut self) -> Result<(), Error> {
        if self.skip_whitespace() != b'}' {
            return Err(self.unexpected("EOF while parsing an object", "expected `}`"));
        }
        self.at += 1;
        self.leave();
        Ok(())
    }

    /// Goes past the quote before a number that is a key.
    pub(super) fn open_number_key(&mut self) -> Result<(), Error> {
        self.at += 1;
        match self.peek() {
            b'-' | b'0'..=b'9' => Ok(()),
            _ => Err(self.error("invalid value: expected key to be a number in quotes")),
        }
    }

    /// Goes past the quote after a number that is a key.
    pub(super) fn close_number_key(&mut self) -> Result<(), Error> {
        if self.peek() != b'"' {
            return Err(self.refused("expected `\"`"));
        }
        self.at += 1;
        Ok(())
    }

    /// A boolean in quotes. `None`: it is none.
    pub(super) fn bool_key(&mut self) -> Result<Option<bool>, Error> {
        let (word, value) = match self.rest() {
            [b'"', b't', ..] => ("\"true\"", true),
            [b'"', b'f', ..] => ("\"false\"", false),
            _ => return Ok(None),
        };
        self.word(word)?;
        Ok(Some(value))
    }

    /// Goes past a value of any depth.
    pub(super) fn skip_value(&mut self) -> Result<(), Error> {
        self.scratch.clear();
        loop {
            match self.skip_whitespace() {
                b'n' => self.word("null")?,
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'"' => self.skip_string()?,
                b'-' | b'0'..=b'9' => {
                    self.number(false)?;
                }
                open @ (b'[' | b'{') => {
                    self.at += 1;
                    self.scratch.push(open.into());
                    if self.skip_whitespace() != closing(open) {
                        self.skip_key(open)?;
                        continue;
                    }
                }
                _ => return Err(self.expected_value()),
            }
            // A value, or the first half of an empty container, is read: close what ends here.
            loop {
                let Some(&open) = self.scratch.as_bytes().last() else { return Ok(()) };
                let next = self.skip_whitespace();
                if next == closing(open) {
                    self.at += 1;
                    self.scratch.pop();
                } else if next == b',' {
                    self.at += 1;
                    self.skip_whitespace();
                    self.skip_key(open)?;
                    break;
                } else {
                    return Err(self.expected_comma(closing(open)));
                }
            }
        }
    }

    /// Goes past a key and its colon, if the brackets are those of an object.
    fn skip_key(&mut self, open: u8) -> Result<(), Error> {
        if open == b'[' {
            return Ok(());
        }
        if self.peek() != b'"' {
            return Err(self.expected_key());
        }
        self.skip_string()?;
        self.colon()
    }

    #[cold]
    pub(super) fn expected_key(&self) -> Error {
        self.unexpected("EOF while parsing an object", "key must be a string")
    }

    #[cold]
    pub(super) fn expected_comma(&self, close: u8) -> Error {
        if close == b']' {
            self.unexpected("EOF while parsing a list", "expected `,` or `]`")
        } else {
            self.unexpected("EOF while parsing an object", "expected `,` or `}`")
        }
    }
}

const fn closing(open: u8) -> u8 {
    if open == b'[' { b']' } else { b'}' }
}
