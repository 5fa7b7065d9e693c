//! The page's texts in English and Chinese, from `locales/<language>/<part>.json` by way of `build.rs`, and the
//! language that they are shown in.

use leptos::prelude::*;

include!(concat!(env!("OUT_DIR"), "/i18n.rs"));

pub(crate) use i18n::Locale;

/// A text of the catalogues in the current language: `text!(market.title)`, `text!(shell.attempt, attempt = 3)`.
/// Reading it inside a closure or an effect subscribes to the language.
macro_rules! text {
    ($($key_and_values:tt)+) => {
        leptos_i18n::td_string!($crate::i18n::locale(), $($key_and_values)+)
    };
}
pub(crate) use text;

/// A plain text of the catalogues that follows the language, for a view or an attribute: `label!(market.title)`. All
/// are of one type, so that the code that renders them exists once; closures around [`text!`] are of a type each.
macro_rules! label {
    ($($key:tt)+) => {
        $crate::i18n::follow(|locale| leptos_i18n::td_string!(locale, $($key)+))
    };
}
pub(crate) use label;

/// What [`label!`] makes.
pub(crate) fn follow(
    text: fn(Locale) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + 'static {
    move || text(locale())
}

thread_local! {
    /// The language of the whole page, English until [`set_locale`] is called. There is one page in a thread, so
    /// that texts and numbers need no context to be written.
    static LOCALE: ArcRwSignal<Locale> = ArcRwSignal::new(Locale::en);
}

/// The current language, tracked.
pub(crate) fn locale() -> Locale {
    LOCALE.with(ArcRwSignal::get)
}

/// The current language, not tracked.
pub(crate) fn locale_untracked() -> Locale {
    LOCALE.with(ArcRwSignal::get_untracked)
}

/// Shows every text in another language.
pub(crate) fn set_locale(locale: Locale) {
    LOCALE.with(|current| current.set(locale));
}

/// The language's code in the catalogues, the settings and the select.
pub(crate) const fn code(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "en",
        Locale::zh => "zh",
    }
}

/// What the language calls itself, whatever the page's is.
pub(crate) const fn name(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "English",
        Locale::zh => "中文",
    }
}

/// Every language.
pub(crate) fn all() -> impl Iterator<Item = Locale> {
    <Locale as leptos_i18n::Locale>::get_all().iter().copied()
}

/// The language of a code, or of a tag such as `zh-CN`, whatever its case.
pub(crate) fn from_tag(tag: &str) -> Option<Locale> {
    let language = tag.split('-').next().unwrap_or_default();
    all().find(|locale| language.eq_ignore_ascii_case(code(*locale)))
}

/// The tag for `lang` attributes: the Chinese texts are in simplified characters.
pub(crate) const fn html_lang(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "en",
        Locale::zh => "zh-Hans",
    }
}

/// The tag by which numbers and dates are written: the first of the browser's own for this language, so that a
/// reader in London gets British dates. Of the Chinese ones only those that are written in simplified characters.
#[cfg(any(target_arch = "wasm32", test))]
pub(crate) fn regional(locale: Locale, browser: &[String]) -> String {
    let fits = |tag: &&String| match locale {
        Locale::en => from_tag(tag) == Some(Locale::en),
        Locale::zh => ["zh-cn", "zh-sg", "zh-hans"]
            .iter()
            .any(|simplified| tag.to_ascii_lowercase().starts_with(simplified)),
    };
    browser.iter().find(fits).cloned().unwrap_or_else(|| html_lang(locale).to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn a_text_follows_the_language() {
        assert_eq!(text!(shell.seconds, seconds = 5), "5\u{a0}s");
        set_locale(Locale::zh);
        assert_eq!(text!(shell.seconds, seconds = 5), "5\u{a0}秒");
    }

    /// The sources of the app, one after the other.
    fn sources(folder: &Path) -> String {
        let entries = fs::read_dir(folder).expect("a folder of sources");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths
            .map(|path| {
                if path.is_dir() {
                    sources(&path)
                } else {
                    fs::read_to_string(&path).expect("a source file")
                }
            })
            .collect()
    }

    #[test]
    fn every_text_of_the_catalogues_is_shown_somewhere() {
        let app = Path::new(env!("CARGO_MANIFEST_DIR"));
        // As `rustfmt` may break the line after the opening parenthesis.
        let sources: String = sources(&app.join("src")).split_whitespace().collect();
        let mut seen = 0;
        for part in ["shell", "market", "chart", "lab"] {
            let catalogue = fs::read_to_string(app.join(format!("locales/en/{part}.json")));
            let catalogue = catalogue.expect("a catalogue");
            let texts: BTreeMap<String, serde_json::Value> =
                serde_json::from_str(&catalogue).expect("an object");
            for key in texts.keys() {
                let used = [("text", ")"), ("text", ","), ("label", ")")]
                    .iter()
                    .any(|(name, end)| sources.contains(&format!("{name}!({part}.{key}{end}")));
                assert!(used, "nothing shows {part}.{key}");
                seen += 1;
            }
        }
        assert!(seen > 50, "only {seen} texts");
    }

    #[test]
    fn a_language_is_told_from_codes_and_tags() {
        assert_eq!(from_tag("en"), Some(Locale::en));
        assert_eq!(from_tag("ZH-Hans-CN"), Some(Locale::zh));
        for other in ["", "de", "english", "zhuang"] {
            assert_eq!(from_tag(other), None, "{other}");
        }
        for locale in all() {
            assert_eq!(from_tag(code(locale)), Some(locale));
            assert_eq!(from_tag(html_lang(locale)), Some(locale));
        }
    }

    #[test]
    fn numbers_follow_the_readers_region_within_the_language() {
        let browser = tags(&["de-DE", "zh-TW", "zh-CN", "en-GB", "en"]);
        assert_eq!(regional(Locale::en, &browser), "en-GB");
        assert_eq!(regional(Locale::zh, &browser), "zh-CN");
        assert_eq!(regional(Locale::zh, &tags(&["zh-TW", "en"])), "zh-Hans");
        assert_eq!(regional(Locale::en, &[]), "en");
    }
}
