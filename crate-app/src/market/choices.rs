//! What the reader has chosen, kept in step with the address.

use std::time::Duration;

use leptos::prelude::*;
use leptos::web_sys::UrlSearchParams;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsValue;

use super::address::{KEYS, View};
use crate::clock;

/// Between two writes of the address, in milliseconds. Browsers refuse more than some: Safari 100 in 10 seconds, and a
/// write takes two.
const WRITE_EVERY: f64 = 400.0;

/// Whether the way back leads to what was chosen before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A new entry in the browser's history.
    Push,
    /// The entry there is.
    Replace,
}

/// The choices, to be read and changed anywhere below the [`Market`](super::Market).
#[derive(Clone, Copy)]
pub(super) struct Choices {
    view: RwSignal<View>,
    address: StoredValue<Address, LocalStorage>,
}

type Navigate = Box<dyn Fn(&str, NavigateOptions)>;

struct Address {
    location: leptos_router::location::Location,
    navigate: Navigate,
    /// What the address said last.
    said: View,
    /// Milliseconds of `clock::now`.
    written: f64,
    pending: Option<(TimeoutHandle, Step)>,
}

impl Choices {
    /// As the address says, now and whenever someone else changes it: the way back, a link.
    pub(super) fn follow_address() -> Self {
        let location = use_location();
        let search = location.search;
        let said = read(&search.get_untracked());
        let choices = Self {
            view: RwSignal::new(said.clone()),
            address: StoredValue::new_local(Address {
                location,
                navigate: Box::new(use_navigate()),
                said,
                written: f64::NEG_INFINITY,
                pending: None,
            }),
        };
        Effect::new(move |_| choices.follow(read(&search.get())));
        on_cleanup(move || {
            choices.address.try_update_value(Address::take_pending);
        });
        choices
    }

    /// A part of the choices, tracked where it is read.
    pub(super) fn select<T>(self, part: impl Fn(&View) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.view.with(&part))
    }

    /// Changes the choices at once, and the address as soon as the browser lets it.
    pub(super) fn change(self, step: Step, change: impl FnOnce(&mut View)) {
        let mut view = self.view.get_untracked();
        change(&mut view);
        if self.view.with_untracked(|before| *before == view) {
            return;
        }
        self.view.set(view);
        let wait = self.address.try_update_value(|address| {
            let before = address.take_pending();
            let step = if before == Some(Step::Push) { Step::Push } else { step };
            (step, (WRITE_EVERY - (clock::now() - address.written)).max(0.0))
        });
        let Some((step, wait)) = wait else { return };
        let timer = (wait > 0.0).then(|| {
            set_timeout_with_handle(move || self.write(step), Duration::from_millis(wait as u64))
        });
        match timer {
            Some(Ok(timer)) => {
                self.address.try_update_value(|address| address.pending = Some((timer, step)));
            }
            Some(Err(_)) | None => self.write(step),
        }
    }

    fn follow(self, view: View) {
        let news = self.address.try_update_value(|address| {
            if address.said == view {
                return false;
            }
            address.take_pending();
            address.said = view.clone();
            true
        });
        if news == Some(true) {
            self.view.set(view);
        }
    }

    fn write(self, step: Step) {
        let view = self.view.get_untracked();
        self.address.try_update_value(|address| {
            address.pending = None;
            address.written = clock::now();
            address.write(&view, step);
        });
    }
}

impl Address {
    /// Forgets the write that waits, and says how it would have been done.
    fn take_pending(&mut self) -> Option<Step> {
        self.pending.take().map(|(timer, step)| {
            timer.clear();
            step
        })
    }

    /// What others have put into the query stays there.
    fn write(&mut self, view: &View, step: Step) {
        let Ok(params) = UrlSearchParams::new_with_str(&self.location.search.get_untracked())
        else {
            return;
        };
        for (key, value) in KEYS.into_iter().zip(view.values()) {
            match value {
                Some(value) => params.set(key, &value),
                None => params.delete(key),
            }
        }
        let path = self.location.pathname.get_untracked();
        let query = String::from(params.to_string());
        let address = if query.is_empty() { path } else { format!("{path}?{query}") };
        let Ok(history) = window().history() else { return };
        // By hand first, since the router panics where the browser refuses, and adds no entry where its own record of
        // the history takes the address for the current one, as it does after a way back and forth.
        let noted = match step {
            Step::Push => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
            Step::Replace => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
        };
        if noted.is_ok() {
            // Not what was chosen: the address may hold less, of a very long symbol for one.
            self.said = read(&query);
            let options = NavigateOptions {
                resolve: false,
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            (self.navigate)(&address, options);
        }
    }
}

fn read(search: &str) -> View {
    UrlSearchParams::new_with_str(search)
        .map_or_else(|_| View::default(), |params| View::read(|key| params.get(key)))
}
