//! Each rule of the contract by itself.

use std::borrow::Cow;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use sse_signals::schema::{self, Encoded};

use crate::wire::{assert_wire, round_trip};
use crate::{Feed, Inner, Shared, Title};

#[test]
fn chinese_text_arrives_as_it_is() {
    assert_wire(&Feed::Note("上证指数收涨".into()), "note", "上证指数收涨");
    assert_wire(&Feed::News(vec!["头条".into()]), "新闻: top", r#"["头条"]"#);
}

#[test]
fn multi_line_text_takes_a_data_line_for_each_line() {
    let encoded = schema::encode(&Feed::Note("one\n\n two\n".into())).unwrap();
    assert_eq!(
        encoded.to_block(Some("3")).unwrap(),
        "event: note\nid: 3\ndata: one\ndata: \ndata:  two\ndata: \n\n"
    );
    assert_wire(&Feed::Note("one\n\n two\n".into()), "note", "one\n\n two\n");
}

#[test]
fn an_empty_string_is_dispatched_as_an_empty_string() {
    assert_eq!(schema::encode(&String::new()).unwrap().to_block(None).unwrap(), "data: \n\n");
    assert_wire(&String::new(), "message", "");
    assert_wire(&Feed::Note(String::new()), "note", "");
}

#[test]
fn cr_and_crlf_become_lf_in_raw_text_and_stay_in_json() {
    assert_eq!(round_trip(&"a\rb\r\nc\n\rd".to_owned()), "a\nb\nc\n\nd");
    let title = Feed::Title(Title("a\r\nb".into()));
    assert_eq!(round_trip(&title), title);
}

#[test]
fn a_unit_variant_is_sent_empty_and_read_whatever_its_data() {
    assert_wire(&Feed::Close, "close", "");
    assert_eq!(schema::decode::<Feed>("close", "not { json").unwrap(), Feed::Close);
}

#[test]
fn a_newtype_variant_of_text_is_raw_and_any_other_json() {
    assert_wire(&Feed::Note("\"a\\b\"".into()), "note", "\"a\\b\"");
    assert_wire(&Feed::Letter('é'), "letter", "\"é\"");
    assert_wire(&Feed::Maybe(Some("a".into())), "maybe", "\"a\"");
    assert_wire(&Feed::Maybe(None), "maybe", "null");
    assert_wire(&Feed::Nothing(()), "nothing", "null");
    assert_wire(&Feed::Nested(Inner::Unit), "nested", "\"Unit\"");
    assert_wire(&Feed::Nested(Inner::Text("a".into())), "nested", r#"{"Text":"a"}"#);
}

#[test]
fn a_tuple_variant_is_an_array_and_a_struct_variant_an_object() {
    assert_wire(&Feed::Range(-1, "a".into()), "range", r#"[-1,"a"]"#);
    assert_wire(&Feed::Empty(), "empty", "[]");
    let quote = Feed::Quote { symbol: "IBM".into(), cents: 18_710, note: None };
    assert_wire(&quote, "quote", r#"{"symbol":"IBM","cents":18710,"note":null}"#);
    // Fields are optional or unknown as in any other JSON.
    let read = schema::decode("quote", r#"{"more": [], "cents": 18710, "symbol": "IBM"}"#);
    assert_eq!(read, Ok(quote));
}

#[test]
fn a_transparent_struct_around_text_is_raw_and_a_newtype_struct_is_json() {
    assert_wire(&Shared("a".into()), "message", "a");
    assert_wire(&Title("a".into()), "message", "\"a\"");
    assert_wire(&Feed::SharedNote(Shared("a".into())), "shared-note", "a");
    assert_wire(&Feed::Title(Title("a".into())), "title", "\"a\"");
}

#[test]
fn a_type_that_reads_from_text_is_raw_text() {
    assert_wire::<IpAddr>(&[127, 0, 0, 1].into(), "message", "127.0.0.1");
    assert_wire(&Feed::Address([0_u16; 8].into()), "address", "::");
    assert_wire::<Cow<'static, str>>(&"a".into(), "message", "a");
    assert!(schema::decode::<IpAddr>("message", "localhost").unwrap_err().is_malformed_data());
}

#[test]
fn a_top_level_type_without_variants_is_json_in_unnamed_events() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Quote {
        symbol: String,
        cents: u32,
    }
    assert_wire(
        &Quote { symbol: "GOOG".into(), cents: 2 },
        "message",
        r#"{"symbol":"GOOG","cents":2}"#,
    );
    assert_wire(&7_u128, "message", "7");
    assert_wire(&'x', "message", "\"x\"");
    assert_wire(&(), "message", "null");
    assert_wire(&vec![Inner::Unit], "message", r#"["Unit"]"#);
}

#[test]
fn a_type_without_variants_takes_no_named_event() {
    for name in ["quote", "Message"] {
        let error = schema::decode::<String>(name, "a").unwrap_err();
        assert!(error.is_unknown_event(), "{error}");
        assert!(schema::decode::<u8>(name, "1").unwrap_err().is_unknown_event());
    }
}

#[test]
fn a_variant_renamed_message_takes_events_without_a_name() {
    let encoded = schema::encode(&Feed::Unnamed("a".into())).unwrap();
    assert_eq!(encoded, Encoded { name: None, data: "a".into() });
    assert_eq!(schema::decode::<Feed>("", "a").unwrap(), Feed::Unnamed("a".into()));
    assert_eq!(schema::decode::<Feed>("message", "a").unwrap(), Feed::Unnamed("a".into()));
}

#[test]
fn an_alias_is_listened_to_and_read() {
    assert!(schema::event_names::<Feed>().contains(&"chat"));
    assert_eq!(schema::decode::<Feed>("chat", "a").unwrap(), Feed::Unnamed("a".into()));
}

#[test]
fn an_unknown_name_is_told_with_the_known_ones() {
    let error = schema::decode::<Inner>("unit", "").unwrap_err();
    assert!(error.is_unknown_event() && !error.is_malformed_data());
    let text = error.to_string();
    assert!(text.contains("\"unit\"") && text.contains("\"Fields\""), "{text}");
    // An unknown variant inside the data is the data's fault.
    assert!(schema::decode::<Feed>("nested", "\"unit\"").unwrap_err().is_malformed_data());
}

#[test]
fn other_takes_every_unknown_name_and_goes_out_under_its_own() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Open {
        Known(u8),
        #[serde(other)]
        Rest,
    }
    assert_eq!(schema::decode::<Open>("whatever", "{").unwrap(), Open::Rest);
    assert_eq!(schema::decode::<Open>("", "").unwrap(), Open::Rest);
    assert_wire(&Open::Rest, "Rest", "");
    assert_wire(&Open::Known(1), "Known", "1");
}

#[test]
fn malformed_json_is_told_by_line_and_column() {
    for (name, data, place) in [
        ("title", "", "line 1 column 0"),
        ("title", "\"a\" b", "trailing characters at line 1 column 5"),
        ("新闻: top", "[\n\"a\",\n1]", "line 3 column 1"),
        ("quote", "{\"symbol\": \"IBM\"}", "missing field `cents` at line 1 column 17"),
        ("range", "[1]", "line 1 column 3"),
        ("range", "[1, \"a\", 2]", "line 1 column"),
        ("nothing", "", "line 1 column 0"),
    ] {
        let error = schema::decode::<Feed>(name, data).unwrap_err();
        assert!(error.is_malformed_data() && !error.is_unknown_event());
        let text = error.to_string();
        assert!(text.contains(place) && text.contains(name), "{data:?}: {text}");
    }
}

#[test]
fn a_name_with_a_line_break_is_an_error() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Broken {
        #[serde(rename = "a\rb")]
        Cr(String),
        #[serde(rename = "a\nb")]
        Lf,
        #[serde(rename = "")]
        Empty,
    }
    for value in [Broken::Cr("a".into()), Broken::Lf, Broken::Empty] {
        assert!(schema::encode(&value).unwrap_err().is_unencodable(), "{value:?}");
    }
    let event = Encoded { name: Some("a\nb".into()), data: String::new() };
    assert!(event.to_block(None).unwrap_err().is_unencodable());
}

#[test]
fn an_id_with_a_line_break_or_nul_is_an_error() {
    let event = Encoded { name: None, data: String::new() };
    for id in ["1\n", "\r1", "1\x002"] {
        assert!(event.to_block(Some(id)).unwrap_err().is_unencodable(), "{id:?}");
    }
    assert_eq!(event.to_block(Some("")).unwrap(), "id: \ndata: \n\n");
    assert_eq!(event.to_block(None).unwrap(), "data: \n\n");
}
