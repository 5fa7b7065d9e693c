//! Reads any text as JSON of several types, and expects what `serde_json` makes of it:
//! `cargo +nightly fuzz run json`.

#![no_main]

use std::collections::BTreeMap;
use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use sse_signals::schema;

#[derive(Debug, PartialEq, Deserialize)]
struct Tick {
    symbol: String,
    #[serde(default)]
    date: Option<String>,
    open: f64,
    #[serde(alias = "v")]
    volume: u64,
    change: Option<f64>,
    flags: (bool, i8),
    letter: Option<char>,
    side: Option<Side>,
    inside: Option<Box<Tick>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Side {
    Buy,
    Limit(i64),
    Between(u8, u8),
    Stop { at: i128 },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Nothing(()),
    Number(i32),
    Text(String),
    Tagged(Tagged),
    List(Vec<Untagged>),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields)]
enum Tagged {
    A { b: u8 },
    C(BTreeMap<String, f64>),
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    schema::decode::<T>("message", text).map_err(|error| {
        assert!(error.is_malformed_data(), "{error}");
        error.to_string()
    })
}

fn same<T: DeserializeOwned + PartialEq + Debug>(text: &str) {
    match (decode::<T>(text), serde_json::from_str::<T>(text)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("{ours:?} is not {theirs:?}"),
    }
}

fuzz_target!(|text: &str| {
    // A value has no opinion of its own, so errors are the text's and have the same places.
    match (decode::<Value>(text), serde_json::from_str::<Value>(text)) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs),
        (Err(ours), Err(theirs)) => {
            assert!(
                ours.ends_with(&theirs.to_string()) || ours.contains("out of range"),
                "{ours}: {theirs}"
            );
        }
        (ours, theirs) => panic!("{ours:?} is not {theirs:?}"),
    }
    assert_eq!(
        decode::<IgnoredAny>(text).is_ok(),
        serde_json::from_str::<IgnoredAny>(text).is_ok()
    );

    same::<Tick>(text);
    same::<Vec<Tick>>(text);
    same::<Vec<Side>>(text);
    same::<Untagged>(text);
    same::<BTreeMap<u32, Value>>(text);
    same::<BTreeMap<i128, IgnoredKeys>>(text);
    same::<BTreeMap<Side, bool>>(text);
    // `serde_json` goes past the first byte of a key that is no boolean, which may be half a character.
    if text.is_ascii() {
        same::<BTreeMap<bool, ()>>(text);
    } else {
        drop(decode::<BTreeMap<bool, ()>>(text));
    }
    same::<u64>(text);
    same::<Option<String>>(&format!("\"{text}\""));

    if let Ok(read) = decode::<f64>(text) {
        assert_eq!(
            read.to_bits(),
            text.trim_matches([' ', '\t', '\n', '\r']).parse::<f64>().unwrap().to_bits()
        );
    }
});

/// Takes any object.
#[derive(Debug, PartialEq, Deserialize)]
struct IgnoredKeys {}
