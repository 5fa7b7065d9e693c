//! Properties of what is sent and arrives.

use std::net::IpAddr;

use proptest::prelude::*;
use sse_signals::schema::{self, Encoded};

use crate::wire::{Dispatched, interpret, lf, round_trip};
use crate::{Feed, Inner, Shared, Title};

/// The value that is to arrive: raw text can't carry CR.
fn expected(value: Feed) -> Feed {
    match value {
        Feed::Note(text) => Feed::Note(lf(&text)),
        Feed::Unnamed(text) => Feed::Unnamed(lf(&text)),
        Feed::SharedNote(Shared(text)) => Feed::SharedNote(Shared(lf(&text).into())),
        other => other,
    }
}

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\r",
        "\n",
        "\r\n",
        "\n\n",
        " ",
        ":",
        "data: ",
        "event: x",
        "id: 1",
        "\0",
        "\u{feff}",
        "\"",
        "\\",
        "a",
        "null",
        "1",
        "上证指数",
        "🦀",
        "\u{2028}",
        "\t",
    ]);
    prop_oneof![
        3 => prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
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

fn feed() -> impl Strategy<Value = Feed> {
    prop_oneof![
        text().prop_map(Feed::Note),
        text().prop_map(|text| Feed::SharedNote(Shared(text.into()))),
        text().prop_map(|text| Feed::Title(Title(text))),
        any::<IpAddr>().prop_map(Feed::Address),
        any::<char>().prop_map(Feed::Letter),
        (any::<i64>(), text()).prop_map(|(number, text)| Feed::Range(number, text)),
        (text(), any::<u64>(), prop::option::of(text()))
            .prop_map(|(symbol, cents, note)| Feed::Quote { symbol, cents, note }),
        Just(Feed::Close),
        Just(Feed::Empty()),
        Just(Feed::Nothing(())),
        prop::collection::vec(text(), 0..4).prop_map(Feed::News),
        inner().prop_map(Feed::Nested),
        prop::option::of(text()).prop_map(Feed::Maybe),
        prop::collection::btree_map(text(), inner(), 0..4).prop_map(Feed::Table),
        text().prop_map(Feed::Unnamed),
    ]
}

proptest! {
    #[test]
    fn every_event_arrives_as_it_was_sent(value in feed()) {
        prop_assert_eq!(round_trip(&value), expected(value));
    }

    #[test]
    fn a_string_arrives_with_its_line_ends_as_lf(value in text()) {
        prop_assert_eq!(round_trip(&value), lf(&value));
    }

    #[test]
    fn json_arrives_exactly(value in prop::option::of(prop::collection::vec((text(), inner()), 0..4))) {
        prop_assert_eq!(round_trip(&value), value);
    }

    #[test]
    fn a_sequence_of_events_stays_a_sequence(values in prop::collection::vec(feed(), 0..6)) {
        let stream: String =
            values.iter().map(|value| schema::encode(value).unwrap().to_block(None).unwrap()).collect();
        let arrived: Vec<Feed> = interpret(&stream)
            .iter()
            .map(|event| schema::decode(&event.name, &event.data).unwrap())
            .collect();
        prop_assert_eq!(arrived, values.into_iter().map(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_hand_made_event_either_arrives_or_is_refused(name in text(), data in text(), id in text()) {
        let broken = name.contains(['\r', '\n']) || id.contains(['\r', '\n', '\0']);
        let event = Encoded { name: Some(name.clone().into()), data: data.clone() };
        match event.to_block(Some(&id)) {
            Err(error) => prop_assert!(broken && error.is_unencodable(), "{}", error),
            Ok(block) => {
                prop_assert!(!broken);
                let name = if name.is_empty() { "message".to_owned() } else { name };
                let event = Dispatched { name, data: lf(&data), last_event_id: id };
                prop_assert_eq!(interpret(&block), [event]);
            }
        }
    }

    #[test]
    fn no_data_makes_decode_panic(name in prop::sample::select(schema::event_names::<Feed>()), data in text()) {
        if let Err(error) = schema::decode::<Feed>(name, &data) {
            prop_assert!(error.is_malformed_data(), "{}", error);
        }
    }
}
