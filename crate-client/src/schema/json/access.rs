//! What a visitor is given of arrays, objects and variants.

use serde::de::{
    Deserialize, DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::{Deserializer, forward_to_deserialize_any};

use super::error::Error;
use super::read::Json;

/// Where a visitor is in an array or an object.
#[derive(Clone, Copy, PartialEq)]
enum Progress {
    First,
    Later,
    Ended,
}

/// What stands between brackets.
pub(super) struct Items<'a, 'de> {
    json: &'a mut Json<'de>,
    close: u8,
    progress: Progress,
}

impl<'a, 'de> Items<'a, 'de> {
    pub(super) const fn new(json: &'a mut Json<'de>, close: u8) -> Self {
        Self { json, close, progress: Progress::First }
    }

    /// Goes to the next item, or past the closing bracket.
    fn next(&mut self) -> Result<bool, Error> {
        if self.progress == Progress::Ended {
            return Ok(false);
        }
        let mut next = self.json.skip_whitespace();
        if next == self.close {
            self.json.at += 1;
            self.progress = Progress::Ended;
            return Ok(false);
        }
        if self.progress == Progress::First && !self.json.is_at_end() {
            self.progress = Progress::Later;
        } else if next == b',' {
            next = self.json.comma(self.close)?;
        } else {
            return Err(self.json.expected_comma(self.close));
        }
        if self.close == b'}' && next != b'"' {
            return Err(self.json.unexpected("EOF while parsing a value", "key must be a string"));
        }
        Ok(true)
    }

    /// Goes past the closing bracket, if the visitor did not see it.
    pub(super) fn end<T>(self, value: Result<T, Error>) -> Result<T, Error> {
        self.json.leave();
        match value {
            Ok(value) => {
                if self.progress != Progress::Ended {
                    self.json.close(self.close)?;
                }
                Ok(value)
            }
            Err(error) => Err(self.json.place(error)),
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        if self.next()? { seed.deserialize(&mut *self.json).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        if self.next()? { seed.deserialize(Key(&mut *self.json)).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        self.json.colon()?;
        seed.deserialize(&mut *self.json)
    }
}

/// A key, whose opening quote is next. Numbers and booleans as keys stand in quotes.
struct Key<'a, 'de>(&'a mut Json<'de>);

macro_rules! read_in_quotes {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.0.open_number_key()?;
            let value = self.0.$method(visitor)?;
            self.0.close_number_key()?;
            Ok(value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.visit_string(visitor)
    }

    read_in_quotes! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.bool_key()? {
            Some(bool) => visitor.visit_bool(bool),
            None => Err(self.0.invalid_type(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_bytes(visitor)
    }

    forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant as the only key of an object, with its content.
pub(super) struct Variant<'a, 'de>(pub(super) &'a mut Json<'de>);

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        self.0.variant_key()?;
        let variant = seed.deserialize(Key(&mut *self.0))?;
        self.0.colon()?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_struct("", fields, visitor)
    }
}

/// A variant as a string, without content.
pub(super) struct UnitVariant<'a, 'de>(pub(super) &'a mut Json<'de>);

impl<'de> EnumAccess<'de> for UnitVariant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let variant = seed.deserialize(&mut *self.0)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for UnitVariant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Error> {
        Err(Error::invalid_type(Unexpected::UnitVariant, &"newtype variant"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::invalid_type(Unexpected::UnitVariant, &"tuple variant"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        Err(Error::invalid_type(Unexpected::UnitVariant, &"struct variant"))
    }
}
