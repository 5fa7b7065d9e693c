//! What is said by the crate `tracing`.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::rig::Test;
use crate::Options;

/// Collects every message as one line.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(Level, String)>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Of what can happen to a subscription.
fn everything() {
    let url = "https://ada:s3cret@example.org/events?token=s3cret#s3cret";
    let options = Options::new()
        .stale_after(Duration::from_secs(3))
        .retry(crate::Retry::new().limit(2))
        .queue_capacity(1);
    let test = Test::at(url, options);
    test.driver.connect().unwrap();
    test.opened();
    test.event("text", "s3cret-id", "s3cret");
    test.event("price", "s3cret-id", "{\"s3cret\"");
    test.event("resync", "s3cret-id", "s3cret");
    test.items();
    test.passes(Duration::from_secs(4));
    test.failed();
    test.driver.pause();
    test.driver.resume();
    test.failed();
}

/// All that is said of a subscription to which everything happens.
fn said() -> Vec<(Level, String)> {
    let collector = Collector::default();
    // While there is one subscriber only, `tracing` asks the thread that comes to a message first whether anybody wants it,
    // ever, and the other tests have none.
    let _other = tracing::Dispatch::new(Collector::default());
    tracing::subscriber::with_default(collector.clone(), || {
        std::thread::spawn(everything).join().unwrap();
        everything();
    });
    let said = collector.0.lock().unwrap();
    said.clone()
}

#[test]
fn each_change_of_the_state_is_told_at_the_level_that_it_deserves() {
    let url = "url=\"https://…@example.org/events?token=…#…\"";
    let expected = [
        (Level::DEBUG, format!("message=connecting {url} generation=1 attempt=1")),
        (Level::INFO, format!("message=open {url} generation=1")),
        (Level::WARN, format!("message=malformed event {url} name=\"price\"")),
        (Level::WARN, format!("message=events may be missing {url} reason=Resync")),
        (Level::WARN, format!("message=dropped for want of room {url} items=1")),
        (Level::WARN, format!("message=stale {url} generation=1 silent_for_ms=4000")),
        (
            Level::WARN,
            format!(
                "message=waiting {url} generation=1 attempt=1 retry_in_ms=500 cause=connection failed"
            ),
        ),
        (Level::INFO, format!("message=paused {url} generation=1 reason=ByCaller")),
        (Level::DEBUG, format!("message=connecting {url} generation=2 attempt=2")),
        (Level::ERROR, format!("message=gave up {url} generation=2 attempts=2")),
    ];
    let expected = expected.map(|(level, line)| (level, format!("sse_signals {line}")));
    assert_eq!(said(), expected);
}

#[test]
fn neither_credentials_nor_what_events_hold_is_ever_said() {
    let said = said();
    assert!(said.iter().all(|(_, line)| !line.contains("s3cret")), "{said:#?}");
}
