//! Reads JSON for serde.
//!
//! It accepts and refuses what `serde_json` does, in its words and mostly at its places, and hands values to a
//! type the same way. What differs: floating-point numbers are rounded correctly, and errors do not repeat them,
//! since formatting one takes more code than all of this; an unexpected string is quoted up to a length. What
//! depends on the type is kept thin, the rest is compiled once.

mod access;
mod error;
mod number;
mod read;
mod string;

use serde::Deserializer;
use serde::de::{Error as _, Expected, Unexpected, Visitor};

use access::{Items, UnitVariant, Variant};
pub(super) use error::Error;
use number::Number;
pub(super) use read::Json;

/// A value of a whole JSON text. An error says what is wrong, and where.
#[cfg(feature = "recording")]
pub(crate) fn read<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, String> {
    let mut json = Json::new(text);
    match T::deserialize(&mut json) {
        Ok(value) => json.end().map(|()| value),
        Err(error) => Err(json.place(error)),
    }
    .map_err(|error| error.describe(text))
}

impl<'de> Json<'de> {
    /// The error that the next value is of a wrong type.
    #[cold]
    #[inline(never)]
    fn invalid_type(&mut self, expected: &dyn Expected) -> Error {
        match self.found() {
            Ok(found) => {
                let error = Error::invalid_type(found, expected);
                self.place(error)
            }
            Err(error) => error,
        }
    }

    fn found(&mut self) -> Result<Unexpected<'_>, Error> {
        Ok(match self.peek() {
            b'n' => {
                self.word("null")?;
                Unexpected::Unit
            }
            b't' => {
                self.word("true")?;
                Unexpected::Bool(true)
            }
            b'f' => {
                self.word("false")?;
                Unexpected::Bool(false)
            }
            b'-' | b'0'..=b'9' => match self.number(true)? {
                Number::Unsigned(number) => Unexpected::Unsigned(number),
                Number::Signed(number) => Unexpected::Signed(number),
                Number::Float(number) => Unexpected::Float(number),
            },
            b'"' => Unexpected::Str(match self.plain_string() {
                Some(text) => text,
                None => self.unescaped_string()?,
            }),
            b'[' => Unexpected::Seq,
            b'{' => Unexpected::Map,
            _ => return Err(self.expected_value()),
        })
    }

    fn visit_number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        self.number(true)?.visit(visitor)
    }

    #[cold]
    fn out_of_range(&self) -> Error {
        self.error("number out of range")
    }

    fn visit_string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.plain_string() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_str(self.unescaped_string()?),
        }
    }

    fn visit_array<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        self.enter()?;
        let mut items = Items::new(self, b']');
        let value = visitor.visit_seq(&mut items);
        items.end(value)
    }

    fn visit_object<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        self.enter()?;
        let mut items = Items::new(self, b'}');
        let value = visitor.visit_map(&mut items);
        items.end(value)
    }
}

macro_rules! read {
    (number: $($number:ident)*; text: $($text:ident)*;) => {
        $(fn $number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.peek() {
                b'-' | b'0'..=b'9' => self.visit_number(visitor),
                _ => Err(self.invalid_type(&visitor)),
            }
        })*

        $(fn $text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.peek() {
                b'"' => self.visit_string(visitor),
                _ => Err(self.invalid_type(&visitor)),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Json<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            b'n' => {
                self.word("null")?;
                visitor.visit_unit()
            }
            b't' => {
                self.word("true")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.word("false")?;
                visitor.visit_bool(false)
            }
            b'-' | b'0'..=b'9' => self.visit_number(visitor),
            b'"' => self.visit_string(visitor),
            b'[' => self.visit_array(visitor),
            b'{' => self.visit_object(visitor),
            _ => Err(self.expected_value()),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            b't' => {
                self.word("true")?;
                visitor.visit_bool(true)
            }
            b'f' => {
                self.word("false")?;
                visitor.visit_bool(false)
            }
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    read! {
        number:
            deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f64;
        text: deserialize_char deserialize_str deserialize_string deserialize_identifier;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            b'-' | b'0'..=b'9' => match self.number(true)? {
                Number::Float(number) if (number as f32).is_infinite() => Err(self.out_of_range()),
                number => number.visit(visitor),
            },
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.long_integer()?.parse() {
            Ok(number) => visitor.visit_i128(number),
            Err(_) => Err(self.out_of_range()),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() == b'-' {
            return Err(self.refused("number out of range"));
        }
        match self.long_integer()?.parse() {
            Ok(number) => visitor.visit_u128(number),
            Err(_) => Err(self.out_of_range()),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            b'"' => {
                let mut bytes = Vec::new();
                match self.byte_string(&mut bytes)? {
                    Some(bytes) => visitor.visit_borrowed_bytes(bytes),
                    None => visitor.visit_bytes(&bytes),
                }
            }
            b'[' => self.visit_array(visitor),
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() == b'n' {
            self.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() == b'n' {
            self.word("null")?;
            visitor.visit_unit()
        } else {
            Err(self.invalid_type(&visitor))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            b'[' => self.visit_array(visitor),
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            b'{' => self.visit_object(visitor),
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.peek() {
            b'{' => self.visit_object(visitor),
            b'[' => self.visit_array(visitor),
            _ => Err(self.invalid_type(&visitor)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.peek() {
            b'"' => visitor.visit_enum(UnitVariant(self)),
            b'{' => {
                self.enter()?;
                let value =
                    visitor.visit_enum(Variant(&mut *self)).map_err(|error| self.place(error))?;
                self.close_variant()?;
                Ok(value)
            }
            _ => Err(self.expected_value()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip_value()?;
        visitor.visit_unit()
    }
}
