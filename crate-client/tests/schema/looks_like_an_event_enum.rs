//! Types that are warned of, and are JSON.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sse_signals::schema;

use crate::wire::assert_wire;
use crate::{Feed, Inner, Title};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(Inner);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Fallback {
    Number(u8),
    #[serde(untagged)]
    Text(String),
}

#[derive(Debug, Deserialize)]
struct Endless {
    _next: Option<Box<Endless>>,
}

#[derive(Debug, Deserialize)]
struct EndlessNewtype(#[allow(dead_code)] Option<Box<EndlessNewtype>>);

#[track_caller]
fn assert_warned_and_json<T>(value: &T, hint: &str, data: &str)
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let warning = schema::lint::<T>().expect("a warning");
    assert!(warning.contains(hint), "{warning}");
    assert_eq!(schema::event_names::<T>(), ["message"]);
    assert_wire(value, "message", data);
}

#[test]
fn an_optional_enum() {
    assert_warned_and_json(&Some(Inner::Unit), "`Option`", "\"Unit\"");
    assert_warned_and_json(&Some(Some(Inner::Unit)), "`Option`", "\"Unit\"");
    assert_warned_and_json(&Some(Wrapped(Inner::Unit)), "`Option`", "\"Unit\"");
}

#[test]
fn a_result() {
    assert_warned_and_json(&Ok::<u8, String>(1), "`Result`", r#"{"Ok":1}"#);
}

#[test]
fn an_enum_in_a_newtype_struct() {
    assert_warned_and_json(&Wrapped(Inner::Unit), "#[serde(transparent)]", "\"Unit\"");
}

#[test]
fn an_untagged_enum_or_variant() {
    assert_warned_and_json(&Untagged::Number(1), "#[serde(untagged)]", "1");
    assert_warned_and_json(&Fallback::Number(1), "#[serde(untagged)]", r#"{"Number":1}"#);
    assert_warned_and_json(&Fallback::Text("a".into()), "#[serde(untagged)]", "\"a\"");
}

#[test]
fn any_other_type_is_not_warned_of() {
    #[derive(Debug, Deserialize)]
    #[serde(tag = "type")]
    enum Internal {
        _A,
    }
    #[derive(Debug, Deserialize)]
    struct Field {
        #[serde(flatten)]
        _untagged: Untagged,
    }
    assert_eq!(schema::lint::<Feed>(), None);
    assert_eq!(schema::lint::<Box<Inner>>(), None);
    assert_eq!(schema::lint::<String>(), None);
    assert_eq!(schema::lint::<Title>(), None);
    assert_eq!(schema::lint::<Option<String>>(), None);
    assert_eq!(schema::lint::<Vec<Inner>>(), None);
    assert_eq!(schema::lint::<Internal>(), None);
    assert_eq!(schema::lint::<Field>(), None);
    assert_eq!(schema::lint::<serde_json::Value>(), None);
    assert_eq!(schema::lint::<Endless>(), None);
    assert_eq!(schema::lint::<EndlessNewtype>(), None);
}
