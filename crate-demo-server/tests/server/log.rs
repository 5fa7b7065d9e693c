//! The log: one ring, many cursors.

use std::num::NonZeroUsize;

use sse_signals_demo_server::log::{Log, Lost, Topics};
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

fn log(capacity: usize) -> Log {
    Log::new(NonZeroUsize::new(capacity).expect("not zero"))
}

fn topics(names: &str) -> Topics {
    Topics::parse(names).expect("topics")
}

/// The ids in what a reader gets.
fn read(log: &Log, position: &mut u64, topics: Topics) -> Result<Vec<String>, Lost> {
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
    log.append(&[quote(), news()]);
    log.append(&[quote()]);
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![log.id(1), log.id(2), log.id(3)]));
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![]));
    log.append(&[news()]);
    assert_eq!(read(&log, &mut position, Topics::ALL), Ok(vec![log.id(4)]));
}

#[test]
fn each_topic_has_its_own_sequence() {
    let log = log(10);
    log.append(&[quote(), news(), quote(), news(), quote()]);
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
    log.append(&[quote(), news(), quote(), quote()]);
    let mut position = 0;
    assert_eq!(log.read(&mut position, topics("quotes"), 2).expect("nothing lost").events, 2);
    assert_eq!(position, 3);
    assert_eq!(read(&log, &mut position, topics("quotes")), Ok(vec![log.id(4)]));
}

#[test]
fn one_read_is_about_64_kib_at_most() {
    let log = log(10_000);
    log.append(&vec![quote(); 10_000]);
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
    log.append(&[quote(), quote(), quote()]);
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
    log.append(&[news(), quote(), quote(), quote(), news()]);
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
        log.append(&[quote(), quote()]);
    }
    assert_eq!(read(&log, &mut position, topics("news")), Ok(vec![]));
    assert_eq!(position, log.head());
}

#[test]
fn a_cursor_from_the_future_or_another_epoch_is_refused() {
    let (ours, other) = (log(4), log(4));
    ours.append(&[quote()]);
    assert_eq!(ours.resume(&ours.id(1), Topics::ALL), Ok(1));
    assert_eq!(ours.resume(&ours.id(2), Topics::ALL), Err(Lost::Unknown));
    assert_eq!(ours.resume("ffff-1", Topics::ALL), Err(Lost::Epoch));
    assert_eq!(other.resume("1-", Topics::ALL), Err(Lost::Unknown));
}

#[test]
fn going_back_stops_at_the_oldest_event() {
    let log = log(2);
    assert_eq!(log.back(5), 0);
    log.append(&[quote(), quote(), quote()]);
    assert_eq!((log.back(0), log.back(1), log.back(5)), (3, 2, 1));
}

#[tokio::test]
async fn an_append_wakes_whoever_waits() {
    let log = log(2);
    let mut appended = log.watch();
    log.append(&[quote()]);
    assert!(appended.changed().await.is_ok());
}
