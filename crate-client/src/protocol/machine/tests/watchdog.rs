//! Silence.

use super::*;

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
