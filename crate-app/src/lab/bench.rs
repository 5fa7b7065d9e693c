//! What the parts of the lab share.

use leptos::prelude::*;
use leptos::web_sys::UrlSearchParams;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use sse_signals::recording::{Player, Recorder};

use super::faults::{self, Fault, Order};
use super::server;
use super::setup::Setup;

/// In the context of the page.
#[derive(Clone, Copy)]
pub(super) struct Bench {
    pub(super) setup: RwSignal<Setup>,
    /// Whether the server takes orders; none while that is not known.
    pub(super) takes_orders: RwSignal<Option<bool>>,
    /// What was ordered last.
    pub(super) ordered: RwSignal<Option<&'static Fault>>,
    next: RwSignal<Next>,
    /// Whether the server did what was ordered last.
    pub(super) refused: RwSignal<bool>,
    /// Keeps what the reader records.
    pub(super) tape: StoredValue<Recorder, LocalStorage>,
    /// What is shown in place of the stream.
    pub(super) player: RwSignal<Option<Player>, LocalStorage>,
    /// Grows when what is shown is to begin from nothing.
    pub(super) run: RwSignal<u32>,
}

/// What was ordered of the stream.
#[derive(Clone, Copy, Default, PartialEq)]
struct Next {
    /// How many streams were ordered: each has a key of its own, so that the server counts its requests from one.
    number: u32,
    query: Option<&'static str>,
}

impl Bench {
    pub(super) fn new() -> Self {
        let tape = Recorder::new();
        tape.stop();
        let location = use_location();
        let search = location.search.get_untracked();
        let mut setup = UrlSearchParams::new_with_str(&search)
            .map_or_else(|_| Setup::default(), |params| Setup::read(|name| params.get(name)));
        // The cast saturates.
        let random = || format!("{:08x}", (js_sys::Math::random() * f64::from(u32::MAX)) as u32);
        setup.key.get_or_insert_with(random);
        let bench = Self {
            setup: RwSignal::new(setup),
            takes_orders: RwSignal::new(None),
            ordered: RwSignal::new(None),
            next: RwSignal::new(Next::default()),
            refused: RwSignal::new(false),
            tape: StoredValue::new_local(tape),
            player: RwSignal::new_local(None),
            run: RwSignal::new(0),
        };
        let navigate = use_navigate();
        Effect::new(move |_| {
            let path = location.pathname.get_untracked();
            let address = bench.setup.with(|setup| format!("{path}{}", setup.query()));
            let options = NavigateOptions {
                resolve: false,
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&address, options);
        });
        bench.ask();
        bench
    }

    fn ask(self) {
        let key = self.key();
        leptos::task::spawn_local(async move {
            let takes_orders = server::takes_orders(&key).await;
            self.takes_orders.try_set(Some(takes_orders));
        });
    }

    /// Of the stream that is open or opened next. Tracked.
    fn key(self) -> String {
        let key = self.setup.with(|setup| setup.key.clone().unwrap_or_default());
        match self.next.get().number {
            0 => key,
            number => format!("{key}-{number}"),
        }
    }

    /// The stream's, once it is known whether the server takes orders. Tracked.
    pub(super) fn url(self) -> Option<String> {
        let takes_orders = self.takes_orders.get()?;
        let query = self.next.get().query;
        let key = takes_orders.then(|| self.key());
        Some(faults::url(key.as_deref(), query.filter(|_| takes_orders)))
    }

    /// Orders that trouble, or a stream without any.
    pub(super) fn order(self, fault: Option<&'static Fault>) {
        self.refused.set(false);
        self.ordered.set(fault);
        let query = match fault.map(|fault| &fault.order) {
            Some(Order::Now(what, body)) => {
                let key = untrack(move || self.key());
                leptos::task::spawn_local(async move {
                    let done = server::order(&key, what, *body).await;
                    self.refused.try_set(!done);
                });
                return;
            }
            Some(Order::Next(query)) => Some(*query),
            None => None,
        };
        self.next.update(|next| *next = Next { number: next.number + 1, query });
    }

    /// Shows a recording, or the stream again. What is played is not recorded.
    pub(super) fn show(self, player: Option<Player>) {
        if player.is_some() {
            self.tape.with_value(Recorder::stop);
        }
        self.player.set(player);
    }
}
