//! Every text of the page is from the catalogue of its language, or is data.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::{Value, json};

use crate::harness::{Stage, Trial};
use crate::keyboard::ESCAPE;
use crate::page::Page;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("every English text is from the English catalogue", async |stage| {
            every_text_is_from_the_catalogue(stage, "en", "en").await;
        }),
        Trial::new("every Chinese text is from the Chinese catalogue", async |stage| {
            every_text_is_from_the_catalogue(stage, "zh", "zh-Hans").await;
        }),
    ]
}

/// What needs no translation, whole: numbers, signs, symbols, the demo's companies, dates and times as `Intl` writes
/// them.
const DATA: &str = r"^(?x:
    [+−-]?\$?[0-9][0-9,.]*(%|[KMBT]|万|亿)?\+? | [^\p{L}\p{N}]+ | AAPL|FB|GOOG|IBM|MSFT | DATE
    | [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(\ [AP]M)?
)$";
const ENGLISH: &str = r"[A-Z][a-z]{2,8}\ [0-9]{1,2},\ [0-9]{4} | Apple|Facebook|Google|Microsoft";
const CHINESE: &str = r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日 | 苹果|脸书|谷歌|国际商业机器|微软";

/// All texts that can be read, seen or heard, each once: where, and the text. Keys are the same in every language, and
/// what names a language is in that language.
const TEXTS: &str = "
    const names = ['aria-label', 'aria-valuetext', 'aria-description', 'aria-roledescription', 'title', 'placeholder', 'alt'];
    const found = new Map([[document.title, 'title']]);
    const add = (text, where) => {
        text = text.replace(/\\s+/g, ' ').trim();
        if (text && !found.has(text)) found.set(text, where);
    };
    const counts = (element) => !element.closest('script, style, noscript, kbd, [lang]:not(html)')
        && (element.closest('option')?.closest('select') ?? element).getClientRects().length > 0;
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode());) {
        if (counts(text.parentElement)) add(text.data, text.parentElement.cloneNode().outerHTML);
    }
    for (const element of document.querySelectorAll('*')) {
        if (!counts(element)) continue;
        for (const name of names) if (element.hasAttribute(name)) add(element.getAttribute(name), `${name} of ${element.tagName}`);
    }
    return [...found].map(([text, where]) => [where, text]);";

const SELECT: &str = "
    const select = document.querySelector('[data-action=language]');
    select.value = arguments[0];
    select.dispatchEvent(new Event('change', { bubbles: true }));";

async fn every_text_is_from_the_catalogue(stage: &mut Stage, code: &str, lang: &str) {
    let catalogue = Catalogue::read(code);
    let mut used = BTreeSet::new();
    let page = &stage.page;
    page.until("prices and headlines are there", |now| now.symbols >= 3 && now.headlines > 0).await;
    page.script_with::<Value>(SELECT, vec![json!(code)]).await;
    let is_set = |now: &String| now == lang;
    page.wait("the language is set", "return document.documentElement.lang", is_set).await;
    catalogue.check(page, "the page", &mut used).await;
    for (key, selector) in [('c', ":popover-open"), ('?', "dialog[open]")] {
        page.press([key]).await;
        let script = format!("return document.querySelector('{selector}') !== null");
        page.wait("it opens", &script, |open: &bool| *open).await;
        catalogue.check(page, selector, &mut used).await;
        page.press([ESCAPE]).await;
        page.wait("it closes", &script, |open: &bool| !*open).await;
    }
    page.press(['p']).await;
    page.click("[data-action=only-watched]").await;
    catalogue.check(page, "held still, with an empty list of watched symbols", &mut used).await;
    page.goto(&format!("{}/?q=000&kind=streak", stage.proxy.origin())).await;
    // The choice of the language is kept.
    page.until("the page is back", |now| now.is("open")).await;
    page.wait("the language is kept", "return document.documentElement.lang", is_set).await;
    let empty = "return document.querySelectorAll('[data-testid=empty]').length";
    page.wait("nothing fits", empty, |empty: &u32| *empty > 0).await;
    catalogue.check(page, "filters that nothing fits", &mut used).await;
    stage.proxy.refuse().await;
    let alarm = "return document.querySelector('[data-testid=alarm]') !== null";
    page.wait("the alarm is raised", alarm, |raised: &bool| *raised).await;
    page.press(['c']).await;
    catalogue.check(page, "trouble", &mut used).await;
    stage.proxy.accept();
    page.until("the stream is back", |now| now.is("open")).await;
    catalogue.check(page, "after trouble", &mut used).await;
    page.goto(&format!("{}/no/such/page", stage.proxy.origin())).await;
    let not_found = "return document.querySelector('[data-testid=not-found]') !== null";
    page.wait("there is no such page", not_found, |found: &bool| *found).await;
    catalogue.check(page, "a page that is not there", &mut used).await;
    // Enough to know that it was looked at.
    assert!(used.len() > 100, "only {} texts: {used:#?}", used.len());
}

/// The texts of a language.
struct Catalogue {
    /// The parts between placeholders: one part if there are none.
    texts: Vec<Vec<String>>,
    data: Regex,
}

impl Catalogue {
    fn read(code: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .with_file_name("crate-app")
            .join("locales")
            .join(code);
        let mut texts = Vec::new();
        for file in fs::read_dir(&folder).expect("the app has catalogues") {
            let text = fs::read_to_string(file.expect("a file").path()).expect("a catalogue");
            collect(&serde_json::from_str(&text).expect("a catalogue is JSON"), &mut texts);
        }
        // Those with most words first, for they say most.
        texts.sort_by_key(|parts: &Vec<String>| {
            std::cmp::Reverse(parts.iter().map(String::len).sum::<usize>())
        });
        let own = if code == "zh" { CHINESE } else { ENGLISH };
        let data = Regex::new(&DATA.replace("DATE", own)).expect("a sound expression");
        Self { texts, data }
    }

    /// Looks at every text on the page, and adds it to those `used`.
    async fn check(&self, page: &Page, when: &str, used: &mut BTreeSet<String>) {
        let texts: Vec<(String, String)> = page.script(TEXTS).await;
        let strange: Vec<_> =
            texts.iter().filter(|(_, text)| !self.knows(&spaced(text), 0)).collect();
        assert!(strange.is_empty(), "{when}: not from the catalogue: {strange:#?}");
        used.extend(texts.into_iter().map(|(_, text)| text));
    }

    /// Whether it is data, or a text of the catalogue with such in its places, or a few of them in a row.
    fn knows(&self, text: &str, depth: usize) -> bool {
        let row = || {
            let separator = ["⚠ ", " · ", " – "].into_iter().find(|it| text.contains(it))?;
            text.split_once(separator)
        };
        self.data.is_match(text)
            || depth < 4 && self.texts.iter().any(|parts| self.fits(parts, text, depth))
            || row().is_some_and(|(first, rest)| {
                (first.is_empty() || self.knows(first, depth)) && self.knows(rest, depth)
            })
    }

    fn fits(&self, parts: &[String], text: &str, depth: usize) -> bool {
        let [first, rest @ ..] = parts else { return text.is_empty() };
        let Some(text) = text.strip_prefix(first.as_str()) else { return false };
        let Some(next) = rest.first() else { return text.is_empty() };
        // What stands in the place ends where the next part begins, wherever that may be.
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        ends.filter(|&end| end > 0 && text[end..].starts_with(next.as_str())).any(|end| {
            let alone = parts.iter().all(String::is_empty);
            let known = if alone {
                self.data.is_match(&text[..end])
            } else {
                self.knows(&text[..end], depth + 1)
            };
            known && self.fits(rest, &text[end..], depth)
        })
    }
}

fn collect(value: &Value, texts: &mut Vec<Vec<String>>) {
    match value {
        Value::String(text) => {
            let mut parts = text.split("{{");
            let mut all = vec![spaced(parts.next().unwrap_or_default())];
            all.extend(
                parts
                    .map(|part| spaced(part.split_once("}}").expect("a placeholder has an end").1)),
            );
            texts.push(all);
        }
        Value::Object(entries) => entries.values().for_each(|entry| collect(entry, texts)),
        other => panic!("{other} in a catalogue"),
    }
}

/// With plain spaces for those that `Intl` and typography have.
fn spaced(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}
