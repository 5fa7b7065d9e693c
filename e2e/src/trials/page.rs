//! The page by itself: what it shows, what it loads, what browsers get that cannot run it.

use crate::harness::{Stage, Trial};
use crate::page::OBSERVE;

const NO_EVENT_SOURCE: &str = "delete window.EventSource; window.EventSource = undefined;
    addEventListener('TrunkApplicationStarted', function () { window.started = true; });";
const NO_WEB_ASSEMBLY: &str = "delete window.WebAssembly; window.WebAssembly = undefined;";

/// The texts of all scripts but modules, which old browsers leave alone.
const CLASSIC_SCRIPTS: &str = "
    const scripts = [...document.querySelectorAll('script:not([type=module])')];
    return Promise.all(scripts.map((script) => script.src ? fetch(script.src).then((file) => file.text()) : script.text));";

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("prices appear and move", prices_appear_and_move),
        Trial::new(
            "nothing on the page comes from elsewhere and nothing complains",
            nothing_comes_from_elsewhere,
        )
        .prelude(OBSERVE),
        Trial::new(
            "a browser without EventSource gets a notice",
            without_event_source_there_is_a_notice,
        )
        .prelude(NO_EVENT_SOURCE),
        Trial::new(
            "a browser without WebAssembly gets a notice",
            without_web_assembly_there_is_a_notice,
        )
        .prelude(NO_WEB_ASSEMBLY),
        Trial::new(
            "the notice for old browsers needs no modern JavaScript",
            the_notice_needs_no_modern_javascript,
        ),
    ]
}

async fn prices_appear_and_move(stage: &mut Stage) {
    let page = &stage.page;
    let first = page
        .until("a price, its sparkline and a headline are there", |now| {
            now.is("open")
                && now.last.is_some()
                && now.sparkline.is_some()
                && now.date.is_some()
                && now.headlines > 0
        })
        .await;
    // AAPL, IBM and MSFT have prices from the first day on, GOOG and FB later.
    assert!(first.symbols >= 3, "rows are missing: {first:#?}");
    let price: f64 = number(first.last.as_deref()).expect("a price has digits");
    assert!(price > 0.0, "a price of {price}");
    let label = first.label.as_deref().unwrap_or_default();
    assert!(
        label.contains("2000") && label.contains("2013") && label.to_lowercase().contains("replay"),
        "the label does not say that this is a replay of 2000 to 2013: {label:?}"
    );

    let moved = page
        .until("the price, its sparkline and the replayed date have moved on", |now| {
            now.last != first.last && now.sparkline != first.sparkline && now.date > first.date
        })
        .await;
    assert!(
        moved.received > first.received,
        "{} received after {}",
        moved.received,
        first.received
    );
    assert_eq!(moved.gaps, 0, "a gap at the start: {moved:#?}");
    moved.assert_whole();
}

async fn nothing_comes_from_elsewhere(stage: &mut Stage) {
    let now =
        stage.page.until("prices are there", |now| now.is("open") && now.last.is_some()).await;
    now.assert_whole();
    let resources: Vec<String> = stage
        .page
        .script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        .await;
    let origin = format!("{}/", stage.proxy.origin());
    assert!(
        resources.iter().any(|url| url.contains(".wasm")),
        "the list of resources has not even the app: {resources:#?}"
    );
    let strange: Vec<_> = resources.iter().filter(|url| !url.starts_with(&origin)).collect();
    assert!(strange.is_empty(), "from elsewhere: {strange:#?}");
}

async fn without_event_source_there_is_a_notice(stage: &mut Stage) {
    // The app is loaded all the same; once it has run, there is still the notice, and no app that waits for ever.
    stage.page.until("the app's program has run", |now| now.started).await;
    assert_only_the_notice(stage).await;
}

async fn without_web_assembly_there_is_a_notice(stage: &mut Stage) {
    assert_only_the_notice(stage).await;
}

async fn assert_only_the_notice(stage: &Stage) {
    let shown: String = stage.page.script("return document.body.innerText").await;
    assert!(
        shown.contains("EventSource") && shown.contains("browser"),
        "no notice, but: {shown:?}"
    );
    assert!(
        !shown.contains("Loading") && !shown.contains("could not start"),
        "more than the notice: {shown:?}"
    );
    let now = stage.page.look().await;
    assert_eq!(now.state, None, "a badge beside the notice, in a page that says: {shown:?}");
}

async fn the_notice_needs_no_modern_javascript(stage: &mut Stage) {
    let scripts: Vec<String> = stage.page.script(CLASSIC_SCRIPTS).await;
    assert!(
        scripts.iter().any(|script| script.contains("unsupported")),
        "which script shows the notice? {scripts:#?}"
    );
    for script in &scripts {
        // Internet Explorer would skip the whole script.
        let modern: Vec<_> = ["=>", "`", "let ", "const ", "class "]
            .iter()
            .filter(|new| script.contains(**new))
            .collect();
        assert!(modern.is_empty(), "{modern:?} in a script that old browsers must read: {script}");
    }
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect::<String>().parse().ok()
}
