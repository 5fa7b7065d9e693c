//! A member, fed by hand.

use std::cell::Cell;

use super::super::member::{Feed, Joining, Member, Receiver};
use super::rig::Feed as Shown;

use super::*;
#[cfg(feature = "tabs")]
use crate::Sharing;
use crate::scripted::Stage;
use crate::{KeepCursor, Malformed, PauseReason};

/// How the member's feeds fare.
#[derive(Default)]
struct Feeds {
    receiver: RefCell<Option<Weak<dyn Receiver>>>,
    cursors: RefCell<Vec<Option<String>>>,
    live: Cell<usize>,
    reconnects: Cell<usize>,
}

struct HandFed(Rc<Feeds>);

impl Feed for HandFed {
    fn reconnect(&self) {
        self.0.reconnects.set(self.0.reconnects.get() + 1);
    }
}

impl Drop for HandFed {
    fn drop(&mut self) {
        self.0.live.set(self.0.live.get() - 1);
    }
}

struct Fed {
    world: Rc<Stage>,
    feeds: Rc<Feeds>,
    member: Member<Shown, Rc<Stage>>,
}

impl Fed {
    fn new(world: &Rc<Stage>, options: &Options) -> Self {
        let feeds = Rc::<Feeds>::default();
        let attached = Rc::clone(&feeds);
        let attach = Box::new(move |joining: Joining| {
            *attached.receiver.borrow_mut() = Some(joining.receiver);
            attached.cursors.borrow_mut().push(joining.cursor);
            attached.live.set(attached.live.get() + 1);
            Ok(Rc::new(HandFed(Rc::clone(&attached))) as Rc<dyn Feed>)
        });
        let platform = Rc::clone(world);
        let member = Member::new(platform, "/events", options, attach);
        member.connect().unwrap();
        Self { world: Rc::clone(world), feeds, member }
    }

    fn receiver(&self) -> Rc<dyn Receiver> {
        let receiver = self.feeds.receiver.borrow();
        receiver.as_ref().and_then(Weak::upgrade).expect("the member lives")
    }

    fn open(options: &Options) -> Self {
        let fed = Self::new(&Rc::default(), options);
        fed.receiver().state(&State::Open, None, None);
        fed
    }

    fn items(&self) -> (Vec<Item<Shown>>, bool) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut items = Vec::new();
        loop {
            match self.member.poll_next(&mut cx) {
                Poll::Ready(Some(item)) => items.push(item),
                Poll::Ready(None) => return (items, true),
                Poll::Pending => return (items, false),
            }
        }
    }
}

#[test]
fn a_member_decodes_what_its_type_takes_and_passes_over_the_rest() {
    let fed = Fed::open(&Options::new());
    let receiver = fed.receiver();
    assert_eq!(receiver.names(), ["text", "price"]);
    receiver.event("text", "1", "one");
    receiver.event("weather", "2", "rain");
    receiver.event("price", "3", "{");
    receiver.gap(Gap::Resync);
    receiver.lagged(7);
    let (items, ended) = fed.items();
    assert_eq!(items[0], text("1", "one"));
    assert!(matches!(&items[1], Item::Malformed(Malformed { name, .. }) if name == "price"));
    assert_eq!(items[2..], [Item::Gap(Gap::Resync), Item::Lagged(7)]);
    assert!(!ended);
}

#[test]
fn a_member_that_closes_leaves_its_feed_and_hears_no_more_of_it() {
    let fed = Fed::open(&Options::new());
    let receiver = fed.receiver();
    receiver.event("text", "1", "one");
    fed.member.close();
    assert_eq!(fed.feeds.live.get(), 0);
    receiver.event("text", "2", "two");
    receiver.state(&State::Open, None, None);
    assert_eq!(fed.member.state(), State::Closed(CloseReason::ByCaller));
    assert_eq!(fed.items(), (vec![text("1", "one")], true));
    fed.member.reconnect();
    assert_eq!(*fed.feeds.cursors.borrow(), [None, Some("1".to_owned())]);
    fed.receiver().event("text", "2", "two");
    fed.receiver().state(&State::Open, None, None);
    assert_eq!(fed.items(), (vec![text("2", "two")], false));
}

#[test]
fn a_member_that_pauses_comes_back_with_its_cursor() {
    let fed = Fed::open(&Options::new());
    fed.receiver().event("weather", "8", "not its own, but it moves the cursor");
    fed.member.pause();
    assert_eq!(
        (fed.member.state(), fed.feeds.live.get()),
        (State::Paused(PauseReason::ByCaller), 0)
    );
    fed.member.resume();
    assert_eq!(*fed.feeds.cursors.borrow(), [None, Some("8".to_owned())]);
}

#[test]
fn a_held_member_whose_queue_is_full_leaves_before_the_next_event_counts() {
    let fed = Fed::open(&Options::new().queue_capacity(2));
    fed.member.hold();
    for id in ["1", "2", "3"] {
        fed.receiver().event("text", id, id);
    }
    assert_eq!(
        (fed.member.state(), fed.feeds.live.get()),
        (State::Paused(PauseReason::ByCaller), 0)
    );
    assert!(fed.items().0.is_empty());
    fed.member.resume();
    assert_eq!(fed.items().0, [text("1", "1"), text("2", "2")]);
    assert_eq!(fed.feeds.cursors.borrow().last().unwrap().as_deref(), Some("2"));
}

#[test]
fn a_held_member_whose_stream_ends_is_not_over_before_what_is_held() {
    let fed = Fed::open(&Options::new());
    fed.member.hold();
    fed.receiver().event("text", "1", "last");
    fed.receiver().state(&State::Closed(CloseReason::Finished), None, None);
    fed.member.hold();
    assert_eq!(fed.items(), (vec![], false), "a hold after the end changes nothing");
    fed.member.resume();
    assert_eq!(fed.items(), (vec![text("1", "last")], true));
}

#[test]
fn a_member_asks_its_feed_for_a_new_connection() {
    let fed = Fed::open(&Options::new());
    fed.member.reconnect();
    assert_eq!((fed.feeds.reconnects.get(), fed.feeds.cursors.borrow().len()), (1, 1));
}

#[test]
fn a_member_tells_what_its_feed_says_of_a_failure() {
    let fed = Fed::open(&Options::new());
    let waiting = State::Waiting { attempt: 1, retry_in: None, cause: crate::Cause::Status(503) };
    fed.receiver().state(&waiting, Some("come back at noon"), None);
    let error = fed.member.error().expect("an error");
    assert_eq!(error.to_string(), "status 503: come back at noon");
    fed.receiver().state(&State::Open, None, None);
    assert_eq!(fed.member.error(), None);
}

#[test]
fn a_member_keeps_the_cursor_of_what_was_taken_over_a_reload() {
    let options = Options::new().keep_cursor(KeepCursor::InSession("cursor".into()));
    let fed = Fed::new(&Rc::default(), &options);
    fed.receiver().event("text", "1", "one");
    fed.receiver().event("text", "2", "two");
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(fed.member.poll_next(&mut cx), Poll::Ready(Some(text("1", "one"))));
    let world = Rc::clone(&fed.world);
    drop(fed);
    let next = Fed::new(&world, &options);
    assert_eq!(*next.feeds.cursors.borrow(), [Some("1".to_owned())]);
}

#[test]
fn an_event_without_an_id_leaves_what_a_member_keeps_where_only_the_browser_knows_ids() {
    let options = Options::new().keep_cursor(KeepCursor::InSession("cursor".into()));
    let fed = Fed::new(&Rc::default(), &options);
    fed.receiver().event("text", "7", "seven");
    fed.receiver().event("text", "", "on a new connection");
    fed.items();
    let world = Rc::clone(&fed.world);
    drop(fed);
    let stored: Vec<_> = world.stored.borrow().iter().map(|(_, text)| text.clone()).collect();
    assert_eq!(stored, ["7\n/events"]);
}

#[cfg(feature = "tabs")]
#[test]
fn a_member_without_a_feed_shares_nothing() {
    let fed = Fed::open(&Options::new());
    let receiver = fed.receiver();
    receiver.sharing(Sharing::Follower);
    fed.member.pause();
    assert_eq!(fed.member.sharing(), Sharing::Alone);
    fed.member.resume();
    receiver.sharing(Sharing::Leader);
    fed.member.close();
    receiver.sharing(Sharing::Leader);
    assert_eq!(fed.member.sharing(), Sharing::Alone);
}

#[test]
fn a_member_that_is_dropped_leaves_its_feed() {
    let fed = Fed::open(&Options::new());
    let feeds = Rc::clone(&fed.feeds);
    drop(fed);
    assert_eq!(feeds.live.get(), 0);
    assert!(feeds.receiver.borrow().as_ref().unwrap().upgrade().is_none());
}
