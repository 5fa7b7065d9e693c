//! Asks a type how it reads, by deserializing it from nothing and watching what it calls first.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, EnumAccess, VariantAccess, Visitor};
use serde::{Deserializer, de, forward_to_deserialize_any};

/// How a type stands in the wire contract.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// An externally tagged enum, with its variants' names.
    Events(&'static [&'static str]),
    Text,
    Json,
}

/// What a variant reads.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Ignored,
    Text,
    Json,
}

pub(super) fn shape<T: DeserializeOwned>() -> Shape {
    let mut shape = Shape::Json;
    // Always an error, or a value made of nothing: only what was called counts.
    let _ = T::deserialize(ShapeProbe(&mut shape));
    shape
}

/// What the variant of an event enum reads that takes events of this name; `None` if no variant does.
pub(super) fn content<T: DeserializeOwned>(name: &'static str) -> Option<Content> {
    let mut content = None;
    let _ = T::deserialize(ContentProbe { name, content: &mut content });
    content
}

/// Serde's enums for `Result` are tagged too, but nobody means events by them.
pub(super) fn is_event_enum(name: &str, variants: &[&str]) -> bool {
    !(name == "Result" && variants == ["Ok", "Err"])
}

/// The error that ends a probe. It keeps no message, so that probing does not allocate.
#[derive(Debug)]
pub(super) struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no value, only its shape was asked for")
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct ShapeProbe<'a>(&'a mut Shape);

impl<'de> Deserializer<'de> for ShapeProbe<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_str<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        *self.0 = Shape::Text;
        Err(Stop)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        if is_event_enum(name, variants) {
            *self.0 = Shape::Events(variants);
        }
        Err(Stop)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Gives an event enum the name of a variant, and watches what that variant then asks for.
struct ContentProbe<'a> {
    name: &'static str,
    content: &'a mut Option<Content>,
}

impl<'de> Deserializer<'de> for ContentProbe<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for ContentProbe<'_> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Stop> {
        let variant = seed.deserialize(BorrowedStrDeserializer::<Stop>::new(self.name))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for ContentProbe<'_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        *self.content = Some(Content::Ignored);
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Stop> {
        let mut shape = Shape::Json;
        let value = seed.deserialize(ShapeProbe(&mut shape));
        *self.content = Some(match shape {
            Shape::Text => Content::Text,
            Shape::Events(_) | Shape::Json => Content::Json,
        });
        value
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Stop> {
        *self.content = Some(Content::Json);
        Err(Stop)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        *self.content = Some(Content::Json);
        Err(Stop)
    }
}
