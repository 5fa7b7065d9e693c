//! What happens to the page and to its network: going offline and online, hidden and seen, left and returned to, asleep.

use std::time::Duration;

use super::Machine;
use crate::{PauseReason, State, WhenHidden};

/// How long a connection that may have died unseen is given to say something.
const GRACE: Duration = Duration::from_secs(2);
/// How often the clocks are looked at while there is a connection.
const TICK: Duration = Duration::from_secs(20);
/// How late that may be: browsers slow the timers of hidden pages down to once a minute.
const LATE: Duration = Duration::from_secs(90);
/// How far the two clocks may drift apart between two looks: one of them stands still in a sleep, on most systems, and the
/// other is set by hand at times.
const DRIFT: Duration = Duration::from_secs(5);

/// What the browser tells of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageEvent {
    Offline,
    Online,
    Hidden,
    Visible,
    /// For another page, or for good: `pagehide`.
    Left,
    /// From the back/forward cache: `pageshow` with `persisted`.
    Returned,
}

/// What is known of the page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) offline: bool,
    hidden_since: Option<Duration>,
    /// Until when a connection that may be dead has to say something.
    pub(super) suspected: Option<Duration>,
    /// The last look at the clocks.
    seen: Option<Clocks>,
}

#[derive(Clone, Copy, Debug)]
struct Clocks {
    now: Duration,
    wall: Duration,
}

impl Machine {
    pub(crate) fn on_page(&mut self, event: PageEvent, now: Duration) {
        match event {
            PageEvent::Offline if self.options.follow_network => {
                self.page.offline = true;
                self.page.suspected = None;
                if matches!(self.state, State::Waiting { retry_in: Some(_), .. }) {
                    self.state = State::Paused(PauseReason::Offline);
                }
            }
            PageEvent::Online if self.options.follow_network => {
                self.page.offline = false;
                self.on_wake(now);
            }
            PageEvent::Offline | PageEvent::Online => {}
            PageEvent::Hidden => {
                self.page.hidden_since.get_or_insert(now);
            }
            PageEvent::Visible => {
                self.page.hidden_since = None;
                self.return_from_hiding(now);
            }
            PageEvent::Left if self.is_connected_or_waits() => {
                self.pause_for(PauseReason::Hidden, now);
            }
            PageEvent::Left => {}
            PageEvent::Returned => self.return_from_hiding(now),
        }
    }

    /// To be called before anything else is told. `now` may stand still while the machine sleeps, `wall` does not, but
    /// is set by hand at times.
    pub(crate) fn look_at_clocks(&mut self, now: Duration, wall: Duration) {
        let Some(last) = self.page.seen.replace(Clocks { now, wall }) else { return };
        let passed = now.saturating_sub(last.now);
        let stood_still = wall.saturating_sub(last.wall) > passed.saturating_add(DRIFT);
        let came_late = self.ticks() && passed > TICK + LATE;
        if self.options.follow_network && (stood_still || came_late) {
            self.on_wake(now);
        }
    }

    pub(super) fn page_due(&self) -> Option<Duration> {
        let tick = self.page.seen.filter(|_| self.ticks()).map(|seen| seen.now + TICK);
        [self.release_at(), self.page.suspected, tick].into_iter().flatten().min()
    }

    /// Returns whether that was all there was to do.
    pub(super) fn handle_page_timeout(&mut self, now: Duration) -> bool {
        if self.release_at().is_some_and(|at| at <= now) {
            self.pause_for(PauseReason::Hidden, now);
            return true;
        }
        if self.page.suspected.is_some_and(|until| until <= now) {
            self.connect(now);
            return true;
        }
        false
    }

    /// The network is there again, or the machine is awake: what stood before may be dead without a word.
    fn on_wake(&mut self, now: Duration) {
        if self.page.offline {
            return;
        }
        match self.state {
            State::Open | State::Stale { .. } | State::Connecting { .. } => {
                self.page.suspected = Some(now.saturating_add(GRACE));
            }
            // A browser that retries by itself knows the last event ID, which a new connection may not.
            State::Waiting { retry_in: None, .. } if !self.carries_cursor() => {}
            State::Waiting { .. } | State::Paused(PauseReason::Offline) => self.connect(now),
            State::Idle | State::Paused(_) | State::Closed(_) => {}
        }
    }

    fn return_from_hiding(&mut self, now: Duration) {
        if self.state != State::Paused(PauseReason::Hidden) {
            return;
        }
        if self.page.offline {
            self.state = State::Paused(PauseReason::Offline);
        } else {
            self.connect(now);
        }
    }

    /// Whether a sleep is looked for.
    const fn ticks(&self) -> bool {
        self.options.follow_network
            && matches!(
                self.state,
                State::Open
                    | State::Stale { .. }
                    | State::Connecting { .. }
                    | State::Waiting { retry_in: None, .. }
            )
    }

    const fn is_connected_or_waits(&self) -> bool {
        !matches!(self.state, State::Idle | State::Paused(_) | State::Closed(_))
    }

    fn release_at(&self) -> Option<Duration> {
        match (self.options.when_hidden, self.page.hidden_since) {
            (WhenHidden::ReleaseAfter(delay), Some(since)) if self.is_connected_or_waits() => {
                Some(since.saturating_add(delay))
            }
            _ => None,
        }
    }
}
