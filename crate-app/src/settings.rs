//! What the reader has chosen: theme, language, shortcuts. Kept in the browser where it allows that; where it does
//! not, a choice holds until the page is left.

use leptos::prelude::*;
use leptos::web_sys;

use crate::i18n::{self, Locale};

/// Prefix of the keys in `localStorage`; start.js reads the theme under the same name.
const STORAGE: &str = "sse-signals.";

/// Which colours to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    Auto,
    Light,
    Dark,
}

/// The settings, to be read anywhere on the page; the language is [`i18n::locale`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    theme: RwSignal<Theme>,
    shortcuts: RwSignal<bool>,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The name in the storage, in `data-theme` and in the select.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// The one after this, round and round.
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}

impl Settings {
    /// As stored, or else as the browser has it; applied to the page, now and at each change.
    pub(crate) fn load() -> Self {
        let theme = stored("theme").and_then(|name| Theme::from_name(&name)).unwrap_or_default();
        let shortcuts = stored("shortcuts").as_deref() != Some("off");
        let browser: Vec<String> =
            window().navigator().languages().iter().filter_map(|tag| tag.as_string()).collect();
        i18n::set_locale(language(stored("language").as_deref(), &browser));

        let settings = Self { theme: RwSignal::new(theme), shortcuts: RwSignal::new(shortcuts) };
        Effect::new(move |_| set_on_root("lang", i18n::html_lang(i18n::locale())));
        Effect::new(move |_| apply(settings.theme.get()));
        settings
    }

    /// Tracked.
    pub(crate) fn theme(self) -> Theme {
        self.theme.get()
    }

    pub(crate) fn set_theme(self, theme: Theme) {
        store("theme", theme.name());
        self.theme.set(theme);
    }

    pub(crate) fn next_theme(self) {
        self.set_theme(self.theme.get_untracked().next());
    }

    /// Whether single keys are shortcuts. Tracked.
    pub(crate) fn shortcuts(self) -> bool {
        self.shortcuts.get()
    }

    pub(crate) fn set_shortcuts(self, on: bool) {
        store("shortcuts", if on { "on" } else { "off" });
        self.shortcuts.set(on);
    }
}

/// Chooses the language.
pub(crate) fn set_language(locale: Locale) {
    store("language", i18n::code(locale));
    i18n::set_locale(locale);
}

/// Chooses the other language.
pub(crate) fn next_language() {
    set_language(match i18n::locale_untracked() {
        Locale::en => Locale::zh,
        Locale::zh => Locale::en,
    });
}

/// The chosen language, or the first of the browser's that there is, or English.
fn language(stored: Option<&str>, browser: &[String]) -> Locale {
    let mut wishes = stored.into_iter().chain(browser.iter().map(String::as_str));
    wishes.find_map(i18n::from_tag).unwrap_or(Locale::en)
}

/// Applies a theme to the page, and to the browser's frame around it.
fn apply(theme: Theme) {
    set_on_root("data-theme", theme.name());
    for scheme in ["light", "dark"] {
        let media = match theme {
            Theme::Auto => format!("(prefers-color-scheme: {scheme})"),
            theme if theme.name() == scheme => "all".to_owned(),
            _ => "not all".to_owned(),
        };
        let frame = document().query_selector(&format!("meta[data-scheme={scheme}]"));
        if let Ok(Some(frame)) = frame {
            let _ = frame.set_attribute("media", &media);
        }
    }
}

fn set_on_root(attribute: &str, value: &str) {
    if let Some(root) = document().document_element() {
        // Fails for names that no attribute can have.
        let _ = root.set_attribute(attribute, value);
    }
}

/// A page in a sandbox, or a browser that forbids it, has no storage.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// What is stored under a name, by whatever part of the page.
pub(crate) fn stored(name: &str) -> Option<String> {
    storage()?.get_item(&format!("{STORAGE}{name}")).ok().flatten()
}

/// Stores under a name, if that is possible.
pub(crate) fn store(name: &str, value: &str) {
    if let Some(storage) = storage() {
        // Fails where the browser's quota is used up.
        let _ = storage.set_item(&format!("{STORAGE}{name}"), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn themes_go_round_and_their_names_come_back() {
        for theme in Theme::ALL {
            assert_eq!(Theme::from_name(theme.name()), Some(theme));
            assert_eq!(theme.next().next().next(), theme);
        }
        assert_eq!(Theme::from_name("sepia"), None);
    }

    #[test]
    fn a_chosen_language_wins_over_the_browsers() {
        let browser = tags(&["de-DE", "zh-CN", "en-US"]);
        assert_eq!(language(Some("en"), &browser), Locale::en);
        assert_eq!(language(None, &browser), Locale::zh);
    }

    #[test]
    fn a_language_that_there_is_not_leaves_it_to_the_browser_and_then_to_english() {
        assert_eq!(language(Some("tlh"), &tags(&["zh-TW"])), Locale::zh);
        assert_eq!(language(None, &tags(&["de", "fr"])), Locale::en);
        assert_eq!(language(Some(""), &[]), Locale::en);
    }
}
