//! What is wrong with a JSON text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Expected, Unexpected};

/// Of a string that is none of what was expected, so many bytes are quoted.
const QUOTED: usize = 64;

/// One pointer: every step of a decoder returns it, or its absence.
#[derive(Debug)]
pub(in crate::schema) struct Error(Box<Fault>);

#[derive(Debug)]
struct Fault {
    reason: Cow<'static, str>,
    /// How many bytes were read, the offending one included; `None` as long as only the type has spoken.
    read: Option<usize>,
}

impl Error {
    #[cold]
    pub(super) fn at(read: usize, reason: &'static str) -> Self {
        Self(Box::new(Fault { reason: Cow::Borrowed(reason), read: Some(read) }))
    }

    /// Sets the place, unless it is known.
    #[cold]
    pub(super) fn or_at(mut self, read: usize) -> Self {
        self.0.read.get_or_insert(read);
        self
    }

    /// The reason, and where in `text` by line and column, both counted from 1, the column in bytes.
    pub(in crate::schema) fn describe(self, text: &str) -> String {
        let Fault { reason, read } = *self.0;
        let Some(read) = read else { return reason.into_owned() };
        let read = text.as_bytes().get(..read).unwrap_or_default();
        let line = read.split(|&byte| byte == b'\n');
        let (lines, column) = line.fold((0_usize, 0), |(lines, _), line| (lines + 1, line.len()));
        format!("{reason} at line {lines} column {column}")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.reason)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    #[cold]
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self(Box::new(Fault { reason: Cow::Owned(reason.to_string()), read: None }))
    }

    // Serde's own words for these two would link the formatting of floating-point numbers.
    #[cold]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("invalid type: {}, expected {expected}", Found(found)))
    }

    #[cold]
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("invalid value: {}, expected {expected}", Found(found)))
    }
}

struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Unexpected::Bool(true) => "boolean `true`",
            Unexpected::Bool(false) => "boolean `false`",
            Unexpected::Unsigned(number) => return write!(f, "integer `{number}`"),
            Unexpected::Signed(number) => return write!(f, "integer `{number}`"),
            Unexpected::Float(_) => "floating point number",
            Unexpected::Char(char) => return write!(f, "character `{char}`"),
            Unexpected::Str(text) => {
                let quoted = text.get(..text.floor_char_boundary(QUOTED)).unwrap_or_default();
                let more = if quoted.len() < text.len() { "…" } else { "" };
                return write!(f, "string \"{quoted}{more}\"");
            }
            Unexpected::Bytes(_) => "byte array",
            Unexpected::Unit => "null",
            Unexpected::Option => "Option value",
            Unexpected::NewtypeStruct => "newtype struct",
            Unexpected::Seq => "sequence",
            Unexpected::Map => "map",
            Unexpected::Enum => "enum",
            Unexpected::UnitVariant => "unit variant",
            Unexpected::NewtypeVariant => "newtype variant",
            Unexpected::TupleVariant => "tuple variant",
            Unexpected::StructVariant => "struct variant",
            Unexpected::Other(other) => other,
        })
    }
}
