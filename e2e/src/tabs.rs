//! Several tabs of one browser, and what becomes of them. Each is a window of its own, since all of these are seen: a tab
//! behind another one is hidden, except where the driver does not turn tabs over (WebKitGTK).
//!
//! What the tabs show comes by their reports. That they share a connection they say themselves, in `data-sharing`;
//! that it is one is counted by the proxy.

use std::collections::BTreeMap;

use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::harness::{DEADLINE, Stage};
use crate::processes::Process;
use crate::proxy::Counts;
use crate::reports::{Report, Reports};

/// Of a window, CSS pixels each way.
const SIZE: u32 = 400;

/// What becomes of a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Closed,
    /// Its process is killed. WebKit's driver then ends the session, so there it is the last of all.
    Crashed,
    /// Its process is stopped.
    Frozen,
    /// Frozen by the browser, which tells the page before. Only Chromium can be asked to.
    Suspended,
    /// It shows another page.
    Left,
}

/// A tab as the trial has left it.
#[derive(Debug)]
struct Tab {
    window: WindowHandle,
    /// Once it was looked for.
    process: Option<Process>,
    /// None while it is there.
    away: Option<Fate>,
}

/// The tabs, by their numbers from 1. The first is the stage's page.
pub(crate) struct Tabs<'a> {
    stage: &'a Stage,
    tabs: BTreeMap<usize, Tab>,
    opened: usize,
}

impl<'a> Tabs<'a> {
    /// The one tab that the stage has opened, with [`REPORT`](crate::page::REPORT).
    pub(crate) async fn new(stage: &'a Stage) -> Self {
        let tab = Tab { window: stage.page.window().await, process: None, away: None };
        Self { stage, tabs: BTreeMap::from([(1, tab)]), opened: 1 }
    }

    /// Opens one more, on the same page; its number.
    pub(crate) async fn open(&mut self, origin: &str) -> usize {
        self.opened += 1;
        let window = self.stage.page.open_window().await;
        // What is painted in software takes its time.
        self.stage.page.resize(SIZE, SIZE).await;
        self.stage.page.goto(&format!("{origin}/?tab={}", self.opened)).await;
        self.tabs.insert(self.opened, Tab { window, process: None, away: None });
        self.opened
    }

    /// How many are there and run.
    pub(crate) fn count(&self) -> usize {
        self.here().count()
    }

    /// Lets something become of a tab that is there.
    pub(crate) async fn meet(&mut self, number: usize, fate: Fate) {
        let page = &self.stage.page;
        self.switch_to(number).await;
        match fate {
            Fate::Closed => page.close_window().await,
            Fate::Crashed => {
                let process = self.take_process(number).await;
                process.kill();
                if self.stage.config.engine == "webkit" {
                    page.is_given_up(process);
                }
            }
            Fate::Frozen => {
                let mut process = self.take_process(number).await;
                process.stop();
                self.tab(number).process = Some(process);
            }
            Fate::Suspended => {
                page.devtools("Page.setWebLifecycleState", &json!({ "state": "frozen" })).await;
            }
            Fate::Left => {
                page.script::<Value>("return window.hush()").await;
                page.goto("about:blank").await;
            }
        }
        match fate {
            Fate::Closed | Fate::Crashed => drop(self.tabs.remove(&number)),
            Fate::Frozen | Fate::Suspended | Fate::Left => self.tab(number).away = Some(fate),
        }
        self.stage.proxy.forget(number);
        // A window that is closed is no place to give commands from.
        if fate == Fate::Closed {
            let other = *self.here().next().expect("one tab is left");
            self.switch_to(other).await;
        }
    }

    /// Undoes what has become of a tab.
    pub(crate) async fn bring_back(&mut self, number: usize) {
        self.stage.proxy.forget(number);
        let fate = self.tab(number).away.take();
        if fate == Some(Fate::Frozen) {
            self.tab(number).process.as_mut().expect("a process was stopped").go_on();
        }
        self.switch_to(number).await;
        let page = &self.stage.page;
        match fate {
            Some(Fate::Suspended) => {
                page.devtools("Page.setWebLifecycleState", &json!({ "state": "active" })).await;
                // It was hidden as well.
                page.devtools("Page.bringToFront", &json!({})).await;
            }
            Some(Fate::Left) => page.back().await,
            _ => {}
        }
    }

    /// Hides a tab.
    pub(crate) async fn hide(&self, number: usize) {
        self.switch_to(number).await;
        self.stage.page.minimize().await;
    }

    /// Shows a tab again.
    pub(crate) async fn show(&self, number: usize) {
        self.switch_to(number).await;
        self.stage.page.maximize().await;
    }

    /// Waits until what all tabs that are there report is as wanted, by their numbers, and returns it.
    ///
    /// # Panics
    ///
    /// If that takes longer than [`DEADLINE`].
    pub(crate) async fn until(
        &self,
        what: &str,
        mut wanted: impl FnMut(&Reports) -> bool,
    ) -> Reports {
        let here = |reports: &Reports| -> Option<Reports> {
            self.here().map(|tab| Some((*tab, reports.get(tab)?.clone()))).collect()
        };
        let mut reports = self.stage.proxy.reports();
        let reached = reports.wait_for(|reports| here(reports).is_some_and(|it| wanted(&it)));
        let reached = timeout(DEADLINE, reached).await.ok().and_then(Result::ok);
        let Some(reached) = reached.and_then(|reports| here(&reports)) else { self.give_up(what) };
        reached
    }

    /// Waits until one tab leads, all others follow it, and each gets on from what it had then; returns the leader.
    pub(crate) async fn settle(&self, what: &str) -> usize {
        let before = self.stage.proxy.reports().borrow().clone();
        let gets_on = |report: &Report| {
            let had = before.get(&report.tab).filter(|it| it.life == report.life);
            report.shown.is("open") && report.shown.received > had.map_or(0, |it| it.shown.received)
        };
        let reports = self
            .until(what, |reports| {
                let leaders = reports.values().filter(|report| report.leads()).count();
                let others = reports.values().filter(|report| report.follows()).count();
                leaders == 1 && leaders + others == reports.len() && reports.values().all(gets_on)
            })
            .await;
        *reports.iter().find(|(_, report)| report.leads()).expect("one leads").0
    }

    /// Waits until only the leader has a connection, and those that were stopped while they had one. What the browser does
    /// with that of a tab that it has frozen itself is its own affair.
    pub(crate) async fn until_one_connection(&self) {
        let are = |fate| self.tabs.values().filter(|tab| tab.away == Some(fate)).count();
        let least = 1 + are(Fate::Frozen);
        let wanted = least..=least + are(Fate::Suspended);
        let are_open = |counts: &Counts| wanted.contains(&counts.streams_open);
        if !self.stage.proxy.come(are_open).await {
            self.give_up(&format!("{wanted:?} connections are open"));
        }
    }

    fn give_up(&self, what: &str) -> ! {
        let reports = self.stage.proxy.reports();
        let seen: Vec<String> = reports.borrow().values().map(line).collect();
        let counts = self.stage.proxy.counts();
        panic!("waited {DEADLINE:?} until {what}; {self:?}, {counts:?}, they say {seen:#?}");
    }

    fn here(&self) -> impl Iterator<Item = &usize> {
        self.tabs.iter().filter(|(_, tab)| tab.away.is_none()).map(|(number, _)| number)
    }

    fn tab(&mut self, number: usize) -> &mut Tab {
        self.tabs.get_mut(&number).expect("the tab is open")
    }

    async fn switch_to(&self, number: usize) {
        self.stage.page.switch_to(&self.tabs[&number].window).await;
    }

    /// The process of the tab in the present window.
    async fn take_process(&mut self, number: usize) -> Process {
        match self.tab(number).process.take() {
            Some(process) => process,
            None => Process::of(&self.stage.page, self.stage.config.driver_process).await,
        }
    }
}

impl std::fmt::Debug for Tabs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.tabs.iter().map(|(number, tab)| (number, tab.away))).finish()
    }
}

/// A report in short.
fn line(report: &Report) -> String {
    let Report { tab, sharing, visible, shown, .. } = report;
    format!(
        "{tab}: {} {} visible={visible} received={} lost={} doubled={} gaps={} {:?} {:?}",
        sharing.as_deref().unwrap_or("?"),
        shown.state.as_deref().unwrap_or("?"),
        shown.received,
        shown.lost,
        shown.doubled,
        shown.gaps,
        report.picture(),
        shown.errors,
    )
}
