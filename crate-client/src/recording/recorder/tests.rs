use std::cell::Cell;

use super::*;

const fn at(milliseconds: u64) -> Now {
    let monotonic = Duration::from_millis(milliseconds);
    Now { monotonic, wall: Duration::from_millis(1_000_000 + milliseconds) }
}

fn event(recorder: &Recorder, time: u64, id: &str, data: &str) {
    recorder.event(at(time), "text", id, data);
}

fn opened(recorder: &Recorder) {
    recorder.opened(at(100), "/events");
    recorder.state(at(100), &State::Connecting { attempt: 1 }, None);
    recorder.state(at(130), &State::Open, None);
}

/// Each entry in a word or two.
fn told(recorder: &Recorder) -> Vec<(u64, String)> {
    let told = |entry: &Entry| {
        let words = match &entry.what {
            What::Opened { url } => format!("opened {url}"),
            What::State { state, .. } => state.to_string(),
            What::Event { id, data, .. } => format!("{id}: {data}"),
            What::Gap(gap) => format!("{gap:?}"),
            What::Lagged(items) => format!("lagged {items}"),
            What::Malformed { name, reason } => format!("malformed {name}: {reason}"),
        };
        (u64::try_from(entry.at.as_millis()).unwrap(), words)
    };
    recorder.recording().entries.iter().map(told).collect()
}

fn words(entries: &[(u64, &str)]) -> Vec<(u64, String)> {
    entries.iter().map(|(time, words)| (*time, (*words).to_owned())).collect()
}

#[test]
fn everything_is_kept_in_order_with_the_time_since_the_first() {
    let recorder = Recorder::new();
    opened(&recorder);
    event(&recorder, 150, "1", "one");
    recorder.gap(at(160), Gap::Resync);
    recorder.malformed(at(170), "text", "why");
    recorder.lagged(at(180), 3);
    let expected = [
        (0, "opened /events"),
        (0, "connecting, attempt 1"),
        (30, "open"),
        (50, "1: one"),
        (60, "Resync"),
        (70, "malformed text: why"),
        (80, "lagged 3"),
    ];
    assert_eq!(told(&recorder), words(&expected));
    assert_eq!(recorder.recording().started_at, Duration::from_millis(1_000_100));
}

#[test]
fn beyond_the_most_entries_the_oldest_go_and_what_was_so_then_is_told_again() {
    let recorder = Recorder::new().max_entries(2);
    opened(&recorder);
    for number in 1..=4 {
        event(&recorder, 200 + number, &number.to_string(), "x");
    }
    let recording = recorder.recording();
    assert_eq!(recording.dropped, Dropped { entries: 5, events: 2 });
    let expected = [(103, "opened /events"), (103, "open"), (103, "3: x"), (104, "4: x")];
    assert_eq!(told(&recorder), words(&expected));
    assert_eq!(recorder.len(), 4, "those that are told again too");
    assert!(recorder.to_json().contains(r#""dropped":{"entries":5,"events":2}"#));
}

#[test]
fn beyond_the_most_bytes_the_oldest_go_too() {
    let recorder = Recorder::new().max_bytes(20);
    event(&recorder, 0, "1", "12345");
    event(&recorder, 1, "2", "12345");
    assert_eq!(told(&recorder).len(), 2);
    event(&recorder, 2, "3", "1");
    assert_eq!(told(&recorder), words(&[(1, "2: 12345"), (2, "3: 1")]));
    assert_eq!(recorder.recording().dropped, Dropped { entries: 1, events: 1 });
}

#[test]
fn an_event_that_is_larger_than_the_most_bytes_goes_alone() {
    let recorder = Recorder::new().max_bytes(30);
    opened(&recorder);
    event(&recorder, 200, "1", "12345");
    event(&recorder, 201, "2", &"x".repeat(1_000));
    recorder.malformed(at(202), "text", &"x".repeat(1_000));
    event(&recorder, 203, "3", "1");
    let kept = [(0, "opened /events"), (0, "connecting, attempt 1"), (30, "open")];
    assert_eq!(told(&recorder)[..3], words(&kept));
    assert_eq!(told(&recorder)[3..], words(&[(100, "1: 12345"), (103, "3: 1")]));
    assert_eq!(recorder.recording().dropped, Dropped { entries: 2, events: 1 });
}

#[test]
fn no_count_of_lost_items_is_too_large() {
    let recorder = Recorder::new();
    recorder.lagged(at(0), u64::MAX);
    recorder.lagged(at(1), u64::MAX);
    assert_eq!(recorder.0.borrow().totals.lagged, u64::MAX);
}

#[test]
fn a_new_start_begins_with_the_url_and_the_state_as_they_are() {
    let recorder = Recorder::new();
    opened(&recorder);
    event(&recorder, 200, "1", "before");
    recorder.stop();
    event(&recorder, 300, "2", "meanwhile");
    recorder.state(at(310), &State::Idle, None);
    assert_eq!(told(&recorder).len(), 4, "nothing more");
    recorder.start();
    assert_eq!(told(&recorder), words(&[(0, "opened /events"), (0, "idle")]));
    event(&recorder, 500, "3", "after");
    assert_eq!(told(&recorder)[2..], words(&[(0, "3: after")]));
    assert_eq!(recorder.recording().dropped, Dropped::default());
}

#[test]
fn clearing_keeps_it_stopped_or_going() {
    let recorder = Recorder::new();
    event(&recorder, 0, "1", "one");
    recorder.clear();
    assert!(recorder.is_recording() && told(&recorder).is_empty());
    recorder.stop();
    recorder.clear();
    assert!(!recorder.is_recording());
}

#[test]
fn data_that_is_redacted_is_nowhere_in_it() {
    let recorder = Recorder::new().redact(|name, data| match name {
        "text" => Cow::Borrowed("…"),
        _ => Cow::Borrowed(data),
    });
    event(&recorder, 0, "1", "s3cret");
    recorder.malformed(at(1), "text", "unknown variant `s3cret`");
    recorder.event(at(2), "other", "2", "plain");
    assert_eq!(told(&recorder), words(&[(0, "1: …"), (1, "malformed text: "), (2, "2: plain")]));
    assert!(!recorder.to_json().contains("s3cret"));
}

#[test]
fn a_watcher_is_told_of_each_change_and_may_read() {
    let recorder = Recorder::new();
    let seen = Rc::new(Cell::new(0));
    let watcher: Rc<dyn Fn()> = {
        let (recorder, seen) = (recorder.clone(), Rc::clone(&seen));
        Rc::new(move || seen.set(recorder.recording().entries.len()))
    };
    recorder.watch(&watcher);
    event(&recorder, 0, "1", "one");
    event(&recorder, 1, "2", "two");
    assert_eq!(seen.get(), 2);
    drop(watcher);
    event(&recorder, 2, "3", "three");
    assert_eq!(seen.get(), 2);
}
