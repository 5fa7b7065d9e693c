//! The watchlist as a signal, kept in the browser.

use leptos::ev;
use leptos::prelude::*;

use super::watchlist::Watchlist;
use crate::settings;

/// The name in the browser's storage.
const NAME: &str = "watchlist";

/// The watchlist, to be read and changed anywhere below the [`Market`](super::Market).
#[derive(Clone, Copy)]
pub(super) struct Watched(RwSignal<Watchlist>);

impl Watched {
    /// As stored, and whenever another tab changes it.
    pub(super) fn load() -> Self {
        let watched = Self(RwSignal::new(stored()));
        let listener = window_event_listener(ev::storage, move |_| {
            let watchlist = stored();
            watched.0.maybe_update(|known| {
                let changed = *known != watchlist;
                *known = watchlist;
                changed
            });
        });
        on_cleanup(move || listener.remove());
        watched
    }

    /// Tracked.
    pub(super) fn contains(self, symbol: &str) -> bool {
        self.0.with(|watchlist| watchlist.contains(symbol))
    }

    pub(super) fn toggle(self, symbol: &str) {
        self.0.update(|watchlist| watchlist.toggle(symbol));
        self.0.with_untracked(|watchlist| settings::store(NAME, &watchlist.print()));
    }
}

fn stored() -> Watchlist {
    settings::stored(NAME).map_or_else(Watchlist::default, |text| Watchlist::parse(&text))
}
