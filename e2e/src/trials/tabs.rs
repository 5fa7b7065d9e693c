//! All tabs of a browser share one connection, whatever becomes of the tab that has it.

use std::collections::VecDeque;

use crate::harness::{Stage, Trial};
use crate::page::REPORT;
use crate::proxy::INSECURE;
use crate::reports::{Report, Reports};
use crate::tabs::{Fate, Tabs};
use crate::wishes::Wish;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new(
            "tabs share one connection, late ones show the prices at once, and hidden ones hand it over",
            tabs_share_one_connection,
        )
        .prelude(REPORT),
        Trial::new(
            "without a secure context each tab has a connection of its own and says so",
            without_a_secure_context,
        )
        .prelude(REPORT)
        .wish(Wish::InsecureContext)
        // The host of [`INSECURE`].
        .server(&["--allow-host", "ticker.test"]),
        // The last of all: WebKit's driver opens no other session after one whose page has crashed.
        Trial::new(
            "ten tabs lose nothing while the one with the connection is closed, crashes, freezes or leaves, ten times",
            ten_tabs_lose_nothing,
        )
        .prelude(REPORT)
        .wish(Wish::ProcessPerWindow)
        .server(&["--speed", "50"]),
    ]
}

async fn tabs_share_one_connection(stage: &mut Stage) {
    let origin = stage.proxy.origin();
    let mut tabs = Tabs::new(stage).await;
    tabs.settle("prices flow in one tab").await;
    for _ in 0..2 {
        tabs.open(&origin).await;
    }
    let leader = tabs.settle("two more tabs follow").await;

    // While nothing passes, what a late tab shows can only come from the others.
    stage.proxy.silence(true);
    let late = tabs.open(&origin).await;
    tabs.until("the late tab shows what the others show", |reports| {
        reports[&late].follows() && reports[&late].shown.is("open") && agree(reports)
    })
    .await;
    stage.proxy.silence(false);
    tabs.settle("prices go on").await;

    tabs.meet(late, Fate::Closed).await;
    assert_eq!(tabs.settle("nobody minds that a follower is gone").await, leader);
    let counts = stage.proxy.counts();
    assert_eq!((counts.stream_requests, counts.most_streams), (1, 1), "connections ever");

    tabs.hide(leader).await;
    tabs.until("the hidden tab follows one that is seen", |reports| {
        !reports[&leader].visible
            && reports[&leader].follows()
            && reports.values().any(|report| report.leads() && report.visible)
    })
    .await;
    tabs.show(leader).await;
    let seen = tabs.settle("prices go on").await;
    assert_ne!(seen, leader, "a tab that is seen again takes nothing away");
    tabs.until_one_connection().await;
    let all = tabs.until("all tabs are seen", |all| all.values().all(|it| it.visible)).await;
    all.values().for_each(assert_seamless);
}

/// What becomes of each leader. WebKit's driver survives one crash, if nothing is asked of it any more.
const FATES: [Fate; 10] = [
    Fate::Frozen,
    Fate::Closed,
    Fate::Crashed,
    Fate::Left,
    Fate::Closed,
    Fate::Suspended,
    Fate::Left,
    Fate::Closed,
    Fate::Left,
    Fate::Crashed,
];

/// How many others have their fate before a tab comes back from its own.
const AWAY: usize = 3;

async fn ten_tabs_lose_nothing(stage: &mut Stage) {
    let origin = stage.proxy.origin();
    let mut tabs = Tabs::new(stage).await;
    tabs.settle("prices flow in one tab").await;
    for _ in 1..10 {
        tabs.open(&origin).await;
    }
    let mut leader = tabs.settle("nine more tabs follow").await;
    let counts = stage.proxy.counts();
    assert_eq!((counts.stream_requests, counts.most_streams), (1, 1), "connections ever");

    let mut away = VecDeque::new();
    for (turn, fate) in FATES.into_iter().enumerate() {
        let is_last = turn + 1 == FATES.len();
        while away.front().is_some_and(|&(since, _)| is_last || since + AWAY < turn) {
            let (_, tab) = away.pop_front().expect("there is one");
            tabs.bring_back(tab).await;
            leader = tabs.settle(&format!("tab {tab} is back")).await;
        }
        let fate = match fate {
            // The first tab has seen everything, and must be there to say so.
            Fate::Closed | Fate::Crashed | Fate::Left if leader == 1 => Fate::Frozen,
            Fate::Suspended if stage.config.engine != "chromium" => Fate::Frozen,
            Fate::Crashed if stage.config.engine == "webkit" && !is_last => Fate::Closed,
            fate => fate,
        };
        tabs.meet(leader, fate).await;
        if matches!(fate, Fate::Frozen | Fate::Suspended | Fate::Left) {
            away.push_back((turn, leader));
        }
        let gone = leader;
        leader = tabs.settle(&format!("another leads after tab {gone} was {fate:?}")).await;
        tabs.until_one_connection().await;
    }

    stage.proxy.silence(true);
    let all = tabs
        .until("the first tab has had all that has passed, and the others show the same", |all| {
            all[&1].shown.received == stage.proxy.counts().events && agree(all)
        })
        .await;
    assert!(tabs.count() >= 5, "{tabs:?}");
    all.values().for_each(assert_seamless);
}

async fn without_a_secure_context(stage: &mut Stage) {
    let mut tabs = Tabs::new(stage).await;
    for _ in 0..2 {
        tabs.open(INSECURE).await;
    }
    let all = tabs
        .until("each tab is by itself and gets prices", |all| {
            all.values().all(|it| {
                it.sharing.as_deref() == Some("page")
                    && it.shown.is("open")
                    && it.shown.received > 0
            })
        })
        .await;
    stage.proxy.until("each has a connection", |counts| counts.streams_open == all.len()).await;
    for report in all.values() {
        let [warning] = &report.shown.errors[..] else {
            panic!("not one warning: {:#?}", report.shown.errors)
        };
        assert!(warning.contains("secure context"), "{warning}");
    }
}

/// Whether the market looks the same in all tabs.
fn agree(reports: &Reports) -> bool {
    let mut pictures = reports.values().map(Report::picture);
    let first = pictures.next();
    pictures.all(|picture| Some(picture) == first)
}

/// Asserts that a tab has had all that came since it was opened, once, in order, with no word of a gap.
fn assert_seamless(report: &Report) {
    report.shown.assert_whole();
    assert_eq!(report.shown.gaps, 0, "a gap where the server knew the cursor: {report:#?}");
}
