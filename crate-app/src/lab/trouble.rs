//! Trouble on order.

use leptos::prelude::*;

use super::bench::Bench;
use super::faults::{Fault, NEXT, NOW};
use super::shapes::{flag, press, words};
use crate::i18n::{label, text};

/// What starts a server that takes orders.
const COMMAND: &str = "cargo xtask run -- --faults";

#[component]
pub(super) fn Trouble() -> impl IntoView {
    let bench = expect_context::<Bench>();
    let is_played = move || flag(move || bench.player.with(Option::is_some));
    let button =
        move |name: &'static str, label: fn() -> &'static str, fault: Option<&'static Fault>| {
            view! {
                <button
                    type="button"
                    data-fault=name
                    disabled=is_played()
                    on:click=press(move |_| bench.order(fault))
                >
                    {words(move || label().to_owned())}
                </button>
            }
        };
    let of = move |fault: &'static Fault| button(fault.name, fault.label, Some(fault));
    let answer = move |answer| flag(move || bench.takes_orders.get() != Some(answer));
    let ordered = words(move || {
        let ordered = bench.ordered.get().map(|fault| (fault.label)());
        let ordered = ordered.map(|fault| format!("{} {fault} ", text!(lab.ordered)));
        let refused = if bench.refused.get() { text!(lab.refused) } else { "" };
        format!("{}{refused}", ordered.unwrap_or_default())
    });
    view! {
        <section class="panel lab-panel">
            <h2>{label!(lab.trouble)}</h2>
            <div class="lab-panel" data-testid="lab-no-faults" hidden=answer(false)>
                <p>{label!(lab.no_faults)}</p>
                <p><code>{COMMAND}</code></p>
            </div>
            <div class="lab-panel" hidden=answer(true)>
                <p class="note">{label!(lab.simulated)}</p>
                <h3>{label!(lab.now)}</h3>
                <div class="lab-faults">{NOW.iter().map(of).collect_view()}</div>
                <h3>{label!(lab.next)}</h3>
                <div class="lab-faults">
                    {NEXT.iter().map(of).collect_view()}
                    {button("none", || text!(lab.fault_none), None)}
                </div>
                <p class="lab-ordered" role="status" data-testid="lab-ordered">{ordered}</p>
            </div>
        </section>
    }
}
