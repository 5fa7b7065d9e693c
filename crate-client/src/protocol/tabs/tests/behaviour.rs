//! One thing at a time.

use std::time::Duration;

use super::super::skip::Skipped;
use super::super::*;
use super::world::{Got, Ids, Pending, World};
use crate::{Gap, State};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// That many tabs, the first of which leads.
fn tabs(count: usize) -> World {
    with_cursors(count, true)
}

fn with_cursors(count: usize, carries_cursor: bool) -> World {
    let mut world = World::new(Ids::All, carries_cursor);
    for _ in 0..count {
        world.join();
        world.run();
    }
    assert_eq!(world.leaders(), [0]);
    world
}

fn publish(world: &mut World, count: usize) {
    (0..count).for_each(|_| world.publish());
    world.run();
}

fn events(range: std::ops::Range<usize>) -> Vec<Got> {
    range.map(Got::Event).collect()
}

/// The timers of that tab alone are on time.
fn steal_from_the_silent(world: &mut World, tab: usize) {
    for _ in 0..2 {
        world.run();
        world.now += seconds(4);
        world.tick(tab);
    }
    world.run();
}

fn pings(world: &World, tab: usize) -> usize {
    world.tabs[tab].posted.iter().filter(|message| **message == Message::Ping).count()
}

#[test]
fn a_leader_that_says_nothing_is_asked_and_only_without_an_answer_is_its_lock_stolen() {
    let mut world = tabs(2);
    world.tabs[0].frozen = true;
    world.pass(seconds(3));
    assert_eq!(pings(&world, 1), 0);
    world.pass(seconds(1));
    assert_eq!((pings(&world, 1), world.tabs[1].stolen), (1, 0));
    world.pass(seconds(4));
    assert_eq!((world.tabs[1].stolen, world.leaders().contains(&1)), (1, true));
}

#[test]
fn while_nobody_answers_the_state_is_stale() {
    let mut world = tabs(2);
    world.tabs[0].frozen = true;
    world.now += seconds(4);
    world.tick(1);
    assert_eq!(world.tabs[1].told.state, State::Open);
    world.now += seconds(4);
    world.tick(1);
    let expected = State::Stale { silent_for: seconds(8) };
    assert_eq!(world.tabs[1].told.state, expected);
}

#[test]
fn a_leader_that_answers_keeps_its_lock_and_one_tab_asks_for_all() {
    let mut world = tabs(4);
    world.pass(seconds(60));
    assert_eq!(world.leaders(), [0]);
    assert_eq!((1..4).map(|tab| world.tabs[tab].stolen).sum::<usize>(), 0);
    // A few at the beginning, before they have got out of step.
    let asked: usize = (1..4).map(|tab| pings(&world, tab)).sum();
    assert!(asked <= 24, "{asked} questions in a minute");
}

#[test]
fn events_are_signs_of_life() {
    let mut world = tabs(2);
    for _ in 0..20 {
        publish(&mut world, 1);
        world.pass(seconds(1));
    }
    assert_eq!(pings(&world, 1), 0);
}

#[test]
fn a_follower_that_has_slept_asks_again_before_it_steals() {
    let mut world = tabs(2);
    world.tabs[0].frozen = true;
    world.now += seconds(100);
    world.tick(1);
    world.now += seconds(100);
    world.tick(1);
    assert_eq!((pings(&world, 1), world.tabs[1].stolen), (2, 0));
    world.now += seconds(4);
    world.tick(1);
    assert_eq!((pings(&world, 1), world.tabs[1].stolen), (2, 1));
}

#[test]
fn a_leader_that_was_stolen_from_follows_and_what_it_says_late_is_not_heard() {
    let mut world = tabs(2);
    publish(&mut world, 1);
    world.tabs[0].frozen = true;
    world.pass(seconds(8));
    assert_eq!(world.leaders(), [0, 1]);
    publish(&mut world, 2);
    world.tabs[0].frozen = false;
    world.run();
    assert_eq!((world.leaders(), world.connections()), (vec![1], vec![1]));
    publish(&mut world, 1);
    for tab in &world.tabs {
        assert_eq!(tab.got, events(0..4));
    }
}

#[test]
fn who_is_welcomed_by_the_old_leader_and_the_new_one_misses_nothing() {
    let mut world = tabs(2);
    // One more than the other has heard.
    world.publish();
    world.serve(0);
    for _ in 0..2 {
        world.now += seconds(4);
        world.tick(1);
    }
    world.happen(Pending::Notice(1));
    assert_eq!(world.leaders(), [0, 1]);
    world.join();
    world.hear(0, 2);
    world.hear(1, 2);
    world.hear(2, 0);
    assert_eq!(world.tabs[2].got, events(0..1));
    world.run();
    publish(&mut world, 3);
    assert_eq!(world.leaders(), [1]);
    for tab in &world.tabs {
        assert_eq!(tab.got, events(0..4));
    }
}

#[test]
fn who_is_ahead_of_a_new_leader_gets_nothing_twice_after_its_gap() {
    let mut world = with_cursors(2, false);
    publish(&mut world, 1);
    world.tabs[0].frozen = true;
    steal_from_the_silent(&mut world, 1);
    world.publish();
    // It does not know yet that it was stolen from.
    world.tabs[0].frozen = false;
    world.serve(0);
    world.run();
    publish(&mut world, 1);
    let expected =
        [0, 1].map(Got::Event).into_iter().chain([Got::Gap(Gap::Unconfirmed), Got::Event(2)]);
    assert_eq!(world.tabs[0].got, expected.collect::<Vec<_>>());
    assert_eq!(world.leaders(), [1]);
}

#[test]
fn a_hidden_leader_with_nobody_to_see_the_others_stays() {
    let mut world = tabs(2);
    world.set_hidden(0, true);
    world.set_hidden(1, true);
    world.pass(seconds(30));
    assert_eq!(world.leaders(), [0]);
    world.set_hidden(1, false);
    world.pass(seconds(1));
    assert_eq!(world.leaders(), [1]);
    assert_eq!(world.connections(), [1]);
}

#[test]
fn a_leader_takes_back_what_it_has_yielded_to_a_tab_that_is_gone() {
    let mut world = tabs(2);
    world.set_hidden(0, true);
    world.run();
    world.now += seconds(6);
    world.tick(1);
    world.hear(0, 1);
    assert!(world.connections().is_empty(), "it has yielded");
    world.crash(1);
    world.pass(seconds(4));
    assert_eq!((world.leaders(), world.connections()), (vec![0], vec![0]));
    publish(&mut world, 1);
    assert_eq!(world.tabs[0].got, events(0..1));
}

#[test]
fn who_comes_back_gets_what_others_have_kept() {
    let mut world = tabs(2);
    publish(&mut world, 1);
    world.leave(1);
    publish(&mut world, 2_000);
    world.come_back(1);
    world.run();
    assert_eq!(world.tabs[1].got, events(0..2_001));
    assert!(!world.tabs[1].connected_once, "without a connection of its own");
}

#[test]
fn what_others_have_not_kept_is_read_on_a_short_connection_of_its_own() {
    let mut world = tabs(2);
    publish(&mut world, 1);
    world.leave(1);
    publish(&mut world, 3_000);
    world.come_back(1);
    world.run();
    assert_eq!(world.tabs[1].got, events(0..3_001));
    assert!(world.tabs[1].connected_once);
    assert_eq!(world.connections(), [0]);
    publish(&mut world, 2);
    assert_eq!(world.tabs[1].got, events(0..3_003));
}

#[test]
fn where_a_connection_can_not_begin_at_a_cursor_it_is_a_gap() {
    let mut world = with_cursors(2, false);
    publish(&mut world, 1);
    world.leave(1);
    publish(&mut world, 3_000);
    world.come_back(1);
    world.run();
    publish(&mut world, 1);
    let expected = [Got::Event(0), Got::Gap(Gap::Unconfirmed), Got::Event(3_001)];
    assert_eq!(world.tabs[1].got, expected);
}

#[test]
fn a_short_connection_that_brings_nothing_is_given_up_after_ten_seconds() {
    let mut world = tabs(2);
    publish(&mut world, 1);
    world.leave(1);
    publish(&mut world, 3_000);
    world.come_back(1);
    world.hear_all_but_the_server();
    assert_eq!(world.connections(), [0, 1]);
    for _ in 0..12 {
        world.now += seconds(1);
        world.tick(1);
        world.hear_all_but_the_server();
    }
    assert_eq!(world.connections(), [0]);
    publish(&mut world, 1);
    let expected = [Got::Event(0), Got::Gap(Gap::Unconfirmed), Got::Event(3_001)];
    assert_eq!(world.tabs[1].got, expected);
}

#[test]
fn names_that_any_tab_wants_reach_whoever_leads_next() {
    let mut world = tabs(3);
    world.on(2, |machine, _| machine.want(&["other".into()], false));
    world.run();
    world.crash(0);
    world.run();
    assert_eq!(world.leaders(), [1]);
    assert_eq!(world.tabs[1].machine.names(), ["e".into(), "other".into()]);
}

#[test]
fn names_that_a_new_leader_has_missed_are_said_again() {
    let mut world = tabs(3);
    publish(&mut world, 1);
    world.leave(1);
    world.on(2, |machine, _| machine.want(&["other".into()], false));
    world.tabs[0].frozen = true;
    world.come_back(1);
    steal_from_the_silent(&mut world, 1);
    assert_eq!(world.leaders(), [0, 1]);
    assert_eq!(world.tabs[1].machine.names(), ["e".into(), "other".into()]);
}

#[test]
fn a_leader_does_not_heed_one_before_that_it_has_not_heard_of_in_time() {
    let mut world = tabs(1);
    publish(&mut world, 1);
    // It never runs, and has a number that is less than the other's.
    world.join();
    world.crash(1);
    world.join();
    world.hear(0, 2);
    world.crash(0);
    world.happen(Pending::Notice(2));
    world.hear(2, 0);
    assert_eq!((world.leaders(), world.connections()), (vec![2], vec![2]));
}

#[test]
fn a_newcomer_that_takes_the_number_of_the_term_before_leads_in_a_later_one() {
    let mut world = World::new(Ids::All, true);
    world.clock_is_wrong = true;
    (0..2).for_each(|_| {
        world.join();
        world.run();
    });
    publish(&mut world, 1);
    world.tabs[0].frozen = true;
    world.join();
    steal_from_the_silent(&mut world, 2);
    publish(&mut world, 2);
    assert_eq!(world.leaders(), [0, 2]);
    assert_eq!(world.tabs[1].got, events(0..3));
}

#[test]
fn what_is_missing_after_a_leader_that_alone_was_known_to_be_open_is_a_gap() {
    for hears_of_the_new_leader in [true, false] {
        let mut world = World::new(Ids::None, true);
        for _ in 0..3 {
            world.join();
            world.hear_all_but_the_server();
        }
        world.serve(0);
        world.hear(2, 0);
        assert_eq!(world.tabs[2].told.state, State::Open);
        // Nobody hears of this one.
        world.publish();
        world.serve(0);
        world.lose_message(2, 0);
        world.crash(0);
        world.happen(Pending::Notice(1));
        if !hears_of_the_new_leader {
            world.lose_message(2, 1);
        }
        world.hear(2, 1);
        world.run();
        publish(&mut world, 2);
        let expected = [Got::Gap(Gap::Unconfirmed), Got::Event(1), Got::Event(2)];
        assert_eq!(world.tabs[2].got, expected);
        assert_eq!(world.tabs[1].got, events(1..3), "it has missed nothing that it was told of");
    }
}

#[test]
fn a_stream_that_is_over_is_not_opened_by_the_next_leader_but_by_a_newcomer() {
    let mut world = tabs(2);
    let over = Told { state: State::Closed(crate::CloseReason::Finished), ..Told::default() };
    world.on(0, |machine, now| machine.on_own_state(over.clone(), now));
    world.run();
    world.crash(0);
    world.run();
    assert_eq!((world.leaders(), world.connections()), (vec![1], vec![]));
    assert_eq!(world.tabs[1].told, over);
    world.join();
    world.run();
    assert_eq!(world.connections(), [1]);
}

#[test]
fn who_finds_a_hole_in_the_leaders_count_asks_for_what_is_missing() {
    let mut world = tabs(2);
    publish(&mut world, 1);
    (0..2).for_each(|_| world.publish());
    world.serve(0);
    world.lose_message(1, 0);
    world.run();
    assert_eq!(world.tabs[1].got, events(0..3));
}

#[test]
fn a_gap_behind_the_event_where_a_tab_stands_is_told_to_it() {
    let mut backlog = Backlog::default();
    let mark = Mark { id: "5".into(), times: 1 };
    let event = RelayedEvent { name: "a".into(), id: "5".into(), data: "".into() };
    backlog.push(Label::default(), mark.clone(), Relayed::Event(event));
    backlog.push(Label::default(), mark.clone(), Relayed::Gap(Gap::Resync));
    assert_eq!(backlog.behind_mark(&mark), Some(1));
}

#[test]
fn what_a_tab_has_had_is_skipped_however_many_items_bring_it() {
    let mark = |id: &str| Mark { id: id.into(), times: 1 };
    let event = |id: &str| {
        Relayed::Event(RelayedEvent { name: "a".into(), id: id.into(), data: "".into() })
    };
    let ahead_by_one = || Skip::new(1, mark("1"), mark("3")).expect("there is something to skip");
    let mut skip = ahead_by_one();
    let has_had = |it: &Mark| *it == mark("2");
    assert_eq!(skip.take(&event("2"), has_had), Skipped::Had);
    assert_eq!(skip.take(&event("3"), has_had), Skipped::HadLast);
    assert_eq!(ahead_by_one().take(&event("2"), |_| false), Skipped::Lost);
}
