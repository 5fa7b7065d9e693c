//! The log: one ring, many cursors.

use std::num::NonZeroUsize;

use futures_util::FutureExt as _;
use sse_signals_demo_server::log::{Log as _, Lost, RingLog, Topics};
use sse_signals_feed::{Feed, Headline, HeadlineKind, Quote};

fn quote() -> Feed {
    Feed::Quote(Quote {
        sequence: 0,
        symbol: "AAPL".to_owned(),
        date: "2000-03-01".to_owned(),
        open: 118.56,
        high: 132.06,
        low: 118.5,
        close: 130.31,
        adjusted_close: 4.186662803811,
        change: None,
        volume: 9_616_100,
    })
}

fn news() -> Feed {
    Feed::News(Headline {
        sequence: 0,
        symbol: "AAPL".to_owned(),
        date: "2000-03-01".to_owned(),
        kind: HeadlineKind::Streak { days: 7, rising: true },
    })
}

fn log(events: usize) -> RingLog {
    with_bytes(events, usize::MAX)
}

fn with_bytes(events: usize, bytes: usize) -> RingLog {
    let number = |number| NonZeroUsize::new(number).expect("not zero");
    RingLog::new(number(events), number(bytes))
}

fn append(log: &RingLog, events: &[Feed]) {
    let appended = log.append(events).now_or_never().expect("it does not wait");
    assert_eq!(appended.expect("events of the contract"), log.id(log.head()));
}

fn topics(names: &str) -> Topics {
    Topics::parse(names).expect("topics")
}

/// The ids in what a reader gets.
fn read(log: &RingLog, position: &mut u64, topics: Topics) -> Result<Vec<String>, Lost> {
    let batch = log.read(position, topics, usize::MAX)?;
    let text = String::from_utf8(batch.bytes.to_vec()).expect("UTF-8");
    let ids: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned).collect();
    assert_eq!(ids.len(), batch.events);
    Ok(ids)
}

#[test]
fn a_reader_gets_each_event_once_and_in_order() {
    let log = log(10);
    let mut position = 0;
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![]));
    append(&log, &[quote(), news()]);
    append(&log, &[quote()]);
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![log.id(1), log.id(2), log.id(3)]));
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![]));
    append(&log, &[news()]);
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![log.id(4)]));
}

#[test]
fn each_topic_has_its_own_sequence() {
    let log = log(10);
    append(&log, &[quote(), news(), quote(), news(), quote()]);
    let batch = log.read(&mut 0, Topics::ALL, usize::MAX).expect("nothing lost");
    let text = String::from_utf8(batch.bytes.to_vec()).expect("UTF-8");
    let numbers: Vec<_> = text
        .split("\"sequence\":")
        .skip(1)
        .map(|rest| rest.split(',').next().expect("a number"))
        .collect();
    assert_eq!(numbers, ["1", "1", "2", "2", "3"]);
}

#[test]
fn a_limit_is_kept_and_the_rest_comes_next() {
    let log = log(10);
    append(&log, &[quote(), news(), quote(), quote()]);
    let mut position = 0;
    assert_eq!(log.read(&mut position, topics("quotes"), 2).expect("nothing lost").events, 2);
    assert_eq!(position, 3);
    assert_eq!(read(&log, &mut position, topics("quotes")), Ok(vec![log.id(4)]));
}

#[test]
fn one_read_is_about_64_kib_at_most() {
    let log = log(10_000);
    append(&log, &vec![quote(); 10_000]);
    let mut position = 0;
    let mut events = 0;
    while position < log.head() {
        let batch = log.read(&mut position, Topics::ALL, usize::MAX).expect("nothing lost");
        assert!((1..=65 * 1024).contains(&batch.bytes.len()), "{}", batch.bytes.len());
        events += batch.events;
    }
    assert_eq!(events, 10_000);
}

#[test]
fn a_reader_that_falls_out_of_the_ring_is_told() {
    let log = log(2);
    append(&log, &[quote(), quote(), quote()]);
    let mut position = 1;
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![log.id(2), log.id(3)]));
    position = 0;
    assert_eq!(read(&log, &mut position, Topics::ALL), Err(Lost::Expired));
    assert_eq!(position, 0);
    assert_eq!(log.resume(&log.id(0), Topics::ALL), Err(Lost::Expired));
    assert_eq!(log.resume(&log.id(1), Topics::ALL), Ok(1));
}

#[test]
fn events_of_other_topics_that_left_the_ring_are_no_loss() {
    let log = log(2);
    append(&log, &[news(), quote(), quote(), quote(), news()]);
    assert_eq!(log.resume(&log.id(1), topics("news")), Ok(1));
    assert_eq!(log.resume(&log.id(1), topics("quotes")), Err(Lost::Expired));
    assert_eq!(log.resume(&log.id(0), topics("news")), Err(Lost::Expired));
    let mut position = 1;
    assert_eq!(read(&log, &mut position, topics("news")), Ok(vec![log.id(5)]));
    assert_eq!(position, 5);
}

#[test]
fn a_reader_of_a_silent_topic_never_falls_out() {
    let log = log(3);
    let mut position = 0;
    for _ in 0..10 {
        append(&log, &[quote(), quote()]);
    }
    assert_eq!(read(&log, &mut position, topics("news")), Ok(vec![]));
    assert_eq!(position, log.head());
}

#[test]
fn a_cursor_from_the_future_or_another_epoch_is_refused() {
    let (ours, other) = (log(4), log(4));
    append(&ours, &[quote()]);
    assert_eq!(ours.resume(&ours.id(1), Topics::ALL), Ok(1));
    assert_eq!(ours.resume(&ours.id(2), Topics::ALL), Err(Lost::Unknown));
    assert_eq!(ours.resume("ffff-1", Topics::ALL), Err(Lost::Epoch));
    assert_eq!(other.resume("1-", Topics::ALL), Err(Lost::Unknown));
}

#[test]
fn going_back_stops_at_the_oldest_event() {
    let log = log(2);
    assert_eq!(log.back(5, Topics::ALL), 0);
    append(&log, &[quote(), quote(), quote()]);
    assert_eq!(
        (log.back(0, Topics::ALL), log.back(1, Topics::ALL), log.back(5, Topics::ALL)),
        (3, 2, 1)
    );
}

#[tokio::test]
async fn an_append_wakes_whoever_waits() {
    let log = log(2);
    let mut appended = log.watch();
    append(&log, &[quote()]);
    assert!(appended.changed().await.is_ok());
}

#[test]
fn going_back_counts_the_events_of_those_topics_only() {
    let log = log(10);
    append(&log, &[news(), quote(), news(), quote(), quote()]);
    assert_eq!((log.back(1, topics("news")), log.back(2, topics("news"))), (2, 0));
    assert_eq!((log.back(1, topics("quotes")), log.back(3, topics("quotes"))), (4, 1));
    assert_eq!(log.back(1, topics("weather")), 5, "there is none to go back to");
    assert_eq!(log.back(9, topics("quotes")), 1, "there is no quote before");
}

#[test]
fn the_ring_is_bounded_in_bytes_too_and_keeps_the_newest_event_whatever_its_size() {
    let log = with_bytes(100, 600);
    append(&log, &[quote(), quote(), quote(), quote()]);
    let mut position = log.back(100, Topics::ALL);
    let kept = log.read(&mut position, Topics::ALL, usize::MAX).expect("nothing lost");
    assert!(kept.bytes.len() <= 600 && kept.events < 4, "{} bytes", kept.bytes.len());
    assert_eq!(log.resume(&log.id(0), Topics::ALL), Err(Lost::Expired));
    let tiny = with_bytes(100, 1);
    append(&tiny, &[quote(), news()]);
    assert_eq!(read(&tiny, &mut 1, Topics::ALL), Ok(vec![tiny.id(2)]));
}

#[test]
fn a_topic_tells_its_newest_sequence() {
    let log = log(10);
    append(&log, &[quote(), news(), quote()]);
    let sequences = ["quotes", "news", "chat"]
        .map(|name| log.sequence(sse_signals_feed::Topic::from_name(name).expect("a topic")));
    assert_eq!(sequences, [2, 1, 0]);
}
