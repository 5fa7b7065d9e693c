//! The lab: raw events, trouble on order, recording and playing.

use std::fs;

use serde::Deserialize;
use serde_json::{Value, json};

use super::accessibility::{AXE, MOVING, THEME};
use crate::harness::{Stage, Trial};
use crate::keyboard::{DOWN, ENTER, SPACE};
use crate::page::Page;

/// Ten events a second: none leaves the list before it is looked at.
const SLOW: &[&str] = &["--faults", "--speed", "2"];

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("the lab shows raw events, and what trouble on order does", trouble_on_order)
            .server(&["--faults"])
            .without_proxy(),
        Trial::new("a recording that is played shows the same events again", record_and_play)
            .server(SLOW)
            .without_proxy(),
        Trial::new("a recording is opened from its file, and not recorded again", open_a_file)
            .server(SLOW)
            .without_proxy(),
        Trial::new("a server without faults is told from one with", no_faults).without_proxy(),
        Trial::new("axe-core finds nothing in the lab", axe_finds_nothing)
            .server(SLOW)
            .without_proxy(),
        Trial::new("the lab can be used by keyboard alone", by_keyboard)
            .server(SLOW)
            .without_proxy(),
    ]
}

/// The lab as it is seen.
#[derive(Debug, Deserialize)]
struct Seen {
    state: Option<String>,
    /// Of the entries that are shown, newest first.
    kinds: Vec<String>,
    /// Name, ID and data of events, words of others.
    words: Vec<String>,
    malformed: Option<String>,
    /// On tape, where there is one.
    entries: Option<u32>,
    /// Of the recording, where one is shown.
    played: Option<String>,
    errors: Vec<String>,
}

const SEEN: &str = "
    const all = (selector) => [...document.querySelectorAll(selector)];
    const rows = all('.sse-inspector-list li');
    const words = (row) => [...row.querySelectorAll('span:not(.sse-inspector-time)')].map((it) => it.textContent).join(' ');
    const entries = all('[data-testid=lab-tape-entries]')[0]?.dataset.entries;
    return {
        state: all('.sse-inspector-state')[0]?.dataset.state ?? null,
        kinds: rows.map((row) => row.dataset.kind),
        words: rows.map(words),
        malformed: all('[data-figure=malformed] dd')[0]?.textContent ?? null,
        entries: entries === undefined ? null : Number(entries),
        played: all('[data-testid=lab-progress]')[0]?.dataset.played ?? null,
        errors: window.e2e?.errors ?? [],
    };";

/// Chooses in a select as a visitor would.
const CHOOSE: &str = "
    const select = document.querySelector(`[data-action=${arguments[0]}]`);
    select.value = arguments[1];
    select.dispatchEvent(new Event('change', { bubbles: true }));";

/// Chooses a file of this text.
const CHOOSE_FILE: &str = "
    const files = new DataTransfer();
    files.items.add(new File([arguments[0]], 'recording.json', { type: 'application/json' }));
    const field = document.querySelector('[data-action=lab-open]');
    field.files = files.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));";

/// One event.
const RECORDING: &str = r#"{
    "format": "sse-signals recording",
    "version": 1,
    "startedAt": 1764000000000,
    "dropped": { "entries": 0, "events": 0 },
    "entries": [
        { "at": 0, "what": { "opened": { "url": "https://example.org/events" } } },
        { "at": 31, "what": { "state": { "state": "open" } } },
        { "at": 40, "what": { "event": { "name": "quote", "id": "7", "data": "{}" } } }
    ]
}"#;

async fn seen(page: &Page, what: &str, wanted: impl Fn(&Seen) -> bool) -> Seen {
    page.wait(what, SEEN, wanted).await
}

async fn choose(page: &Page, action: &str, value: &str) {
    page.script_with::<Value>(CHOOSE, vec![json!(action), json!(value)]).await;
}

/// The lab, once events have come.
async fn open(stage: &Stage) {
    let page = &stage.page;
    page.goto(&format!("http://{}/lab", stage.server.address())).await;
    page.observe().await;
    seen(page, "raw events are shown", |now| {
        now.state.as_deref() == Some("open") && now.kinds.iter().any(|kind| kind == "event")
    })
    .await;
}

async fn trouble_on_order(stage: &mut Stage) {
    open(stage).await;
    let page = &stage.page;
    for transport in ["native", "fetch"] {
        choose(page, "lab-transport", transport).await;
        choose(page, "inspector-kind", "*others").await;
        let opened = |now: &Seen| now.state.as_deref() == Some("open") && !now.kinds.is_empty();
        seen(page, "it is open", opened).await;

        page.click("[data-fault=malformed]").await;
        let told = |now: &Seen| now.kinds.iter().any(|kind| kind == "malformed");
        let now = seen(page, "the malformed event is told", told).await;
        assert_eq!(now.malformed.as_deref(), Some("1"), "{now:#?}");
        page.click("[data-fault=resync]").await;
        seen(page, "the gap is told", |now| now.kinds.iter().any(|kind| kind == "gap")).await;

        let before = seen(page, "it is open", opened).await.kinds.len();
        page.click("[data-fault=cut]").await;
        let cut =
            seen(page, "it has come back", |now| opened(now) && now.kinds.len() >= before + 2)
                .await;
        let waits = |words: &String| words.starts_with("Reconnecting");
        assert!(cut.words.iter().any(waits), "{cut:#?}");

        page.click("[data-fault=status-503]").await;
        let waited = seen(page, "it is open after two refusals", |now| {
            let waits = now.words.iter().filter(|words| waits(words)).count();
            opened(now) && waits >= 3
        })
        .await;
        // Which only fetch can see.
        let status = waited.words.iter().any(|words| words.contains("status 503"));
        assert_eq!(status, transport == "fetch", "{waited:#?}");
    }
}

async fn record_and_play(stage: &mut Stage) {
    open(stage).await;
    let page = &stage.page;
    choose(page, "inspector-kind", "*events").await;
    page.click("[data-action=lab-record]").await;
    let enough = |now: &Seen| now.entries.is_some_and(|entries| entries >= 12);
    seen(page, "something is on tape", enough).await;
    page.click("[data-action=lab-record]").await;
    let live = seen(page, "the events are shown", |now| now.kinds.len() >= 12).await;

    page.click("[data-action=lab-play-tape]").await;
    seen(page, "the recording is there", |now| now.played.as_deref() == Some("0")).await;
    let mut plays = Vec::new();
    for speed in ["max", "16"] {
        choose(page, "lab-speed", speed).await;
        choose(page, "inspector-kind", "*events").await;
        page.click("[data-action=lab-play]").await;
        // The button has nothing to do any more once all is played.
        let over = "return document.querySelector('[data-action=lab-play]').disabled";
        page.wait("all of it is played", over, |over: &bool| *over).await;
        let events = |now: &Seen| now.kinds.len() >= 10;
        plays.push(seen(page, "its events are shown", events).await.words);
        page.click("[data-action=lab-rewind]").await;
        seen(page, "it is at its begin", |now| {
            now.played.as_deref() == Some("0") && !now.kinds.iter().any(|kind| kind == "event")
        })
        .await;
    }
    assert_eq!(plays[0], plays[1], "the same each time");
    for event in &plays[0] {
        assert!(live.words.contains(event), "{event:?} is not among {:#?}", live.words);
    }

    page.click("[data-action=lab-step]").await;
    seen(page, "one entry is played", |now| now.played.as_deref() == Some("1")).await;
    page.click("[data-action=lab-live]").await;
    let now = seen(page, "the stream is back", |now| {
        now.played.is_none() && now.state.as_deref() == Some("open")
    })
    .await;
    assert!(now.errors.is_empty(), "the page complains: {:#?}", now.errors);
}

async fn open_a_file(stage: &mut Stage) {
    open(stage).await;
    let page = &stage.page;
    page.click("[data-action=lab-record]").await;
    let some = |now: &Seen| now.entries.is_some_and(|entries| entries > 0);
    seen(page, "something is on tape", some).await;

    hand_over(page, "{}").await;
    let told = "return document.querySelector('.lab-problem')?.textContent ?? ''";
    page.wait("it says that this is none", told, |text: &String| !text.is_empty()).await;
    hand_over(page, RECORDING).await;
    seen(page, "the recording is there", |now| now.played.as_deref() == Some("0")).await;
    choose(page, "inspector-kind", "*events").await;
    choose(page, "lab-speed", "max").await;
    page.click("[data-action=lab-play]").await;
    let now = seen(page, "its event is shown", |now| !now.kinds.is_empty()).await;
    assert_eq!(now.words, ["quote 7 {}"], "{now:#?}");

    page.click("[data-action=lab-live]").await;
    seen(page, "the stream is back", |now| now.played.is_none()).await;
    let pressed = "return document.querySelector('[data-action=lab-record]')?.ariaPressed ?? ''";
    page.wait("it does not record", pressed, |pressed: &String| pressed == "false").await;
}

async fn hand_over(page: &Page, text: &str) {
    page.script_with::<Value>(CHOOSE_FILE, vec![json!(text)]).await;
}

async fn no_faults(stage: &mut Stage) {
    open(stage).await;
    let page = &stage.page;
    let told = "return document.querySelector('[data-testid=lab-no-faults]')?.innerText ?? ''";
    page.wait("it says how to start one", told, |text: &String| text.contains("--faults")).await;
    let title: String = page.script("return document.title").await;
    assert!(title.starts_with("Stream lab"), "{title}");
}

async fn axe_finds_nothing(stage: &mut Stage) {
    let source = fs::read_to_string(&stage.config.axe).expect("axe-core is installed");
    open(stage).await;
    let page = &stage.page;
    page.script::<Value>(&format!("{source}; window.axe = axe;")).await;
    page.click("[data-fault=malformed]").await;
    seen(page, "something is malformed", |now| now.malformed.as_deref() == Some("1")).await;
    page.click("[data-action=inspector-pause]").await;
    page.click(".sse-inspector-states > summary").await;
    page.click(".sse-inspector-list summary").await;
    for theme in ["light", "dark"] {
        while page.script::<String>(THEME).await != theme {
            page.press(['t']).await;
        }
        for width in [1_400, 500] {
            page.resize(width, 900).await;
            page.wait("nothing moves", MOVING, |moving: &u32| *moving == 0).await;
            let found: Vec<String> = page.script(AXE).await;
            assert!(found.is_empty(), "{theme}, {width} px: {found:#?}");
        }
    }
}

async fn by_keyboard(stage: &mut Stage) {
    open(stage).await;
    let page = &stage.page;
    page.tab_to("[data-action=lab-transport]").await;
    page.press([DOWN]).await;
    let address = "return location.search";
    page.wait("fetch is chosen", address, |query: &String| query.contains("transport=fetch")).await;
    page.tab_to("[data-fault=malformed]").await;
    page.press([ENTER]).await;
    seen(page, "the malformed event is told", |now| now.malformed.as_deref() == Some("1")).await;
    page.tab_to("[data-action=lab-record]").await;
    page.press([SPACE]).await;
    seen(page, "something is on tape", |now| now.entries.is_some_and(|entries| entries > 0)).await;
    page.tab_to("[data-action=inspector-search]").await;
    page.press("ibm".chars()).await;
    let found = |now: &Seen| !now.words.is_empty() && now.words.iter().all(|it| it.contains("IBM"));
    seen(page, "IBM is found", found).await;
    page.tab_to(".sse-inspector-list summary").await;
    page.press([ENTER]).await;
    let data =
        "return document.querySelector('.sse-inspector-list details[open] pre')?.textContent ?? ''";
    page.wait("its data is shown", data, |data: &String| data.contains("\"symbol\": \"IBM\""))
        .await;
}
