//! The page by itself: what it shows, what it loads, what browsers get that cannot run it.

use serde::Deserialize;

use crate::harness::{Stage, Trial};
use crate::page::{OBSERVE, Snapshot};

const NO_EVENT_SOURCE: &str = "delete window.EventSource; window.EventSource = undefined;
    addEventListener('TrunkApplicationStarted', function () { window.started = true; });";
const NO_WEB_ASSEMBLY: &str = "delete window.WebAssembly; window.WebAssembly = undefined;";

const RESOURCES: &str =
    "return performance.getEntriesByType('resource').map((entry) => entry.name)";

/// How many days the chart shows.
const CHART: &str =
    "return Number(document.querySelector('[data-testid=chart]')?.dataset.points ?? 0)";

/// The texts of all scripts in the page as it is served, but modules, which old browsers leave alone.
const CLASSIC_SCRIPTS: &str = "
    return fetch('./').then((page) => page.text()).then((html) => {
        const page = new DOMParser().parseFromString(html, 'text/html');
        const scripts = [...page.querySelectorAll('script:not([type=module])')];
        return Promise.all(scripts.map((script) => script.src
            ? fetch(script.getAttribute('src')).then((file) => file.text()) : script.text));
    });";

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("prices appear and move", prices_appear_and_move),
        Trial::new(
            "nothing on the page comes from elsewhere and nothing complains",
            nothing_comes_from_elsewhere,
        )
        .prelude(OBSERVE),
        Trial::new(
            "below a path that a proxy takes off everything is there, on any page",
            everything_is_there_below_a_path,
        )
        .below("/some/path"),
        Trial::new(
            "the page can be installed: its manifest and icons are sound",
            it_can_be_installed,
        ),
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
    let resources: Vec<String> = stage.page.script(RESOURCES).await;
    let origin = format!("{}/", stage.proxy.origin());
    assert!(
        resources.iter().any(|url| url.contains(".wasm")),
        "the list of resources has not even the app: {resources:#?}"
    );
    let strange: Vec<_> = resources.iter().filter(|url| !url.starts_with(&origin)).collect();
    assert!(strange.is_empty(), "from elsewhere: {strange:#?}");
}

async fn everything_is_there_below_a_path(stage: &mut Stage) {
    let page = &stage.page;
    let whole = |now: &Snapshot| now.is("open") && now.last.is_some() && now.headlines > 0;
    page.until("the page is whole", whole).await;
    // Its program is another file, loaded once there is something to draw.
    page.wait("the chart is drawn", CHART, |points: &u64| *points > 0).await;

    page.goto(&format!("{}/some/path/no/such/page?x=/y", stage.proxy.origin())).await;
    page.observe().await;
    let not_found = "return document.querySelector('[data-testid=not-found] a') !== null";
    page.wait("there is no such page", not_found, |found: &bool| *found).await;
    page.until("the stream is open there too", |now| now.is("open") && now.received > 0).await;
    page.click("[data-testid=not-found] a").await;
    page.until("the page is whole", whole).await.assert_whole();
    let path: String = page.script("return location.pathname").await;
    assert_eq!(path, "/some/path/");
    let resources: Vec<String> = page.script(RESOURCES).await;
    let below = format!("{}/some/path/", stage.proxy.origin());
    let strange: Vec<_> = resources.iter().filter(|url| !url.starts_with(&below)).collect();
    assert!(strange.is_empty(), "not below the path: {strange:#?}");
}

/// The manifest with its address, and for each icon, those of the page too: type, width and height as loaded.
const MANIFEST: &str = "
    const link = document.querySelector('link[rel=manifest]');
    const answer = await fetch(link.href);
    const manifest = await answer.json();
    const size = (url) => new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
        image.onerror = () => resolve([0, 0]);
        image.src = url;
    });
    const icon = async (href, type, sizes) => {
        const url = new URL(href, answer.url);
        return { url: url.href, type, sizes, served: (await fetch(url)).headers.get('content-type'), size: await size(url.href) };
    };
    const listed = manifest.icons.map(({ src, type, sizes }) => icon(src, type, sizes));
    const linked = [...document.querySelectorAll('link[rel~=icon], link[rel=apple-touch-icon]')]
        .map(({ href, type }) => icon(href, type || null, null));
    return {
        type: answer.headers.get('content-type'),
        name: manifest.name,
        display: manifest.display,
        start: new URL(manifest.start_url, answer.url).href,
        icons: await Promise.all([...listed, ...linked]),
    };";

#[derive(Debug, Deserialize)]
struct Manifest {
    r#type: String,
    name: String,
    display: String,
    start: String,
    icons: Vec<Icon>,
}

#[derive(Debug, Deserialize)]
struct Icon {
    url: String,
    r#type: Option<String>,
    sizes: Option<String>,
    served: String,
    size: (u32, u32),
}

async fn it_can_be_installed(stage: &mut Stage) {
    let manifest: Manifest =
        stage.page.script(&format!("return (async () => {{ {MANIFEST} }})()")).await;
    assert_eq!(manifest.r#type, "application/manifest+json");
    assert!(!manifest.name.is_empty());
    assert_eq!(manifest.display, "standalone");
    assert_eq!(manifest.start, format!("{}/", stage.proxy.origin()));
    for icon in &manifest.icons {
        let (width, height) = icon.size;
        assert!(width > 0 && width == height, "{icon:?}");
        assert!(icon.r#type.as_ref().is_none_or(|said| *said == icon.served), "{icon:?}");
        let pixels = format!("{width}x{height}");
        let said = icon.sizes.as_deref().unwrap_or("any");
        assert!(said.split(' ').any(|size| size == "any" || size == pixels), "{icon:?}");
    }
    // What browsers ask for before they offer to install a page.
    for size in ["192x192", "512x512"] {
        let there =
            |icon: &&Icon| icon.sizes.as_deref() == Some(size) && icon.url.ends_with(".png");
        assert!(manifest.icons.iter().any(|icon| there(&icon)), "no icon of {size}: {manifest:#?}");
    }
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
