//! The app's one connection, and what the page tells of it: badge, panel, rate.

mod badge;
mod panel;
mod rate;
mod strip;
mod timeline;
mod words;

use std::time::Duration;

use leptos::prelude::*;
use sse_signals::hooks::leptos::{UseEventSource, use_event_source};
use sse_signals::{CloseReason, Late, Options, PauseReason, Resume, Share, State};
use sse_signals_feed::Feed;

use crate::accounting::Tally;
use crate::alarm::{Alarm, Standing};
use crate::clock;
use crate::market::RECENT;

pub(crate) use badge::Badge;
pub(crate) use panel::{ConnectionPanel, toggle_panel};
pub(crate) use words::{in_full, next_step, problem};

use rate::Rate;
use timeline::History;

/// As it stands in the context.
pub(crate) type Connection = UseEventSource<Feed>;

/// A little over two of the server's heartbeats, which come every 15 s.
const STALE_AFTER: Duration = Duration::from_secs(40);
const RECONNECT_AFTER: Duration = Duration::from_secs(60);

/// Between two looks at the clock.
const PULSE: Duration = Duration::from_secs(1);

/// Opens the stream, under the current owner.
pub(crate) fn open() -> Connection {
    let options = Options::new()
        .resume(Resume::Query("lastEventId".into()))
        .stale_after(STALE_AFTER)
        .reconnect_after(RECONNECT_AFTER)
        .share(Share::Browser(env!("CARGO_PKG_VERSION").into()))
        // The charts want the days before.
        .late(Late::Recent);
    // Relative to the page's base, so that the app works below any path.
    use_event_source(format!("events?topics=quotes,news&recent={RECENT}"), options)
}

/// Makes an attempt at once, offline too: a browser may be wrong about that. Nothing happens while the page has paused
/// the connection: it holds as much as it may then, and the pause button alone ends that.
pub(crate) fn retry(connection: Connection) {
    match connection.state().get_untracked() {
        State::Paused(PauseReason::ByCaller) => {}
        State::Closed(_) => connection.open(),
        _ => connection.reconnect(),
    }
}

/// How the connection fares over time. Times are milliseconds of [`clock::now`].
#[derive(Clone, Copy)]
pub(crate) struct Health {
    pub(crate) state: Memo<State>,
    /// The time, written once a second and whenever the state changes.
    pub(crate) now: RwSignal<f64>,
    /// When the state was entered.
    pub(crate) entered: RwSignal<f64>,
    pub(crate) history: RwSignal<History>,
    pub(crate) alarm: RwSignal<Alarm>,
    /// Events a second, over the last ten; none in the first.
    pub(crate) rate: RwSignal<Option<f64>>,
}

impl Health {
    /// Follows the connection until the current owner is cleaned up.
    pub(crate) fn follow(connection: Connection, tally: Signal<Tally>) -> Self {
        let state = connection.state();
        let now = clock::now();
        let health = Self {
            state: Memo::new(move |_| state.get()),
            now: RwSignal::new(now),
            entered: RwSignal::new(now),
            history: RwSignal::default(),
            alarm: RwSignal::default(),
            rate: RwSignal::new(None),
        };
        Effect::new(move |_| {
            let now = clock::now();
            health.history.update(|history| {
                history.offset = clock::since_1970(0.0);
                health.state.with(|state| history.enter(state, now));
            });
            health.entered.set(now);
            health.pulse(now, tally.get_untracked());
        });
        let rate = StoredValue::new(Rate::default());
        let interval = set_interval_with_handle(
            move || {
                let (now, tally) = (clock::now(), tally.get_untracked());
                rate.update_value(|rate| rate.sample(now, tally.received));
                set_if_other(health.rate, rate.with_value(Rate::per_second));
                health.pulse(now, tally);
            },
            PULSE,
        );
        // A window without timers has no page.
        if let Ok(interval) = interval {
            on_cleanup(move || interval.clear());
        }
        health
    }

    fn pulse(self, now: f64, tally: Tally) {
        let standing = self.state.with_untracked(standing);
        set_if_other(self.alarm, self.alarm.get_untracked().next(now, standing, tally));
        self.now.set(now);
    }

    /// For how long the state has stood. Tracked.
    pub(crate) fn in_state(self) -> Duration {
        self.since(self.entered.get())
    }

    /// For how long the connection that is being made has been missing. Tracked.
    pub(crate) fn cut_off(self) -> Duration {
        let entered = self.entered.get();
        self.since(
            self.history.with(|history| history.current().map_or(entered, |entry| entry.began)),
        )
    }

    /// The time since `start`. Tracked.
    pub(crate) fn since(self, start: f64) -> Duration {
        // The cast saturates.
        Duration::from_millis((self.now.get() - start).max(0.0) as u64)
    }
}

const fn standing(state: &State) -> Standing {
    match state {
        State::Closed(CloseReason::ByCaller) => Standing::Well,
        State::Connecting { .. }
        | State::Waiting { .. }
        | State::Stale { .. }
        | State::Paused(PauseReason::Offline)
        | State::Closed(_) => Standing::Trouble,
        State::Paused(PauseReason::Hidden) => Standing::Unseen,
        _ => Standing::Well,
    }
}

fn set_if_other<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|present| *present != value) {
        signal.set(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_offline_is_in_trouble_one_that_nobody_sees_is_not() {
        assert_eq!(standing(&State::Paused(PauseReason::Offline)), Standing::Trouble);
        assert_eq!(standing(&State::Paused(PauseReason::Hidden)), Standing::Unseen);
        assert_eq!(standing(&State::Paused(PauseReason::ByCaller)), Standing::Well);
    }
}
