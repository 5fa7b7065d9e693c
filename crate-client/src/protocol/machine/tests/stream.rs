//! What a transport tells that reads the stream itself.

use super::*;
use crate::Fetch;

fn by_fetch() -> Options {
    Options::new().fetch(Fetch::new())
}

impl Sim {
    /// The connection ends, and the cause is known.
    fn ends(&mut self, cause: Cause, then: Then) -> State {
        self.machine.on_failure(self.generation(), cause, then, self.now, 0.5);
        self.drain();
        self.state()
    }

    /// An event that brings its own ID.
    fn own_event(&mut self, id: &str) -> Verdict {
        self.machine.on_event(self.generation(), Some(id), Some(true), Role::Plain, Some(self.now))
    }
}

#[test]
fn every_connection_resumes_from_the_cursor_by_header_and_needs_no_gap() {
    let mut sim = Sim::open(by_fetch());
    sim.own_event("a-1");
    sim.ends(Cause::Lost, Then::Retry);
    sim.passes(SECOND);
    assert_eq!(sim.requested_cursor(), Some("a-1"));
    sim.opens();
    assert_eq!(sim.gaps(), 0);
}

#[test]
fn a_stream_without_ids_tells_a_gap_after_each_reconnect() {
    let mut sim = Sim::open(by_fetch());
    sim.machine.on_event(sim.generation(), Some(""), Some(false), Role::Plain, Some(sim.now));
    sim.ends(Cause::Lost, Then::Retry);
    sim.passes(SECOND);
    sim.opens();
    assert_eq!(sim.gaps(), 1);
}

#[test]
fn an_empty_id_clears_the_last_event_id_on_a_resumed_stream_too() {
    for in_a_block_without_data in [false, true] {
        let mut sim = Sim::open(by_fetch());
        sim.own_event("a-7");
        sim.ends(Cause::Lost, Then::Retry);
        sim.passes(SECOND);
        sim.opens();
        if in_a_block_without_data {
            sim.machine.on_last_event_id("");
        } else {
            assert_eq!(sim.own_event(""), Verdict::Deliver);
        }
        sim.ends(Cause::Lost, Then::Retry);
        sim.passes(2 * SECOND);
        assert_eq!(sim.requested_cursor(), None);
    }
}

#[test]
fn a_block_without_an_event_moves_the_cursor() {
    let mut sim = Sim::open(by_fetch());
    sim.machine.on_last_event_id("a-5");
    sim.ends(Cause::Lost, Then::Retry);
    sim.passes(SECOND);
    assert_eq!(sim.requested_cursor(), Some("a-5"));
}

#[test]
fn an_event_that_repeats_the_cursor_just_after_a_resume_is_not_delivered_again() {
    let mut sim = Sim::open(by_fetch());
    assert_eq!(sim.own_event("a-1"), Verdict::Deliver);
    assert_eq!(sim.own_event("a-1"), Verdict::Deliver, "no resume, no repetition");
    sim.ends(Cause::Lost, Then::Retry);
    sim.passes(SECOND);
    sim.opens();
    // What names no ID of its own does not tell where the server goes on.
    let verdict = sim.machine.on_event(
        sim.generation(),
        Some("a-1"),
        Some(false),
        Role::Plain,
        Some(sim.now),
    );
    assert_eq!(verdict, Verdict::Deliver);
    assert_eq!(sim.own_event("a-1"), Verdict::Repeated);
    assert_eq!(sim.own_event("a-1"), Verdict::Deliver, "only the first");
}

#[test]
fn the_native_transport_drops_nothing_that_repeats_the_cursor() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    sim.fails();
    sim.passes(SECOND);
    sim.opens();
    assert!(sim.event("a-1", Role::Plain));
}

#[test]
fn the_servers_reconnection_time_is_the_base_and_retry_0_never_spins() {
    let mut sim = Sim::open(by_fetch());
    sim.machine.on_reconnection_time(4_000);
    sim.ends(Cause::Ended, Then::Retry);
    assert_eq!(waiting(&sim.state()), (1, Some(6 * SECOND), Cause::Ended), "jitter is one half");
    sim.passes(6 * SECOND);
    sim.opens();
    sim.machine.on_reconnection_time(0);
    for _ in 0..5 {
        sim.ends(Cause::Ended, Then::Retry);
        let (_, delay, _) = waiting(&sim.state());
        assert_eq!(delay, Some(Duration::from_millis(250)));
        sim.passes(SECOND);
        sim.opens();
    }
}

#[test]
fn finished_and_dropped_are_different_ends() {
    let mut sim = Sim::open(by_fetch());
    assert_eq!(sim.ends(Cause::Ended, Then::Finish), State::Closed(CloseReason::Finished));
    let mut sim = Sim::open(by_fetch());
    assert_eq!(waiting(&sim.ends(Cause::Lost, Then::Retry)).2, Cause::Lost);
}

#[test]
fn a_refusal_that_stops_tells_its_status() {
    let mut sim = Sim::new(by_fetch());
    sim.connect();
    let state = sim.ends(Cause::Status(404), Then::Stop);
    assert_eq!(state, State::Closed(CloseReason::Refused(Cause::Status(404))));
    assert_eq!(sim.machine.poll_timeout(), None);
}

#[test]
fn retry_after_is_honoured_above_the_cap_but_not_below_the_floor() {
    let mut sim = Sim::new(by_fetch());
    sim.connect();
    let state = sim.ends(Cause::Status(503), Then::RetryAfter(120 * SECOND));
    assert_eq!(waiting(&state), (1, Some(120 * SECOND), Cause::Status(503)));
    sim.passes(120 * SECOND);
    let state = sim.ends(Cause::Status(503), Then::RetryAfter(Duration::ZERO));
    assert_eq!(waiting(&state).1, Some(Duration::from_millis(250)));
}

#[test]
fn other_credentials_are_tried_at_once_and_then_with_growing_delays() {
    let mut sim = Sim::new(by_fetch());
    sim.connect();
    assert!(!sim.machine.renews());
    let state = sim.ends(Cause::Status(401), Then::Renew);
    assert_eq!(waiting(&state).1, Some(Duration::from_millis(250)));
    sim.passes(SECOND);
    assert!(sim.machine.renews());
    let state = sim.ends(Cause::Status(401), Then::Renew);
    assert_eq!(waiting(&state).1, Some(SECOND), "the second failure's delay");
    sim.passes(SECOND);
    assert!(sim.machine.renews());
    sim.opens();
    sim.ends(Cause::Lost, Then::Retry);
    sim.passes(30 * SECOND);
    assert!(!sim.machine.renews(), "they were good");
}

#[test]
fn any_byte_counts_as_life() {
    let mut sim = Sim::open(by_fetch().stale_after(10 * SECOND).reconnect_after(20 * SECOND));
    for _ in 0..10 {
        sim.passes(9 * SECOND);
        assert!(sim.machine.on_bytes(sim.generation(), sim.now));
        assert_eq!(sim.state(), State::Open);
    }
    sim.passes(11 * SECOND);
    assert!(matches!(sim.state(), State::Stale { .. }));
    sim.machine.on_bytes(sim.generation(), sim.now);
    assert_eq!(sim.state(), State::Open);
}

#[test]
fn silence_is_not_the_servers_while_we_do_not_read() {
    let mut sim = Sim::open(by_fetch().stale_after(10 * SECOND).reconnect_after(20 * SECOND));
    sim.machine.on_blocked(sim.generation(), true, sim.now);
    sim.passes(3_600 * SECOND);
    assert_eq!(sim.state(), State::Open);
    sim.machine.on_blocked(sim.generation(), false, sim.now);
    sim.passes(10 * SECOND);
    assert_eq!(sim.state(), State::Stale { silent_for: 10 * SECOND }, "counted from there on");
}

#[test]
fn what_an_older_connection_says_of_its_end_or_bytes_is_dropped() {
    let mut sim = Sim::open(by_fetch());
    let (old, now) = (sim.generation(), sim.now);
    sim.connect();
    let state = sim.state();
    sim.machine.on_failure(old, Cause::Lost, Then::Retry, now, 0.5);
    sim.machine.on_failure(old, Cause::Status(404), Then::Stop, now, 0.5);
    sim.machine.on_blocked(old, true, now);
    assert!(!sim.machine.on_bytes(old, now));
    assert_eq!(sim.state(), state);
}

#[test]
fn a_cursor_of_an_earlier_life_is_resumed_from_and_a_gap_told_where_it_can_not_be() {
    for (options, cursor, gaps) in
        [(by_fetch(), Some("a-7"), 0), (by_query(), Some("a-7"), 0), (Options::new(), None, 1)]
    {
        let mut sim = Sim::new(options.clone());
        sim.machine = Machine::new(options, Some("a-7".to_owned()));
        sim.connect();
        assert_eq!(sim.requested_cursor(), cursor);
        sim.opens();
        assert_eq!(sim.gaps(), gaps);
    }
}
