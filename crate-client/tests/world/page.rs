//! The clock, the page and its storage.

use sse_signals::testing::World;
use sse_signals::{KeepCursor, Options, PauseReason, Resume, State, WhenHidden};

use super::*;

#[test]
fn time_stands_until_the_test_moves_it() {
    let world = World::new();
    let source = accepted(&world, Options::new().stale_after(seconds(40)));
    world.advance(seconds(39));
    assert_eq!((world.now(), source.state()), (seconds(39), State::Open));
    world.advance(seconds(1));
    assert_eq!(source.state(), State::Stale { silent_for: seconds(40) });
    world.request().write(": not seen natively\n\n");
    assert!(matches!(source.state(), State::Stale { .. }));
    world.request().write("event: ping\ndata\n\n");
    assert_eq!(source.state(), State::Open);
}

#[test]
fn timers_fire_in_their_order_and_at_their_time_however_far_the_clock_is_moved() {
    let world = World::new();
    let options = |stale| Options::new().stale_after(stale).reconnect_after(stale + seconds(10));
    let late = accepted(&world, options(seconds(20)));
    let early = accepted(&world, options(seconds(5)));
    world.advance(seconds(25));
    // Stale at 5 s, given up at 15 s, and half a second later asked for anew.
    assert_eq!((world.requests().len(), early.state()), (3, State::Connecting { attempt: 2 }));
    assert_eq!(late.state(), State::Stale { silent_for: seconds(20) });
    // Which gets an answer within another 15 s, or not.
    world.advance(Duration::from_millis(5_499));
    assert_eq!(early.state(), State::Connecting { attempt: 2 });
    world.advance(Duration::from_millis(1));
    assert!(matches!(early.state(), State::Waiting { attempt: 2, .. }));
}

#[test]
fn a_hidden_page_gives_its_connection_up_and_makes_it_anew() {
    let world = World::new();
    let options = Options::new().when_hidden(WhenHidden::ReleaseAfter(seconds(60)));
    let source = accepted(&world, options.clone());
    world.hide();
    let opened_hidden = accepted(&world, options);
    world.advance(seconds(60));
    let paused = State::Paused(PauseReason::Hidden);
    assert_eq!((source.state(), opened_hidden.state()), (paused, paused));
    world.show();
    assert_eq!(source.state(), State::Connecting { attempt: 1 });
    assert_eq!(world.requests().len(), 4);
}

#[test]
fn offline_and_online_are_told() {
    let world = World::new();
    let source = open(Options::new());
    world.go_offline();
    world.request().refuse(500);
    assert_eq!(source.state(), State::Paused(PauseReason::Offline));
    world.advance(seconds(600));
    assert_eq!(world.requests().len(), 1);
    world.go_online();
    assert_eq!(source.state(), State::Connecting { attempt: 2 });
}

#[test]
fn a_page_that_is_left_has_no_connection_and_makes_it_anew_when_it_is_returned_to() {
    let world = World::new();
    let source = accepted(&world, Options::new());
    world.leave();
    assert_eq!(source.state(), State::Paused(PauseReason::Hidden));
    assert!(world.request().is_closed());
    world.come_back();
    assert_eq!((source.state(), world.requests().len()), (State::Connecting { attempt: 1 }, 2));
}

#[test]
fn after_a_sleep_a_connection_has_to_prove_that_it_lives() {
    let world = World::new();
    let _source = accepted(&world, Options::new());
    world.advance(seconds(1));
    world.sleep(seconds(3_600));
    assert_eq!(world.now(), seconds(1));
    world.advance(seconds(30));
    assert_eq!(world.requests().len(), 2);
}

#[test]
fn a_cursor_is_kept_over_a_reload() {
    let world = World::new();
    let place = KeepCursor::InLocal("cursor".into());
    let options = Options::new().resume(Resume::Query("since".into())).keep_cursor(place.clone());
    assert_eq!(world.kept_cursor(&place), None);
    let mut source = accepted(&world, options.clone());
    world.request().send_with_id("7", &text("seven"));
    world.request().send_with_id("8", &text("not taken"));
    assert!(world.block_on(source.next()).is_some());
    drop(source);
    assert_eq!(world.kept_cursor(&place).as_deref(), Some("7"));
    let _after_reload = open(options);
    assert_eq!(world.request().url(), "/events?since=7");
}
