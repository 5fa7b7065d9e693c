//! Who retries, how often and how fast; what an older connection says.

use super::*;

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

#[test]
fn whatever_an_older_generation_says_is_dropped() {
    let mut sim = Sim::open(Options::new());
    let old = sim.generation();
    sim.connect();
    let (state, now) = (sim.state(), sim.now);
    sim.machine.on_open(old, now);
    sim.machine.on_error(old, false, now, 0.5);
    sim.machine.on_error(old, true, now, 0.5);
    let verdict = sim.machine.on_event(old, Some("a-1"), None, Role::End, Some(now));
    assert_eq!(verdict, Verdict::Superseded);
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
