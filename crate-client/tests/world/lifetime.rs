//! How long a world counts, and what runs in it.

use std::rc::Rc;

use sse_signals::testing::World;
use sse_signals::{Options, State};

use super::*;

#[test]
fn without_a_world_a_source_is_inert() {
    let source = open(Options::new());
    source.reconnect();
    assert_eq!(source.state(), State::Idle);
    assert!(!sse_signals::is_supported());
}

#[test]
fn nothing_happens_any_more_to_what_was_opened_in_a_world_that_is_gone() {
    let world = World::new();
    assert!(sse_signals::is_supported());
    let source = open(Options::new());
    world.request().refuse(503);
    let state = source.state();
    drop(world);
    source.reconnect();
    assert_eq!(source.state(), state);
    assert_eq!(open(Options::new()).state(), State::Idle);
}

#[test]
fn of_two_worlds_the_newer_counts_until_it_is_gone() {
    let outer = World::new();
    let inner = World::new();
    let _first = open(Options::new());
    assert_eq!((outer.requests().len(), inner.requests().len()), (0, 1));
    drop(inner);
    let _second = open(Options::new());
    assert_eq!(outer.requests().len(), 1);
}

#[test]
fn a_world_counts_for_its_own_thread_alone() {
    let _world = World::new();
    let elsewhere = std::thread::spawn(|| open(Options::new()).state());
    assert_eq!(elsewhere.join().expect("it does not panic"), State::Idle);
}

#[test]
fn tasks_and_what_they_hold_end_with_the_world() {
    let world = World::new();
    let held = Rc::new(());
    let (weak, mut source) = (Rc::downgrade(&held), open(Options::new()));
    world.spawn(async move {
        let _held = held;
        while source.next().await.is_some() {}
    });
    let request = world.request();
    drop(world);
    assert!(weak.upgrade().is_none() && request.is_closed());
}

#[test]
fn a_future_runs_to_its_end_together_with_the_tasks() {
    let world = World::new();
    let mut source = accepted(&world, Options::new());
    let mut states = source.states();
    world.request().send(&text("hi"));
    let (state, item) = world.block_on(async move { (states.next().await, source.next().await) });
    assert_eq!((state, item), (Some(State::Open), Some(super::item("", text("hi")))));
}

#[test]
#[should_panic(expected = "the future waits for something that the test has yet to do")]
fn a_future_that_would_wait_for_ever_is_told() {
    let world = World::new();
    let mut source = accepted(&world, Options::new());
    world.block_on(source.next());
}

#[test]
#[should_panic(expected = "nothing was opened in this world")]
fn a_request_that_was_never_made_is_told() {
    let world = World::new();
    let _ = world.request();
}
