//! The page's frame: what all parts share, the header, the routes, the footer, and what lies over them.

use leptos::prelude::*;
use leptos::web_sys::HtmlElement;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
use wasm_bindgen::JsCast;

use crate::alarm::AlarmBanner;
use crate::connection::{self, ConnectionPanel, Health, toggle_panel};
use crate::footer::Footer;
use crate::header::Header;
use crate::i18n::{label, text};
use crate::lab::Lab;
use crate::market::{self, GapNotice, Market};
use crate::settings::{self, Settings};
use crate::shortcuts::{ShortcutSheet, Shortcuts, shortcut};
use crate::title::{PageTitle, set_page_title};

/// The id of what the page is about.
const MAIN: &str = "main";

/// The whole app.
#[component]
pub(crate) fn App() -> impl IntoView {
    let settings = Settings::load();
    provide_context(settings);
    Shortcuts::provide(settings);
    let connection = connection::open();
    let model = market::follow(connection);
    let tally = model.tally;
    let health = Health::follow(connection, tally);
    provide_context(connection);
    provide_context(model);
    provide_context(health);
    PageTitle::provide(health);

    shortcut("c", || text!(shell.connection_details).to_owned(), toggle_panel);
    shortcut("r", || text!(shell.reconnect).to_owned(), move || connection::retry(connection));
    shortcut("t", || text!(shell.next_theme).to_owned(), move || settings.next_theme());
    shortcut("g", || text!(shell.next_language).to_owned(), settings::next_language);

    let stale = move || health.alarm.get().is_raised().then_some("true");
    view! {
        <Router base=base_path()>
            <Header/>
            <ConnectionPanel tally/>
            <main id=MAIN class="page-main" tabindex="-1" data-stale=stale>
                <FlatRoutes fallback=NotFound>
                    <Route path=path!("/") view=Market/>
                    <Route path=path!("/lab") view=Lab/>
                </FlatRoutes>
            </main>
            <section class="notices" aria-label=label!(shell.notices)>
                <GapNotice/>
                <AlarmBanner tally/>
            </section>
            <Footer tally/>
            <ShortcutSheet/>
        </Router>
    }
}

/// Moves the focus to what the page is about: from a link that skips to there, from a button that goes.
pub(crate) fn focus_main() {
    let main = document().get_element_by_id(MAIN);
    if let Some(main) = main.as_ref().and_then(JsCast::dyn_ref::<HtmlElement>) {
        // Fails for no element that is in the page.
        let _ = main.focus();
    }
}

#[component]
fn NotFound() -> impl IntoView {
    set_page_title(|| text!(shell.not_found).to_owned());
    view! {
        <section class="panel not-found" data-testid="not-found">
            <h2>{label!(shell.not_found)}</h2>
            <p>{label!(shell.nothing_here)}</p>
            <p><a href="./">{label!(shell.to_the_ticker)}</a></p>
        </section>
    }
}

/// The path below which the app lies, without a slash at its end, from the document's base URL.
fn base_path() -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let origin = window().location().origin().unwrap_or_default();
    folder(base.strip_prefix(&origin).unwrap_or("/")).to_owned()
}

fn folder(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn the_folder_of_a_path_has_no_slash_at_its_end() {
        for (path, expected) in [
            ("/", ""),
            ("", ""),
            ("/index.html", ""),
            ("/a/b/", "/a/b"),
            ("/a/b/index.html?x=/y#/z", "/a/b"),
            ("/a?q=/b", ""),
        ] {
            assert_eq!(folder(path), expected, "{path}");
        }
    }
}
