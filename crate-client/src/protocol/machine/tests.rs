//! The machine, driven by hand with injected time. The tests follow the lines of the crate's state contract.

use super::*;
use crate::Retry;

const SECOND: Duration = Duration::from_secs(1);

/// A machine and the time; jitter is always 0.5.
struct Sim {
    machine: Machine,
    now: Duration,
    actions: Vec<Action>,
}

impl Sim {
    fn new(options: Options) -> Self {
        Self {
            machine: Machine::new(options),
            now: Duration::from_secs(1_000),
            actions: Vec::new(),
        }
    }

    /// Connected and open.
    fn open(options: Options) -> Self {
        let mut sim = Self::new(options);
        sim.connect();
        sim.opens();
        sim.actions.clear();
        sim
    }

    fn generation(&self) -> u64 {
        self.machine.last_generation
    }

    fn state(&self) -> State {
        self.machine.state().clone()
    }

    fn drain(&mut self) {
        while let Some(action) = self.machine.poll_action() {
            self.actions.push(action);
        }
    }

    fn connect(&mut self) {
        self.machine.connect(self.now);
        self.drain();
    }

    fn opens(&mut self) {
        self.machine.on_open(self.generation(), self.now);
        self.drain();
    }

    /// `error` with `readyState` CONNECTING.
    fn loses(&mut self) {
        self.now += SECOND;
        self.machine.on_error(self.generation(), false, self.now, 0.5);
        self.drain();
    }

    /// `error` with `readyState` CLOSED.
    fn fails(&mut self) {
        self.machine.on_error(self.generation(), true, self.now, 0.5);
        self.drain();
    }

    fn event(&mut self, id: &str, role: Role) -> bool {
        let counted = self.machine.on_event(self.generation(), id, role, self.now);
        self.drain();
        counted
    }

    /// Time passes, and the timer fires whenever it is due.
    fn passes(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(due) = self.machine.poll_timeout().filter(|due| *due <= end) {
            self.now = due;
            self.machine.handle_timeout(self.now, 0.5);
            self.drain();
        }
        self.now = end;
    }

    fn gaps(&self) -> usize {
        self.actions.iter().filter(|action| matches!(action, Action::Gap(_))).count()
    }

    /// The cursor of the newest request.
    fn requested_cursor(&self) -> Option<&str> {
        self.actions.iter().rev().find_map(|action| match action {
            Action::Connect { cursor, .. } => Some(cursor.as_deref()),
            Action::Disconnect | Action::Gap(_) => None,
        })?
    }
}

fn by_query() -> Options {
    Options::new().resume(Resume::Query("lastEventId".into()))
}

fn waiting(state: &State) -> (u32, Option<Duration>, Cause) {
    match state {
        State::Waiting { attempt, retry_in, cause } => (*attempt, *retry_in, *cause),
        other => panic!("not waiting but {other:?}"),
    }
}

// The states, one by one.

#[test]
fn idle_until_it_is_started() {
    let sim = Sim::new(Options::new());
    assert_eq!(sim.state(), State::Idle);
    assert_eq!(sim.machine.poll_timeout(), None);
}

#[test]
fn connecting_tells_its_attempt_from_one() {
    let mut sim = Sim::new(Options::new());
    sim.connect();
    assert_eq!(sim.state(), State::Connecting { attempt: 1 });
    assert_eq!(sim.actions, [Action::Connect { generation: 1, cursor: None }]);
    sim.fails();
    sim.passes(SECOND);
    assert_eq!(sim.state(), State::Connecting { attempt: 2 });
}

#[test]
fn open_once_the_server_has_answered() {
    let mut sim = Sim::new(Options::new());
    sim.connect();
    sim.opens();
    assert_eq!(sim.state(), State::Open);
    assert_eq!(sim.gaps(), 0, "nothing was there to miss before the first connection");
}

#[test]
fn stale_when_nothing_arrived_for_stale_after() {
    let mut sim = Sim::open(Options::new().stale_after(10 * SECOND));
    sim.passes(9 * SECOND);
    assert_eq!(sim.state(), State::Open);
    sim.passes(SECOND);
    assert_eq!(sim.state(), State::Stale { silent_for: 10 * SECOND });
}

#[test]
fn waiting_tells_attempt_delay_and_cause() {
    let mut sim = Sim::open(Options::new());
    sim.fails();
    assert_eq!(waiting(&sim.state()), (1, Some(SECOND / 2), Cause::Failed));
}

#[test]
fn paused_by_caller_has_no_connection_and_resumes_from_the_cursor() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    sim.machine.pause(sim.now);
    sim.drain();
    assert_eq!(sim.state(), State::Paused(PauseReason::ByCaller));
    assert_eq!(sim.actions, [Action::Disconnect]);
    assert_eq!(sim.machine.poll_timeout(), None);
    sim.machine.resume(sim.now);
    sim.drain();
    assert_eq!(sim.state(), State::Connecting { attempt: 1 });
    assert_eq!(sim.requested_cursor(), Some("a-1"));
}

#[test]
fn resume_without_a_pause_changes_nothing() {
    let mut sim = Sim::open(Options::new());
    sim.machine.resume(sim.now);
    assert_eq!(sim.state(), State::Open);
}

#[test]
fn closed_by_caller_closes_the_connection() {
    let mut sim = Sim::open(Options::new());
    sim.machine.close();
    sim.drain();
    assert_eq!(sim.state(), State::Closed(CloseReason::ByCaller));
    assert_eq!(sim.actions, [Action::Disconnect]);
}

#[test]
fn closed_finished_when_the_end_event_comes() {
    let mut sim = Sim::open(Options::new());
    assert!(sim.event("", Role::End));
    assert_eq!(sim.state(), State::Closed(CloseReason::Finished));
    assert_eq!(
        sim.actions,
        [Action::Disconnect],
        "so that the browser does not replay a finished stream"
    );
    sim.machine.close();
    assert_eq!(sim.state(), State::Closed(CloseReason::Finished), "close() keeps the reason");
}

#[test]
fn closed_refused_only_with_on_closed_stop() {
    let mut sim = Sim::open(Options::new().on_closed(OnClosed::Stop));
    sim.fails();
    assert_eq!(sim.state(), State::Closed(CloseReason::Refused(Cause::Failed)));
    assert_eq!(sim.machine.poll_timeout(), None);
}

#[test]
fn on_closed_stop_does_not_stop_the_browsers_own_retries() {
    let mut sim = Sim::open(Options::new().on_closed(OnClosed::Stop));
    sim.loses();
    assert_eq!(waiting(&sim.state()), (1, None, Cause::Lost));
    sim.opens();
    assert_eq!(sim.state(), State::Open);
}

#[test]
fn closed_gave_up_after_the_consecutive_limit() {
    let mut sim = Sim::new(Options::new().retry(Retry::new().limit(3)));
    sim.connect();
    for _ in 0..2 {
        sim.fails();
        sim.passes(60 * SECOND);
        assert!(matches!(sim.state(), State::Connecting { .. }));
    }
    sim.fails();
    assert_eq!(sim.state(), State::Closed(CloseReason::GaveUp { attempts: 3 }));
    assert_eq!(sim.machine.poll_timeout(), None);
}

#[test]
fn the_limit_counts_the_browsers_own_retries_and_ends_them() {
    let mut sim = Sim::open(Options::new().retry(Retry::new().limit(3)));
    for _ in 0..3 {
        sim.loses();
    }
    assert_eq!(sim.state(), State::Closed(CloseReason::GaveUp { attempts: 3 }));
    assert_eq!(sim.actions, [Action::Disconnect]);
}

// While the browser retries by itself.

#[test]
fn while_the_browser_retries_attempt_counts_errors_and_no_connecting_is_seen() {
    let mut sim = Sim::open(Options::new());
    for errors in 1..=4 {
        sim.loses();
        assert_eq!(waiting(&sim.state()), (errors, None, Cause::Lost));
        sim.passes(60 * SECOND);
        assert_eq!(waiting(&sim.state()), (errors, None, Cause::Lost), "no timer of ours");
    }
    assert_eq!(sim.actions, [], "the connection is left to the browser");
    sim.opens();
    assert_eq!(sim.state(), State::Open);
}

#[test]
fn an_error_with_closed_hands_the_retry_to_us_with_a_new_connection() {
    let mut sim = Sim::open(Options::new());
    sim.loses();
    sim.fails();
    assert_eq!(waiting(&sim.state()), (2, Some(SECOND), Cause::Failed));
    sim.passes(SECOND);
    assert_eq!(sim.state(), State::Connecting { attempt: 3 });
    assert_eq!(sim.actions, [Action::Disconnect, Action::Connect { generation: 2, cursor: None }]);
}

#[test]
fn every_closed_is_retried_whatever_the_status_was_that_the_browser_hides() {
    let mut sim = Sim::new(Options::new());
    sim.connect();
    for attempt in 1..=50 {
        assert_eq!(sim.state(), State::Connecting { attempt });
        sim.fails();
        sim.passes(30 * SECOND);
    }
}

#[test]
fn a_servers_retry_of_zero_never_spins() {
    let mut sim = Sim::open(Options::new());
    for _ in 0..2 {
        sim.machine.on_error(sim.generation(), false, sim.now, 0.5);
        sim.opens();
    }
    assert_eq!(sim.actions, [Action::Gap(Gap::Unconfirmed), Action::Gap(Gap::Unconfirmed)]);
    sim.now += Duration::from_millis(249);
    sim.machine.on_error(sim.generation(), false, sim.now, 0.5);
    assert_eq!(waiting(&sim.state()), (3, Some(2 * SECOND), Cause::Lost));
    sim.drain();
    assert_eq!(sim.actions.last(), Some(&Action::Disconnect));
}

#[test]
fn a_browser_that_retries_at_the_floor_is_left_alone() {
    let mut sim = Sim::open(Options::new());
    for errors in 1..=5 {
        sim.now += Duration::from_millis(250);
        sim.machine.on_error(sim.generation(), false, sim.now, 0.5);
        assert_eq!(waiting(&sim.state()), (errors, None, Cause::Lost));
    }
}

// Resuming.

#[test]
fn a_hand_over_without_resume_delivers_a_gap() {
    let mut sim = Sim::open(Options::new());
    sim.event("a-1", Role::Plain);
    sim.fails();
    sim.passes(SECOND);
    assert_eq!(sim.requested_cursor(), None, "a stranger's signed URL is not changed");
    assert_eq!(sim.gaps(), 0, "not before the connection stands");
    sim.opens();
    assert_eq!(sim.actions.last(), Some(&Action::Gap(Gap::Unconfirmed)));
}

#[test]
fn resume_by_query_puts_the_cursor_into_the_request_and_needs_no_gap() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    sim.event("a-2", Role::Plain);
    sim.fails();
    sim.passes(SECOND);
    assert_eq!(sim.requested_cursor(), Some("a-2"));
    sim.opens();
    assert_eq!(sim.gaps(), 0);
}

#[test]
fn resume_by_query_without_any_id_delivers_a_gap() {
    let mut sim = Sim::open(by_query());
    sim.event("", Role::Plain);
    sim.fails();
    sim.passes(SECOND);
    assert_eq!(sim.requested_cursor(), None);
    sim.opens();
    assert_eq!(sim.gaps(), 1);
}

#[test]
fn a_browsers_reconnect_with_an_id_is_confirmed_by_its_header() {
    let mut sim = Sim::open(Options::new());
    sim.event("a-1", Role::Plain);
    sim.loses();
    sim.opens();
    assert_eq!(sim.gaps(), 0);
}

#[test]
fn a_browsers_reconnect_without_an_id_delivers_a_gap() {
    let mut sim = Sim::open(Options::new());
    sim.event("", Role::Plain);
    sim.loses();
    sim.opens();
    assert_eq!(sim.gaps(), 1);
}

#[test]
fn no_gap_while_nothing_was_ever_open() {
    let mut sim = Sim::new(Options::new());
    sim.connect();
    sim.fails();
    sim.passes(SECOND);
    sim.loses();
    sim.opens();
    assert_eq!(sim.gaps(), 0);
}

#[test]
fn events_without_an_id_on_a_new_connection_do_not_erase_the_cursor() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    sim.fails();
    sim.passes(SECOND);
    sim.opens();
    sim.event("", Role::Heartbeat);
    sim.loses();
    sim.opens();
    assert_eq!(sim.gaps(), 0, "the browser repeats the URL with its cursor");
    sim.fails();
    sim.passes(2 * SECOND);
    assert_eq!(sim.requested_cursor(), Some("a-1"));
}

#[test]
fn an_id_that_the_server_takes_back_is_no_cursor_any_more() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    sim.event("", Role::Plain);
    sim.loses();
    sim.opens();
    assert_eq!(sim.gaps(), 1);
}

#[test]
fn resync_delivers_a_gap_and_its_id_is_the_new_cursor() {
    let mut sim = Sim::open(by_query());
    sim.event("a-9", Role::Plain);
    assert!(sim.event("b-3", Role::Resync));
    assert_eq!(sim.actions, [Action::Gap(Gap::Resync)]);
    assert_eq!(sim.state(), State::Open);
    sim.fails();
    sim.passes(SECOND);
    assert_eq!(sim.requested_cursor(), Some("b-3"));
}

// Generations.

#[test]
fn whatever_an_older_generation_says_is_dropped() {
    let mut sim = Sim::open(Options::new());
    let old = sim.generation();
    sim.connect();
    let (state, now) = (sim.state(), sim.now);
    sim.machine.on_open(old, now);
    sim.machine.on_error(old, false, now, 0.5);
    sim.machine.on_error(old, true, now, 0.5);
    assert!(!sim.machine.on_event(old, "a-1", Role::End, now));
    assert_eq!(sim.state(), state);
    assert_eq!(sim.machine.poll_action(), None);
    assert_eq!(sim.machine.cursor, "");
}

#[test]
fn nothing_that_arrives_after_close_is_counted() {
    let mut sim = Sim::open(Options::new());
    sim.machine.close();
    sim.drain();
    sim.opens();
    sim.loses();
    sim.fails();
    assert!(!sim.event("a-1", Role::Plain));
    assert_eq!(sim.state(), State::Closed(CloseReason::ByCaller));
}

#[test]
fn close_during_a_wait_cancels_the_timer() {
    let mut sim = Sim::open(Options::new());
    sim.fails();
    assert!(sim.machine.poll_timeout().is_some());
    sim.machine.close();
    assert_eq!(sim.machine.poll_timeout(), None);
    sim.passes(3_600 * SECOND);
    assert_eq!(sim.state(), State::Closed(CloseReason::ByCaller));
}

// Retry.

#[test]
fn the_delays_grow_with_full_jitter_up_to_the_cap() {
    let mut sim = Sim::new(Options::new());
    sim.connect();
    let mut delays = Vec::new();
    for _ in 0..7 {
        sim.fails();
        let (_, delay, _) = waiting(&sim.state());
        delays.push(delay.unwrap().as_millis());
        sim.passes(30 * SECOND);
    }
    assert_eq!(delays, [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
}

#[test]
fn the_count_starts_again_only_after_the_connection_has_stood_for_a_while() {
    let mut sim = Sim::new(Options::new());
    sim.connect();
    for attempt in 1..=3 {
        sim.opens();
        sim.passes(4 * SECOND);
        sim.fails();
        assert_eq!(waiting(&sim.state()).0, attempt, "it opens and drops at once");
        sim.passes(30 * SECOND);
    }
    sim.opens();
    sim.passes(5 * SECOND);
    sim.fails();
    assert_eq!(waiting(&sim.state()).0, 1);
}

#[test]
fn reconnect_replaces_the_connection_or_the_wait_at_once() {
    let mut sim = Sim::open(Options::new());
    sim.connect();
    assert_eq!(sim.actions, [Action::Disconnect, Action::Connect { generation: 2, cursor: None }]);
    sim.fails();
    sim.connect();
    assert_eq!(sim.state(), State::Connecting { attempt: 2 });
    assert_eq!(sim.machine.poll_timeout(), None);
}

#[test]
fn reconnect_after_giving_up_starts_to_count_anew() {
    let mut sim = Sim::new(Options::new().retry(Retry::new().limit(1)));
    sim.connect();
    sim.fails();
    assert_eq!(sim.state(), State::Closed(CloseReason::GaveUp { attempts: 1 }));
    sim.connect();
    assert_eq!(sim.state(), State::Connecting { attempt: 1 });
}

#[test]
fn a_timer_that_fires_early_changes_nothing() {
    let mut sim = Sim::open(Options::new());
    sim.fails();
    let before = sim.state();
    sim.machine.handle_timeout(sim.now + SECOND / 4, 0.5);
    assert_eq!(sim.state(), before);
}

// The watchdog.

#[test]
fn any_event_counts_as_life_a_heartbeat_too() {
    let mut sim = Sim::open(Options::new().stale_after(10 * SECOND));
    for role in [Role::Plain, Role::Heartbeat, Role::Plain, Role::Heartbeat] {
        sim.passes(9 * SECOND);
        assert_eq!(sim.state(), State::Open, "before a {role:?} event");
        assert!(sim.event("", role));
    }
}

#[test]
fn stale_is_open_again_with_the_next_event() {
    let mut sim = Sim::open(Options::new().stale_after(10 * SECOND));
    sim.passes(15 * SECOND);
    assert!(matches!(sim.state(), State::Stale { .. }));
    sim.event("", Role::Heartbeat);
    assert_eq!(sim.state(), State::Open);
    sim.passes(10 * SECOND);
    assert_eq!(sim.state(), State::Stale { silent_for: 10 * SECOND });
}

#[test]
fn after_reconnect_after_the_connection_is_closed_and_opened_anew() {
    let mut sim = Sim::open(by_query().stale_after(10 * SECOND).reconnect_after(20 * SECOND));
    sim.event("a-1", Role::Plain);
    sim.passes(20 * SECOND);
    assert_eq!(waiting(&sim.state()), (1, Some(SECOND / 2), Cause::Silent));
    assert_eq!(sim.actions, [Action::Disconnect]);
    sim.passes(SECOND);
    assert_eq!(sim.state(), State::Connecting { attempt: 1 + 1 });
    assert_eq!(sim.requested_cursor(), Some("a-1"));
}

#[test]
fn a_request_that_is_never_answered_is_made_anew_too() {
    let mut sim = Sim::new(Options::new().reconnect_after(20 * SECOND));
    sim.connect();
    sim.passes(20 * SECOND);
    assert_eq!(waiting(&sim.state()).2, Cause::Silent);
}

#[test]
fn a_retry_of_the_browsers_that_is_never_answered_is_taken_over_from() {
    let mut sim = Sim::open(by_query().reconnect_after(40 * SECOND));
    sim.event("a-1", Role::Plain);
    sim.loses();
    sim.passes(39 * SECOND);
    assert_eq!(waiting(&sim.state()), (1, None, Cause::Lost));
    sim.passes(SECOND);
    assert_eq!(waiting(&sim.state()), (2, Some(SECOND), Cause::Silent));
    sim.passes(SECOND);
    assert_eq!(sim.requested_cursor(), Some("a-1"));
}

#[test]
fn the_browser_gets_at_least_the_cap_for_a_retry_of_its_own() {
    let mut sim = Sim::open(Options::new().reconnect_after(SECOND));
    sim.loses();
    sim.passes(29 * SECOND);
    assert_eq!(waiting(&sim.state()), (1, None, Cause::Lost));
    sim.passes(SECOND);
    assert_eq!(waiting(&sim.state()).2, Cause::Silent);
}

#[test]
fn a_sleep_of_the_machine_is_seen_by_the_clock() {
    let mut sim = Sim::open(Options::new().stale_after(10 * SECOND).reconnect_after(20 * SECOND));
    // The timer was due after 10 s but fires after an hour.
    sim.machine.handle_timeout(sim.now + 3_600 * SECOND, 0.5);
    assert_eq!(waiting(&sim.state()).2, Cause::Silent);
}

#[test]
fn without_the_options_silence_changes_nothing() {
    let mut sim = Sim::open(Options::new());
    sim.passes(86_400 * SECOND);
    assert_eq!(sim.state(), State::Open);
    assert_eq!(sim.machine.poll_timeout(), None);
}
