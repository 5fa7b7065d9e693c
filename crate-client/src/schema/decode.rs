//! Reads an event: its name picks the variant, its data is raw text or JSON.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, Expected, Unexpected, VariantAccess, Visitor};
use serde::{Deserializer, de};

use super::MESSAGE;
use super::json::{self, Json};
use super::probe::{Stop, is_event_enum};

#[derive(Debug)]
pub(super) enum DecodeError {
    UnknownEvent,
    Malformed(json::Error),
}

// It is handed on at every step.
const _: () = assert!(size_of::<DecodeError>() == size_of::<usize>());

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEvent => f.write_str("unknown event"),
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Malformed(json::Error::custom(message))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Malformed(json::Error::invalid_type(found, expected))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Malformed(json::Error::invalid_value(found, expected))
    }
}

/// An event, and then its content.
///
/// The first call of the type decides, as in [`probe`](super::probe), so that no probe is needed here.
pub(super) struct EventDeserializer<'de> {
    /// `None` once a variant has taken the event: what is left is that variant's content.
    name: Option<&'de str>,
    data: &'de str,
}

impl<'de> EventDeserializer<'de> {
    pub(super) const fn new(name: &'de str, data: &'de str) -> Self {
        Self { name: Some(name), data }
    }

    /// The data, unless it is that of a named event, which a type without variants does not take.
    fn data(&self) -> Result<&'de str, DecodeError> {
        match self.name {
            None | Some(MESSAGE) => Ok(self.data),
            Some(_) => Err(DecodeError::UnknownEvent),
        }
    }

    fn json<R>(
        &self,
        read: impl FnOnce(&mut Json<'de>) -> Result<R, json::Error>,
    ) -> Result<R, DecodeError> {
        let mut json = Json::new(self.data()?);
        match read(&mut json) {
            Ok(value) => json.end().map(|()| value),
            Err(error) => Err(json.place(error)),
        }
        .map_err(DecodeError::Malformed)
    }
}

macro_rules! read_as_json {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, DecodeError> {
            self.json(|json| json.$method($($argument,)* visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for EventDeserializer<'de> {
    type Error = DecodeError;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.name {
            Some(event) if is_event_enum(name, variants) => {
                visitor.visit_enum(EventAccess { name: event, data: self.data })
            }
            _ => self.json(|json| json.deserialize_enum(name, variants, visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_borrowed_str(self.data()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    read_as_json! {
        deserialize_any()
        deserialize_bool()
        deserialize_i8()
        deserialize_i16()
        deserialize_i32()
        deserialize_i64()
        deserialize_i128()
        deserialize_u8()
        deserialize_u16()
        deserialize_u32()
        deserialize_u64()
        deserialize_u128()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_option()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }
}

struct EventAccess<'de> {
    name: &'de str,
    data: &'de str,
}

impl<'de> EnumAccess<'de> for EventAccess<'de> {
    type Error = DecodeError;
    type Variant = ContentAccess<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, ContentAccess<'de>), DecodeError> {
        let variant = seed
            .deserialize(BorrowedStrDeserializer::<Stop>::new(self.name))
            .map_err(|Stop| DecodeError::UnknownEvent)?;
        Ok((variant, ContentAccess(EventDeserializer { name: None, data: self.data })))
    }
}

struct ContentAccess<'de>(EventDeserializer<'de>);

impl<'de> VariantAccess<'de> for ContentAccess<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, DecodeError> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        self.0.deserialize_struct("", fields, visitor)
    }
}
