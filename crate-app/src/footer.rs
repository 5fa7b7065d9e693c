//! The page's footer: a status line with the stream's figures, the last problem, the source of the data.

use leptos::prelude::*;
use sse_signals::Item;

use crate::accounting::Tally;
use crate::connection::{Connection, Health, problem};
use crate::format;
use crate::i18n::{label, text};

#[component]
pub(crate) fn Footer(tally: Signal<Tally>) -> impl IntoView {
    let connection = expect_context::<Connection>();
    let error = connection.error();
    // Of malformed events the last stays: the next good one takes its error away.
    let malformed = RwSignal::new(None);
    connection.on(move |item| {
        if let Item::Malformed(item) = item {
            malformed.set(Some(item.error.clone()));
        }
    });
    let rate = expect_context::<Health>().rate;
    let rate = move || rate.get().map_or_else(|| "–".to_owned(), format::one_decimal);
    let last_problem = move || {
        let now = error.with(|error| error.as_ref().and_then(problem));
        now.or_else(|| malformed.with(|error| error.as_ref().and_then(problem))).map(|problem| {
            view! { <p data-testid="error">{label!(shell.last_problem)} " " {problem}</p> }
        })
    };
    view! {
        <footer class="page-footer">
            <dl class="counters" aria-label=label!(shell.counters)>
                <Counter tally name="received" label=|| text!(shell.received) bad=false value=|tally| tally.received/>
                <Counter tally name="lost" label=|| text!(shell.lost) bad=true value=|tally| tally.lost/>
                <Counter tally name="doubled" label=|| text!(shell.doubled) bad=true value=|tally| tally.doubled/>
                <Counter tally name="gaps" label=|| text!(shell.gaps) bad=true value=|tally| tally.gaps/>
                <Counter tally name="malformed" label=|| text!(shell.malformed) bad=true value=|tally| tally.malformed/>
                <div>
                    <dt>{label!(shell.rate)}</dt>
                    <dd class="number" data-testid="rate">{rate}</dd>
                </div>
            </dl>
            {last_problem}
            <p><a href="lab" data-action="lab">{label!(shell.lab)}</a></p>
            <p>{label!(shell.source)}</p>
        </footer>
    }
}

#[component]
fn Counter(
    tally: Signal<Tally>,
    name: &'static str,
    label: fn() -> &'static str,
    /// Whether any is a reason to look.
    bad: bool,
    value: fn(&Tally) -> u64,
) -> impl IntoView {
    let value = Memo::new(move |_| tally.with(value));
    view! {
        <div class:alarming=move || bad && value.get() != 0>
            <dt>{label}</dt>
            <dd class="number" data-counter=name data-value=move || value.get().to_string()>
                {move || format::integer(value.get())}
            </dd>
        </div>
    }
}
