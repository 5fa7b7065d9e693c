//! Real key events, as a visitor without a mouse makes them.

use fantoccini::Client;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use serde::Deserialize;

use crate::page::Page;

/// Keys that are no characters, [as WebDriver writes them](https://www.w3.org/TR/webdriver2/#keyboard-actions).
pub(crate) const BACKSPACE: char = '\u{e003}';
pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const ESCAPE: char = '\u{e00c}';
pub(crate) const SPACE: char = ' ';
pub(crate) const LEFT: char = '\u{e012}';
pub(crate) const DOWN: char = '\u{e015}';

/// More than there is to focus.
const MOST_TABS: usize = 120;

/// What has the focus: how it can be told from others, and whether it shows that it has the focus.
const FOCUSED: &str = "
    const element = document.activeElement;
    const ring = (part) => {
        const style = getComputedStyle(element, part);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
    };
    const shows = element.matches(':focus-visible') && [null, '::before', '::after'].some(ring);
    return { tag: element.cloneNode().outerHTML, shows, wanted: element.matches(arguments[0]) };";

#[derive(Debug, Deserialize)]
struct Focused {
    tag: String,
    shows: bool,
    wanted: bool,
}

/// Presses and releases keys, one after the other.
pub(crate) async fn press(client: &Client, keys: impl IntoIterator<Item = char>) {
    let mut actions = KeyActions::new("keyboard".to_owned());
    for value in keys {
        actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
    }
    client.perform_actions(actions).await.expect("keys can be pressed");
}

impl Page {
    /// Presses Tab until the focus is on what is wanted. On its way there it must always be seen.
    ///
    /// # Panics
    ///
    /// If it never gets there, or can't be seen somewhere.
    pub(crate) async fn tab_to(&self, selector: &str) {
        let mut way = Vec::new();
        for _ in 0..MOST_TABS {
            self.press([TAB]).await;
            let focused: Focused = self.script_with(FOCUSED, vec![selector.into()]).await;
            // Between the last and the first the focus is with the browser, or on the whole page.
            let on_page = focused.tag.starts_with("<body");
            assert!(focused.shows || on_page, "the focus does not show on {}", focused.tag);
            way.push(focused.tag);
            if focused.wanted {
                return;
            }
        }
        panic!("{selector} gets no focus by Tab; on the way: {way:#?}");
    }
}
