//! The notice of a gap.

use leptos::prelude::*;

use super::Model;

/// Tells of the last gap until the reader dismisses it.
#[component]
pub(crate) fn GapNotice() -> impl IntoView {
    let gap_at = expect_context::<Model>().gap_at;
    view! {
        // The live region stands before its content comes, or it would not be announced.
        <div role="status">
            {move || {
                gap_at.get().map(|time| view! {
                    <p class="notice" data-testid="gap-notice">
                        <span class="arrow" aria-hidden="true">"⚠\u{fe0e}"</span>
                        <span>
                            "The server restarted or could not resume; earlier events may be missing ("
                            <span class="number">{time}</span> ")."
                        </span>
                        <button type="button" data-action="dismiss" on:click=move |_| gap_at.set(None)>
                            "Dismiss"
                        </button>
                    </p>
                })
            }}
        </div>
    }
}
