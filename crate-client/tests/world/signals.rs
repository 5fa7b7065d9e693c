//! Signals of Leptos at speed, and the hook's life in a world.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use leptos::prelude::*;
use leptos::reactive::effect::ImmediateEffect;
use sse_signals::hooks::leptos::{UseEventSource, use_event_source};
use sse_signals::testing::{FRAME, World};
use sse_signals::{Item, Options, State};

use super::*;

/// More than the queue holds, so that they have to be taken meanwhile.
const MANY: u32 = 10_000;
/// The queue's bound.
const CAPACITY: u32 = 4_096;

/// Counts how often those are told who read what is shown.
struct Readers {
    told: Arc<AtomicUsize>,
    _effect: ImmediateEffect,
}

impl Readers {
    fn of<T: Send + Sync + 'static>(shown: ReadSignal<T>) -> Self {
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        let effect = ImmediateEffect::new_isomorphic(move || {
            shown.track();
            count.fetch_add(1, Ordering::Relaxed);
        });
        let readers = Self { told, _effect: effect };
        assert_eq!(readers.told(), 1, "when they begin to read");
        readers
    }

    /// Since this was last asked.
    fn told(&self) -> usize {
        self.told.swap(0, Ordering::Relaxed)
    }
}

fn hook(options: Options) -> UseEventSource<Feed> {
    use_event_source("/events", options)
}

fn numbers(feed: UseEventSource<Feed>) -> ReadSignal<Vec<u32>> {
    feed.fold(Vec::new(), |numbers, item| match item {
        Item::Event(event) => match event.data {
            Feed::Number(number) => numbers.push(number),
            Feed::Text(_) => unreachable!("none is sent"),
        },
        other => panic!("{other:?}"),
    })
}

/// As a hook's owner a component would.
fn in_world(test: impl FnOnce(&World)) {
    let world = World::new();
    let owner = Owner::new();
    owner.with(|| test(&world));
}

#[test]
fn of_thousands_of_events_between_two_frames_readers_are_told_once_and_the_fold_saw_all_in_order() {
    in_world(|world| {
        let feed = hook(Options::new());
        let folded = numbers(feed);
        let latest = feed.latest(|event| Some(event.clone()));
        let (of_folded, of_latest) = (Readers::of(folded), Readers::of(latest));
        world.request().accept();
        for number in 0..MANY {
            world.request().send(&Feed::Number(number));
        }
        assert_eq!((of_folded.told(), of_latest.told()), (0, 0), "no frame has come yet");
        folded.with_untracked(|seen| assert!(seen.iter().copied().eq(0..MANY)));
        world.advance(FRAME);
        assert_eq!((of_folded.told(), of_latest.told()), (1, 1));
        assert_eq!(latest.get_untracked(), Some(Feed::Number(MANY - 1)));
        world.advance(FRAME * 60);
        assert_eq!((of_folded.told(), of_latest.told()), (0, 0), "there is nothing new");
    });
}

#[test]
fn events_of_each_frame_are_shown_in_that_frame() {
    in_world(|world| {
        let readers = Readers::of(numbers(hook(Options::new())));
        world.request().accept();
        for frame in 0..100 {
            for number in 0..100 {
                world.request().send(&Feed::Number(frame * 100 + number));
            }
            world.advance(FRAME);
            assert_eq!(readers.told(), 1);
        }
    });
}

#[test]
fn while_the_page_is_hidden_readers_are_told_once_a_second() {
    in_world(|world| {
        let readers = Readers::of(numbers(hook(Options::new())));
        world.request().accept();
        world.hide();
        for number in 0..MANY {
            world.request().send(&Feed::Number(number));
        }
        world.advance(Duration::from_millis(999));
        assert_eq!(readers.told(), 0);
        world.advance(Duration::from_millis(1));
        assert_eq!(readers.told(), 1);
        world.request().send(&Feed::Number(MANY));
        world.show();
        world.advance(FRAME);
        assert_eq!(readers.told(), 1, "the page is seen again");
    });
}

#[test]
fn what_overflows_while_it_is_not_taken_is_counted_to_the_last_event() {
    in_world(|world| {
        let mut source = accepted(world, Options::new());
        // All in one task of the browser's, while nobody takes them.
        let block = |number| format!("event: number\ndata: {number}\n\n");
        let all: String = (0..MANY).map(block).collect();
        world.request().write(&all);
        let items = world.items(&mut source);
        assert_eq!(items[0], Item::Lagged(u64::from(MANY - CAPACITY)));
        let kept = (MANY - CAPACITY..MANY).map(|number| item("", Feed::Number(number)));
        assert!(items[1..].iter().cloned().eq(kept));
    });
}

#[test]
fn a_hook_is_told_of_what_its_queue_had_no_room_for() {
    in_world(|world| {
        let feed = hook(Options::new().queue_capacity(10));
        let lagged = feed.fold((0, 0), |(events, lagged), item| match item {
            Item::Event(_) => *events += 1,
            Item::Lagged(more) => *lagged += more,
            other => panic!("{other:?}"),
        });
        world.request().accept();
        let block = |number| format!("event: number\ndata: {number}\n\n");
        let all: String = (0..100).map(block).collect();
        world.request().write(&all);
        world.advance(FRAME);
        assert_eq!(lagged.get_untracked(), (10, 90));
    });
}

#[test]
fn a_history_holds_no_more_than_it_may_however_much_comes() {
    in_world(|world| {
        let feed = hook(Options::new());
        let last_ten = feed.history(|event| Some(event.clone()), 10);
        world.request().accept();
        for number in 0..MANY {
            world.request().send(&Feed::Number(number));
            last_ten.with_untracked(|last| assert!(last.len() <= 10 && last.capacity() <= 32));
        }
        world.advance(FRAME);
        let expected: VecDeque<_> = (MANY - 10..MANY).map(Feed::Number).collect();
        assert_eq!(last_ten.get_untracked(), expected);
    });
}

#[test]
fn the_state_is_told_at_once() {
    in_world(|world| {
        let feed = hook(Options::new());
        let readers = Readers::of(feed.state());
        world.settle();
        assert_eq!(
            (readers.told(), feed.state().get_untracked()),
            (1, State::Connecting { attempt: 1 })
        );
        world.request().accept();
        assert_eq!((readers.told(), feed.state().get_untracked()), (1, State::Open));
        world.request().cut();
        assert_eq!(readers.told(), 1);
        assert!(feed.error().get_untracked().is_some());
        feed.close();
        world.settle();
        assert!(feed.state().get_untracked().is_closed());
    });
}

#[test]
fn the_connection_ends_with_its_owner_and_nothing_is_told_any_more() {
    let world = World::new();
    let owner = Owner::new();
    let readers = owner.with(|| Readers::of(numbers(hook(Options::new()))));
    world.request().accept();
    world.request().send(&Feed::Number(1));
    owner.cleanup();
    assert!(world.request().is_closed());
    world.advance(FRAME);
    assert_eq!(readers.told(), 0);
}

#[test]
fn another_world_has_frames_of_its_own() {
    // Which outlive their worlds.
    for owner in &[Owner::new(), Owner::new()] {
        let world = World::new();
        let readers = owner.with(|| Readers::of(numbers(hook(Options::new()))));
        world.request().accept();
        world.request().send(&Feed::Number(1));
        world.advance(FRAME);
        assert_eq!(readers.told(), 1);
        // Its frame never comes.
        world.request().send(&Feed::Number(2));
    }
}

#[test]
fn without_a_world_a_hook_may_be_dropped_on_any_thread() {
    let owner = Owner::new();
    let feed = owner.with(|| hook(Options::new()));
    owner.with(|| feed.on(|_| {}));
    feed.reconnect();
    assert_eq!(feed.state().get_untracked(), State::Idle);
    std::thread::spawn(move || owner.cleanup()).join().expect("nothing is bound to a thread");
}
