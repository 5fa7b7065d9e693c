//! The contract on the wire, as both sides see it through `sse_signals::schema`.

use sse_signals::schema::{self, Encoded};
use sse_signals_feed::{Feed, Headline, HeadlineKind, Quote, Topic};

fn quote(change: Option<f64>) -> Feed {
    Feed::Quote(Quote {
        sequence: 3,
        symbol: "AAPL".to_owned(),
        date: "2000-03-03".to_owned(),
        open: 124.87,
        high: 128.23,
        low: 120.0,
        close: 128.0,
        adjusted_close: 4.1124460048178,
        change,
        volume: 2_887_200,
    })
}

fn news(kind: HeadlineKind) -> Feed {
    Feed::News(Headline {
        sequence: 8,
        symbol: "MSFT".to_owned(),
        date: "2003-02-18".to_owned(),
        kind,
    })
}

fn every_shape() -> Vec<Feed> {
    vec![
        quote(None),
        quote(Some(-0.518691588785053)),
        news(HeadlineKind::High52Weeks { close: 24.96 }),
        news(HeadlineKind::Low52Weeks { close: 24.96 }),
        news(HeadlineKind::LargestMove { change: 0.1, since: None }),
        news(HeadlineKind::LargestMove { change: -0.1, since: Some("2001-09-17".to_owned()) }),
        news(HeadlineKind::VolumeSpike { volume: u64::MAX, times: 3.25 }),
        news(HeadlineKind::Streak { days: 7, rising: false }),
    ]
}

fn encode(event: &Feed) -> Encoded {
    schema::encode(event).expect("the contract can be encoded")
}

#[test]
fn the_events_are_named_quote_and_news() {
    assert_eq!(schema::event_names::<Feed>(), ["quote", "news"]);
    assert_eq!(schema::lint::<Feed>(), None);
}

#[test]
fn every_shape_arrives_as_it_was_sent() {
    for event in every_shape() {
        let Encoded { name, data } = encode(&event);
        let name = name.expect("a name");
        assert_eq!(schema::decode::<Feed>(&name, &data).as_ref(), Ok(&event));
        let expected = match event.topic() {
            Topic::Quotes => "quote",
            Topic::News => "news",
        };
        assert_eq!(name, expected);
    }
}

#[test]
fn a_quote_is_one_block_with_json_in_one_line() {
    let block = encode(&quote(None)).to_block(Some("a-3")).expect("a block");
    let fields: Vec<_> = block.trim_end().lines().collect();
    assert_eq!(fields[..2], ["event: quote", "id: a-3"]);
    let data: serde_json::Value =
        serde_json::from_str(fields[2].strip_prefix("data: ").expect("data")).expect("JSON");
    assert_eq!(fields.len(), 3);
    assert_eq!(data["symbol"], "AAPL");
    assert_eq!(data["adjusted_close"], 4.1124460048178);
    assert!(data["change"].is_null());
}

#[test]
fn a_headline_names_its_kind() {
    let data = |kind| {
        serde_json::from_str::<serde_json::Value>(&encode(&news(kind)).data).expect("JSON")["kind"]
            .clone()
    };
    assert_eq!(data(HeadlineKind::High52Weeks { close: 1.5 })["high-52-weeks"]["close"], 1.5);
    assert_eq!(data(HeadlineKind::Low52Weeks { close: 1.5 })["low-52-weeks"]["close"], 1.5);
    assert_eq!(data(HeadlineKind::Streak { days: 7, rising: true })["streak"]["rising"], true);
}

#[test]
fn each_topic_is_found_by_its_name() {
    for topic in Topic::ALL {
        assert_eq!(Topic::from_name(topic.name()), Some(topic));
    }
    assert_eq!(Topic::from_name("quote"), None);
    assert_eq!(Topic::from_name(""), None);
}

#[test]
fn the_sequence_can_be_set_and_is_what_is_read() {
    for mut event in every_shape() {
        event.set_sequence(41);
        assert_eq!(event.sequence(), 41);
    }
}
