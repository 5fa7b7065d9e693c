//! The page for those who see little, see nothing, or have no mouse.

use std::fs;

use serde::Deserialize;
use serde_json::Value;

use crate::harness::{Stage, Trial};
use crate::keyboard::{BACKSPACE, DOWN, ENTER, ESCAPE, LEFT, SPACE};
use crate::page::{OBSERVE, Page};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new(
            "axe-core finds nothing, in light and dark, wide and narrow, whatever is open",
            axe_finds_nothing,
        ),
        Trial::new("everything can be done by keyboard alone", everything_by_keyboard)
            .prelude(OBSERVE),
        Trial::new("prices that come in are announced to nobody", ticks_are_not_announced),
    ]
}

/// What axe-core finds, a line each.
pub(super) const AXE: &str = "
    return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
        violations.flatMap(({ id, help, nodes }) => nodes.map((node) =>
            `${id} (${help}): ${node.target.join(' ')}: ${node.html.slice(0, 200)}: ${node.failureSummary}`)));";

pub(super) const THEME: &str = "return document.documentElement.dataset.theme ?? ''";
const IS_OPEN: &str = "
    return [':popover-open', 'dialog[open]'].filter((selector) => document.querySelector(selector));";
/// Transitions that go on: colours in between have contrasts of their own.
pub(super) const MOVING: &str =
    "return document.getAnimations().filter((it) => it.playState === 'running').length";

async fn axe_finds_nothing(stage: &mut Stage) {
    let source = fs::read_to_string(&stage.config.axe).expect("axe-core is installed");
    let page = &stage.page;
    page.until("prices and headlines are there", |now| now.symbols >= 3 && now.headlines > 0).await;
    page.script::<Value>(&format!("{source}; window.axe = axe;")).await;
    // Held still, or a price that flashes would have a contrast of its own.
    page.press(['p']).await;
    for theme in ["light", "dark"] {
        while page.script::<String>(THEME).await != theme {
            page.press(['t']).await;
        }
        for width in [1_400, 500] {
            page.resize(width, 900).await;
            for open in [None, Some('c'), Some('?')] {
                page.press(open).await;
                let is_open = |now: &Vec<String>| now.is_empty() == open.is_none();
                page.wait("it is open", IS_OPEN, is_open).await;
                page.wait("nothing moves", MOVING, |moving: &u32| *moving == 0).await;
                let found: Vec<String> = page.script(AXE).await;
                assert!(found.is_empty(), "{theme}, {width} px, {open:?} open: {found:#?}");
                page.press(open.map(|_| ESCAPE)).await;
                page.wait("it is closed", IS_OPEN, Vec::<String>::is_empty).await;
            }
        }
    }
}

/// The choices, as far as keys can make them.
#[derive(Debug, Deserialize)]
struct State {
    query: String,
    symbol: Option<String>,
    watched: Vec<String>,
    paused: bool,
    range: String,
    /// The day that the crosshair is on.
    day: String,
    open: Vec<String>,
    focus: String,
}

const STATE: &str = "
    const all = (selector) => [...document.querySelectorAll(selector)];
    return {
        query: location.search,
        symbol: all('[data-symbol]:is([aria-current=true], [aria-selected=true])')[0]?.dataset.symbol ?? null,
        watched: all('[data-action=watch][aria-pressed=true]').map((star) => star.closest('[data-symbol]').dataset.symbol),
        paused: document.querySelector('[data-action=pause]').getAttribute('aria-pressed') === 'true',
        range: document.querySelector('[data-testid=chart]')?.dataset.range ?? '',
        day: document.querySelector('[data-testid=chart-readout]')?.dataset.date ?? '',
        open: all(':popover-open, dialog[open]').map((it) => it.dataset.testid),
        focus: document.activeElement.cloneNode().outerHTML,
    };";

async fn state(page: &Page, what: &str, wanted: impl Fn(&State) -> bool) -> State {
    page.wait(what, STATE, wanted).await
}

async fn everything_by_keyboard(stage: &mut Stage) {
    let page = &stage.page;
    page.until("prices and headlines are there", |now| now.symbols >= 3 && now.headlines > 0).await;

    // By Tab.
    page.tab_to("[data-action=pause]").await;
    page.press([SPACE]).await;
    state(page, "held still", |now| now.paused).await;
    page.tab_to("[data-action=connection]").await;
    page.press([ENTER]).await;
    state(page, "the panel is open", |now| now.open == ["connection-panel"]).await;
    page.press([ESCAPE]).await;
    let closed = state(page, "the panel is closed", |now| now.open.is_empty()).await;
    assert!(closed.focus.contains("data-action=\"connection\""), "focus on {}", closed.focus);
    page.tab_to("[data-action=shortcuts]").await;
    page.press([ENTER]).await;
    state(page, "the sheet is open", |now| now.open == ["shortcuts"]).await;
    page.press([ESCAPE]).await;
    let closed = state(page, "the sheet is closed", |now| now.open.is_empty()).await;
    assert!(closed.focus.contains("data-action=\"shortcuts\""), "focus on {}", closed.focus);
    page.tab_to("[data-testid=search]").await;
    page.press("ibm".chars()).await;
    state(page, "IBM is searched for", |now| now.query.contains("q=ibm")).await;
    page.press([BACKSPACE; 3]).await;
    state(page, "the search is empty", |now| !now.query.contains("q=")).await;
    page.tab_to("[data-sort=last]").await;
    page.press([ENTER]).await;
    state(page, "sorted", |now| now.query.contains("sort=")).await;
    page.tab_to("[data-symbol=MSFT] [data-action=watch]").await;
    page.press([SPACE]).await;
    state(page, "Microsoft is watched", |now| now.watched == ["MSFT"]).await;
    page.tab_to("[data-symbol=MSFT] [data-field=symbol] button").await;
    page.press([ENTER]).await;
    state(page, "Microsoft is chosen", |now| now.symbol.as_deref() == Some("MSFT")).await;
    page.tab_to("[name=chart-range]").await;
    let before = state(page, "there is a range", |now| !now.range.is_empty()).await.range;
    page.press([LEFT]).await;
    let first = state(page, "a shorter range is chosen", |now| now.range != before).await;
    page.tab_to("[role=slider]").await;
    page.press([LEFT]).await;
    let day = state(page, "the crosshair is on a day", |now| !now.day.is_empty()).await.day;
    page.press([LEFT]).await;
    state(page, "the crosshair is on the day before", |now| now.day < day).await;
    page.tab_to("[data-filter=kind]").await;
    page.press([DOWN]).await;
    state(page, "a kind is chosen", |now| now.query.contains("kind=")).await;

    // By shortcuts, of which a field or a select takes none.
    page.tab_to("[data-testid=headlines]").await;
    page.press(['/']).await;
    state(page, "the search has the focus", |now| now.focus.contains("data-testid=\"search\""))
        .await;
    page.press("c?p".chars()).await;
    let typed = state(page, "they are typed", |now| now.query.contains("q=c")).await;
    assert!(typed.open.is_empty() && typed.paused, "a shortcut fired in a field: {typed:#?}");
    page.press([BACKSPACE; 3]).await;
    page.press([ESCAPE]).await;
    page.tab_to("[data-sort=last]").await;
    page.press(['j']).await;
    let next = state(page, "the next symbol", |now| now.symbol.as_deref() != Some("MSFT")).await;
    page.press(['k']).await;
    state(page, "the symbol before", |now| now.symbol.as_deref() == Some("MSFT")).await;
    assert!(next.symbol.is_some());
    page.press(['w']).await;
    state(page, "nothing is watched", |now| now.watched.is_empty()).await;
    page.press(['p']).await;
    state(page, "it goes on", |now| !now.paused).await;
    page.press(['5']).await;
    state(page, "another range", |now| now.range != first.range).await;
    page.press(['c']).await;
    state(page, "the panel is open", |now| now.open == ["connection-panel"]).await;
    page.press(['c']).await;
    state(page, "the panel is closed", |now| now.open.is_empty()).await;
    page.press(['?']).await;
    state(page, "the sheet is open", |now| now.open == ["shortcuts"]).await;
    page.press(['?']).await;
    state(page, "the sheet is closed", |now| now.open.is_empty()).await;
    let requests = stage.proxy.counts().stream_requests;
    page.press(['r']).await;
    stage.proxy.until("a new connection", |counts| counts.stream_requests > requests).await;
    page.until("the stream is open again", |now| now.is("open")).await.assert_whole();
}

/// Counts changes in what is announced.
const LISTEN: &str = "
    window.announced = [];
    const live = '[role=status], [role=alert], [role=log], [role=timer], [role=marquee], output, [aria-live]:not([aria-live=off])';
    new MutationObserver((changes) => {
        for (const { target } of changes) {
            const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(live);
            if (region) announced.push(region.outerHTML.slice(0, 300));
        }
    }).observe(document, { subtree: true, childList: true, characterData: true });";

async fn ticks_are_not_announced(stage: &mut Stage) {
    let page = &stage.page;
    let before = page
        .until("prices flow", |now| now.is("open") && now.last.is_some() && now.headlines > 0)
        .await;
    // That it is being loaded is said.
    let drawn = "return document.querySelector('[data-testid=chart][data-state=ready]') !== null";
    page.wait("the chart is there", drawn, |drawn: &bool| *drawn).await;
    page.script::<Value>(LISTEN).await;
    page.until("a hundred more have come", |now| now.received > before.received + 100).await;
    let announced: Vec<String> = page.script("return window.announced").await;
    assert!(announced.is_empty(), "{announced:#?}");
}
