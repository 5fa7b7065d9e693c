//! The page and its network.

use super::*;
use crate::WhenHidden;

/// The state after an event of the page.
fn after(sim: &mut Sim, event: PageEvent) -> State {
    sim.machine.on_page(event, sim.now);
    sim.drain();
    sim.state()
}

fn connects(sim: &Sim) -> usize {
    sim.actions.iter().filter(|action| matches!(action, Action::Connect { .. })).count()
}

/// A look at the clocks after the times have passed on each; what is due after it is done.
fn sleeps(sim: &mut Sim, monotonic: Duration, wall: &mut Duration, by: Duration) {
    sim.now += monotonic;
    *wall += by;
    sim.machine.look_at_clocks(sim.now, *wall);
    sim.machine.handle_timeout(sim.now, 0.5);
    sim.drain();
}

#[test]
fn offline_keeps_an_open_connection_and_makes_no_attempt_once_it_is_lost() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    assert_eq!(after(&mut sim, PageEvent::Offline), State::Open, "it may well go on");
    sim.fails();
    assert_eq!(sim.state(), State::Paused(PauseReason::Offline));
    sim.passes(3_600 * SECOND);
    assert_eq!((sim.state(), connects(&sim)), (State::Paused(PauseReason::Offline), 0));
    assert_eq!(after(&mut sim, PageEvent::Online), State::Connecting { attempt: 2 });
    assert_eq!((connects(&sim), sim.requested_cursor()), (1, Some("a-1")));
}

#[test]
fn going_offline_ends_a_wait_and_coming_online_an_attempt_follows_at_once() {
    let mut sim = Sim::open(Options::new());
    sim.fails();
    assert_eq!(after(&mut sim, PageEvent::Offline), State::Paused(PauseReason::Offline));
    assert_eq!(sim.machine.poll_timeout(), None);
    assert_eq!(after(&mut sim, PageEvent::Online), State::Connecting { attempt: 2 });

    let mut sim = Sim::open(Options::new());
    sim.fails();
    assert_eq!(after(&mut sim, PageEvent::Online), State::Connecting { attempt: 2 }, "no wait");
}

#[test]
fn an_open_connection_that_says_nothing_soon_after_coming_online_is_made_anew() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    after(&mut sim, PageEvent::Offline);
    assert_eq!(after(&mut sim, PageEvent::Online), State::Open);
    sim.passes(2 * SECOND);
    assert_eq!(sim.state(), State::Connecting { attempt: 1 });
    assert_eq!((connects(&sim), sim.requested_cursor()), (1, Some("a-1")));
    sim.opens();
    sim.passes(60 * SECOND);
    assert_eq!((connects(&sim), sim.gaps()), (1, 0), "once");
}

#[test]
fn an_open_connection_that_speaks_after_coming_online_is_kept() {
    let mut sim = Sim::open(by_query());
    after(&mut sim, PageEvent::Offline);
    after(&mut sim, PageEvent::Online);
    sim.passes(SECOND);
    assert!(sim.event("a-2", Role::Heartbeat));
    sim.passes(60 * SECOND);
    assert_eq!((sim.state(), connects(&sim)), (State::Open, 0));
}

#[test]
fn coming_online_leaves_a_retry_to_the_browser_where_only_that_knows_the_last_event_id() {
    let mut sim = Sim::open(Options::new());
    sim.event("a-1", Role::Plain);
    sim.loses();
    after(&mut sim, PageEvent::Online);
    assert_eq!((waiting(&sim.state()).1, connects(&sim)), (None, 0));

    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    sim.loses();
    assert_eq!(after(&mut sim, PageEvent::Online), State::Connecting { attempt: 2 });
    assert_eq!(sim.requested_cursor(), Some("a-1"));
}

#[test]
fn where_the_network_is_not_followed_neither_offline_nor_online_nor_sleep_count() {
    let mut sim = Sim::open(Options::new().follow_network(false));
    after(&mut sim, PageEvent::Offline);
    let mut wall = 1_000 * SECOND;
    for _ in 0..2 {
        sleeps(&mut sim, SECOND, &mut wall, 3_600 * SECOND);
    }
    assert_eq!((sim.state(), sim.machine.poll_timeout()), (State::Open, None));
    sim.fails();
    assert!(matches!(sim.state(), State::Waiting { retry_in: Some(_), .. }));
}

#[test]
fn a_sleep_of_the_machine_is_seen_by_the_clock_that_went_on() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    let mut wall = 1_000 * SECOND;
    for _ in 0..10 {
        sleeps(&mut sim, 20 * SECOND, &mut wall, 20 * SECOND);
    }
    assert_eq!(connects(&sim), 0, "awake");
    sleeps(&mut sim, SECOND, &mut wall, 600 * SECOND);
    sim.passes(2 * SECOND);
    assert_eq!((sim.state(), connects(&sim)), (State::Connecting { attempt: 1 }, 1));
    assert_eq!(sim.requested_cursor(), Some("a-1"));
}

#[test]
fn a_sleep_is_seen_by_a_late_timer_where_both_clocks_went_on() {
    let mut sim = Sim::open(by_query());
    let mut wall = 1_000 * SECOND;
    sleeps(&mut sim, SECOND, &mut wall, SECOND);
    assert_eq!(sim.machine.poll_timeout(), Some(sim.now + 20 * SECOND), "it is looked for");
    sleeps(&mut sim, 100 * SECOND, &mut wall, 100 * SECOND);
    sim.passes(2 * SECOND);
    assert_eq!(connects(&sim), 0, "a hidden page's timers are that slow");
    sleeps(&mut sim, 120 * SECOND, &mut wall, 120 * SECOND);
    sim.passes(2 * SECOND);
    assert_eq!(connects(&sim), 1);
}

#[test]
fn a_clock_that_is_set_back_is_no_sleep() {
    let mut sim = Sim::open(by_query());
    let mut wall = 10_000 * SECOND;
    sleeps(&mut sim, SECOND, &mut wall, SECOND);
    wall -= 3_600 * SECOND;
    sleeps(&mut sim, SECOND, &mut wall, SECOND);
    sim.passes(10 * SECOND);
    assert_eq!(connects(&sim), 0);
}

#[test]
fn a_hidden_page_keeps_its_connection_by_default() {
    let mut sim = Sim::open(Options::new());
    after(&mut sim, PageEvent::Hidden);
    sim.passes(86_400 * SECOND);
    assert_eq!(after(&mut sim, PageEvent::Visible), State::Open);
    assert_eq!(sim.actions, []);
}

#[test]
fn a_hidden_page_gives_its_connection_up_after_a_delay_and_resumes_once_it_is_seen() {
    let mut sim = Sim::open(by_query().when_hidden(WhenHidden::ReleaseAfter(60 * SECOND)));
    sim.event("a-1", Role::Plain);
    after(&mut sim, PageEvent::Hidden);
    sim.passes(59 * SECOND);
    assert_eq!(sim.state(), State::Open);
    sim.passes(SECOND);
    assert_eq!(sim.state(), State::Paused(PauseReason::Hidden));
    assert_eq!(sim.actions, [Action::Disconnect]);
    assert_eq!(sim.machine.poll_timeout(), None);
    assert_eq!(after(&mut sim, PageEvent::Visible), State::Connecting { attempt: 1 });
    assert_eq!(sim.requested_cursor(), Some("a-1"));
    sim.opens();
    assert_eq!(sim.gaps(), 0);
}

#[test]
fn a_page_that_is_seen_again_before_the_delay_keeps_its_connection() {
    let mut sim = Sim::open(by_query().when_hidden(WhenHidden::ReleaseAfter(60 * SECOND)));
    for _ in 0..3 {
        after(&mut sim, PageEvent::Hidden);
        sim.passes(40 * SECOND);
        after(&mut sim, PageEvent::Visible);
        sim.passes(40 * SECOND);
    }
    assert_eq!((sim.state(), sim.actions.len()), (State::Open, 0));
}

#[test]
fn a_wait_of_a_hidden_page_ends_with_the_delay_too() {
    let retry = Retry::new().base(300 * SECOND).cap(300 * SECOND);
    let hidden = WhenHidden::ReleaseAfter(60 * SECOND);
    let mut sim = Sim::open(Options::new().retry(retry).when_hidden(hidden));
    sim.fails();
    after(&mut sim, PageEvent::Hidden);
    sim.passes(60 * SECOND);
    assert_eq!(sim.state(), State::Paused(PauseReason::Hidden));
}

#[test]
fn a_page_that_is_left_gives_its_connection_up_and_resumes_once_on_return() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    assert_eq!(after(&mut sim, PageEvent::Hidden), State::Open);
    assert_eq!(after(&mut sim, PageEvent::Left), State::Paused(PauseReason::Hidden));
    assert_eq!(after(&mut sim, PageEvent::Returned), State::Connecting { attempt: 1 });
    after(&mut sim, PageEvent::Visible);
    assert_eq!((connects(&sim), sim.requested_cursor()), (1, Some("a-1")), "one connection");
}

#[test]
fn a_page_that_returns_does_not_open_what_the_caller_has_paused_or_closed() {
    for close in [false, true] {
        let mut sim = Sim::open(by_query());
        if close {
            sim.machine.close();
        } else {
            sim.machine.pause(sim.now);
        }
        let state = sim.state();
        for event in [PageEvent::Left, PageEvent::Returned, PageEvent::Visible, PageEvent::Online] {
            assert_eq!(after(&mut sim, event), state);
        }
    }
}

#[test]
fn resume_does_not_open_what_the_page_holds_back() {
    let mut sim = Sim::open(by_query());
    after(&mut sim, PageEvent::Left);
    sim.machine.resume(sim.now);
    assert_eq!(sim.state(), State::Paused(PauseReason::Hidden));
    sim.machine.pause(sim.now);
    assert_eq!(after(&mut sim, PageEvent::Returned), State::Paused(PauseReason::ByCaller));
}

#[test]
fn a_connection_that_is_found_dead_after_coming_online_is_left_to_the_browsers_own_retry() {
    let mut sim = Sim::open(Options::new());
    sim.event("a-1", Role::Plain);
    after(&mut sim, PageEvent::Online);
    sim.loses();
    sim.passes(60 * SECOND);
    assert_eq!((waiting(&sim.state()).1, connects(&sim)), (None, 0), "it knows the last event ID");
    sim.opens();
    assert_eq!((sim.state(), sim.gaps()), (State::Open, 0));
}

#[test]
fn no_attempt_is_made_while_offline_by_a_page_that_is_seen_again() {
    let mut sim = Sim::open(by_query());
    sim.event("a-1", Role::Plain);
    after(&mut sim, PageEvent::Left);
    after(&mut sim, PageEvent::Offline);
    let offline = State::Paused(PauseReason::Offline);
    assert_eq!(after(&mut sim, PageEvent::Returned), offline);
    assert_eq!(after(&mut sim, PageEvent::Visible), offline);
    assert_eq!(connects(&sim), 0);
    assert_eq!(after(&mut sim, PageEvent::Online), State::Connecting { attempt: 1 });
    assert_eq!((connects(&sim), sim.requested_cursor()), (1, Some("a-1")));
}

#[test]
fn nothing_is_suspected_nor_tried_while_offline() {
    let mut sim = Sim::open(by_query());
    let mut wall = 1_000 * SECOND;
    sleeps(&mut sim, SECOND, &mut wall, SECOND);
    after(&mut sim, PageEvent::Online);
    after(&mut sim, PageEvent::Offline);
    sim.passes(10 * SECOND);
    assert_eq!((sim.state(), connects(&sim)), (State::Open, 0), "suspected before");
    sleeps(&mut sim, SECOND, &mut wall, 600 * SECOND);
    sim.passes(10 * SECOND);
    assert_eq!((sim.state(), connects(&sim)), (State::Open, 0), "after a sleep");
    sim.fails();
    sleeps(&mut sim, SECOND, &mut wall, 600 * SECOND);
    assert_eq!((sim.state(), connects(&sim)), (State::Paused(PauseReason::Offline), 0));
}
