//! How the stream is read.

use leptos::prelude::*;

use super::bench::Bench;
use super::setup::{Sharing, Transport};
use super::shapes::{flag, words};
use crate::i18n::{label, text};

#[component]
pub(super) fn Switches() -> impl IntoView {
    let bench = expect_context::<Bench>();
    let transports = Transport::ALL.map(|it| {
        let label = words(move || match it {
            Transport::Native => text!(lab.native).to_owned(),
            Transport::Fetch => text!(lab.fetch).to_owned(),
        });
        let chosen = flag(move || bench.setup.with(|setup| setup.transport == it));
        view! { <option value=it.name() prop:selected=chosen>{label}</option> }
    });
    let sharings = Sharing::ALL.map(|it| {
        let label = words(move || match it {
            Sharing::Nobody => text!(lab.own).to_owned(),
            Sharing::Page => text!(lab.page).to_owned(),
            Sharing::Browser => text!(lab.browser).to_owned(),
        });
        let chosen = flag(move || bench.setup.with(|setup| setup.sharing == it));
        view! { <option value=it.name() prop:selected=chosen>{label}</option> }
    });
    let is_played = move || flag(move || bench.player.with(Option::is_some));
    let choose_sharing = move |event| {
        if let Some(sharing) = Sharing::parse(&event_target_value(&event)) {
            bench.setup.update(|setup| setup.sharing = sharing);
        }
    };
    let choose_transport = move |event| {
        if let Some(transport) = Transport::parse(&event_target_value(&event)) {
            bench.setup.update(|setup| setup.transport = transport);
        }
    };
    let address = words(move || bench.setup.with(|setup| format!("lab{}", setup.query())));
    view! {
        <section class="panel lab-panel">
            <h2>{label!(lab.connection)}</h2>
            <label class="lab-field">
                <span>{label!(lab.transport)}</span>
                <select data-action="lab-transport" disabled=is_played() on:change=choose_transport>
                    {transports.collect_view()}
                </select>
            </label>
            <label class="lab-field">
                <span>{label!(lab.sharing)}</span>
                <select data-action="lab-sharing" disabled=is_played() on:change=choose_sharing>
                    {sharings.collect_view()}
                </select>
            </label>
            <p class="note">
                <a data-action="lab-tab" href=address target="_blank" rel="noopener">{label!(lab.another_tab)}</a>
            </p>
        </section>
    }
}
