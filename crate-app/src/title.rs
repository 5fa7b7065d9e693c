//! The document's title: a mark of trouble, the page's name, the app's name.

use leptos::prelude::*;

use crate::connection::Health;
use crate::i18n::text;

/// What the page that is shown adds to the title, in the context.
#[derive(Clone, Copy)]
pub(crate) struct PageTitle(RwSignal<Option<String>>);

impl PageTitle {
    /// Keeps the document's title, and provides itself.
    pub(crate) fn provide(health: Health) {
        let page = RwSignal::new(None::<String>);
        provide_context(Self(page));
        let trouble = Memo::new(move |_| health.alarm.get().is_raised());
        Effect::new(move |_| {
            let app = text!(shell.app);
            let title = page.with(|page| compose(trouble.get(), page.as_deref(), app));
            document().set_title(&title);
        });
    }
}

/// Adds to the title for as long as the current owner lives; reactive.
pub(crate) fn set_page_title(title: impl Fn() -> String + 'static) {
    let PageTitle(page) = expect_context();
    Effect::new(move |_| page.set(Some(title())));
    on_cleanup(move || {
        page.try_set(None);
    });
}

fn compose(trouble: bool, page: Option<&str>, app: &str) -> String {
    let mark = if trouble { "⚠ " } else { "" };
    page.map_or_else(|| format!("{mark}{app}"), |page| format!("{mark}{page} – {app}"))
}

#[cfg(test)]
mod tests {
    use super::compose;

    #[test]
    fn the_title_begins_with_what_matters_most() {
        assert_eq!(compose(false, None, "ticker"), "ticker");
        assert_eq!(compose(true, None, "ticker"), "⚠ ticker");
        assert_eq!(compose(true, Some("Not found"), "ticker"), "⚠ Not found – ticker");
    }
}
