//! Resuming from the cursor, and the gap where nothing confirms it.

use super::*;

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
