//! A symbol's row.

use leptos::prelude::*;

use super::model::{Days, Flash, Row};
use super::page::Screen;
use super::search::company;
use super::{day_range, shorten, sparkline};
use crate::format::{self, Direction};
use crate::i18n::{self, text};

pub(super) fn symbol_row(row: Row, screen: Screen) -> impl IntoView {
    let Row { key, symbol, days, .. } = row;
    let Screen { watched, chosen, .. } = screen;
    let is_chosen =
        Memo::new(move |_| chosen.with(|row| row.as_ref().is_some_and(|row| row.key == key)));
    let is_watched = Memo::new({
        let symbol = symbol.clone();
        move |_| watched.contains(&symbol)
    });
    // Each shows one thing, and writes to the page only where that has changed.
    let show = |text: fn(&Days) -> String| {
        let days = days.clone();
        move || days.with(text)
    };
    let flash = {
        let days = days.clone();
        move || days.with(|days| days.flash.map(Flash::name))
    };
    let marker = {
        let days = days.clone();
        move || days.with(|days| day_range::place(&days.last))
    };
    let choose = {
        let symbol = symbol.clone();
        move |_| screen.choose(&symbol)
    };
    let watch = {
        let symbol = symbol.clone();
        move |event: leptos::ev::MouseEvent| {
            // The row's own click would choose the symbol.
            event.stop_propagation();
            watched.toggle(&symbol);
        }
    };
    let shown = shorten::symbol(&symbol);
    let title = symbol.clone();
    let watch_label = {
        let symbol = shown.clone();
        move || text!(market.watch, symbol = symbol.as_str())
    };
    let line_label = {
        let symbol = shown.clone();
        let days = days.clone();
        move || {
            let days = days.with(|days| days.closes.len());
            text!(market.sparkline, symbol = symbol.as_str(), days = days)
        }
    };
    let name = {
        let (company, symbol) = (company(&symbol), symbol.clone());
        // One that is called as its symbol is said once.
        move || company.map(|company| company.name(i18n::locale())).filter(|name| *name != symbol)
    };
    view! {
        <tr
            role="row"
            data-symbol=symbol
            aria-current=move || is_chosen.get().then_some("true")
            on:click=choose
        >
            <td role="cell" class="watch" data-field="watch">
                <button
                    type="button"
                    class="star"
                    data-action="watch"
                    aria-pressed=move || is_watched.get().to_string()
                    aria-label=watch_label.clone()
                    title=watch_label
                    on:click=watch
                >
                    {move || if is_watched.get() { "★" } else { "☆" }}
                </button>
            </td>
            <th role="rowheader" scope="row" class="symbol" data-field="symbol">
                // Its click is the row's.
                <button type="button" class="choose" title=title>
                    <bdi class="clipped">{shown}</bdi>
                    " "
                    <span class="company">{name}</span>
                </button>
            </th>
            <td role="cell" class="last number" data-field="last">
                <span class="tick" data-flash=flash data-direction=show(|days| direction(days).name().to_owned())>
                    {show(|days| format::price(days.last.close))}
                </span>
            </td>
            <td role="cell" class="change number" data-field="change" data-direction=show(|days| direction(days).name().to_owned())>
                <span class="arrow" aria-hidden="true">
                    {show(|days| direction(days).arrow().to_owned())}
                </span>
                {show(|days| {
                    days.last.change.map_or_else(|| text!(market.first_day).to_owned(), format::percent)
                })}
            </td>
            <td role="cell" class="range number" data-field="range">
                <span class="day-range">
                    <span>{show(|days| format::price(days.last.low))}</span>
                    <span class="day-range-track" aria-hidden="true">
                        <span class="day-range-close" style=("--at", marker)></span>
                    </span>
                    <span class="unseen">"–"</span>
                    <span>{show(|days| format::price(days.last.high))}</span>
                </span>
            </td>
            <td role="cell" class="volume number" data-field="volume" title=show(|days| format::integer(days.last.volume))>
                {show(|days| format::compact(days.last.volume))}
            </td>
            <td role="cell" class="line" data-field="sparkline">
                <svg viewBox=sparkline::VIEW_BOX preserveAspectRatio="none" role="img" aria-label=line_label>
                    <path d=show(|days| sparkline::path(&days.closes))></path>
                </svg>
            </td>
        </tr>
    }
}

fn direction(days: &Days) -> Direction {
    days.last.change.map_or(Direction::Flat, Direction::of)
}
