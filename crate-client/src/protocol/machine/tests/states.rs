//! The states, one by one.

use super::*;

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
