//! The contract on the wire, as both sides see it through `sse_signals::schema`.

use sse_signals::schema::{self, Encoded};
use sse_signals_feed::{
    Condition, Exit, Feed, Headline, HeadlineKind, Level, Line, Message, Metrics, Quote, Source,
    Status, Task, TaskKind, TaskState, Topic, Weather,
};

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
        weather(Condition::Drizzle),
        weather(Condition::Sun),
        Feed::Metrics(Metrics {
            sequence: 1,
            at: 1_700_000_000_000,
            cpu: vec![0.0, 99.5],
            memory_used: 1,
            memory_total: u64::MAX,
            disk_available: 2,
            disk_total: 3,
            disk_read: 4,
            disk_written: 5,
            received: 6,
            sent: 7,
            load: [0.25, 1.5, 2.0],
            uptime: 8,
        }),
        Feed::Status(Status { sequence: 2, at: 1, uptime: 2, requests: 3, errors: 4, streams: 5 }),
        line(Source::Server),
        line(Source::Stdin),
        line(Source::Stdout { command: "cargo build".to_owned() }),
        line(Source::Stderr { command: "cargo build".to_owned() }),
        exit(Some(101)),
        exit(None),
        task(TaskKind::Checksum, TaskState::Running),
        task(TaskKind::Primes, TaskState::Done),
        Feed::Chat(message("two\nlines", false)),
        Feed::Notify(message("{\"disk\": \"full\"}", true)),
    ]
}

fn weather(condition: Condition) -> Feed {
    Feed::Weather(Weather {
        sequence: 4,
        location: "Seattle".to_owned(),
        date: "2012-01-01".to_owned(),
        precipitation: 10.9,
        temp_max: 12.8,
        temp_min: -5.0,
        wind: 4.7,
        condition,
    })
}

fn line(source: Source) -> Feed {
    let (level, target) = (Some(Level::Warn), Some("server".to_owned()));
    Feed::Line(Line { sequence: 5, at: 6, source, level, target, text: "a \"line\"".to_owned() })
}

fn exit(code: Option<i32>) -> Feed {
    Feed::Exit(Exit {
        sequence: 6,
        at: 7,
        command: "cargo build".to_owned(),
        code,
        restarts: false,
    })
}

fn task(kind: TaskKind, state: TaskState) -> Feed {
    let over = state.is_over();
    Feed::Task(Task {
        sequence: 7,
        at: 8,
        task: 9,
        kind,
        state,
        done: 10,
        total: 100,
        rate: 0.5,
        seconds_left: (!over).then_some(180.0),
        result: over.then(|| "25".to_owned()),
    })
}

fn message(text: &str, json: bool) -> Message {
    Message { sequence: 8, at: 9, text: text.to_owned(), json }
}

fn encode(event: &Feed) -> Encoded {
    schema::encode(event).expect("the contract can be encoded")
}

#[test]
fn each_variant_is_an_event_of_its_name() {
    let names =
        ["quote", "news", "weather", "metrics", "status", "line", "exit", "task", "chat", "notify"];
    assert_eq!(schema::event_names::<Feed>(), names);
    assert_eq!(schema::lint::<Feed>(), None);
    let mut sent: Vec<_> =
        every_shape().iter().map(|event| encode(event).name.expect("a name")).collect();
    sent.dedup();
    assert_eq!(sent, names, "each of them is tried here");
}

#[test]
fn every_shape_arrives_as_it_was_sent() {
    for event in every_shape() {
        let Encoded { name, data } = encode(&event);
        assert_eq!(schema::decode::<Feed>(&name.expect("a name"), &data).as_ref(), Ok(&event));
    }
}

#[test]
fn every_topic_has_events() {
    for topic in Topic::ALL {
        assert!(every_shape().iter().any(|event| event.topic() == topic), "{}", topic.name());
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
