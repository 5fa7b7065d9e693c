//! What the page may do, and what comes over the wire may not.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::harness::{Stage, Trial};
use crate::http;
use crate::page::{OBSERVE, Page};

/// Each stream of the page carries what the trial writes into it, and nothing else.
const WRITTEN_BY_HAND: &str = "
    window.EventSource = new Proxy(window.EventSource, {
        construct(target, [url, ...rest]) {
            const written = new URL(url, document.baseURI);
            written.searchParams.set('fault', 'manual');
            written.searchParams.set('key', 'wire');
            return Reflect.construct(target, [written.href, ...rest]);
        },
    });";

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new(
            "the page's policy is strict, and all of the page keeps to it",
            the_policy_holds,
        )
        .prelude(OBSERVE),
        Trial::new("a script that others put into the page does not run", no_other_script_runs),
        Trial::new(
            "markup, marks of direction and a very long line from the wire are text",
            what_comes_over_the_wire_is_text,
        )
        .prelude(WRITTEN_BY_HAND)
        .server(&["--faults"]),
    ]
}

async fn the_policy_holds(stage: &mut Stage) {
    let answer = http::get(stage.server.address(), "/", "").await.all().await;
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let policy = head
        .lines()
        .find_map(|line| line.strip_prefix("content-security-policy: "))
        .unwrap_or_else(|| panic!("no policy: {head}"));
    for strict in ["default-src 'none'; ", "style-src 'self'; ", "connect-src 'self'; "] {
        assert!(policy.contains(strict), "{strict} is not in {policy}");
    }
    for lax in ["'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"] {
        assert!(!policy.contains(lax), "{lax} in {policy}");
    }
    // Whatever there is to open, choose and hold is used; a violation is among the errors.
    let page = &stage.page;
    page.until("the page is whole", |now| {
        now.is("open") && now.last.is_some() && now.headlines > 0
    })
    .await;
    for key in ["t", "t", "t", "g", "g", "j", "k", "w", "2", "5", "p", "p", "c", "c", "?", "?"] {
        page.press(key.chars()).await;
    }
    page.click(r#"[data-symbol="MSFT"] [data-field="symbol"] button"#).await;
    page.click("[data-sort=volume]").await;
    let before = page.look().await;
    page.until("prices go on", |now| now.received > before.received && now.last != before.last)
        .await
        .assert_whole();
}

const INJECT: &str = r#"
    window.violations = 0;
    addEventListener('securitypolicyviolation', () => window.violations += 1);
    const script = document.createElement('script');
    script.text = 'window.intruder = "script"';
    document.body.append(script);
    const image = document.createElement('div');
    image.innerHTML = '<img src="data:," onerror="window.intruder = \'handler\'"><p style="color: red">';
    document.body.append(image);
    const style = document.createElement('style');
    style.textContent = 'body { --intruder: 1 }';
    document.body.append(style);"#;

/// Intruders and violations.
const INTRUDERS: &str = "
    return [window.intruder ?? '', getComputedStyle(document.body).getPropertyValue('--intruder'), window.violations];";

async fn no_other_script_runs(stage: &mut Stage) {
    let page = &stage.page;
    page.until("the page is open", |now| now.is("open")).await;
    page.script::<Value>(INJECT).await;
    let seen: (String, String, u64) =
        page.wait("all four are refused", INTRUDERS, |(_, _, violations)| *violations >= 4).await;
    assert_eq!((seen.0.as_str(), seen.1.as_str()), ("", ""));
}

/// Symbols as an attacker would have them.
const SYMBOLS: [&str; 5] = [
    "<img src=x onerror=\"window.intruder=1\">",
    "<script>window.intruder=1</script>",
    "\u{202e}\u{2067}evil\u{200f}",
    "&lt;b&gt;\0\u{1b}[31m{{ symbol }}",
    "javascript:window.intruder=1//",
];

fn quote(sequence: usize, symbol: &str) -> String {
    let data = json!({
        "sequence": sequence, "symbol": symbol, "date": "2001-02-03", "open": 1.0, "high": 2.0, "low": 0.5,
        "close": 1.5, "adjusted_close": 1.5, "change": 0.01, "volume": 1000,
    });
    format!("event: quote\nid: e2e-q{sequence}\ndata: {data}\n\n")
}

fn news(sequence: usize, symbol: &str) -> String {
    let data = json!({
        "sequence": sequence, "symbol": symbol, "date": "2001-02-03",
        "kind": { "volume-spike": { "volume": 5000, "times": 4.5 } },
    });
    format!("event: news\nid: e2e-n{sequence}\ndata: {data}\n\n")
}

/// What the wire has done to the page.
#[derive(Debug, Deserialize)]
struct Effect {
    symbols: Vec<String>,
    headlines: usize,
    /// Elements that the page itself never makes.
    strange: usize,
    intruder: bool,
    /// How many CSS pixels the page is wider than its window.
    too_wide: i64,
    /// Headlines whose sentence does not run from left to right.
    turned: usize,
}

const EFFECT: &str = "
    const turned = (headline) => {
        const walker = document.createTreeWalker(headline.querySelector('p'), NodeFilter.SHOW_TEXT);
        for (let text; (text = walker.nextNode());) {
            const start = text.data.indexOf('5');
            if (text.parentElement.closest('button') || start < 0) continue;
            const left = (at) => {
                const range = document.createRange();
                range.setStart(text, at);
                range.setEnd(text, at + 1);
                return range.getBoundingClientRect().left;
            };
            return left(start + 1) <= left(start);
        }
        return true;
    };
    const headlines = [...document.querySelectorAll('[data-testid=headline]')];
    const root = document.documentElement;
    return {
        symbols: [...document.querySelectorAll('[data-symbol]')].map((row) => row.dataset.symbol),
        headlines: headlines.length,
        strange: document.querySelectorAll('main img, main script, main b, main iframe').length,
        intruder: 'intruder' in window,
        too_wide: root.scrollWidth - root.clientWidth,
        turned: headlines.filter(turned).length,
    };";

async fn what_comes_over_the_wire_is_text(stage: &mut Stage) {
    let page = &stage.page;
    page.until("the stream is open", |now| now.is("open")).await;
    let long = "W".repeat(100_000);
    let symbols: Vec<&str> = SYMBOLS.into_iter().chain([long.as_str(), "AAPL"]).collect();
    for (index, symbol) in symbols.iter().enumerate() {
        let text = quote(index + 1, symbol) + &news(index + 1, symbol);
        let body = json!({ "text": text });
        let answer = http::post(stage.server.address(), "/faults/keys/wire/events", &body).await;
        assert!(answer.ends_with(r#"{"streams":1}"#), "{answer}");
    }
    let all = |now: &Effect| now.symbols.len() == symbols.len() && now.headlines == symbols.len();
    for (width, height) in [(1_400, 900), (500, 900)] {
        page.resize(width, height).await;
        let now = page.wait("each is a row and a headline", EFFECT, all).await;
        for symbol in &symbols {
            assert!(now.symbols.iter().any(|shown| shown == symbol), "{symbol:.100} is not itself");
        }
        assert!(!now.intruder && now.strange == 0, "markup has become part of the page");
        assert_eq!(now.turned, 0, "headlines that run backwards");
        assert!(now.too_wide <= 0, "{} px too wide at {width}", now.too_wide);
        // The longest of all is chosen, so that the chart and the address have it too.
        choose_last_but_one(page).await;
    }
    let whole = page.look().await;
    assert_eq!(whole.received, 2 * symbols.len() as u64);
    whole.assert_whole();
}

async fn choose_last_but_one(page: &Page) {
    let click = "document.querySelectorAll('[data-symbol] [data-field=symbol] button').forEach((button) => {
        if (button.closest('[data-symbol]').dataset.symbol.length > 1000) button.click();
    });";
    page.script::<Value>(click).await;
}
