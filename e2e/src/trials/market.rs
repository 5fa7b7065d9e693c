//! Prices and headlines: what a reader chooses, and holding the page still.

use serde::Deserialize;
use serde_json::json;

use crate::harness::{Stage, Trial};
use crate::page::{OBSERVE, Page, Snapshot, WITNESS};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new(
            "choices stand in the address, survive a reload, and go back and forward",
            choices_are_in_the_address,
        )
        .prelude(OBSERVE),
        Trial::new("an address with choices that nobody knows shows the page", unknown_choices)
            .prelude(OBSERVE),
        Trial::new(
            "a page held still counts what waits, and nothing is lost as it goes on",
            a_held_page_stands_still,
        )
        .prelude(WITNESS),
        Trial::new(
            "a hold that is full gives the connection up, and nothing is lost as it comes back",
            a_full_hold_gives_the_connection_up,
        )
        .prelude(WITNESS)
        .server(&["--speed", "400"]),
    ]
}

/// The choices as the page shows them, and what they do to it.
#[derive(Debug, Deserialize, PartialEq)]
struct Choices {
    query: String,
    /// The chosen symbol, by its row; none if its row is not there.
    symbol: Option<String>,
    search: String,
    /// `column direction`.
    sorted: String,
    only_watched: String,
    kind: String,
    of: String,
    rows: Vec<String>,
    /// The symbols that the headlines are about.
    headlines_about: Vec<String>,
}

const CHOICES: &str = "
    const find = (selector) => document.querySelector(selector);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const sorted = all('th[aria-sort]').filter((th) => !['none', null].includes(th.getAttribute('aria-sort')));
    return {
        query: location.search,
        symbol: find('[data-symbol]:is([aria-current=true], [aria-selected=true])')?.dataset.symbol ?? null,
        search: find('[data-testid=search]')?.value ?? '',
        sorted: sorted.map((th) => `${th.querySelector('[data-sort]').dataset.sort} ${th.getAttribute('aria-sort')}`).join(),
        only_watched: find('[data-action=only-watched]')?.getAttribute('aria-pressed') ?? '',
        kind: find('[data-filter=kind]')?.value ?? '',
        of: find('[data-filter=symbol]')?.value ?? '',
        rows: all('[data-symbol]').map((row) => row.dataset.symbol),
        headlines_about: [...new Set(all('[data-testid=headline] [data-action=choose]').map((link) => link.title))].sort(),
    };";

/// Chooses in a select as a visitor would.
const SELECT: &str = "
    const select = document.querySelector(arguments[0]);
    select.value = arguments[1];
    select.dispatchEvent(new Event('change', { bubbles: true }));
    return select.value;";

async fn choose(page: &Page, selector: &str, value: &str) {
    let chosen: String = page.script_with(SELECT, vec![json!(selector), json!(value)]).await;
    assert_eq!(chosen, value, "{selector} has no such option");
}

async fn choices(page: &Page, what: &str, wanted: impl Fn(&Choices) -> bool) -> Choices {
    page.wait(what, CHOICES, wanted).await
}

async fn choices_are_in_the_address(stage: &mut Stage) {
    let page = &stage.page;
    // Held still, so that the rows' order does not change by itself.
    page.until("prices and headlines are there", |now| now.symbols >= 3 && now.headlines > 0).await;
    page.click("[data-action=pause]").await;

    let mut visited = vec![choices(page, "the page shows its choices", |_| true).await];
    page.click(r#"[data-symbol="IBM"] [data-field="symbol"] button"#).await;
    visited.push(
        choices(page, "IBM is chosen", |now| {
            now.query.contains("symbol=IBM") && now.symbol.as_deref() == Some("IBM")
        })
        .await,
    );
    page.click("[data-sort=change]").await;
    let sorted = |now: &Choices| now.query.contains("sort=") && now.sorted.starts_with("change ");
    visited.push(choices(page, "the rows are sorted by change", sorted).await);
    choose(page, "[data-filter=kind]", "move").await;
    visited.push(choices(page, "moves alone", |now| now.query.contains("kind=move")).await);
    choose(page, "[data-filter=symbol]", "AAPL").await;
    visited.push(
        choices(page, "headlines about Apple alone", |now| {
            now.query.contains("of=AAPL") && now.headlines_about.iter().all(|it| it == "AAPL")
        })
        .await,
    );
    page.click(r#"[data-symbol="AAPL"] [data-action="watch"]"#).await;
    page.click("[data-action=only-watched]").await;
    visited.push(
        choices(page, "the watched symbol alone", |now| {
            now.query.contains("watched=1") && now.rows == ["AAPL"]
        })
        .await,
    );
    page.click("[data-action=only-watched]").await;
    visited.push(choices(page, "all rows", |now| now.only_watched == "false").await);
    page.click("[data-testid=search]").await;
    page.press("micro".chars()).await;
    let searched = choices(page, "the search finds Microsoft", |now| {
        now.query.contains("q=micro") && now.rows == ["MSFT"]
    })
    .await;
    // What is typed is no step of its own.
    *visited.last_mut().expect("there are some") = searched;

    for before in visited.iter().rev().skip(1) {
        page.back().await;
        choices(page, &format!("back at {}", before.query), |now| now == before).await;
    }
    for after in visited.iter().skip(1) {
        page.forward().await;
        choices(page, &format!("forward at {}", after.query), |now| now == after).await;
    }

    let here = "/?symbol=MSFT&q=o&sort=-last&kind=streak&of=IBM";
    page.goto(&format!("{}{here}", stage.proxy.origin())).await;
    let all = |now: &Choices| {
        now.symbol.as_deref() == Some("MSFT")
            && now.search == "o"
            && now.sorted == "last descending"
            && now.kind == "streak"
            && now.of == "IBM"
            && now.headlines_about.iter().all(|symbol| symbol == "IBM")
    };
    choices(page, "the address' choices", all).await;
    page.reload().await;
    let again = choices(page, "the choices again after a reload", all).await;
    assert_eq!(format!("/{}", again.query), here);
    page.look().await.assert_whole();
}

async fn unknown_choices(stage: &mut Stage) {
    let page = &stage.page;
    let strange = "/?symbol=%3Cb%3E&sort=colour&kind=rumour&of=&watched=yes&q=&more=%FF";
    page.goto(&format!("{}{strange}", stage.proxy.origin())).await;
    let now = choices(page, "all symbols are there", |now| now.rows.len() >= 3).await;
    assert_eq!((now.kind.as_str(), now.of.as_str(), now.only_watched.as_str()), ("", "", "false"));
    page.until("prices flow", |now| now.is("open") && now.headlines > 0).await.assert_whole();
}

/// What the pause button says.
#[derive(Debug, Deserialize)]
struct Pause {
    pressed: String,
    waiting: u64,
    /// All that stands in the market's part of the page.
    shown: String,
}

const PAUSE: &str = "
    const button = document.querySelector('[data-action=pause]');
    return {
        pressed: button.getAttribute('aria-pressed'),
        waiting: Number(button.dataset.waiting),
        shown: document.querySelector('main').innerText + document.querySelector('[data-testid=replayed-date]').innerText,
    };";

async fn a_held_page_stands_still(stage: &mut Stage) {
    let page = &stage.page;
    page.until("prices flow", |now| now.is("open") && now.last.is_some() && now.headlines > 0)
        .await;
    page.click("[data-action=pause]").await;
    let held = page.wait("something waits", PAUSE, |now: &Pause| now.waiting > 0).await;
    assert_eq!(held.pressed, "true");
    let later = page.wait("more waits", PAUSE, |now: &Pause| now.waiting > held.waiting + 50).await;
    assert_eq!(later.shown, held.shown, "the page has moved");
    // A cut meanwhile changes nothing of that.
    stage.proxy.cut(crate::proxy::Cut::Reset).await;
    let count = later.waiting;
    let later =
        page.wait("more waits after a cut", PAUSE, |now: &Pause| now.waiting > count + 50).await;
    assert_eq!(later.shown, held.shown, "the page has moved");

    page.click("[data-action=pause]").await;
    let moved = page.wait("the page moves on", PAUSE, |now: &Pause| now.shown != held.shown).await;
    assert_eq!((moved.pressed.as_str(), moved.waiting), ("false", 0));
    super::connection::until_the_witness_agrees(stage).await.assert_seamless();
}

async fn a_full_hold_gives_the_connection_up(stage: &mut Stage) {
    let page = &stage.page;
    page.until("prices flow", |now| now.is("open") && now.last.is_some()).await;
    page.click("[data-action=pause]").await;
    let given_up = |now: &Snapshot| now.is("paused");
    let full = page.until("the hold is full", given_up).await;
    stage.proxy.until("the connection is closed", |counts| counts.streams_open == 0).await;
    page.click("[data-action=pause]").await;
    page.until("the stream is back, and more comes", |now| {
        now.is("open") && now.received > full.received
    })
    .await;
    super::connection::until_the_witness_agrees(stage).await.assert_seamless();
}
