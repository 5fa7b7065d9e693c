//! What the connection has gone through, folded from its states. Times are milliseconds of [`crate::clock::now`].

use std::collections::VecDeque;

use sse_signals::{Cause, CloseReason, PauseReason, State};

/// Connections that are remembered.
const CONNECTIONS: usize = 50;
/// Changes of the condition that are remembered, for the strip: one every 4 s of its 15 minutes.
const SPANS: usize = 225;

/// One connection, with the attempts that it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    /// Grows from one to the next.
    pub(crate) key: u64,
    /// When the first attempt was due.
    pub(crate) began: f64,
    /// What makes milliseconds since 1970 of its begin and opening.
    pub(crate) offset: f64,
    /// Attempts that were made.
    pub(crate) attempts: u32,
    /// What ended the last attempt that failed.
    pub(crate) failure: Option<Cause>,
    /// Whether the next attempt waits for the browser to be online.
    pub(crate) offline: bool,
    /// When the server answered.
    pub(crate) opened: Option<f64>,
    /// When it was over, with or without having been open.
    pub(crate) ended: Option<(f64, End)>,
}

/// What ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By itself.
    Cause(Cause),
    /// A new one was asked for.
    Replaced,
    /// It was paused, by the page or the browser; by [`PauseReason::Offline`] it was lost meanwhile.
    Paused(PauseReason),
    /// It was closed.
    Closed(CloseReason),
}

/// How well events can arrive; a later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    /// Nothing is wanted, or nothing is known.
    Off,
    Up,
    /// Open, but nothing has arrived for long.
    Silent,
    /// Wanted and not there.
    Down,
}

/// The last connections, and the conditions over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// Oldest first.
    entries: VecDeque<Entry>,
    /// Each holds until the next begins.
    spans: VecDeque<(f64, Condition)>,
    last: State,
    next_key: u64,
    /// That of the entries to come, which moves while the machine sleeps.
    pub(crate) offset: f64,
}

impl Condition {
    pub(crate) const fn of(state: &State) -> Self {
        match state {
            State::Open => Self::Up,
            State::Stale { .. } => Self::Silent,
            // Until an attempt has failed nothing is wrong.
            State::Connecting { attempt: 1 } => Self::Off,
            State::Connecting { .. } | State::Waiting { .. } => Self::Down,
            State::Paused(PauseReason::Offline) => Self::Down,
            State::Closed(reason) if !matches!(reason, CloseReason::ByCaller) => Self::Down,
            // `Idle`, paused or closed by the page itself, hidden, and what a later version adds.
            _ => Self::Off,
        }
    }
}

impl History {
    /// Takes the next state.
    pub(crate) fn enter(&mut self, state: &State, now: f64) {
        let last = std::mem::replace(&mut self.last, *state);
        let condition = Condition::of(state);
        if self.spans.back().is_none_or(|(_, last)| *last != condition) {
            if self.spans.len() == SPANS {
                self.spans.pop_front();
            }
            self.spans.push_back((now, condition));
        }

        let offline = *state == State::Paused(PauseReason::Offline);
        let wanted = matches!(state, State::Connecting { .. } | State::Waiting { .. })
            || state.is_open()
            || offline;
        let replaced = last.is_open() && !state.is_open() && wanted;
        if let Some(entry) = self.current_mut()
            && (replaced || !wanted)
        {
            entry.ended = Some((now, End::by(state)));
        }
        if wanted && self.current_mut().is_none() {
            self.begin(now);
        }
        let offset = self.offset;
        let Some(entry) = self.current_mut() else { return };
        entry.offline = offline;
        match (&last, state) {
            // The browser's own attempts begin in silence: what is seen is that one more has failed.
            (State::Waiting { attempt: last, .. }, State::Waiting { attempt, .. })
                if attempt > last =>
            {
                entry.attempts += 1;
            }
            (State::Connecting { attempt: last }, State::Connecting { attempt })
                if attempt == last => {}
            (_, State::Connecting { .. }) => entry.attempts += 1,
            (State::Waiting { .. } | State::Idle, State::Open) => entry.attempts += 1,
            _ => {}
        }
        match state {
            // Right after a connection this tells of its end, which stands in its own entry.
            State::Waiting { cause, .. } if !last.is_open() => entry.failure = Some(*cause),
            state if state.is_open() && entry.opened.is_none() => {
                entry.opened = Some(now);
                entry.offset = offset;
            }
            _ => {}
        }
    }

    /// The last connections, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    /// The connection that is or is being made.
    pub(crate) fn current(&self) -> Option<&Entry> {
        self.entries.back().filter(|entry| entry.ended.is_none())
    }

    /// The worst condition in each of `count` slices of time, the last of which holds `now`; none before the page
    /// was opened. Slices begin at multiples of `length` milliseconds, so that they stay what they are.
    pub(crate) fn slices(&self, now: f64, length: f64, count: usize) -> Vec<Option<Condition>> {
        let last_slice = (now / length).floor();
        let mut slices = vec![None; count];
        let ends = self.spans.iter().skip(1).map(|(from, _)| *from).chain([now]);
        for ((from, condition), end) in self.spans.iter().zip(ends) {
            // From the end of the strip; casts saturate.
            let newest = (last_slice - (end / length).floor()).max(0.0) as usize;
            let oldest = (last_slice - (from / length).floor()).max(0.0) as usize;
            for position in newest..oldest.saturating_add(1).min(count) {
                let slice = &mut slices[count - 1 - position];
                *slice = (*slice).max(Some(*condition));
            }
        }
        slices
    }

    /// The share of the last `length` milliseconds in which events could arrive, of the time in which they were
    /// wanted; none without such a time.
    pub(crate) fn share_up(&self, now: f64, length: f64) -> Option<f64> {
        let (mut up, mut wanted) = (0.0, 0.0);
        let ends = self.spans.iter().skip(1).map(|(from, _)| *from).chain([now]);
        for ((from, condition), end) in self.spans.iter().zip(ends) {
            let lasted = (end - from.max(now - length)).max(0.0);
            match condition {
                Condition::Off => {}
                Condition::Up | Condition::Silent => {
                    up += lasted;
                    wanted += lasted;
                }
                Condition::Down => wanted += lasted,
            }
        }
        (wanted > 0.0).then(|| up / wanted)
    }

    fn current_mut(&mut self) -> Option<&mut Entry> {
        self.entries.back_mut().filter(|entry| entry.ended.is_none())
    }

    fn begin(&mut self, now: f64) {
        if self.entries.len() == CONNECTIONS {
            self.entries.pop_front();
        }
        self.next_key += 1;
        self.entries.push_back(Entry {
            key: self.next_key,
            began: now,
            offset: self.offset,
            attempts: 0,
            failure: None,
            offline: false,
            opened: None,
            ended: None,
        });
    }
}

impl End {
    const fn by(state: &State) -> Self {
        match state {
            State::Waiting { cause, .. } => Self::Cause(*cause),
            State::Paused(reason) => Self::Paused(*reason),
            State::Closed(reason) => Self::Closed(*reason),
            _ => Self::Replaced,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const fn connecting(attempt: u32) -> State {
        State::Connecting { attempt }
    }

    const fn waiting(attempt: u32) -> State {
        State::Waiting { attempt, retry_in: Some(Duration::from_secs(1)), cause: Cause::Lost }
    }

    const fn waiting_for_the_browser(attempt: u32) -> State {
        State::Waiting { attempt, retry_in: None, cause: Cause::Failed }
    }

    /// Enters one state after the other, 1,000 ms apart.
    fn history(states: &[State]) -> History {
        let mut history = History::default();
        for (position, state) in states.iter().enumerate() {
            history.enter(state, position as f64 * 1_000.0);
        }
        history
    }

    fn entries(history: &History) -> Vec<Entry> {
        history.newest_first().copied().collect()
    }

    #[test]
    fn an_entry_keeps_the_offset_of_its_opening() {
        let mut history = History { offset: 10.0, ..History::default() };
        history.enter(&State::Connecting { attempt: 1 }, 0.0);
        history.offset = 20.0;
        history.enter(&State::Open, 1.0);
        history.offset = 30.0;
        history.enter(&State::Stale { silent_for: Duration::from_secs(1) }, 2.0);
        assert_eq!(history.newest_first().map(|entry| entry.offset).collect::<Vec<_>>(), [20.0]);
    }

    #[test]
    fn a_connection_has_a_start_and_a_cause_of_its_end() {
        let history = history(&[connecting(1), State::Open, waiting(1)]);
        let entries = entries(&history);
        assert_eq!(entries.len(), 2);
        let ended = Some((2_000.0, End::Cause(Cause::Lost)));
        let first = Entry {
            key: 1,
            began: 0.0,
            offset: 0.0,
            attempts: 1,
            failure: None,
            offline: false,
            opened: Some(1_000.0),
            ended,
        };
        assert_eq!(entries[1], first);
        assert_eq!(entries[0].began, 2_000.0);
        assert_eq!((entries[0].attempts, entries[0].failure, entries[0].opened), (0, None, None));
    }

    #[test]
    fn attempts_of_ours_count_as_they_begin() {
        let history = history(&[
            connecting(1),
            waiting(1),
            connecting(2),
            waiting(2),
            connecting(3),
            State::Open,
        ]);
        let entries = entries(&history);
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].attempts, entries[0].failure), (3, Some(Cause::Lost)));
        assert_eq!(entries[0].opened, Some(5_000.0));
    }

    #[test]
    fn attempts_of_the_browser_count_as_they_fail_or_succeed() {
        let history = history(&[
            connecting(1),
            State::Open,
            waiting_for_the_browser(1),
            waiting_for_the_browser(2),
            waiting_for_the_browser(3),
            State::Open,
        ]);
        let entries = entries(&history);
        assert_eq!((entries[0].attempts, entries[0].failure), (3, Some(Cause::Failed)));
        assert_eq!(entries[1].ended, Some((2_000.0, End::Cause(Cause::Failed))));
    }

    #[test]
    fn a_silent_connection_is_still_the_same() {
        let stale = State::Stale { silent_for: Duration::from_secs(40) };
        let history = history(&[connecting(1), State::Open, stale, State::Open]);
        let entries = entries(&history);
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].opened, entries[0].ended), (Some(1_000.0), None));
    }

    #[test]
    fn each_end_says_how() {
        for (state, end) in [
            (connecting(1), End::Replaced),
            (State::Paused(PauseReason::ByCaller), End::Paused(PauseReason::ByCaller)),
            (State::Paused(PauseReason::Hidden), End::Paused(PauseReason::Hidden)),
            (State::Paused(PauseReason::Offline), End::Paused(PauseReason::Offline)),
            (State::Closed(CloseReason::Finished), End::Closed(CloseReason::Finished)),
        ] {
            let history = history(&[connecting(1), State::Open, state]);
            let first = history.entries[0];
            assert_eq!(first.ended, Some((2_000.0, end)));
        }
        let given_up = State::Closed(CloseReason::GaveUp { attempts: 1 });
        let history = history(&[connecting(1), waiting(1), given_up]);
        assert!(history.current().is_none());
        assert_eq!((entries(&history).len(), entries(&history)[0].opened), (1, None));
    }

    #[test]
    fn a_time_offline_belongs_to_the_connection_that_is_being_made() {
        const OFFLINE: State = State::Paused(PauseReason::Offline);
        let lost = history(&[connecting(1), State::Open, OFFLINE]);
        let entries = entries(&lost);
        assert_eq!((entries.len(), entries[0].began, entries[0].attempts), (2, 2_000.0, 0));
        assert!(entries[0].offline && entries[0].ended.is_none() && !entries[1].offline);

        let back = history(&[connecting(1), waiting(1), OFFLINE, connecting(2), State::Open]);
        let entries = self::entries(&back);
        assert_eq!((entries.len(), entries[0].attempts, entries[0].began), (1, 2, 0.0));
        assert_eq!((entries[0].failure, entries[0].offline), (Some(Cause::Lost), false));
        assert_eq!(entries[0].opened, Some(4_000.0));
    }

    #[test]
    fn a_page_that_nobody_sees_wants_no_connection() {
        let history = history(&[connecting(1), State::Open, State::Paused(PauseReason::Hidden)]);
        assert!(history.current().is_none());
        assert_eq!(Condition::of(&history.last), Condition::Off);
        assert_eq!(Condition::of(&State::Paused(PauseReason::Offline)), Condition::Down);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_newest() {
        let mut history = History::default();
        for turn in 0..1_000 {
            history.enter(&State::Open, f64::from(turn));
            history.enter(&waiting(1), f64::from(turn) + 0.5);
        }
        assert_eq!((history.entries.len(), history.spans.len()), (CONNECTIONS, SPANS));
        assert_eq!(history.current().map(|entry| entry.began), Some(999.5));
    }

    #[test]
    fn a_slice_of_time_shows_the_worst_in_it() {
        use Condition::{Down, Up};
        let mut history = History::default();
        history.enter(&connecting(2), 12_000.0);
        history.enter(&State::Open, 14_000.0);
        history.enter(&waiting(1), 31_000.0);
        history.enter(&State::Open, 31_200.0);
        let slices = history.slices(52_000.0, 10_000.0, 7);
        assert_eq!(slices, [None, None, Some(Down), Some(Up), Some(Down), Some(Up), Some(Up)]);
    }

    #[test]
    fn slices_stay_what_they_are_as_time_goes_on() {
        let history = history(&[connecting(1), State::Open, waiting(1), State::Open]);
        let now = history.slices(59_000.0, 10_000.0, 4);
        assert_eq!(history.slices(50_000.0, 10_000.0, 4), now);
        assert_eq!(history.slices(69_000.0, 10_000.0, 4)[..3], now[1..]);
        assert_eq!(history.slices(f64::MAX, 10_000.0, 4).len(), 4);
        assert_eq!(history.slices(1.0, 10_000.0, 0), []);
    }

    #[test]
    fn the_share_of_time_counts_only_while_a_connection_is_wanted() {
        let mut history = History::default();
        assert_eq!(history.share_up(0.0, 1_000.0), None);
        history.enter(&State::Open, 0.0);
        history.enter(&State::Paused(PauseReason::ByCaller), 300.0);
        history.enter(&connecting(2), 400.0);
        history.enter(&State::Open, 500.0);
        assert_eq!(history.share_up(1_000.0, 10_000.0), Some(800.0 / 900.0));
        assert_eq!(history.share_up(1_000.0, 400.0), Some(1.0));
    }
}
