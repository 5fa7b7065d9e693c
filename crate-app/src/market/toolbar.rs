//! Search and watchlist above the table.

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;

use super::address::bounded_query;
use super::choices::Step;
use super::page::Screen;
use crate::i18n::{label, text};
use crate::shortcuts::shortcut;

#[component]
pub(super) fn Toolbar() -> impl IntoView {
    let Screen { choices, .. } = expect_context();
    let query = choices.select(|view| view.query.clone());
    let only_watched = choices.select(|view| view.only_watched);
    let field = NodeRef::<Input>::new();
    shortcut(
        "/",
        || text!(market.shortcut_search).to_owned(),
        move || {
            if let Some(field) = field.get_untracked() {
                // Fails for elements that can't have the focus.
                let _ = field.focus();
                field.select();
            }
        },
    );
    let search = move |text: &str| {
        choices.change(Step::Replace, |view| view.query = bounded_query(text));
    };
    // Not every browser clears the field by itself.
    let clear_on_escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && query.with_untracked(|query| !query.is_empty()) {
            event.prevent_default();
            event.stop_propagation();
            search("");
        }
    };
    view! {
        <div class="toolbar">
            <input
                type="search"
                class="search"
                data-testid="search"
                name="q"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                enterkeyhint="search"
                dir="auto"
                node_ref=field
                aria-label=label!(market.search)
                placeholder=label!(market.search_hint)
                prop:value=move || query.get()
                on:input=move |event| search(&event_target_value(&event))
                on:keydown=clear_on_escape
            />
            <button
                type="button"
                class="toggle"
                data-action="only-watched"
                aria-pressed=move || only_watched.get().to_string()
                on:click=move |_| {
                    choices.change(Step::Push, |view| view.only_watched = !view.only_watched);
                }
            >
                <span class="star" aria-hidden="true">"★"</span>
                {label!(market.only_watched)}
            </button>
        </div>
    }
}
