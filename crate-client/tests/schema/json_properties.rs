//! JSON as it is read, against `serde_json`: whatever is written arrives, whatever is broken is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sse_signals::schema;

use crate::Inner;

/// Every way in which serde's derive reads. No booleans as keys: `serde_json` goes past the first byte of a key that
/// is none, which may be half a character.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Everything {
    flag: bool,
    small: (i8, u8, i16, u16),
    large: (i32, u32, i64, u64),
    huge: (i128, u128),
    single: f32,
    double: f64,
    letter: char,
    #[serde(alias = "name")]
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maybe: Option<u64>,
    nothing: (),
    unit: Unit,
    newtype: Newtype,
    tuple: Tuple,
    list: Vec<Inner>,
    by_name: BTreeMap<String, Option<f64>>,
    by_number: BTreeMap<i32, bool>,
    by_letter: BTreeMap<char, Inner>,
    tagged: Vec<Tagged>,
    untagged: Vec<Untagged>,
    #[serde(flatten)]
    flat: Flat,
    inside: Option<Box<Everything>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Newtype(u16);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Tuple(String, Option<i8>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Flat {
    flat: i64,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of")]
enum Tagged {
    Unit,
    Number(f64),
    Fields { text: String, flag: bool },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
    Fields { a: u8, b: Vec<bool> },
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z]{0,12}", "[\"\\\\/\u{0}-\u{1f}é上🦀a]{0,20}"]
}

fn double() -> impl Strategy<Value = f64> {
    use prop::num::f64::{NORMAL, POSITIVE, SUBNORMAL, ZERO};
    prop_oneof![
        NORMAL | SUBNORMAL | ZERO | POSITIVE,
        (-1.0_f64..1.0),
        (0_i32..1_000_000).prop_map(|cents| f64::from(cents) / 100.0),
    ]
}

fn inner() -> impl Strategy<Value = Inner> {
    prop_oneof![
        Just(Inner::Unit),
        text().prop_map(Inner::Text),
        any::<(u8, bool)>().prop_map(|(number, flag)| Inner::Pair(number, flag)),
        text().prop_map(|text| Inner::Fields { text }),
    ]
}

fn tagged() -> impl Strategy<Value = Tagged> {
    prop_oneof![
        Just(Tagged::Unit),
        double().prop_map(Tagged::Number),
        (text(), any::<bool>()).prop_map(|(text, flag)| Tagged::Fields { text, flag }),
    ]
}

fn untagged() -> impl Strategy<Value = Untagged> {
    prop_oneof![
        any::<i64>().prop_map(Untagged::Number),
        text().prop_map(Untagged::Text),
        (any::<u8>(), prop::collection::vec(any::<bool>(), 0..3))
            .prop_map(|(a, b)| Untagged::Fields { a, b }),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        double().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |value| {
        prop_oneof![
            prop::collection::vec(value.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text(), value, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn everything() -> impl Strategy<Value = Everything> {
    let numbers = (
        any::<bool>(),
        any::<(i8, u8, i16, u16)>(),
        any::<(i32, u32, i64, u64)>(),
        any::<(i128, u128)>(),
        prop::num::f32::NORMAL | prop::num::f32::SUBNORMAL | prop::num::f32::ZERO,
        double(),
        any::<Option<u64>>(),
    );
    let texts = (any::<char>(), text(), text(), any::<Option<i8>>(), any::<u16>());
    let lists = (
        prop::collection::vec(inner(), 0..3),
        prop::collection::vec(tagged(), 0..3),
        prop::collection::vec(untagged(), 0..3),
    );
    let maps = (
        prop::collection::btree_map(text(), prop::option::of(double()), 0..3),
        prop::collection::btree_map(any::<i32>(), any::<bool>(), 0..3),
        prop::collection::btree_map(any::<char>(), inner(), 0..3),
        // No name of a field.
        prop::collection::btree_map("[A-Z]{1,3}", value(), 0..2),
    );
    let one = (numbers, texts, lists, maps, any::<i64>()).prop_map(
        |(numbers, texts, lists, maps, flat)| Everything {
            flag: numbers.0,
            small: numbers.1,
            large: numbers.2,
            huge: numbers.3,
            single: numbers.4,
            double: numbers.5,
            maybe: numbers.6,
            letter: texts.0,
            text: texts.1,
            tuple: Tuple(texts.2, texts.3),
            newtype: Newtype(texts.4),
            list: lists.0,
            tagged: lists.1,
            untagged: lists.2,
            by_name: maps.0,
            by_number: maps.1,
            by_letter: maps.2,
            flat: Flat { flat, more: maps.3 },
            ..Everything::default()
        },
    );
    let one = one.boxed();
    (one.clone(), prop::option::of(one))
        .prop_map(|(one, inside)| Everything { inside: inside.map(Box::new), ..one })
}

/// Changes a text in some places.
#[derive(Clone, Debug)]
struct Damage(Vec<(prop::sample::Index, usize, String)>);

impl Damage {
    fn any() -> impl Strategy<Value = Self> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec![
                "", "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "0", "1", "-", ".", "e", "+", "null",
                "true", "false", "\\u", "\\ud800", "\\udc00", "\0", "\u{1f}", "1e999", "é", "\"a\":",
            ])
            .prop_map(str::to_owned),
            1 => text(),
        ];
        prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4, piece), 1..4)
            .prop_map(Self)
    }

    fn done_to(&self, text: &str) -> String {
        let mut text: Vec<char> = text.chars().collect();
        for (place, removed, piece) in &self.0 {
            let start = place.index(text.len() + 1);
            let end = (start + removed).min(text.len());
            text.splice(start..end, piece.chars());
        }
        text.into_iter().collect()
    }
}

/// What both make of a text: the value, or the place of the error. A number out of range has none, since
/// `serde_json` may stop inside of it.
fn outcomes<T: DeserializeOwned>(text: &str) -> [Result<T, String>; 2] {
    fn place(error: &str) -> String {
        const OUT_OF_RANGE: &str = "number out of range";
        if error.contains(OUT_OF_RANGE) {
            return OUT_OF_RANGE.to_owned();
        }
        error[error.rfind(" at line ").unwrap_or(error.len())..].to_owned()
    }
    [
        schema::decode::<T>("message", text).map_err(|error| place(&error.to_string())),
        serde_json::from_str::<T>(text).map_err(|error| place(&error.to_string())),
    ]
}

proptest! {
    #[test]
    fn every_type_arrives_as_it_was_written(value in everything()) {
        let written = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(&schema::decode::<Everything>("message", &written).unwrap(), &value);
        let written = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(schema::decode::<Everything>("message", &written).unwrap(), value);
    }

    #[test]
    fn booleans_as_keys_arrive_and_no_other_text_does(
        map in prop::collection::btree_map(any::<bool>(), text(), 0..3),
        key in text(),
    ) {
        let written = serde_json::to_string(&map).unwrap();
        prop_assert_eq!(schema::decode::<BTreeMap<bool, String>>("message", &written).unwrap(), map);
        prop_assume!(key != "true" && key != "false");
        let written = serde_json::to_string(&BTreeMap::from([(key, ())])).unwrap();
        prop_assert!(schema::decode::<BTreeMap<bool, ()>>("message", &written).is_err());
    }

    #[test]
    fn any_value_arrives_as_it_was_written(value in value()) {
        let written = value.to_string();
        prop_assert_eq!(&schema::decode::<Value>("message", &written).unwrap(), &value);
        let skipped = format!("[[7],{written}]");
        let ([seven], _) =
            schema::decode::<([u8; 1], serde::de::IgnoredAny)>("message", &skipped).unwrap();
        prop_assert_eq!(seven, 7);
    }

    #[test]
    fn damaged_json_is_read_or_refused_at_the_place_where_serde_json_does(
        value in value(),
        damage in Damage::any(),
    ) {
        let [ours, theirs] = outcomes::<Value>(&damage.done_to(&value.to_string()));
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn damaged_values_are_read_or_refused_as_by_serde_json(value in everything(), damage in Damage::any()) {
        let text = damage.done_to(&serde_json::to_string(&value).unwrap());
        let [ours, theirs] = outcomes::<Everything>(&text);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?} {:?}", ours, theirs);
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_as_by_serde_json(
        text in "([\\[\\]{},: \n]|\"(a|\\\\n|\\\\u00e9|\\\\ud83e\\\\udd80|\\\\ud800)\"|-?[0-9]{1,3}(\\.[0-9]{1,2})?|null|true){0,8}",
    ) {
        let [ours, theirs] = outcomes::<Value>(&text);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn a_floating_point_number_arrives_to_the_last_bit(bits in any::<u64>(), fraction in -1.0_f64..1.0) {
        for number in [f64::from_bits(bits), fraction] {
            prop_assume!(number.is_finite());
            for text in [format!("{number:e}"), format!("{number}"), serde_json::to_string(&number).unwrap()] {
                let read: f64 = schema::decode("message", &text).unwrap();
                prop_assert_eq!(read.to_bits(), number.to_bits(), "{}", text);
            }
        }
    }

    #[test]
    fn every_decimal_is_rounded_correctly(
        text in "-?(0|[1-9][0-9]{0,22})(\\.0{0,9}[0-9]{1,22})?[eE][+-]?[0-9]{1,3}|-?(0|[1-9]{1,5})\\.[0-9]{12,24}",
    ) {
        let exact: f64 = text.parse().unwrap();
        match schema::decode::<f64>("message", &text) {
            Ok(read) => prop_assert_eq!(read.to_bits(), exact.to_bits(), "{}", text),
            Err(error) => prop_assert!(exact.is_infinite(), "{}", error),
        }
    }

    #[test]
    fn a_tie_and_the_decimals_next_to_it_are_rounded_correctly(mantissa in 1_u64 << 52..1 << 53, halvings in 0_u32..11) {
        // Halfway between two floating-point numbers, and the decimals next to it.
        let tie = u128::from(2 * mantissa + 1) * 5_u128.pow(halvings);
        for digits in [tie - 1, tie, tie + 1] {
            let text = format!("{digits}e-{halvings}");
            let read: f64 = schema::decode("message", &text).unwrap();
            prop_assert_eq!(read.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{}", text);
        }
    }

    #[test]
    fn a_number_next_to_a_tie_is_rounded_to_the_right_side(power in 4_u32..27, high in any::<u64>()) {
        for digits in next_to_a_tie(power, high) {
            let text = format!("{digits}e-{power}");
            let read: f64 = schema::decode("message", &text).unwrap();
            prop_assert_eq!(read.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{}", text);
        }
    }
}

/// Two mantissas of less than 63 bits which, divided by 10^`power`, are as near to a tie as can be, one above and
/// one below: `tie` × 5^`power` and `mantissa` × 2^`shift` differ by one.
fn next_to_a_tie(power: u32, high: u64) -> [u128; 2] {
    let five = 5_u128.pow(power);
    let shift = five.ilog2() + 55 - 63;
    // The inverse of 5^power modulo 2^64, by Newton's method.
    let odd = five as u64;
    let inverse = (0..6).fold(odd, |x, _| x.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(x))));
    let tie = |low: u64| {
        let mask = (1 << shift) - 1;
        u128::from((low & mask) | (high & ((1 << 53) - 1) & !mask) | 1 << 53)
    };
    let (above, below) = (tie(inverse.wrapping_neg()), tie(inverse));
    [above * five + 1, below * five - 1].map(|product| {
        assert_eq!(product % (1 << shift), 0);
        product >> shift
    })
}
