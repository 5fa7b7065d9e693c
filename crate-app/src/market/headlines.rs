//! The column of headlines.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use leptos::prelude::*;
use sse_signals_feed::Headline;

use super::address::View;
use super::choices::Step;
use super::model::{Model, Shown};
use super::page::Screen;
use super::sentence::{direction, sentence};
use super::shorten;
use super::topic::Topic;
use crate::format;
use crate::i18n::{label, text};

/// The latest headlines, newest first.
#[component]
pub(super) fn Headlines() -> impl IntoView {
    let screen = expect_context::<Screen>();
    let choices = screen.choices;
    let headlines = expect_context::<Model>().headlines;
    let symbols = symbols();
    let topic = choices.select(|view| view.topic);
    // A symbol that nobody has heard of is no filter.
    let wished = choices.select(|view| view.headlines_of.clone());
    let of = Memo::new(move |_| {
        wished.get().filter(|symbol| symbols.with(|symbols| symbols.contains(symbol)))
    });
    let shown = Memo::new(move |_| {
        let (topic, of) = (topic.get(), of.get());
        headlines.with(|headlines| filtered(headlines, topic, of.as_deref()))
    });
    let total = Memo::new(move |_| headlines.with(VecDeque::len));
    let is_filtered = Memo::new(move |_| topic.get().is_some() || of.with(Option::is_some));
    let count = move || {
        let (shown, total) = (shown.with(Vec::len), total.get());
        if is_filtered.get() {
            text!(market.headlines_filtered, shown = count(shown), total = count(total))
        } else {
            text!(market.headlines_count, total = count(total))
        }
    };
    view! {
        <section class="panel headlines" aria-labelledby="headlines-title">
            <header class="panel-head">
                <h2 id="headlines-title">{label!(market.headlines)}</h2>
                <p class="note number">{count}</p>
                <Filters symbols of topic/>
            </header>
            // Scrolls, and not every browser lets the keyboard reach what scrolls.
            <ol data-testid="headlines" tabindex="0" aria-labelledby="headlines-title">
                <For
                    each=move || shown.get()
                    key=|shown| shown.key
                    children=move |shown| item(shown.headline.clone(), screen)
                />
            </ol>
            <Show when=move || shown.with(Vec::is_empty)>
                <Nothing is_filtered/>
            </Show>
            <p class="note">{label!(market.headlines_note)}</p>
        </section>
    }
}

#[component]
fn Filters(
    symbols: Memo<BTreeSet<String>>,
    of: Memo<Option<String>>,
    topic: Memo<Option<Topic>>,
) -> impl IntoView {
    let Screen { choices, .. } = expect_context();
    let change = move |change: Box<dyn FnOnce(&mut View)>| choices.change(Step::Push, change);
    view! {
        <div class="toolbar">
            <select
                data-filter="kind"
                aria-label=label!(market.filter_kind)
                on:change:target=move |event| {
                    let topic = Topic::parse(&event.target().value());
                    change(Box::new(move |view| view.topic = topic));
                }
            >
                <option value="" prop:selected=move || topic.get().is_none()>
                    {label!(market.all_kinds)}
                </option>
                {Topic::ALL
                    .map(|this| view! {
                        <option value=this.name() prop:selected=move || topic.get() == Some(this)>
                            {move || this.label()}
                        </option>
                    })
                    .collect_view()}
            </select>
            <select
                data-filter="symbol"
                aria-label=label!(market.filter_symbol)
                on:change:target=move |event| {
                    let symbol = Some(event.target().value()).filter(|symbol| !symbol.is_empty());
                    change(Box::new(move |view| view.headlines_of = symbol));
                }
            >
                <option value="" prop:selected=move || of.with(Option::is_none)>
                    {label!(market.all_symbols)}
                </option>
                <For
                    each=move || symbols.get()
                    key=Clone::clone
                    children=move |symbol| {
                        let shown = shorten::symbol(&symbol);
                        let value = symbol.clone();
                        let selected = move || of.with(|of| of.as_deref() == Some(symbol.as_str()));
                        view! { <option value=value dir="auto" prop:selected=selected>{shown}</option> }
                    }
                />
            </select>
        </div>
    }
}

fn item(headline: Headline, screen: Screen) -> impl IntoView {
    let Headline { symbol, date, kind, .. } = headline;
    let direction = direction(&kind);
    let choose = {
        let symbol = symbol.clone();
        move |_| screen.choose(&symbol)
    };
    let name = shorten::symbol(&symbol);
    let date = shorten::date(&date);
    let iso = date.clone();
    view! {
        <li data-testid="headline">
            <span class="arrow" data-direction=direction.name() aria-hidden="true">
                {direction.arrow()}
            </span>
            <p>
                <button type="button" class="link" data-action="choose" title=symbol on:click=choose>
                    <bdi>{name}</bdi>
                </button>
                " "
                <bdi>{move || sentence(&kind)}</bdi>
            </p>
            <time class="number" datetime=iso dir="auto">{move || format::date(&date)}</time>
        </li>
    }
}

/// Why there is nothing, and if it is the filters' doing the way out.
#[component]
fn Nothing(is_filtered: Memo<bool>) -> impl IntoView {
    let Screen { choices, .. } = expect_context();
    let clear = move |_| {
        choices.change(Step::Push, |view| {
            view.topic = None;
            view.headlines_of = None;
        });
    };
    view! {
        <div class="empty" data-testid="empty">
            <p>
                {move || {
                    if is_filtered.get() {
                        text!(market.empty_filtered)
                    } else {
                        text!(market.empty_headlines)
                    }
                }}
            </p>
            <Show when=move || is_filtered.get()>
                <button type="button" data-action="clear-filters" on:click=clear>
                    {label!(market.clear_filters)}
                </button>
            </Show>
        </div>
    }
}

/// Those that there are prices or headlines of.
fn symbols() -> Memo<BTreeSet<String>> {
    let model = expect_context::<Model>();
    Memo::new(move |_| {
        let mut symbols: BTreeSet<_> =
            model.rows.with(|rows| rows.iter().map(|row| row.symbol.clone()).collect());
        model.headlines.with(|headlines| {
            symbols.extend(headlines.iter().map(|shown| shown.headline.symbol.clone()));
        });
        symbols
    })
}

fn filtered(
    headlines: &VecDeque<Arc<Shown>>,
    topic: Option<Topic>,
    of: Option<&str>,
) -> Vec<Arc<Shown>> {
    let fits = |headline: &Headline| {
        topic.is_none_or(|topic| topic == Topic::of(&headline.kind))
            && of.is_none_or(|symbol| symbol == headline.symbol)
    };
    headlines.iter().filter(|shown| fits(&shown.headline)).cloned().collect()
}

fn count(number: usize) -> String {
    format::integer(number as u64)
}

#[cfg(test)]
mod tests {
    use sse_signals_feed::HeadlineKind;

    use super::*;

    fn headline(key: u64, symbol: &str, kind: HeadlineKind) -> Arc<Shown> {
        let (symbol, date) = (symbol.to_owned(), "2000-03-01".to_owned());
        Arc::new(Shown { key, headline: Headline { sequence: key, symbol, date, kind } })
    }

    #[test]
    fn filters_leave_what_fits_both_in_its_order() {
        let high = || HeadlineKind::High52Weeks { close: 1.0 };
        let streak = || HeadlineKind::Streak { days: 7, rising: true };
        let headlines = VecDeque::from([
            headline(4, "IBM", high()),
            headline(3, "AAPL", high()),
            headline(2, "IBM", streak()),
            headline(1, "IBM", high()),
        ]);
        let keys = |topic, of| {
            filtered(&headlines, topic, of).iter().map(|shown| shown.key).collect::<Vec<_>>()
        };
        assert_eq!(keys(None, None), [4, 3, 2, 1]);
        assert_eq!(keys(Some(Topic::High), None), [4, 3, 1]);
        assert_eq!(keys(None, Some("IBM")), [4, 2, 1]);
        assert_eq!(keys(Some(Topic::High), Some("IBM")), [4, 1]);
        assert_eq!(keys(Some(Topic::Volume), Some("IBM")), [0_u64; 0]);
    }
}
