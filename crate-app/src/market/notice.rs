//! The notice of a gap.

use leptos::prelude::*;

use super::Model;
use crate::app::focus_main;
use crate::format;
use crate::i18n::{label, text};

/// Tells of the last gap until the reader dismisses it.
#[component]
pub(crate) fn GapNotice() -> impl IntoView {
    let gap_at = expect_context::<Model>().gap_at;
    let dismiss = move |_| {
        // The button goes; the focus must not go with it.
        focus_main();
        gap_at.set(None);
    };
    view! {
        // The live region stands before its content comes, or it would not be announced.
        <div role="status">
            {move || {
                gap_at.get().map(|time| view! {
                    <p class="notice" data-testid="gap-notice">
                        <span class="arrow" aria-hidden="true">"⚠\u{fe0e}"</span>
                        <span>{move || text!(market.gap, time = format::time_of_day(time))}</span>
                        <button type="button" data-action="dismiss" on:click=dismiss>
                            {label!(market.dismiss)}
                        </button>
                    </p>
                })
            }}
        </div>
    }
}
