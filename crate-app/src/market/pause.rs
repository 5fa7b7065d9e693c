//! The button that holds the page still.

use leptos::prelude::*;

use super::inbox::HELD_ITEMS;
use super::intake::Intake;
use crate::format;
use crate::i18n::text;
use crate::shortcuts::shortcut;

const PAUSE: &str = "M4 2.5h3v11H4zm5 0h3v11H9z";
const RESUME: &str = "M4.5 2.5v11l9-5.5z";

/// Holds the page still and lets it go on; tells how much waits. What comes meanwhile is kept, and beyond a bound at the
/// server, so nothing is lost.
#[component]
pub(crate) fn PauseButton() -> impl IntoView {
    let intake = expect_context::<Intake>();
    let held = intake.held();
    let paused = Memo::new(move |_| held.with(Option::is_some));
    shortcut("p", || text!(market.shortcut_pause).to_owned(), move || intake.toggle());
    let count = move || {
        held.get().map(|held| {
            let more = if held.gave_up { "+" } else { "" };
            let count = format::integer(held.waiting as u64);
            text!(market.waiting, count = format!("{count}{more}"))
        })
    };
    let title = move || match held.get() {
        None => text!(market.pause_title).to_owned(),
        Some(held) if held.gave_up => {
            text!(market.hold_full, count = format::integer(HELD_ITEMS as u64))
        }
        Some(_) => text!(market.resume_title).to_owned(),
    };
    view! {
        <button
            type="button"
            class="pause"
            data-action="pause"
            data-waiting=move || held.get().map_or(0, |held| held.waiting).to_string()
            aria-pressed=move || paused.get().to_string()
            title=title
            on:click=move |_| intake.toggle()
        >
            <svg viewBox="0 0 16 16" aria-hidden="true">
                <path d=move || if paused.get() { RESUME } else { PAUSE }></path>
            </svg>
            <span class="pause-word">
                {move || if paused.get() { text!(market.paused) } else { text!(market.pause) }}
            </span>
            <span class="pause-count number">{count}</span>
        </button>
    }
}
