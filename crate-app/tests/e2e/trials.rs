//! What the page must do, each as a sentence.

use crate::harness::{Stage, Trial};
use crate::page::{OBSERVE, Snapshot, WITNESS};
use crate::proxy::Cut;

const NO_EVENT_SOURCE: &str = "delete window.EventSource; window.EventSource = undefined;
    addEventListener('TrunkApplicationStarted', function () { window.started = true; });";
const NO_WEB_ASSEMBLY: &str = "delete window.WebAssembly; window.WebAssembly = undefined;";

/// The texts of all scripts but modules, which old browsers leave alone.
const CLASSIC_SCRIPTS: &str = "
    const scripts = [...document.querySelectorAll('script:not([type=module])')];
    return Promise.all(scripts.map((script) => script.src ? fetch(script.src).then((file) => file.text()) : script.text));";

/// Every trial, in the order in which they run.
pub(crate) fn all() -> Vec<Trial> {
    let trial = |name, prelude, run| Trial { name, prelude, direct: false, run };
    vec![
        trial("prices appear and move", None, |stage| Box::pin(prices_appear_and_move(stage))),
        trial(
            "nothing on the page comes from elsewhere and nothing complains",
            Some(OBSERVE),
            |stage| Box::pin(nothing_comes_from_elsewhere(stage)),
        ),
        trial("a cut connection shows and loses nothing", Some(WITNESS), |stage| {
            Box::pin(a_cut_connection_loses_nothing(stage))
        }),
        trial(
            "the page comes back after a port that refused and loses nothing",
            Some(WITNESS),
            |stage| Box::pin(a_refused_port_comes_back(stage)),
        ),
        trial("retry now makes an attempt at once", Some(WITNESS), |stage| {
            Box::pin(retry_now_makes_an_attempt_at_once(stage))
        }),
        Trial {
            name: "a server killed and started again shows as a gap and prices go on",
            prelude: None,
            direct: true,
            run: |stage| Box::pin(a_restarted_server_is_a_gap(stage)),
        },
        trial(
            "a server killed behind a proxy and started again shows as a gap and prices go on",
            None,
            |stage| Box::pin(a_restarted_server_is_a_gap(stage)),
        ),
        trial("leaving the page closes the stream and coming back opens it", None, |stage| {
            Box::pin(leaving_closes_the_stream(stage))
        }),
        trial("a browser without EventSource gets a notice", Some(NO_EVENT_SOURCE), |stage| {
            Box::pin(without_event_source_there_is_a_notice(stage))
        }),
        trial("a browser without WebAssembly gets a notice", Some(NO_WEB_ASSEMBLY), |stage| {
            Box::pin(without_web_assembly_there_is_a_notice(stage))
        }),
        trial("the notice for old browsers needs no modern JavaScript", None, |stage| {
            Box::pin(the_notice_needs_no_modern_javascript(stage))
        }),
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

async fn a_cut_connection_loses_nothing(stage: &mut Stage) {
    let page = &stage.page;
    let mut now = page.until("prices flow", |now| now.is("open") && now.received > 0).await;
    for how in [Cut::Reset, Cut::Closed, Cut::Reset, Cut::Closed, Cut::Reset] {
        let before = now.states.len();
        let requests = stage.proxy.counts().stream_requests;
        stage.proxy.cut(how).await;
        now = page
            .until("the badge has left `open` and come back", |now| {
                now.states.len() > before && now.is("open")
            })
            .await;
        let between = &now.states[before..now.states.len() - 1];
        assert!(
            !between.is_empty() && between.iter().all(|state| is_trying(state)),
            "{how:?}: {:?}",
            now.states
        );
        assert!(stage.proxy.counts().stream_requests > requests, "`open` without a new request");
        let received = now.received;
        now = page.until("more is received", |now| now.received > received).await;
    }
    until_the_witness_agrees(stage).await.assert_seamless();
}

async fn a_refused_port_comes_back(stage: &mut Stage) {
    let before = stage.page.until("prices flow", |now| now.is("open") && now.received > 0).await;
    stage.proxy.refuse().await;
    let waiting = stage
        .page
        .until("the badge says that it waits, and which attempt comes", |now| {
            now.is("waiting") && now.badge.contains("attempt ")
        })
        .await;
    stage
        .page
        .until("the badge counts on", |now| now.is("waiting") && now.badge != waiting.badge)
        .await;
    stage.proxy.accept();
    let open = stage
        .page
        .until("the stream is back", |now| now.is("open") && now.received > before.received)
        .await;
    let between = &open.states[before.states.len()..open.states.len() - 1];
    assert!(
        between.iter().all(|state| is_trying(state)),
        "while the port refused: {:?}",
        open.states
    );
    until_the_witness_agrees(stage).await.assert_seamless();
}

async fn retry_now_makes_an_attempt_at_once(stage: &mut Stage) {
    stage.page.until("prices flow", |now| now.is("open") && now.received > 0).await;
    stage.proxy.refuse().await;
    stage.page.click(r#"[data-action="retry"]"#).await;
    let clicked = stage.page.until("the click is done", |now| !clicks(now).is_empty()).await;
    assert_eq!(clicks(&clicked), [1], "connections that the click made at once");
    stage.proxy.accept();
    stage
        .page
        .until("the stream is back", |now| now.is("open") && now.received > clicked.received)
        .await;
    until_the_witness_agrees(stage).await.assert_seamless();
}

async fn a_restarted_server_is_a_gap(stage: &mut Stage) {
    let before = stage.page.until("prices flow", |now| now.is("open") && now.received > 0).await;
    assert_eq!((before.gaps, &before.gap_notice), (0, &None), "a gap at the start: {before:#?}");
    stage.server.kill().await;
    stage.page.until("the badge says that it waits", |now| now.is("waiting")).await;
    let config = stage.config.clone();
    stage.server.restart(&config).await;
    let back = stage
        .page
        .until("the stream is back and the gap is told", |now| {
            now.is("open")
                && now.gaps >= 1
                && now.gap_notice.as_deref().is_some_and(|text| !text.is_empty())
        })
        .await;
    let between = &back.states[before.states.len()..back.states.len() - 1];
    assert!(
        between.iter().all(|state| is_trying(state)),
        "while the server was gone: {:?}",
        back.states
    );
    let on = stage
        .page
        .until("prices go on", |now| {
            now.is("open") && now.last != back.last && now.received > back.received
        })
        .await;
    assert_eq!(on.gaps, 1, "one restart is one gap: {on:#?}");
    on.assert_whole();
}

async fn leaving_closes_the_stream(stage: &mut Stage) {
    stage.page.until("prices flow", |now| now.is("open") && now.received > 0).await;
    assert_eq!(stage.proxy.counts().streams_open, 1, "the app has one connection");
    stage.page.goto("about:blank").await;
    stage.proxy.until("the stream is closed", |counts| counts.streams_open == 0).await;

    stage.page.back().await;
    stage.page.observe().await;
    let back =
        stage.page.until("the page is back", |now| now.is("open") && now.last.is_some()).await;
    let on = stage.page.until("prices go on", |now| now.is("open") && now.last != back.last).await;
    on.assert_whole();
    assert_eq!(stage.proxy.counts().streams_open, 1, "the app has one connection");
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

/// Waits until the app and the witness have counted the same events.
async fn until_the_witness_agrees(stage: &Stage) -> Snapshot {
    let agrees =
        |now: &Snapshot| now.witness.as_ref().is_some_and(|witness| witness.seen == now.received);
    stage.page.until("the app has counted every event that came", agrees).await
}

/// The states between two connections, of which none claims to be connected or to have given up.
fn is_trying(state: &str) -> bool {
    matches!(state, "waiting" | "connecting")
}

fn clicks(now: &Snapshot) -> &[u64] {
    now.witness.as_ref().map_or(&[], |witness| &witness.clicks)
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect::<String>().parse().ok()
}
