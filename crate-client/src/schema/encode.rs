//! Writes an event: the variant's name, its content as raw text or JSON.

use std::borrow::Cow;
use std::fmt::Display;

use serde::ser::{
    Error as _, Impossible, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleVariant,
};
use serde::{Serialize, Serializer};
use serde_json::Error;
use serde_json::ser::{CompactFormatter, Compound};

use super::probe::Content;
use super::{Encoded, MESSAGE};

type JsonSerializer = serde_json::Serializer<Vec<u8>>;
type JsonCompound<'a> = Compound<'a, Vec<u8>, CompactFormatter>;

/// Encodes a value of an event enum; `content` tells what the variant of a name reads.
pub(super) fn event(
    value: &impl Serialize,
    content: fn(&'static str) -> Option<Content>,
) -> Result<Encoded, Error> {
    let mut json = JsonSerializer::new(Vec::new());
    let event = value.serialize(EventSerializer { content, json: &mut json })?;
    let data = match event.text {
        Some(text) => text,
        None => String::from_utf8(json.into_inner()).map_err(Error::custom)?,
    };
    Ok(Encoded { name: (event.name != MESSAGE).then_some(Cow::Borrowed(event.name)), data })
}

/// Encodes a value that reads as raw text: what would be a string in JSON, without its quotes and escapes.
pub(super) fn text(value: &(impl Serialize + ?Sized)) -> Result<String, Error> {
    value.serialize(TextSerializer)
}

/// An event whose data is `text`, or what the JSON serializer has written.
struct Event {
    name: &'static str,
    text: Option<String>,
}

struct EventSerializer<'a> {
    content: fn(&'static str) -> Option<Content>,
    json: &'a mut JsonSerializer,
}

impl EventSerializer<'_> {
    fn content(&self, name: &'static str) -> Result<Content, Error> {
        if name.is_empty() {
            return Err(Error::custom("an event with an empty name is read as `message`"));
        }
        (self.content)(name).ok_or_else(|| {
            Error::custom(format_args!("the type writes events named {name:?} but reads none"))
        })
    }

    fn fields_content(&self, name: &'static str) -> Result<(), Error> {
        match self.content(name)? {
            Content::Text => Err(TextSerializer::refuse("a variant with content")),
            Content::Ignored | Content::Json => Ok(()),
        }
    }

    fn refuse(kind: &str) -> Error {
        Error::custom(format_args!(
            "the type reads as one named event a variant but serializes as {kind}"
        ))
    }
}

struct TextSerializer;

impl TextSerializer {
    fn refuse(kind: &str) -> Error {
        Error::custom(format_args!("the content reads as raw text but serializes as {kind}"))
    }
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $returned:ty, $kind:literal;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$returned, Error> {
            Err(Self::refuse($kind))
        }
    )*};
}

/// What of `Serializer` neither events nor text allow.
macro_rules! refuse_the_rest {
    () => {
        type SerializeSeq = Impossible<Self::Ok, Error>;
        type SerializeTuple = Impossible<Self::Ok, Error>;
        type SerializeTupleStruct = Impossible<Self::Ok, Error>;
        type SerializeMap = Impossible<Self::Ok, Error>;
        type SerializeStruct = Impossible<Self::Ok, Error>;

        refuse! {
            serialize_bool(bool) -> Self::Ok, "a boolean";
            serialize_i8(i8) -> Self::Ok, "a number";
            serialize_i16(i16) -> Self::Ok, "a number";
            serialize_i32(i32) -> Self::Ok, "a number";
            serialize_i64(i64) -> Self::Ok, "a number";
            serialize_i128(i128) -> Self::Ok, "a number";
            serialize_u8(u8) -> Self::Ok, "a number";
            serialize_u16(u16) -> Self::Ok, "a number";
            serialize_u32(u32) -> Self::Ok, "a number";
            serialize_u64(u64) -> Self::Ok, "a number";
            serialize_u128(u128) -> Self::Ok, "a number";
            serialize_f32(f32) -> Self::Ok, "a number";
            serialize_f64(f64) -> Self::Ok, "a number";
            serialize_bytes(&[u8]) -> Self::Ok, "bytes";
            serialize_none() -> Self::Ok, "nothing";
            serialize_unit() -> Self::Ok, "nothing";
            serialize_unit_struct(&'static str) -> Self::Ok, "nothing";
            serialize_seq(Option<usize>) -> Self::SerializeSeq, "a sequence";
            serialize_tuple(usize) -> Self::SerializeTuple, "a tuple";
            serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct, "a tuple";
            serialize_map(Option<usize>) -> Self::SerializeMap, "a map";
            serialize_struct(&'static str, usize) -> Self::SerializeStruct, "a struct";
        }
    };
}

impl<'a> Serializer for EventSerializer<'a> {
    type Ok = Event;
    type Error = Error;
    type SerializeTupleVariant = EventFields<'a>;
    type SerializeStructVariant = EventFields<'a>;

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Event, Error> {
        match self.content(name)? {
            Content::Ignored => Ok(Event { name, text: Some(String::new()) }),
            Content::Text | Content::Json => Err(Error::custom(format_args!(
                "the variant {name:?} reads content but writes none"
            ))),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Event, Error> {
        let text = match self.content(name)? {
            Content::Text => Some(text(value)?),
            Content::Ignored | Content::Json => {
                value.serialize(self.json)?;
                None
            }
        };
        Ok(Event { name, text })
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<EventFields<'a>, Error> {
        self.fields_content(name)?;
        Ok(EventFields { name, json: self.json.serialize_tuple(len)? })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<EventFields<'a>, Error> {
        self.fields_content(name)?;
        Ok(EventFields { name, json: self.json.serialize_struct("", len)? })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Event, Error> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Event, Error> {
        value.serialize(self)
    }

    refuse! {
        serialize_char(char) -> Event, "a string";
        serialize_str(&str) -> Event, "a string";
    }
    refuse_the_rest! {}
}

/// The fields of a tuple or struct variant, on their way into the JSON serializer.
struct EventFields<'a> {
    name: &'static str,
    json: JsonCompound<'a>,
}

impl SerializeTupleVariant for EventFields<'_> {
    type Ok = Event;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.json.serialize_element(value)
    }

    fn end(self) -> Result<Event, Error> {
        SerializeTuple::end(self.json)?;
        Ok(Event { name: self.name, text: None })
    }
}

impl SerializeStructVariant for EventFields<'_> {
    type Ok = Event;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        SerializeStruct::serialize_field(&mut self.json, key, value)
    }

    fn end(self) -> Result<Event, Error> {
        SerializeStruct::end(self.json)?;
        Ok(Event { name: self.name, text: None })
    }
}

impl Serializer for TextSerializer {
    type Ok = String;
    type Error = Error;
    type SerializeTupleVariant = Impossible<String, Error>;
    type SerializeStructVariant = Impossible<String, Error>;

    fn serialize_str(self, text: &str) -> Result<String, Error> {
        Ok(text.to_owned())
    }

    fn serialize_char(self, text: char) -> Result<String, Error> {
        Ok(text.into())
    }

    fn collect_str<T: Display + ?Sized>(self, text: &T) -> Result<String, Error> {
        Ok(text.to_string())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<String, Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<String, Error> {
        text(value)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, Error> {
        text(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, Error> {
        Err(Self::refuse("a variant with content"))
    }

    refuse! {
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant,
            "a variant with content";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant,
            "a variant with content";
    }
    refuse_the_rest! {}
}
