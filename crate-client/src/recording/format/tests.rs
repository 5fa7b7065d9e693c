use super::*;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn state(state: State) -> What {
    What::State { state, detail: None }
}

/// One of each kind that there is.
fn everything() -> Recording {
    let causes = [
        Cause::Lost,
        Cause::Failed,
        Cause::Silent,
        Cause::Ended,
        Cause::Status(503),
        Cause::ContentType,
        Cause::TooLarge,
        Cause::Headers,
    ];
    let waiting = causes.map(|cause| State::Waiting { attempt: 2, retry_in: Some(ms(812)), cause });
    let others = [
        State::Idle,
        State::Connecting { attempt: 1 },
        State::Open,
        State::Stale { silent_for: ms(40_000) },
        State::Waiting { attempt: 1, retry_in: None, cause: Cause::Lost },
        State::Paused(PauseReason::ByCaller),
        State::Paused(PauseReason::Hidden),
        State::Paused(PauseReason::Offline),
        State::Closed(CloseReason::ByCaller),
        State::Closed(CloseReason::Finished),
        State::Closed(CloseReason::Refused(Cause::Status(404))),
        State::Closed(CloseReason::GaveUp { attempts: 20 }),
    ];
    let data = "{\"text\": \"line\\n\u{2028} \\\"quoted\\\" 你好 \u{1F600}\"}".to_owned();
    let whats = [
        What::Opened { url: "https://example.org/events?token=…".to_owned() },
        What::State { state: State::Open, detail: Some("said so".to_owned()) },
        What::Event { name: "quote".to_owned(), id: "7".to_owned(), data },
        What::Event { name: String::new(), id: String::new(), data: String::new() },
        What::Gap(Gap::Resync),
        What::Gap(Gap::Unconfirmed),
        What::Lagged(3),
        What::Malformed { name: "quote".to_owned(), reason: "at column 4".to_owned() },
    ];
    let whats = whats.into_iter().chain(waiting.map(state)).chain(others.map(state));
    Recording {
        started_at: ms(1_764_000_000_123),
        dropped: Dropped { entries: 12, events: 9 },
        entries: (0..).map(ms).zip(whats).map(|(at, what)| Entry { at, what }).collect(),
    }
}

fn refusal(text: &str) -> String {
    let error = Recording::from_json(text).expect_err("no recording");
    assert!(error.is_invalid_recording(), "{error}");
    error.to_string()
}

#[test]
fn whatever_can_be_recorded_comes_back() {
    let recording = everything();
    assert_eq!(Recording::from_json(&recording.to_json()), Ok(recording));
}

#[test]
fn it_is_json_as_others_read_it() {
    let value: serde_json::Value = serde_json::from_str(&everything().to_json()).unwrap();
    assert_eq!((&value["format"], &value["version"]), (&"sse-signals recording".into(), &1.into()));
    assert_eq!(value["dropped"]["events"], 9);
    assert_eq!(value["entries"][2]["what"]["event"]["id"], "7");
    assert_eq!(value["entries"][8]["what"]["state"]["state"]["waiting"]["retryIn"], 812);
}

#[test]
fn a_text_that_ends_too_early_is_refused_wherever_it_ends() {
    let json = everything().to_json();
    for end in (0..json.len()).filter(|&end| json.is_char_boundary(end)) {
        let refusal = refusal(&json[..end]);
        assert!(refusal.contains("line 1 column"), "{end}: {refusal}");
    }
}

#[test]
fn another_format_and_another_version_are_told() {
    assert!(refusal("[]").contains("expected struct Head"), "{}", refusal("[]"));
    let other = refusal(r#"{"format":"har","version":1}"#);
    assert!(other.contains("its format is not \"sse-signals recording\""), "{other}");
    let json = everything().to_json().replace("\"version\":1,", "\"version\":2,");
    let later = refusal(&json);
    assert!(later.contains("it is of version 2, and read is version 1"), "{later}");
}

#[test]
fn what_no_recording_holds_is_told_with_its_place() {
    let json = everything().to_json();
    for (from, to, told) in [
        ("\"lagged\"", "\"lost\"", "unknown variant `lost`"),
        ("\"resync\"", "\"sync\"", "unknown variant `sync`"),
        ("\"at\":3,", "\"at\":\"3\",", "invalid type: string \"3\", expected u64"),
        ("\"at\":3,", "", "missing field `at`"),
        ("\"at\":4,", "\"at\":2,", "entry 5 is earlier than the one before it"),
    ] {
        let refusal = refusal(&json.replacen(from, to, 1));
        assert!(refusal.contains(told), "{refusal}");
        assert!(refusal.contains("column") || refusal.contains("entry"), "{refusal}");
    }
    assert!(refusal(&(json + "x")).contains("trailing characters"));
}

#[test]
fn what_a_later_writer_adds_is_skipped() {
    let json = everything().to_json();
    let more = json.replacen("\"version\":1,", "\"version\":1,\"by\":{\"a\":[1]},", 1).replacen(
        "{\"at\":3,",
        "{\"took\":1.5,\"at\":3,",
        1,
    );
    assert_eq!(Recording::from_json(&format!("\u{feff}\n{more}\n")), Ok(everything()));
}
