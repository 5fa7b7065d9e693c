//! One connection for several subscriptions.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sse_signals::testing::World;
use sse_signals::{
    CloseReason, Event, EventSource, Gap, Item, Late, Options, PauseReason, Resume, Share, Sharing,
    State,
};

use crate::{Feed, item, seconds, text};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Other {
    Number(u32),
    Flag(bool),
}

fn shared() -> Options {
    Options::new().share(Share::Page).resume(Resume::Query("since".into()))
}

fn open<T: serde::de::DeserializeOwned + 'static>(options: Options) -> EventSource<T> {
    EventSource::open("/events", options).expect("a world takes any URL")
}

fn number(id: &str, number: u32) -> Item<Feed> {
    item(id, Feed::Number(number))
}

fn other(id: &str, data: Other) -> Item<Other> {
    Item::Event(Event::new(id, data))
}

#[test]
fn subscriptions_of_different_types_share_one_connection() {
    let world = World::new();
    let mut one = open::<Feed>(shared());
    let mut two = open::<Other>(shared());
    assert_eq!(world.requests().len(), 1);
    let request = world.request();
    request.accept();
    assert_eq!((one.state(), two.state()), (State::Open, State::Open));
    assert_eq!((one.sharing(), two.sharing()), (Sharing::Page, Sharing::Page));
    request.send_with_id("1", &text("for one"));
    request.send_with_id("2", &Feed::Number(7));
    // A name that only the second, which came later, listens to.
    request.send_with_id("3", &Other::Flag(true));
    assert_eq!(world.items(&mut one), [item("1", text("for one")), number("2", 7)]);
    let expected = [other("2", Other::Number(7)), other("3", Other::Flag(true))];
    assert_eq!(world.items(&mut two), expected);
}

#[test]
fn a_late_subscriber_gets_the_latest_of_each_name_in_order_and_the_state() {
    let world = World::new();
    let _first = open::<Feed>(shared());
    world.request().accept();
    world.request().send_with_id("1", &text("old"));
    world.request().send_with_id("2", &Feed::Number(1));
    world.request().send_with_id("3", &text("new"));
    let mut late = open::<Feed>(shared());
    assert_eq!(late.state(), State::Open);
    assert_eq!(world.items(&mut late), [number("2", 1), item("3", text("new"))]);
    world.request().send_with_id("4", &Feed::Number(2));
    assert_eq!(world.items(&mut late), [number("4", 2)]);
    assert_eq!(world.requests().len(), 1);
}

#[test]
fn a_late_subscriber_gets_more_than_the_latest_where_that_is_asked_for() {
    let world = World::new();
    let options = || shared().late(Late::Recent);
    let _first = open::<Feed>(options());
    world.request().accept();
    let numbers: Vec<_> = (1..=2_100).collect();
    for number in &numbers {
        world.request().send_with_id(&number.to_string(), &Feed::Number(*number));
    }
    let mut late = open::<Feed>(options());
    let expected: Vec<_> = numbers[52..].iter().map(|it| number(&it.to_string(), *it)).collect();
    assert_eq!(world.items(&mut late), expected);
}

#[test]
fn what_may_be_out_of_date_is_followed_by_the_gap() {
    let world = World::new();
    let _first = open::<Feed>(shared());
    world.request().accept();
    world.request().send_with_id("1", &text("before"));
    world.request().write("event: resync\ndata:\n\n");
    world.request().send_with_id("9", &Feed::Number(1));
    let mut late = open::<Feed>(shared());
    let expected = [item("1", text("before")), Item::Gap(Gap::Resync), number("9", 1)];
    assert_eq!(world.items(&mut late), expected);
}

#[test]
fn close_concerns_ones_own_subscription_and_the_last_one_closes_the_connection() {
    let world = World::new();
    let one = open::<Feed>(shared());
    let mut two = open::<Feed>(shared());
    let request = world.request();
    request.accept();
    one.close();
    assert_eq!(one.state(), State::Closed(CloseReason::ByCaller));
    request.send_with_id("1", &text("on"));
    assert_eq!(world.items(&mut two), [item("1", text("on"))]);
    assert!(request.is_open());
    drop(two);
    assert!(!request.is_open());
    drop(one);
    assert_eq!(world.requests().len(), 1);
}

#[test]
fn who_pauses_gets_what_was_missed_and_nothing_twice() {
    let world = World::new();
    let mut one = open::<Feed>(shared());
    let mut two = open::<Feed>(shared());
    let request = world.request();
    request.accept();
    request.send_with_id("1", &text("both"));
    two.pause();
    assert_eq!(two.state(), State::Paused(PauseReason::ByCaller));
    request.send_with_id("2", &text("two is away"));
    request.send_with_id("3", &text("still"));
    two.resume();
    request.send_with_id("4", &text("back"));
    let all: Vec<_> = [("1", "both"), ("2", "two is away"), ("3", "still"), ("4", "back")]
        .into_iter()
        .map(|(id, words)| item(id, text(words)))
        .collect();
    assert_eq!(world.items(&mut two), all);
    assert_eq!(world.items(&mut one), all);
    assert_eq!(world.requests().len(), 1);
}

#[test]
fn when_all_have_paused_the_connection_is_made_anew_from_the_last_event_id() {
    let world = World::new();
    let mut source = open::<Feed>(shared());
    world.request().accept();
    world.request().send_with_id("1", &text("one"));
    source.pause();
    assert!(!world.request().is_open());
    source.resume();
    assert_eq!(world.request().url(), "/events?since=1");
    world.request().accept();
    world.request().send_with_id("2", &text("two"));
    assert_eq!(world.items(&mut source), [item("1", text("one")), item("2", text("two"))]);
}

#[test]
fn one_that_is_slow_does_not_hold_the_others_back() {
    let world = World::new();
    let mut slow = open::<Feed>(shared().queue_capacity(2));
    let mut quick = open::<Feed>(shared());
    world.request().accept();
    for number in 1..=5 {
        world.request().send_with_id(&number.to_string(), &Feed::Number(number));
    }
    assert_eq!(world.items(&mut slow), [Item::Lagged(3), number("4", 4), number("5", 5)]);
    assert_eq!(world.items(&mut quick).len(), 5);
    assert_eq!(world.requests().len(), 1);
}

#[test]
fn what_shapes_a_connection_is_not_shared_with_what_differs_there() {
    let world = World::new();
    let others = [
        shared().with_credentials(true),
        shared().resume(Resume::Header),
        shared().stale_after(seconds(9)),
        shared().heartbeat_event("beat"),
        shared().late(Late::Recent),
        Options::new().resume(Resume::Query("since".into())),
    ];
    let mut sources = vec![open::<Feed>(shared())];
    for (count, options) in (2..).zip(others) {
        sources.push(open::<Feed>(options));
        assert_eq!(world.requests().len(), count);
    }
    sources.push(EventSource::open("/others", shared()).unwrap());
    assert_eq!(world.requests().len(), 8);
    // These concern the subscription alone.
    sources.push(open::<Feed>(shared().queue_capacity(7)));
    assert_eq!(world.requests().len(), 8);
}

#[cfg(feature = "fetch")]
#[test]
fn a_fetch_is_shared_if_it_is_the_same_and_never_with_callbacks() {
    let world = World::new();
    let fetch = |token: &str| {
        let fetch = sse_signals::Fetch::new().header("Authorization", token);
        Options::new().share(Share::Page).fetch(fetch)
    };
    let _sources = [open::<Feed>(fetch("a")), open::<Feed>(fetch("a")), open::<Feed>(fetch("b"))];
    assert_eq!(world.requests().len(), 2);
    let asking = || {
        let fetch = sse_signals::Fetch::new().on_status(sse_signals::Answer::default_decision);
        open::<Feed>(Options::new().share(Share::Page).fetch(fetch))
    };
    let alone = [asking(), asking()];
    assert_eq!(world.requests().len(), 4);
    assert_eq!(alone[0].sharing(), Sharing::Alone);
}

#[test]
fn reconnect_is_for_all_and_a_newcomer_does_not_want_an_old_end() {
    let world = World::new();
    let options = || shared().end_event("end");
    let one = open::<Feed>(options());
    world.request().accept();
    one.reconnect();
    assert_eq!(world.requests().len(), 2);
    world.request().accept();
    world.request().write("event: end\ndata:\n\n");
    assert_eq!(one.state(), State::Closed(CloseReason::Finished));
    let two = open::<Feed>(options());
    assert_eq!(world.requests().len(), 3);
    world.request().accept();
    assert_eq!((one.state(), two.state()), (State::Open, State::Open));
}

#[test]
fn a_url_that_can_not_be_opened_is_an_error_for_each() {
    let world = World::new();
    world.reject_urls(true);
    for share in [Share::Page, Share::Page, Share::Browser("1.0".into())] {
        let opened = EventSource::<Feed>::open("http://[", Options::new().share(share));
        assert!(opened.is_err_and(|error| error.is_invalid_url()));
    }
    world.reject_urls(false);
    let source = open::<Feed>(shared());
    world.request().accept();
    assert_eq!(source.state(), State::Open);
}

#[test]
fn the_only_tab_leads() {
    let world = World::new();
    let options = || Options::new().share(Share::Browser("1.0".into()));
    let mut source = open::<Feed>(options());
    world.settle();
    assert_eq!(source.sharing(), Sharing::Leader);
    world.request().accept();
    world.request().send_with_id("1", &text("one"));
    let mut late = open::<Feed>(options());
    assert_eq!((late.sharing(), late.state()), (Sharing::Leader, State::Open));
    assert_eq!(world.items(&mut late), [item("1", text("one"))]);
    assert_eq!(world.items(&mut source), [item("1", text("one"))]);
    world.leave();
    assert_eq!(source.state(), State::Paused(PauseReason::Hidden));
    assert!(!world.request().is_open());
    world.come_back();
    world.advance(Duration::from_secs(1));
    world.request().accept();
    assert_eq!((world.requests().len(), source.state()), (2, State::Open));
}
