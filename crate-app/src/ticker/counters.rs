//! The counters: what the page received, and what it did not.

use leptos::prelude::*;

use super::Model;
use crate::accounting::Tally;
use crate::app::Connection;
use crate::format;

/// The panel with the stream's figures.
#[component]
pub(crate) fn Counters() -> impl IntoView {
    let error = expect_context::<Connection>().error();
    view! {
        <section class="panel counters" aria-labelledby="counters-title">
            <h2 id="counters-title">"Events on this page"</h2>
            <dl>
                <Counter name="received" label="Received" bad=false value=|tally| tally.received/>
                <Counter name="lost" label="Lost" bad=true value=|tally| tally.lost/>
                <Counter name="doubled" label="Doubled" bad=true value=|tally| tally.doubled/>
                <Counter name="gaps" label="Gaps" bad=true value=|tally| tally.gaps/>
                <Counter name="malformed" label="Malformed" bad=true value=|tally| tally.malformed/>
            </dl>
            {move || {
                error.get().map(|error| view! {
                    <p class="note" data-testid="error">"Last problem: " {error.to_string()}</p>
                })
            }}
        </section>
    }
}

#[component]
fn Counter(
    name: &'static str,
    label: &'static str,
    /// Whether any is a reason to look.
    bad: bool,
    value: fn(&Tally) -> u64,
) -> impl IntoView {
    let tally = expect_context::<Model>().tally;
    let value = Memo::new(move |_| tally.with(value));
    let alarming = move || bad && value.get() != 0;
    view! {
        <div>
            <dt>{label}</dt>
            <dd
                class="number"
                class:alarming=alarming
                data-counter=name
                data-value=move || value.get().to_string()
            >
                {move || format::integer(value.get())}
            </dd>
        </div>
    }
}
