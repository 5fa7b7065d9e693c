//! The table of symbols.

use leptos::ev::FocusEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::web_sys::{Element, HtmlTableSectionElement};
use sse_signals::{PauseReason, State};

use super::choices::{Choices, Step};
use super::intake::Intake;
use super::model::Model;
use super::order::Column;
use super::page::Screen;
use super::row::symbol_row;
use super::toolbar::Toolbar;
use crate::connection::Connection;
use crate::format;
use crate::i18n::{label, text};

/// Rows drawn before anything is known: as many as the replay begins with, so that little moves when they come.
const SKELETON_ROWS: usize = 3;

/// The symbols seen so far, one row each.
#[component]
pub(super) fn Prices() -> impl IntoView {
    let screen = expect_context::<Screen>();
    let Screen { rows, pointed_at, focused, .. } = screen;
    let model = expect_context::<Model>();
    let known = Memo::new(move |_| model.rows.with(Vec::len));
    let nothing_found = Memo::new(move |_| known.get() > 0 && rows.with(Vec::is_empty));
    let body = NodeRef::<html::Tbody>::new();
    Effect::new(move |_| {
        rows.track();
        // A focused row that goes takes the focus along, and need not say so.
        request_animation_frame(move || {
            let focus = document().active_element();
            let inside = |body: HtmlTableSectionElement| body.contains(focus.as_deref());
            let lost = !body.try_get_untracked().flatten().is_some_and(inside);
            if lost && focused.try_get_untracked() == Some(true) {
                focused.set(false);
            }
        });
    });
    view! {
        <section class="panel prices" aria-labelledby="prices-title">
            <header class="panel-head">
                <h2 id="prices-title">{label!(market.prices)}</h2>
                <AsOf/>
                <Toolbar/>
            </header>
            // On narrow screens a row is a grid; a table's parts keep their roles there only if they are named.
            <table role="table" aria-labelledby="prices-title">
                <Head/>
                <tbody
                    role="rowgroup"
                    node_ref=body
                    on:pointerenter=move |_| pointed_at.set(true)
                    on:pointerleave=move |_| pointed_at.set(false)
                    on:focusin=move |event| focused.set(has_keyboard_focus(&event))
                    on:focusout=move |_| focused.set(false)
                >
                    <Show when=move || known.get() == 0>
                        <Skeleton/>
                    </Show>
                    <For
                        each=move || rows.get()
                        key=|row| row.key
                        children=move |row| symbol_row(row, screen)
                    />
                </tbody>
            </table>
            <Show when=move || nothing_found.get()>
                <NothingFound/>
            </Show>
            <Show
                when=move || { known.get() > 0 }
                fallback=|| view! { <NothingYet/> }
            >
                <p class="note">{label!(market.prices_note)}</p>
            </Show>
        </section>
    }
}

/// A press of the pointer focuses as well, but shows it nowhere.
fn has_keyboard_focus(event: &FocusEvent) -> bool {
    event_target::<Element>(event).matches(":focus-visible") == Ok(true)
}

#[component]
fn Head() -> impl IntoView {
    let Screen { choices, .. } = expect_context();
    view! {
        <thead role="rowgroup">
            <tr role="row">
                <th role="columnheader" scope="col" class="watch">
                    <span class="unseen">{label!(market.column_watch)}</span>
                </th>
                {sortable(choices, Column::Symbol, "symbol", || text!(market.column_symbol))}
                {sortable(choices, Column::Last, "last number", || text!(market.column_last))}
                {sortable(choices, Column::Change, "change number", || text!(market.column_change))}
                <th role="columnheader" scope="col" class="range">{label!(market.column_range)}</th>
                {sortable(choices, Column::Volume, "volume number", || text!(market.column_volume))}
                <th role="columnheader" scope="col" class="line">{label!(market.column_sparkline)}</th>
            </tr>
        </thead>
    }
}

fn sortable(
    choices: Choices,
    column: Column,
    class: &'static str,
    label: fn() -> &'static str,
) -> impl IntoView {
    let order = choices.select(|view| view.order);
    let press = move |_| {
        choices.change(Step::Push, |view| view.order = view.order.pressed(column));
    };
    view! {
        <th role="columnheader" scope="col" class=class aria-sort=move || order.get().aria_sort(column)>
            <button type="button" class="sort" data-sort=column.name() on:click=press>
                {label}
                <span class="sort-mark" aria-hidden="true"></span>
            </button>
        </th>
    }
}

/// How old the prices are, where they are not the present's.
#[component]
fn AsOf() -> impl IntoView {
    let as_of = expect_context::<Model>().as_of;
    let Screen { is_past, .. } = expect_context();
    // Not while it is the present: what nobody sees need not follow every price.
    let text = move || {
        let time = if is_past.get() { as_of.get() } else { as_of.get_untracked() };
        time.map(|time| text!(market.as_of, time = format::time_of_day(time)))
    };
    view! { <p class="as-of number">{text}</p> }
}

/// The shape of what is to come.
#[component]
fn Skeleton() -> impl IntoView {
    (0..SKELETON_ROWS)
        .map(|_| {
            view! {
                <tr class="skeleton" aria-hidden="true">
                    <td class="watch"></td>
                    <td class="symbol"><span></span></td>
                    <td class="last"><span></span></td>
                    <td class="change"><span></span></td>
                    <td class="range"><span></span></td>
                    <td class="volume"><span></span></td>
                    <td class="line"><span></span></td>
                </tr>
            }
        })
        .collect_view()
}

/// Why there is nothing yet.
#[component]
fn NothingYet() -> impl IntoView {
    let state = expect_context::<Connection>().state();
    let held = expect_context::<Intake>().held();
    let text = move || {
        if held.with(Option::is_some) {
            return text!(market.empty_paused);
        }
        state.with(|state| match state {
            State::Open => text!(market.empty_open),
            State::Waiting { .. } => text!(market.empty_trouble),
            State::Stale { .. } => text!(market.empty_silent),
            State::Closed(_) => text!(market.empty_closed),
            State::Paused(PauseReason::ByCaller) => text!(market.empty_paused),
            State::Paused(PauseReason::Offline) => text!(market.empty_offline),
            _ => text!(market.empty_connecting),
        })
    };
    // Where the note will stand, so that nothing moves then.
    view! { <p class="note" data-testid="empty">{text}</p> }
}

/// Why no row is left, and the way out.
#[component]
fn NothingFound() -> impl IntoView {
    let Screen { choices, .. } = expect_context();
    let query = choices.select(|view| view.query.trim().to_owned());
    let only_watched = choices.select(|view| view.only_watched);
    let clear = move |_| {
        choices.change(Step::Push, |view| {
            view.query.clear();
            view.only_watched = false;
        });
    };
    view! {
        <div class="empty" data-testid="empty">
            {move || {
                let query = query.get();
                if query.is_empty() {
                    view! { <p>{text!(market.empty_watchlist)}</p> }.into_any()
                } else {
                    let words = match only_watched.get() {
                        true => text!(market.empty_search_watched),
                        false => text!(market.empty_search),
                    };
                    view! {
                        <p>{words} " " <bdi class="clipped">{query}</bdi></p>
                    }
                    .into_any()
                }
            }}
            <button type="button" data-action="clear-filters" on:click=clear>
                {label!(market.show_all)}
            </button>
        </div>
    }
}
