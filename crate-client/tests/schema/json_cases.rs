//! JSON as it is read, by types of all kinds, each against `serde_json`.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use sse_signals::schema;

use crate::Inner;

/// What went wrong, with its place.
pub(crate) fn reason<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    schema::decode::<T>("message", text).map_err(|error| {
        let error = error.to_string();
        let (_, reason) = error.split_once("does not fit the type: ").expect("malformed data");
        reason.to_owned()
    })
}

/// Asserts that both read the same value, or say the same of the same place. Ours does not repeat floating-point
/// numbers.
#[track_caller]
pub(crate) fn assert_same<T: DeserializeOwned + PartialEq + Debug>(text: &str) {
    let theirs = serde_json::from_str::<T>(text).map_err(|error| {
        let error = error.to_string();
        match error.split_once("floating point `") {
            Some((before, after)) => {
                let (_, after) = after.split_once('`').expect("a closing quote");
                format!("{before}floating point number{after}")
            }
            None => error,
        }
    });
    assert_eq!(reason::<T>(text), theirs, "{text:?} as {}", std::any::type_name::<T>());
}

/// Bytes, with what a visitor of bytes takes.
#[derive(Debug, PartialEq)]
pub(crate) struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;
        impl<'de> Visitor<'de> for BytesVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_owned()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

#[test]
fn bytes_are_a_string_with_whatever_in_it_or_numbers() {
    for text in [
        r#""a\u00e9\n""#,
        r#""\ud800""#,
        r#""\ud800x\udc00\ud800\ud800\udc00""#,
        r#""\ud800\n""#,
        "\"\n\0\"",
        "[1,255]",
        "[256]",
        r#""\ud800\u1""#,
        r#""\ud800\x""#,
        "\"\\",
        "\"a",
    ] {
        assert_same::<Bytes>(text);
    }
}

#[test]
fn keys_may_be_numbers_booleans_characters_and_variants_in_quotes() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    struct Id(u64);
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
    enum Side {
        Buy,
    }
    for text in [
        r#"{"1":1}"#,
        r#"{"-1":1}"#,
        r#"{"256":1}"#,
        r#"{"1.5":1}"#,
        r#"{"1e2":1}"#,
        r#"{" 1":1}"#,
        r#"{"1 ":1}"#,
        r#"{"01":1}"#,
        r#"{"":1}"#,
        r#"{"1":1,"2" : 2}"#,
        r#"{"1"}"#,
        r#"{"1":1,}"#,
        r#"{"340282366920938463463374607431768211455":1}"#,
        r#"{"340282366920938463463374607431768211456":1}"#,
        r#"{"true":1}"#,
        r#"{"falsE":1}"#,
        r#"{"Buy":1}"#,
        r#"{"Sell":1}"#,
        r#"{"é":1}"#,
        r#"{"ab":1}"#,
        "{\"1",
        "{\"tru",
    ] {
        assert_same::<BTreeMap<u8, u8>>(text);
        assert_same::<BTreeMap<i64, u8>>(text);
        assert_same::<BTreeMap<u128, u8>>(text);
        assert_same::<BTreeMap<Id, u8>>(text);
        assert_same::<BTreeMap<Option<Id>, u8>>(text);
        assert_same::<BTreeMap<Side, u8>>(text);
        assert_same::<BTreeMap<char, u8>>(text);
    }
    for text in [r#"{"true":1}"#, r#"{"false":1}"#, r#"{"truE":1}"#, "{\"tru", "{\"false\" 1}"] {
        assert_same::<BTreeMap<bool, u8>>(text);
    }
    assert_eq!(
        reason::<BTreeMap<bool, u8>>(r#"{"yes":1}"#).unwrap_err(),
        "invalid type: string \"yes\", expected a boolean at line 1 column 6"
    );
}

#[test]
fn a_variant_is_a_string_or_the_only_key_of_an_object() {
    for text in [
        "\"Unit\"",
        "{\"Unit\":null}",
        "{\"Unit\":1}",
        "{\"Text\":\"a\"}",
        "{\"Text\":1}",
        "{\"Pair\":[1,true]}",
        "{\"Pair\":[1]}",
        "{\"Pair\":[1,true,2]}",
        "{\"Pair\":[1,true,]}",
        "{\"Pair\":[1,true}",
        "{\"Pair\":[1,true",
        "{\"Pair\":{}}",
        "{\"Fields\":{\"text\":\"a\"}}",
        "{\"Fields\":[\"a\"]}",
        "{\"Fields\":{}}",
        "{\"Other\":1}",
        "\"Other\"",
        "{}",
        "{\"Unit\"",
        "{\"Unit\" null}",
        "{Unit:null}",
        "1",
        "[\"Unit\"]",
    ] {
        assert_same::<Vec<Inner>>(&format!("[{text}]"));
    }
    assert_eq!(
        reason::<Vec<Inner>>("[\"Text\"]").unwrap_err(),
        "invalid type: unit variant, expected newtype variant at line 1 column 7"
    );
    for text in [r#"[{"Unit":null,"Text":"a"}]"#, r#"[{"Unit":null]"#] {
        assert_eq!(reason::<Vec<Inner>>(text).unwrap_err(), "expected `}` at line 1 column 14");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_was_expected() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Quote {
        symbol: String,
        cents: u8,
    }
    for text in [
        r#"{"symbol":"IBM","cents":256}"#,
        r#"{"symbol":"IBM","cents":-1}"#,
        r#"{"symbol":"IBM","cents":"1"}"#,
        r#"{"symbol":"IBM","cents":null}"#,
        r#"{"symbol":"IBM","cents":true}"#,
        r#"{"symbol":"IBM","cents":[1]}"#,
        r#"{"symbol":"IBM","cents":{}}"#,
        r#"{"symbol":12,"cents":1}"#,
        r#"{"symbol":"IBM"}"#,
        r#"{"symbol":"IBM","symbol":"IBM"}"#,
        r#"{"symbol":"IBM","shares":1}"#,
        "{\n  \"symbol\": \"上证\",\n  \"cents\": 1000\n}",
        "[\"IBM\",1,2]",
        "[\"IBM\"]",
        "\n\n[\"IBM\",\n300]",
        "7",
    ] {
        assert_same::<Quote>(text);
    }
}

#[test]
fn what_stands_after_all_that_a_tuple_wants_is_refused() {
    for text in
        ["[1,2]", "[1,2", "[1,2,", "[1,2,]", "[1,2,3]", "[1,2 3]", "[1,2}", "[1]", "[1,]", "[1"]
    {
        assert_same::<(u8, u8)>(text);
    }
}

#[test]
fn a_floating_point_number_is_not_repeated_and_a_long_string_is_cut() {
    assert_eq!(
        reason::<u8>("1.5").unwrap_err(),
        "invalid type: floating point number, expected u8 at line 1 column 3"
    );
    let error = reason::<u8>(&format!("\"{}\"", "长".repeat(1000))).unwrap_err();
    assert_eq!(
        error,
        format!("invalid type: string \"{}…\", expected u8 at line 1 column 3002", "长".repeat(21))
    );
}

#[test]
fn containers_stand_inside_each_other_to_a_depth_of_127() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let keyed = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    for depth in [126, 127, 128, 129, 100_000] {
        assert_same::<Value>(&nested(depth));
        assert_same::<Value>(&keyed(depth));
        assert_same::<Value>(&"[{\"a\":".repeat(depth));
    }
    assert_eq!(
        reason::<Value>(&nested(128)).unwrap_err(),
        "recursion limit exceeded at line 1 column 128"
    );
}

#[test]
fn what_no_field_takes_is_skipped_whatever_its_depth() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Cents {
        cents: u8,
    }
    let nested =
        "[{\"a\":[".repeat(100_000) + "1e999, \"\\ud800\", {}, []" + &"]}]".repeat(100_000);
    let text = format!("{{\"more\": {nested}, \"cents\": 7, \"end\": \"\"}}");
    assert_eq!(reason::<Cents>(&text), Ok(Cents { cents: 7 }));
    assert_same::<Cents>(&text);
    for skipped in
        ["[1,]", "{\"a\":1,}", "[}", "{]", "{\"a\"}", "nul", "\"\\x\"", "01", "[1 2]", "{1:2}"]
    {
        let text = format!("{{\"more\":{skipped},\"cents\":7}}");
        assert_same::<Cents>(&text);
    }
}

#[test]
fn a_string_without_an_escape_is_lent() {
    #[derive(Debug, PartialEq)]
    struct Length(usize);
    impl<'de> Deserialize<'de> for Length {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Lent(Length);
            impl<'de> Deserialize<'de> for Lent {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    <&'de str>::deserialize(deserializer).map(|text| Self(Length(text.len())))
                }
            }
            Ok(Option::<Lent>::deserialize(deserializer)?.map_or(Self(0), |lent| lent.0))
        }
    }
    assert_eq!(reason::<Length>("\"abc\""), Ok(Length(3)));
    for text in ["\"abc\"", "null", "\"a\\u0062\"", "\"\\u0041\""] {
        assert_same::<Length>(text);
    }
}

#[test]
fn integers_are_exact_to_128_bits() {
    assert_eq!(reason("18446744073709551615"), Ok(u64::MAX));
    assert_eq!(reason("-9223372036854775808"), Ok(i64::MIN));
    assert_eq!(reason("340282366920938463463374607431768211455"), Ok(u128::MAX));
    assert_eq!(reason("-170141183460469231731687303715884105728"), Ok(i128::MIN));
    for text in [
        "340282366920938463463374607431768211456",
        "-170141183460469231731687303715884105729",
        "-1",
        "01",
        "1.5",
        "x",
        " 7 ",
    ] {
        assert_same::<i128>(text);
        assert_same::<u128>(text);
    }
}

#[test]
fn a_number_beyond_the_largest_is_out_of_range() {
    for text in ["1e309", "-1e309", "1.8e308", "1e99999999999999999999"] {
        let error = reason::<f64>(text).unwrap_err();
        assert!(error.starts_with("number out of range at line 1 column"), "{error}");
        assert!(reason::<Value>(text).is_err());
    }
    for text in ["3.5e38", "-1e39", "340282356779733661637539395458142568448.0"] {
        assert!(reason::<f32>(text).unwrap_err().starts_with("number out of range"), "{text}");
        assert_same::<f32>(text);
    }
    assert_eq!(reason("3.4028234663852886e38"), Ok(f32::MAX));
    assert_eq!(reason("1.7976931348623157e308"), Ok(f64::MAX));
    assert_eq!(reason("1.7976931348623158e308"), Ok(f64::MAX));
}
