//! The wire contract, through the bytes on the wire: encode, write a block, parse it as the standard says, decode.

#![cfg(not(target_arch = "wasm32"))]

mod cases;
mod json_cases;
mod json_properties;
mod json_texts;
mod looks_like_an_event_enum;
mod round_trip;
mod the_reading_side_decides;
mod wire;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Feed {
    Note(String),
    SharedNote(Shared),
    Title(Title),
    Address(IpAddr),
    Letter(char),
    Range(i64, String),
    Quote {
        symbol: String,
        cents: u64,
        note: Option<String>,
    },
    Close,
    Empty(),
    Nothing(()),
    #[serde(rename = "新闻: top")]
    News(Vec<String>),
    Nested(Inner),
    Maybe(Option<String>),
    Table(BTreeMap<String, Inner>),
    #[serde(rename = "message", alias = "chat")]
    Unnamed(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct Shared(Box<str>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Title(String);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Inner {
    Unit,
    Text(String),
    Pair(u8, bool),
    Fields { text: String },
}
