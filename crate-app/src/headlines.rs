//! The column of headlines, and their sentences.

use std::collections::VecDeque;

use leptos::prelude::*;
use sse_signals_feed::{Headline, HeadlineKind};

use crate::format::{self, Direction};
use crate::ticker::Model;

/// The latest headlines, newest first.
#[component]
pub(crate) fn Headlines() -> impl IntoView {
    let headlines = expect_context::<Model>().headlines;
    let empty = Memo::new(move |_| headlines.with(VecDeque::is_empty));
    view! {
        <section class="panel headlines" aria-labelledby="headlines-title">
            <h2 id="headlines-title">"Headlines"</h2>
            <p class="note">
                "Computed from the prices. Records, moves and streaks go by closes adjusted for splits and dividends."
            </p>
            <Show when=move || empty.get()>
                <p class="empty">"No headlines yet."</p>
            </Show>
            // Scrolls, and not every browser lets the keyboard reach what scrolls.
            <ol data-testid="headlines" tabindex="0" aria-labelledby="headlines-title">
                <For
                    each=move || headlines.get()
                    key=|shown| shown.key
                    children=|shown| {
                        let Headline { symbol, date, kind, .. } = &shown.headline;
                        let direction = direction(kind);
                        view! {
                            <li data-testid="headline">
                                <span class="arrow" data-direction=direction.name() aria-hidden="true">
                                    {direction.arrow()}
                                </span>
                                <p>{sentence(symbol, kind)}</p>
                                <time datetime=date.clone()>{format::date(date)}</time>
                            </li>
                        }
                    }
                />
            </ol>
        </section>
    }
}

/// What the headline says, in English.
fn sentence(symbol: &str, kind: &HeadlineKind) -> String {
    match kind {
        HeadlineKind::High52Weeks { close } => {
            format!("{symbol} closes at a 52-week high, ${}", format::price(*close))
        }
        HeadlineKind::Low52Weeks { close } => {
            format!("{symbol} closes at a 52-week low, ${}", format::price(*close))
        }
        HeadlineKind::LargestMove { change, since } => {
            let (verb, noun) = if *change < 0.0 { ("falls", "loss") } else { ("rises", "gain") };
            let size = format::percent_unsigned(*change);
            since.as_ref().map_or_else(
                || format!("{symbol} {verb} {size}, its largest {noun} in these data so far"),
                |since| {
                    let since = format::date(since);
                    format!("{symbol} {verb} {size}, its largest {noun} since {since}")
                },
            )
        }
        HeadlineKind::VolumeSpike { volume, times } => {
            let (volume, times) = (format::compact(*volume), format::one_decimal(*times));
            format!("{symbol} trades {volume} shares, {times} times its 20-day mean")
        }
        HeadlineKind::Streak { days, rising } => {
            let verb = if *rising { "rises" } else { "falls" };
            format!("{symbol} {verb} {days} trading days in a row")
        }
    }
}

fn direction(kind: &HeadlineKind) -> Direction {
    match kind {
        HeadlineKind::High52Weeks { .. } | HeadlineKind::Streak { rising: true, .. } => {
            Direction::Up
        }
        HeadlineKind::Low52Weeks { .. } | HeadlineKind::Streak { rising: false, .. } => {
            Direction::Down
        }
        HeadlineKind::LargestMove { change, .. } => Direction::of(*change),
        HeadlineKind::VolumeSpike { .. } => Direction::Flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_headline_has_its_sentence() {
        let since = Some("2000-05-26".to_owned());
        for (kind, text) in [
            (
                HeadlineKind::High52Weeks { close: 1130.31 },
                "IBM closes at a 52-week high, $1130.31",
            ),
            (HeadlineKind::Low52Weeks { close: 9.5 }, "IBM closes at a 52-week low, $9.50"),
            (
                HeadlineKind::LargestMove { change: -0.5187, since },
                "IBM falls 51.87%, its largest loss since 2000-05-26",
            ),
            (
                HeadlineKind::LargestMove { change: 0.1, since: None },
                "IBM rises 10.00%, its largest gain in these data so far",
            ),
            (
                HeadlineKind::VolumeSpike { volume: 265_069_000, times: 12.34 },
                "IBM trades 265069000 shares, 12.3 times its 20-day mean",
            ),
            (HeadlineKind::Streak { days: 9, rising: true }, "IBM rises 9 trading days in a row"),
            (HeadlineKind::Streak { days: 7, rising: false }, "IBM falls 7 trading days in a row"),
        ] {
            assert_eq!(sentence("IBM", &kind), text);
        }
    }

    #[test]
    fn a_headline_points_the_way_it_tells_of() {
        assert_eq!(direction(&HeadlineKind::Low52Weeks { close: 1.0 }), Direction::Down);
        assert_eq!(direction(&HeadlineKind::Streak { days: 5, rising: true }), Direction::Up);
        let fall = HeadlineKind::LargestMove { change: -0.1, since: None };
        assert_eq!(direction(&fall), Direction::Down);
    }
}
