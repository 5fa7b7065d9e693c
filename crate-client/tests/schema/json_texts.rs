//! JSON as it is read: hard texts, each against `serde_json`.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::Inner;
use crate::json_cases::{Bytes, assert_same, reason};

/// Texts that are JSON and texts that are not, after the manner of
/// [JSONTestSuite](https://github.com/nst/JSONTestSuite).
const TEXTS: &[&str] = &[
    // Structure.
    "[]",
    "{}",
    " [ ] ",
    "\t{\r\n}\n",
    "[[]]",
    "[[],[[]]]",
    "[{}]",
    "[\"\"]",
    "[null, 1, \"1\", {}]",
    "{\"a\":{\"b\":[{\"c\":null}]}}",
    "{\"a\":1,\"a\":2}",
    "{\"\":0}",
    "{\"a\\u0000b\":1}",
    "{ \"a\" : 1 , \"b\" : [ 1 , 2 ] }",
    "",
    " ",
    "\n\n ",
    "[",
    "]",
    "{",
    "}",
    "[,]",
    "[,1]",
    "[1,]",
    "[1,,2]",
    "[1 2]",
    "[1",
    "[1,",
    "[1,\n",
    "[\"a\"",
    "[1}",
    "[1]]",
    "[1]x",
    "[]\0",
    "[\0",
    "[1\0",
    "[1,\0",
    "{\0",
    "{\"a\"\0",
    "{\"a\":1,\0",
    "-\0",
    "1.\0",
    "\"\\\0",
    "[1:2]",
    "{,}",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{\"a\":1,,\"b\":2}",
    "{\"a\":1 \"b\":2}",
    "{\"a\" 1}",
    "{\"a\",1}",
    "{\"a\"::1}",
    "{\"a\":1]",
    "{a:1}",
    "{1:1}",
    "{'a':1}",
    "{null:1}",
    "{[]:1}",
    "{\"a\":1}}",
    "{\"a\":1}#",
    "[1]//",
    "/**/1",
    "\u{feff}1",
    "\u{a0}1",
    "1\u{c}",
    "\0",
    "*",
    // Words.
    "null",
    "true",
    " false ",
    "n",
    "nul",
    "nulk",
    "nullx",
    "null true",
    "True",
    "tru",
    "fals3",
    "NaN",
    "Infinity",
    "undefined",
    // Numbers.
    "0",
    "-0",
    "1",
    "-1",
    "123456789",
    "0.5",
    "-0.5",
    "1e5",
    "1E5",
    "1e+5",
    "1e-5",
    "0e0",
    "0e+1",
    "1.5e3",
    "-1.5E-3",
    "0.000000000000000000001",
    "1e-999",
    "-1e-999",
    "0e99999999999999999999",
    "1e-99999999999999999999",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999",
    "1000000000000000000000000000000",
    "-",
    "--1",
    "+1",
    "-x",
    "- 1",
    "00",
    "01",
    "-01",
    "-00",
    "1.",
    ".5",
    "-.5",
    "1.x",
    "1..5",
    "1.5.",
    "1e",
    "1e+",
    "1e-",
    "1ex",
    "1e5.5",
    "1.e1",
    "0x10",
    "1_000",
    "1,",
    "1 2",
    "1e999",
    "-1e999",
    "[1e400]",
    // Strings.
    "\"\"",
    "\"a\"",
    "\"上证指数\"",
    "\"\u{10ffff}\u{2028}\u{7f}\"",
    r#""\"\\\/\b\f\n\r\t""#,
    r#""\u0041\u00e9\u4e0a\uFFFF""#,
    r#""\uD83E\uDd80""#,
    r#""\uD834\uDD1Ea""#,
    r#""\uD800\uDC00\uDBFF\uDFFF""#,
    r#""plain text that is longer than a word\n""#,
    r#""\u0000""#,
    "\"",
    "\"a",
    "\"\\",
    "\"\\\"",
    "\"\\u",
    "\"\\u1",
    "\"\\u123",
    "\"\\u123\"",
    "\"\\u12g4\"",
    "\"\\u+123\"",
    "\"\\x41\"",
    "\"\\a\"",
    "\"\\'\"",
    "\"\\U0041\"",
    "\"\\\n\"",
    "\"\\é\"",
    "\"\\ud800\"",
    "\"\\ud800",
    "\"\\ud800\\",
    "\"\\ud800\\u",
    "\"\\ud800\\u0",
    "\"\\ud800a\"",
    "\"\\ud800\\n\"",
    "\"\\ud800\\ud800\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\\udc00\\ud800\"",
    "\"\n\"",
    "\"\t\"",
    "\"\0\"",
    "\"1234567\u{1f}\"",
    "\"a\"\"b\"",
    "'a'",
];

#[test]
fn every_hard_case_is_read_as_serde_json_reads_it() {
    let accepted = TEXTS.iter().filter(|text| reason::<Value>(text).is_ok()).count();
    assert!((50..TEXTS.len() - 50).contains(&accepted), "{accepted}");
    for text in TEXTS {
        assert_same::<Value>(text);
    }
}

#[test]
fn every_hard_case_fits_or_misfits_a_type_as_with_serde_json() {
    fn fits<T: DeserializeOwned>(text: &str) {
        let theirs = serde_json::from_str::<T>(text).map(drop).map_err(|error| error.to_string());
        let ours = reason::<T>(text).map(drop);
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{text:?} as {}", std::any::type_name::<T>());
    }
    for text in TEXTS {
        fits::<IgnoredAny>(text);
        fits::<()>(text);
        fits::<bool>(text);
        fits::<char>(text);
        fits::<u8>(text);
        fits::<i64>(text);
        fits::<u64>(text);
        fits::<i128>(text);
        fits::<u128>(text);
        fits::<f32>(text);
        fits::<f64>(text);
        fits::<Bytes>(text);
        fits::<[u8; 1]>(text);
        fits::<(u8, u8)>(text);
        fits::<Option<Inner>>(text);
        fits::<BTreeMap<u8, u8>>(text);
        fits::<BTreeMap<bool, u8>>(text);
        fits::<BTreeMap<char, u8>>(text);
        fits::<BTreeMap<Option<i128>, u8>>(text);
        fits::<BTreeMap<String, IgnoredAny>>(text);
        fits::<Option<Vec<Value>>>(text);
    }
}
