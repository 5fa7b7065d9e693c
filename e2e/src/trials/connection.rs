//! The stream is cut, refused, killed: what the page shows, and that nothing is lost.

use serde_json::Value;

use crate::harness::{Stage, Trial};
use crate::page::{Snapshot, WITNESS};
use crate::proxy::Cut;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("a cut connection shows and loses nothing", a_cut_connection_loses_nothing)
            .prelude(WITNESS),
        Trial::new(
            "the page comes back after a port that refused and loses nothing",
            a_refused_port_comes_back,
        )
        .prelude(WITNESS),
        Trial::new("retry now makes an attempt at once", retry_now_makes_an_attempt_at_once)
            .prelude(WITNESS),
        Trial::new(
            "a server killed and started again shows as a gap and prices go on",
            a_restarted_server_is_a_gap,
        )
        .without_proxy(),
        Trial::new(
            "a server killed behind a proxy and started again shows as a gap and prices go on",
            a_restarted_server_is_a_gap,
        ),
        Trial::new(
            "trouble raises an alarm after five seconds, and is told with its cause once it is over",
            trouble_is_told,
        )
        .prelude(STANDING_CLOCK),
        Trial::new(
            "leaving the page closes the stream and coming back opens it",
            leaving_closes_the_stream,
        ),
    ]
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

/// The page's clock stands, but where it is set, and counts how often it is looked at.
const STANDING_CLOCK: &str = "
    window.clock = performance.now();
    window.looks = 0;
    performance.now = () => { window.looks += 1; return window.clock; };";

/// Whether there is an alarm, and how often the clock was looked at.
const ALARM: &str = "return [document.querySelector('[data-testid=alarm]') !== null, window.looks]";

/// Enough looks at the clock to know that the page has noticed the time: it takes one each second, and more as the state changes.
const LOOKS: u32 = 8;

async fn trouble_is_told(stage: &mut Stage) {
    let page = &stage.page;
    page.until("prices flow", |now| now.is("open") && now.received > 0).await;
    stage.proxy.refuse().await;
    page.until("the badge says that it waits", |now| now.is("waiting")).await;
    page.script::<Value>("window.looks = 0; window.clock += 4_990").await;
    let noticed = |(_, looks): &(bool, u32)| *looks >= LOOKS;
    let (alarm, _) = page.wait("the page has noticed the time", ALARM, noticed).await;
    assert!(!alarm, "an alarm after less than five seconds");
    page.script::<Value>("window.clock += 10").await;
    page.wait("the alarm is raised", ALARM, |(alarm, _): &(bool, u32)| *alarm).await;
    stage.proxy.accept();
    page.script::<Value>("window.clock += 60_000").await;
    page.until("the stream is back", |now| now.is("open")).await;
    page.wait("the alarm is over", ALARM, |(alarm, _): &(bool, u32)| !*alarm).await;

    page.press(['c']).await;
    let entries = "return [...document.querySelectorAll('[data-testid=connection]')].map((it) => it.innerText)";
    let told = page.wait("two connections", entries, |told: &Vec<String>| told.len() == 2).await;
    assert!(told[0].contains("Connected,"), "the newest is not the present one: {told:#?}");
    assert!(told[1].contains("connection lost"), "no cause: {told:#?}");
    page.until("prices flow", |now| now.is("open") && now.received > 0).await.assert_whole();
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
    // Long enough for a connection that was left behind to come back too, as WebKit's would after the server's `retry`.
    let has_gone_on = |now: &Snapshot| now.is("open") && now.received > back.received + 200;
    stage.page.until("prices have gone on for a while", has_gone_on).await.assert_whole();
    assert_eq!(stage.proxy.counts().streams_open, 1, "the app has one connection");
}

/// Ends the stream for good, and waits until the app and the witness have counted the same events: while events come,
/// some are always on their way from one count to the other.
pub(super) async fn until_the_witness_agrees(stage: &mut Stage) -> Snapshot {
    stage.proxy.refuse().await;
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
