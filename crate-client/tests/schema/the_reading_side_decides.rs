//! Types that write otherwise than they read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sse_signals::schema::{self, Encoded};

use crate::wire::assert_wire;

/// Writes a string, reads any JSON.
#[derive(Debug, PartialEq)]
struct Loose(String);

impl Serialize for Loose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Loose;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
                Ok(Loose(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Reads from text, written as an enum of units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String")]
enum Side {
    Buy,
    Sell,
}

impl TryFrom<String> for Side {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match &*text {
            "Buy" => Ok(Self::Buy),
            "Sell" => Ok(Self::Sell),
            _ => Err(format!("{text:?} is no side")),
        }
    }
}

/// Reads JSON, written as an enum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "serde_json::Value")]
enum Anything {
    Json(serde_json::Value),
}

impl From<serde_json::Value> for Anything {
    fn from(value: serde_json::Value) -> Self {
        Self::Json(value)
    }
}

/// Reads from text, written as a number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "u8")]
#[derive(Clone)]
struct Lopsided(u8);

impl TryFrom<String> for Lopsided {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl From<Lopsided> for u8 {
    fn from(value: Lopsided) -> Self {
        value.0
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Event {
    Loose(Loose),
    Side(Side),
}

#[test]
fn a_type_that_writes_a_string_and_reads_json_is_json() {
    assert_wire(&Loose("a".into()), "message", "\"a\"");
    assert_wire(&Event::Loose(Loose("a".into())), "Loose", "\"a\"");
}

#[test]
fn a_type_that_writes_a_unit_variant_and_reads_text_is_raw_text() {
    assert_wire(&Side::Buy, "message", "Buy");
    assert_wire(&Event::Side(Side::Sell), "Side", "Sell");
}

#[test]
fn a_type_that_writes_an_enum_and_reads_json_is_json() {
    let event = schema::encode(&Anything::Json(1.into())).unwrap();
    assert_eq!(event, Encoded { name: None, data: r#"{"Json":1}"#.into() });
}

#[test]
fn a_type_that_reads_text_and_writes_none_is_an_error() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Event {
        Lopsided(Lopsided),
        #[serde(deserialize_with = "length")]
        Length {
            _length: usize,
        },
    }
    fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
        String::deserialize(deserializer).map(|text| text.len())
    }
    let error = schema::encode(&Lopsided(1)).unwrap_err();
    assert!(error.is_unencodable() && error.to_string().contains("a number"), "{error}");
    for value in [Event::Lopsided(Lopsided(1)), Event::Length { _length: 1 }] {
        assert!(schema::encode(&value).unwrap_err().is_unencodable(), "{value:?}");
    }
}

#[test]
fn a_variant_that_is_not_read_back_is_an_error() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Event {
        #[serde(rename(serialize = "out", deserialize = "in"))]
        Renamed(u8),
        #[serde(skip_deserializing)]
        OnlyWritten(u8),
        #[serde(skip_serializing)]
        OnlyRead,
        Hollow(#[serde(skip_serializing, default)] u8),
    }
    for value in [Event::Renamed(1), Event::OnlyWritten(1), Event::OnlyRead, Event::Hollow(1)] {
        assert!(schema::encode(&value).unwrap_err().is_unencodable(), "{value:?}");
    }
}

#[test]
fn a_type_that_reads_events_and_writes_no_variant_is_an_error() {
    #[derive(Clone, Debug, Serialize, Deserialize)]
    #[serde(into = "String")]
    enum Event {
        A,
    }
    impl From<Event> for String {
        fn from(event: Event) -> Self {
            format!("{event:?}")
        }
    }
    let error = schema::encode(&Event::A).unwrap_err();
    assert!(error.is_unencodable() && error.to_string().contains("a string"), "{error}");
}

#[test]
fn a_value_that_does_not_serialize_is_an_error() {
    let keys_are_no_strings = BTreeMap::from([((1_u8, 2_u8), 3_u8)]);
    assert!(schema::encode(&keys_are_no_strings).unwrap_err().is_unencodable());
}
