//! The page's frame: one connection, the header with its badge, the routes, the counters.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
use sse_signals::hooks::leptos::{UseEventSource, use_event_source};
use sse_signals::{Options, Resume};
use sse_signals_feed::Feed;

use crate::badge::Badge;
use crate::format;
use crate::i18n::text;
use crate::settings::Settings;
use crate::shortcuts::{ShortcutSheet, Shortcuts, shortcut};
use crate::ticker::{Fold, GapNotice, Model, Ticker};

/// The app's only connection, as it stands in the context.
pub(crate) type Connection = UseEventSource<Feed>;

/// Events to begin with, so that a page just opened is not empty: about half a year of five symbols.
const STREAM: &str = "/events?topics=quotes,news&recent=600";

/// A little over two of the server's heartbeats, which come every 15 s.
const STALE_AFTER: Duration = Duration::from_secs(40);
const RECONNECT_AFTER: Duration = Duration::from_secs(60);

/// The whole app.
#[component]
pub(crate) fn App() -> impl IntoView {
    let settings = Settings::load();
    provide_context(settings);
    Shortcuts::provide(settings);
    shortcut("t", || text!(shell.next_theme).to_owned(), move || settings.next_theme());
    shortcut("g", || text!(shell.next_language).to_owned(), move || settings.next_language());

    let options = Options::new()
        .resume(Resume::Query("lastEventId".into()))
        .stale_after(STALE_AFTER)
        .reconnect_after(RECONNECT_AFTER);
    let connection: Connection = use_event_source(STREAM, options);
    let model = Model::new();
    let mut fold = Fold::new(model);
    connection.on(move |item| fold.apply(item));
    provide_context(connection);
    provide_context(model);

    view! {
        <Router>
            <header class="page-header">
                <div class="product">
                    <h1>"sse-signals ticker"</h1>
                    <p data-testid="replay-label">
                        "Replay of 2000–2013 daily prices, not live market data. Source: Quandl WIKI prices, public domain."
                    </p>
                </div>
                <ReplayedDate/>
                <Badge/>
            </header>
            <GapNotice/>
            <main class="page-main">
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=Ticker/>
                </FlatRoutes>
            </main>
            <ShortcutSheet/>
        </Router>
    }
}

#[component]
fn ReplayedDate() -> impl IntoView {
    let date = expect_context::<Model>().date;
    view! {
        <p class="replayed">
            <span class="label">"Replayed day"</span>
            {move || {
                date.get().map_or_else(
                    || view! { <span class="absent">"none yet"</span> }.into_any(),
                    |date| {
                        let text = format::date(&date);
                        view! { <time data-testid="replayed-date" datetime=date>{text}</time> }.into_any()
                    },
                )
            }}
        </p>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    let title = document().title();
    document().set_title(&format!("Not found: {title}"));
    on_cleanup(move || document().set_title(&title));
    view! {
        <section class="panel not-found" data-testid="not-found">
            <h2>"404: no such page"</h2>
            <p>"There is nothing at this address. " <a href="/">"Go to the ticker"</a></p>
        </section>
    }
}
