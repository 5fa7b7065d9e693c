//! The table of symbols.

use leptos::prelude::*;

use super::Model;
use super::model::{Days, Row};
use super::sparkline;
use crate::format::{self, Direction};

/// The symbols seen so far, one row each.
#[component]
pub(super) fn Table() -> impl IntoView {
    let rows = expect_context::<Model>().rows;
    let empty = Memo::new(move |_| rows.with(Vec::is_empty));
    view! {
        <section class="panel prices" aria-labelledby="prices-title">
            <h2 id="prices-title">"Prices"</h2>
            <Show
                when=move || !empty.get()
                fallback=|| view! { <p class="empty">"Waiting for the first event of the stream."</p> }
            >
                // On narrow screens a row is a grid; a table's parts keep their roles there only if they are named.
                <table role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">"Symbol"</th>
                            <th role="columnheader" scope="col" class="number last">"Last, $"</th>
                            <th role="columnheader" scope="col" class="number change">"Change"</th>
                            <th role="columnheader" scope="col" class="number volume">"Volume"</th>
                            <th role="columnheader" scope="col" class="line">"Last 120 days"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">
                        <For each=move || rows.get() key=|row| row.key children=symbol_row/>
                    </tbody>
                </table>
            </Show>
            <p class="note">
                "Last: the day's close as quoted then. Change and line: closes adjusted for splits and dividends."
            </p>
        </section>
    }
}

fn symbol_row(row: Row) -> impl IntoView {
    let Row { symbol, days, .. } = row;
    // Each shows one thing, and writes to the page only where that has changed.
    let show = |text: fn(&Days) -> String| {
        let days = days.clone();
        move || days.with(text)
    };
    let chart = format!("Adjusted closes of {symbol}, the last 120 trading days");
    let name = symbol.clone();
    view! {
        <tr role="row" data-symbol=name>
            <th role="rowheader" scope="row">{symbol}</th>
            <td role="cell" class="number last" data-field="last">{show(|days| format::price(days.last.close))}</td>
            <td role="cell" class="number change" data-field="change" data-direction=show(|days| direction(days).name().to_owned())>
                <span class="arrow" aria-hidden="true">
                    {show(|days| direction(days).arrow().to_owned())}
                </span>
                {show(|days| days.last.change.map_or_else(|| "new".to_owned(), format::percent))}
            </td>
            <td role="cell" class="number volume" data-field="volume" title=show(|days| format::integer(days.last.volume))>
                {show(|days| format::compact(days.last.volume))}
            </td>
            <td role="cell" class="line" data-field="sparkline">
                <svg viewBox=sparkline::VIEW_BOX preserveAspectRatio="none" role="img" aria-label=chart>
                    <path d=show(|days| sparkline::path(&days.closes))></path>
                </svg>
            </td>
        </tr>
    }
}

fn direction(days: &Days) -> Direction {
    days.last.change.map_or(Direction::Flat, Direction::of)
}
