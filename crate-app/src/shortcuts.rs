//! Single keys as shortcuts, and the sheet that lists them.
//!
//! They can be switched off, as
//! [WCAG 2.1.4](https://www.w3.org/TR/WCAG22/#character-key-shortcuts) asks for: who dictates text would press them
//! without wanting to.

use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlInputElement, KeyboardEvent};
use wasm_bindgen::JsCast;

use crate::i18n::text;
use crate::settings::Settings;

/// Opens and closes the sheet.
const SHEET_KEY: &str = "?";
/// Keys that move along and so may be held down.
const REPEATABLE: [&str; 2] = ["j", "k"];
/// Where keys are text or choose an option.
const FIELDS: &str =
    "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/// The shortcuts that there are, in the context.
#[derive(Clone, Copy)]
pub(crate) struct Shortcuts {
    entries: RwSignal<Vec<Entry>, LocalStorage>,
    sheet: NodeRef<html::Dialog>,
}

#[derive(Clone)]
struct Entry {
    id: u64,
    key: &'static str,
    label: Rc<dyn Fn() -> String>,
    action: Rc<dyn Fn()>,
}

/// What matters of a `keydown` event.
#[derive(Clone, Copy, Debug, Default)]
struct Press<'a> {
    /// [`KeyboardEvent.key`](https://www.w3.org/TR/uievents/#dom-keyboardevent-key).
    key: &'a str,
    /// With Ctrl, Alt or Meta: the browser's or the system's own shortcut.
    modified: bool,
    shift: bool,
    /// The key is being held down.
    repeat: bool,
    /// The focus is where keys are text.
    typing: bool,
    /// Another listener has taken it, or an input method is composing.
    taken: bool,
    /// A modal dialog is open.
    modal: bool,
}

/// Makes `key` (as in `KeyboardEvent.key`) a shortcut for as long as the current owner lives. Of several for one key
/// the last counts.
///
/// # Panics
///
/// Outside of the app, where there is no [`Shortcuts`] in the context.
pub(crate) fn shortcut(
    key: &'static str,
    label: impl Fn() -> String + 'static,
    action: impl Fn() + 'static,
) {
    let entries = expect_context::<Shortcuts>().entries;
    let id = entries.with_untracked(|entries| entries.last().map_or(0, |entry| entry.id + 1));
    let entry = Entry { id, key, label: Rc::new(label), action: Rc::new(action) };
    entries.update(|entries| entries.push(entry));
    on_cleanup(move || {
        // The registry may go with the same owner.
        entries.try_update(|entries| entries.retain(|entry| entry.id != id));
    });
}

impl Shortcuts {
    /// Listens to keys and provides the registry, until the current owner is cleaned up.
    pub(crate) fn provide(settings: Settings) -> Self {
        let shortcuts = Self { entries: RwSignal::new_local(Vec::new()), sheet: NodeRef::new() };
        provide_context(shortcuts);
        let listener = window_event_listener(leptos::ev::keydown, move |event| {
            shortcuts.pressed(&event, untrack(|| settings.shortcuts()));
        });
        on_cleanup(move || listener.remove());
        shortcuts
    }

    /// Opens the sheet, or closes it.
    pub(crate) fn toggle_sheet(self) {
        let Some(sheet) = self.sheet.get_untracked() else { return };
        if sheet.open() {
            sheet.close();
        } else {
            // Fails only for a dialog that is not in the page.
            let _ = sheet.show_modal();
        }
    }

    fn pressed(self, event: &KeyboardEvent, on: bool) {
        let key = event.key();
        let press = Press {
            key: &key,
            modified: event.ctrl_key() || event.alt_key() || event.meta_key(),
            shift: event.shift_key(),
            repeat: event.repeat(),
            typing: event.target().is_some_and(|target| {
                let element = target.dyn_ref::<Element>();
                element.is_some_and(|element| matches!(element.closest(FIELDS), Ok(Some(_))))
            }),
            taken: event.default_prevented() || event.is_composing(),
            modal: matches!(document().query_selector("dialog[open]"), Ok(Some(_))),
        };
        let Some(wanted) = wanted(press).filter(|_| on) else { return };
        if wanted == SHEET_KEY {
            event.prevent_default();
            self.toggle_sheet();
            return;
        }
        // Taken out first: what runs may register shortcuts.
        let action = self.entries.with_untracked(|entries| {
            let entry = entries.iter().rev().find(|entry| entry.key == wanted)?;
            Some(Rc::clone(&entry.action))
        });
        if let Some(action) = action {
            // Or the key would also be typed into a field that the action focuses.
            event.prevent_default();
            action();
        }
    }
}

/// The shortcut's key that a press asks for, if it may.
fn wanted(press: Press<'_>) -> Option<String> {
    let letter = press.key.len() == 1 && press.key.as_bytes()[0].is_ascii_alphabetic();
    // Capitals by Caps Lock are the same key; with Shift they are not, but signs may need it.
    let key = if letter { press.key.to_ascii_lowercase() } else { press.key.to_owned() };
    let kept_from = press.modified
        || press.typing
        || press.taken
        || (letter && press.shift)
        || (press.repeat && !REPEATABLE.contains(&key.as_str()))
        || (press.modal && key != SHEET_KEY);
    (!kept_from).then_some(key)
}

/// The sheet, closed at first.
#[component]
pub(crate) fn ShortcutSheet() -> impl IntoView {
    let Shortcuts { entries, sheet } = expect_context();
    let settings = expect_context::<Settings>();
    let rows = move || {
        let row = |entry: &Entry| view! { <div><dt><kbd>{entry.key}</kbd></dt><dd>{(entry.label)()}</dd></div> };
        entries.get().iter().map(row).collect_view()
    };
    let close = move || {
        if let Some(sheet) = sheet.get_untracked() {
            sheet.close();
        }
    };
    // The dialog's own area is its backdrop: everything in it stands in a child.
    let on_backdrop = move |event: leptos::ev::MouseEvent| {
        if event.target() == event.current_target() {
            close();
        }
    };
    let switch =
        move |event| settings.set_shortcuts(event_target::<HtmlInputElement>(&event).checked());
    view! {
        <dialog
            class="dialog"
            data-testid="shortcuts"
            aria-labelledby="shortcuts-title"
            node_ref=sheet
            on:click=on_backdrop
        >
            <div class="dialog-body">
                <div class="dialog-head">
                    <h2 id="shortcuts-title">{move || text!(shell.shortcuts)}</h2>
                    <button type="button" class="quiet" data-action="close" on:click=move |_| close()>
                        {move || text!(shell.close)}
                    </button>
                </div>
                <dl class="shortcuts" class:off=move || !settings.shortcuts()>
                    {rows}
                    <div><dt><kbd>{SHEET_KEY}</kbd></dt><dd>{move || text!(shell.shortcut_sheet)}</dd></div>
                    <div><dt><kbd>"Esc"</kbd></dt><dd>{move || text!(shell.shortcut_escape)}</dd></div>
                </dl>
                <label class="check">
                    <input type="checkbox" prop:checked=move || settings.shortcuts() on:change=switch/>
                    <span>{move || text!(shell.shortcuts_on)}</span>
                </label>
                <p class="note">{move || text!(shell.shortcuts_note)}</p>
            </div>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Press<'_> {
        Press { key, ..Press::default() }
    }

    #[test]
    fn a_plain_key_is_a_shortcut() {
        for plain in ["j", "/", "1", "?", "ArrowDown"] {
            assert_eq!(wanted(key(plain)).as_deref(), Some(plain));
        }
        assert_eq!(wanted(Press { shift: true, ..key("?") }).as_deref(), Some("?"));
    }

    #[test]
    fn caps_lock_makes_no_difference_and_shift_makes_another_key() {
        assert_eq!(wanted(key("J")).as_deref(), Some("j"));
        assert_eq!(wanted(Press { shift: true, ..key("J") }), None);
    }

    #[test]
    fn no_key_is_taken_from_the_browser_a_field_or_an_input_method() {
        assert_eq!(wanted(Press { modified: true, ..key("r") }), None);
        assert_eq!(wanted(Press { typing: true, ..key("r") }), None);
        assert_eq!(wanted(Press { taken: true, ..key("r") }), None);
    }

    #[test]
    fn only_keys_that_move_along_may_be_held_down() {
        assert_eq!(wanted(Press { repeat: true, ..key("r") }), None);
        assert_eq!(wanted(Press { repeat: true, ..key("j") }).as_deref(), Some("j"));
    }

    #[test]
    fn under_a_modal_dialog_only_the_sheets_own_key_works() {
        assert_eq!(wanted(Press { modal: true, ..key("r") }), None);
        assert_eq!(wanted(Press { modal: true, ..key("?") }).as_deref(), Some("?"));
    }
}
