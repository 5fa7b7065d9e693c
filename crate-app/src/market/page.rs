//! The page at `/`: prices, chart, headlines.

use leptos::prelude::*;

use super::choices::{Choices, Step};
use super::headlines::Headlines;
use super::intake::Intake;
use super::model::{Model, Row};
use super::order::{Column, Standing, keep_places};
use super::search;
use super::table::Prices;
use super::watched::Watched;
use crate::chart::Chart;
use crate::connection::Health;
use crate::i18n::text;
use crate::shortcuts::shortcut;

/// What the parts of the page share, besides the model.
#[derive(Clone, Copy)]
pub(super) struct Screen {
    pub(super) choices: Choices,
    pub(super) watched: Watched,
    /// The rows that search and watchlist leave, in their order.
    pub(super) rows: Memo<Vec<Row>>,
    /// The chart's row: the chosen symbol's, or the first by symbol.
    pub(super) chosen: Memo<Option<Row>>,
    /// Whether the pointer is on the rows: they keep their places then.
    pub(super) pointed_at: RwSignal<bool>,
    /// Whether the keyboard's focus is in the rows: they keep their places then, or it would be lost.
    pub(super) focused: RwSignal<bool>,
    /// Whether what is shown is not the present: the reader holds it still, or nothing comes.
    pub(super) is_past: Memo<bool>,
    /// Whether the reader holds it still.
    is_held: Memo<bool>,
}

/// The page at `/`.
#[component]
pub(crate) fn Market() -> impl IntoView {
    let screen = Screen::new();
    provide_context(screen);
    shortcut("j", || text!(market.shortcut_next).to_owned(), move || screen.choose_beside(1));
    shortcut("k", || text!(market.shortcut_previous).to_owned(), move || screen.choose_beside(-1));
    shortcut("w", || text!(market.shortcut_watch).to_owned(), move || screen.watch_chosen());
    view! {
        <div class="market" class:past=move || screen.is_past.get() class:held=move || screen.is_held.get()>
            <Prices/>
            <ChosenChart/>
            <Headlines/>
        </div>
    }
}

#[component]
fn ChosenChart() -> impl IntoView {
    let Screen { chosen, .. } = expect_context();
    let series = Signal::derive(move || chosen.get().map(|row| row.series));
    view! { <Chart series/> }
}

impl Screen {
    fn new() -> Self {
        let model = expect_context::<Model>();
        let choices = Choices::follow_address();
        let watched = Watched::load();
        let (pointed_at, focused) = (RwSignal::new(false), RwSignal::new(false));
        let health = expect_context::<Health>();
        let held = expect_context::<Intake>().held();
        let is_held = Memo::new(move |_| held.with(Option::is_some));
        let chosen_symbol = choices.select(|view| view.symbol.clone());
        let chosen = Memo::new(move |_| {
            let symbol = chosen_symbol.get();
            model.rows.with(|rows| {
                let chosen = rows.iter().find(|row| Some(&row.symbol) == symbol.as_ref());
                chosen.or_else(|| rows.first()).cloned()
            })
        });
        Self {
            choices,
            watched,
            rows: rows(model, choices, watched, move || pointed_at.get() || focused.get()),
            chosen,
            pointed_at,
            focused,
            is_past: Memo::new(move |_| is_held.get() || health.alarm.get().is_raised()),
            is_held,
        }
    }

    /// Shows the symbol in the chart.
    pub(super) fn choose(self, symbol: &str) {
        self.choices.change(Step::Push, |view| view.symbol = Some(symbol.to_owned()));
    }

    fn choose_beside(self, step: isize) {
        let rows = self.rows.get_untracked();
        let chosen = self.chosen.get_untracked();
        let position = rows.iter().position(|row| Some(row) == chosen.as_ref());
        if let Some(row) = neighbour(position, step, rows.len()).and_then(|there| rows.get(there)) {
            self.choose(&row.symbol);
        }
    }

    fn watch_chosen(self) {
        if let Some(row) = self.chosen.get_untracked() {
            self.watched.toggle(&row.symbol);
        }
    }
}

fn rows(
    model: Model,
    choices: Choices,
    watched: Watched,
    keep: impl Fn() -> bool + Send + Sync + 'static,
) -> Memo<Vec<Row>> {
    let order = choices.select(|view| view.order);
    let query = choices.select(|view| view.query.clone());
    let only_watched = choices.select(|view| view.only_watched);
    // With the order that they stand in.
    let sorted = Memo::new(move |before: Option<&(_, Vec<String>)>| {
        let order = order.get();
        let standings = model.rows.with(|rows| {
            rows.iter()
                .map(|row| match order.column {
                    // Known without the prices, which it need not follow then.
                    Column::Symbol => Standing::of_symbol(&row.symbol),
                    _ => row.days.with(|days| Standing::of(&days.last)),
                })
                .collect()
        });
        let sorted = order.sort(standings);
        match before {
            Some((same, before)) if *same == order && keep() => {
                (order, keep_places(before, sorted))
            }
            _ => (order, sorted),
        }
    });
    Memo::new(move |_| {
        let wanted = |symbol: &String| {
            query.with(|query| search::finds(query, symbol))
                && (!only_watched.get() || watched.contains(symbol))
        };
        sorted.with(|(_, symbols)| {
            model.rows.with(|rows| {
                let row = |symbol: &String| rows.iter().find(|row| row.symbol == *symbol);
                symbols.iter().filter(|symbol| wanted(symbol)).filter_map(row).cloned().collect()
            })
        })
    })
}

/// The row so many steps from one of `rows`; from none of them the first, or going back the last.
fn neighbour(position: Option<usize>, step: isize, rows: usize) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    Some(match position {
        Some(position) => position.saturating_add_signed(step).min(last),
        None if step > 0 => 0,
        None => last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_from_row_to_row_end_at_the_edges() {
        assert_eq!(neighbour(Some(1), 1, 3), Some(2));
        assert_eq!(neighbour(Some(2), 1, 3), Some(2));
        assert_eq!(neighbour(Some(0), -1, 3), Some(0));
        assert_eq!(neighbour(None, 1, 3), Some(0));
        assert_eq!(neighbour(None, -1, 3), Some(2));
        assert_eq!(neighbour(None, 1, 0), None);
        assert_eq!(neighbour(Some(7), -1, 3), Some(2));
    }
}
