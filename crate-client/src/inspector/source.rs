//! Where the component has from what it shows: the recorder, looked at once a frame if anything has come.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;

use super::timeline::{STATES, Span};
use super::{Inspector, rows, save};
use crate::State;
use crate::client::Platform;
use crate::hooks::Show;
use crate::host::Host;
use crate::recording::{Look, Recorder, Totals, What};

/// Between two looks at the clock.
const PULSE: Duration = Duration::from_secs(1);
/// The time that the rate is the mean of.
const WINDOW: Duration = Duration::from_secs(5);

/// What is shown besides the list.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shown {
    pub(super) state: State,
    pub(super) url: String,
    pub(super) totals: Totals,
    /// Tenths of events a second, over the last seconds; none in the first.
    pub(super) rate: Option<u64>,
    /// The last ones, oldest first.
    pub(super) states: Vec<Span>,
    /// Since the recording's begin.
    pub(super) elapsed: Duration,
    /// The names that events have.
    pub(super) names: Vec<String>,
    /// Whether there is any entry.
    pub(super) is_any: bool,
    /// Entries that were dropped for want of room.
    pub(super) dropped: u64,
    /// Entries that have come since the list was held.
    pub(super) fresh: u64,
}

/// `None` on a server: nothing is stored, so nothing can be dropped on another thread.
#[derive(Clone, Copy)]
pub(super) struct Source(Option<StoredValue<Live, LocalStorage>>);

struct Live {
    recorder: Recorder,
    /// The number that the next entry had when the list was held.
    held_at: Option<u64>,
    /// When, and how many events there were.
    samples: VecDeque<(Duration, u64)>,
    watcher: Option<Rc<dyn Fn()>>,
    /// For the next look at the clock.
    pulse: Option<<Host as Platform>::Timer>,
}

impl Source {
    pub(super) fn new(recorder: Recorder) -> Self {
        Self(Host::is_live().then(|| {
            StoredValue::new_local(Live {
                recorder,
                held_at: None,
                samples: VecDeque::new(),
                watcher: None,
                pulse: None,
            })
        }))
    }

    /// Nothing happens on a server, or once the owner was cleaned up.
    fn with<R>(self, act: impl FnOnce(&mut Live) -> R) -> Option<R> {
        self.0?.try_update_value(act)
    }

    /// Shows what comes until the owner is cleaned up.
    pub(super) fn follow(self, inspector: Inspector) {
        self.with(|live| {
            let show = Rc::new(Show::new(move || self.look(inspector, false)));
            let watcher: Rc<dyn Fn()> = Rc::new(move || show.request());
            live.recorder.watch(&watcher);
            live.watcher = Some(watcher);
        });
        // The first time, and whenever the list is held or let go.
        Effect::new(move |_| {
            let is_held = inspector.is_held();
            self.with(|live| live.hold(is_held));
            self.look(inspector, true);
        });
        self.pulse(inspector);
    }

    fn pulse(self, inspector: Inspector) {
        self.with(|live| {
            live.sample(Host::new().now());
            let again = move || {
                self.pulse(inspector);
                self.look(inspector, false);
            };
            live.pulse = Some(Host::new().set_timer(PULSE, Box::new(again)));
        });
    }

    /// Shows what there is, the list too.
    pub(super) fn refresh(self, inspector: Inspector) {
        self.look(inspector, true);
    }

    pub(super) fn clear(self, inspector: Inspector) {
        // Its watchers are told, and look at what is stored here.
        if let Some(recorder) = self.recorder() {
            recorder.clear();
        }
        self.with(|live| {
            live.samples.clear();
            live.held_at = live.held_at.map(|_| live.recorder.look(|look| look.next));
        });
        self.look(inspector, true);
    }

    pub(super) fn save(self) {
        if let Some(recorder) = self.recorder() {
            save(&recorder);
        }
    }

    fn recorder(self) -> Option<Recorder> {
        self.with(|live| live.recorder.clone())
    }

    /// Of an event that is still there.
    pub(super) fn data(self, number: u64) -> Option<String> {
        let data = self.with(|live| {
            live.recorder.look(|look| {
                let index = usize::try_from(number.checked_sub(look.first)?).ok()?;
                match &look.entries.get(index)?.what {
                    What::Event { data, .. } => Some(data.clone()),
                    _ => None,
                }
            })
        });
        data.flatten()
    }

    /// The list changes if that is `wanted`, or nobody holds it.
    fn look(self, inspector: Inspector, wanted: bool) {
        let Inspector { rows: list, shown, filter, limit, .. } = inspector;
        let (Some(filter), Some(limit)) = (filter.try_get_untracked(), limit.try_get_untracked())
        else {
            return;
        };
        let now = Host::new().now();
        let looked = self.with(|live| {
            live.recorder.look(|look| {
                let until = live.held_at.unwrap_or(look.next);
                let rows = (wanted || live.held_at.is_none())
                    .then(|| rows::rows(look.entries, look.first, until, &filter, limit));
                (live.shown(look, until, now), rows)
            })
        });
        if let Some((now_shown, rows)) = looked {
            if let Some(rows) = rows.filter(|rows| list.with_untracked(|list| list != rows)) {
                list.set(rows);
            }
            shown.set(now_shown);
        }
    }
}

impl Live {
    fn hold(&mut self, is_held: bool) {
        let next = self.recorder.look(|look| look.next);
        self.held_at = is_held.then(|| self.held_at.unwrap_or(next));
    }

    fn sample(&mut self, now: Duration) {
        let events = self.recorder.look(|look| look.totals.events);
        let is_old = |(at, _): &(Duration, u64)| now.saturating_sub(*at) >= WINDOW;
        while self.samples.len() > 1 && self.samples.get(1).is_some_and(is_old) {
            self.samples.pop_front();
        }
        self.samples.push_back((now, events));
    }

    /// In tenths.
    fn rate(&self) -> Option<u64> {
        let ((first, before), (last, now)) = (self.samples.front()?, self.samples.back()?);
        let milliseconds = u64::try_from(last.saturating_sub(*first).as_millis()).ok()?;
        (now.saturating_sub(*before) * 10_000).checked_div(milliseconds)
    }

    fn shown(&self, look: &Look<'_>, until: u64, now: Duration) -> Shown {
        let states = look.entries.iter().enumerate().rev().filter_map(|(index, entry)| {
            let What::State { state, detail } = &entry.what else { return None };
            let (state, detail) = (*state, detail.clone());
            Some(Span { number: look.first + index as u64, at: entry.at, state, detail })
        });
        let mut states: Vec<_> = states.take(STATES).collect();
        states.reverse();
        Shown {
            state: *look.state,
            url: look.url.to_owned(),
            totals: look.totals,
            rate: self.rate(),
            states,
            elapsed: look.begun.map_or(Duration::ZERO, |begun| now.saturating_sub(begun)),
            names: rows::names(look.entries),
            is_any: !look.entries.is_empty(),
            dropped: look.dropped,
            fresh: look.next.saturating_sub(until),
        }
    }
}
