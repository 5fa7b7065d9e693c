//! Several tabs of one browser, each with a hub of its own.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use serde::Deserialize;

use super::super::member::{Joining, Member};
use super::hub::Hub;
use crate::options::share::{Obstacle, Sharing};
use crate::protocol::machine::PageEvent;
use crate::scripted::{Requested, Stage};
use crate::{Cause, CloseReason, Event, Gap, Item, Options, PauseReason, Resume, State};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Feed {
    Text(String),
}

/// One tab with one subscription.
struct Tab {
    stage: Rc<Stage>,
    member: Member<Feed, Rc<Stage>>,
}

fn options() -> Options {
    Options::new().resume(Resume::Query("since".into())).follow_network(false)
}

fn text(id: &str, text: &str) -> Item<Feed> {
    Item::Event(Event::new(id, Feed::Text(text.to_owned())))
}

/// What one has to say to the other is said.
fn settle(tabs: &[&Tab]) {
    for _ in 0..10 {
        tabs.iter().for_each(|tab| tab.stage.settle());
    }
}

fn pass(tabs: &[&Tab], time: Duration) {
    for _ in 0..time.as_millis() / 100 {
        tabs.iter().for_each(|tab| tab.stage.advance(Duration::from_millis(100)));
        settle(tabs);
    }
}

impl Tab {
    fn new(stage: Rc<Stage>, options: &Options) -> Self {
        let member = Self::open(&stage, options);
        member.connect().unwrap();
        stage.settle();
        Self { stage, member }
    }

    /// Its subscription, not connected yet.
    fn open(stage: &Rc<Stage>, options: &Options) -> Member<Feed, Rc<Stage>> {
        let (page, asked) = (Rc::clone(stage), options.clone());
        let join = Box::new(move |joining: Joining| {
            let name = Some("sse-signals/test".to_owned());
            Ok(Hub::open(Rc::clone(&page), "/events", &asked, name, &joining)?.seat(joining))
        });
        Member::new(Rc::clone(stage), "/events", options, join)
    }

    fn first() -> Self {
        Self::new(Rc::default(), &options())
    }

    /// Another one of the same browser.
    fn beside(&self) -> Self {
        let tab = Self::new(self.stage.beside(), &options());
        settle(&[self, &tab]);
        tab
    }

    fn urls(&self) -> Vec<String> {
        self.stage.requests.borrow().iter().map(|request| request.url.clone()).collect()
    }

    fn request(&self) -> Rc<Requested> {
        self.stage.requests.borrow().last().map(Rc::clone).expect("a request")
    }

    fn accept(&self) {
        self.request().accept();
        self.stage.settle();
    }

    fn send(&self, id: &str, text: &str) {
        self.request().write(&format!("event: text\nid: {id}\ndata: {text}\n\n"));
        self.stage.settle();
    }

    fn is_connected(&self) -> bool {
        self.stage.open_connections.get() > 0
    }

    fn items(&self) -> Vec<Item<Feed>> {
        items(&self.member)
    }
}

/// One page, whose subscriptions share a connection of its own.
#[derive(Default)]
struct Page {
    stage: Rc<Stage>,
    hub: Rc<RefCell<Weak<Hub<Rc<Stage>>>>>,
}

impl Page {
    fn subscribe(&self) -> Member<Feed, Rc<Stage>> {
        let (stage, hub) = (Rc::clone(&self.stage), Rc::clone(&self.hub));
        let join = Box::new(move |joining: Joining| {
            let found = hub.borrow().upgrade();
            let found = match found {
                Some(found) => found,
                None => Hub::open(Rc::clone(&stage), "/events", &options(), None, &joining)?,
            };
            *hub.borrow_mut() = Rc::downgrade(&found);
            Ok(found.seat(joining))
        });
        let member = Member::new(Rc::clone(&self.stage), "/events", &options(), join);
        member.connect().unwrap();
        member
    }

    fn answer(&self) {
        self.stage.requests.borrow().last().expect("a request").accept();
        self.stage.settle();
    }

    /// Without an ID.
    fn send(&self, text: &str) {
        let event = format!("event: text\ndata: {text}\n\n");
        self.stage.requests.borrow().last().expect("a request").write(&event);
        self.stage.settle();
    }
}

fn items(member: &Member<Feed, Rc<Stage>>) -> Vec<Item<Feed>> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut items = Vec::new();
    while let Poll::Ready(Some(item)) = member.poll_next(&mut cx) {
        items.push(item);
    }
    items
}

#[test]
fn without_ids_what_came_during_a_pause_is_a_gap() {
    let page = Page::default();
    let (_other, member) = (page.subscribe(), page.subscribe());
    page.answer();
    page.send("one");
    member.pause();
    page.send("two");
    member.resume();
    page.send("three");
    let expected = [text("", "one"), Item::Gap(Gap::Unconfirmed), text("", "three")];
    assert_eq!(items(&member), expected);
}

#[test]
fn what_came_during_a_pause_before_the_first_event_is_a_gap() {
    let page = Page::default();
    let (_other, member) = (page.subscribe(), page.subscribe());
    page.answer();
    member.pause();
    page.send("one");
    member.resume();
    page.send("two");
    assert_eq!(items(&member), [Item::Gap(Gap::Unconfirmed), text("", "two")]);
}

#[test]
fn a_pause_before_the_stream_is_open_misses_nothing() {
    let page = Page::default();
    let (_other, member) = (page.subscribe(), page.subscribe());
    member.pause();
    member.resume();
    page.answer();
    page.send("one");
    assert_eq!(items(&member), [text("", "one")]);
}

#[test]
fn who_pauses_alone_is_told_of_the_gap_once() {
    let page = Page::default();
    let member = page.subscribe();
    page.answer();
    page.send("one");
    member.pause();
    member.resume();
    assert_eq!(items(&member), [text("", "one")]);
    page.answer();
    page.send("three");
    assert_eq!(items(&member), [Item::Gap(Gap::Unconfirmed), text("", "three")]);
}

#[test]
fn a_url_that_can_not_be_opened_is_an_error_before_any_tab_is_asked() {
    let stage = Rc::<Stage>::default();
    stage.rejects_urls.set(true);
    let error = Tab::open(&stage, &options()).connect().unwrap_err();
    assert!(error.is_invalid_url());
    assert_eq!((stage.tabs.counts(), stage.watching()), ((0, 0), 0));
}

#[test]
fn what_could_not_be_opened_is_opened_by_a_reconnect() {
    let leader = Tab::first();
    leader.accept();
    let follower = leader.beside();
    follower.stage.rejects_urls.set(true);
    drop(leader);
    follower.stage.settle();
    let refused = State::Closed(CloseReason::Refused(Cause::Failed));
    assert_eq!((follower.member.sharing(), follower.member.state()), (Sharing::Leader, refused));
    follower.stage.rejects_urls.set(false);
    follower.member.reconnect();
    follower.accept();
    assert_eq!(follower.member.state(), State::Open);
}

#[test]
fn one_tab_leads_and_the_other_gets_everything_from_it() {
    let leader = Tab::first();
    leader.accept();
    leader.send("1", "before");
    let follower = leader.beside();
    assert_eq!(
        (leader.member.sharing(), follower.member.sharing()),
        (Sharing::Leader, Sharing::Follower)
    );
    assert_eq!(follower.member.state(), State::Open);
    leader.send("2", "after");
    settle(&[&leader, &follower]);
    assert_eq!(follower.items(), [text("1", "before"), text("2", "after")]);
    assert_eq!(leader.items(), [text("1", "before"), text("2", "after")]);
    assert_eq!((leader.urls().len(), follower.urls().len()), (1, 0));
}

#[test]
fn when_the_leader_is_closed_the_other_goes_on_from_the_last_event_id() {
    let leader = Tab::first();
    leader.accept();
    let follower = leader.beside();
    leader.send("1", "one");
    settle(&[&leader, &follower]);
    drop(leader);
    follower.stage.settle();
    assert_eq!(
        (follower.urls(), follower.member.sharing()),
        (vec!["/events?since=1".into()], Sharing::Leader)
    );
    follower.accept();
    follower.send("2", "two");
    assert_eq!(follower.items(), [text("1", "one"), text("2", "two")]);
}

#[test]
fn a_leader_that_is_left_gives_everything_back_and_returns_as_a_follower() {
    let leader = Tab::first();
    leader.accept();
    leader.send("1", "one");
    let follower = leader.beside();
    leader.stage.tell_page(PageEvent::Left);
    settle(&[&leader, &follower]);
    assert_eq!(leader.member.state(), State::Paused(PauseReason::Hidden));
    assert!(!leader.is_connected());
    assert_eq!(leader.stage.tabs.counts(), (1, 1), "the other's");
    follower.accept();
    follower.send("2", "meanwhile");
    leader.stage.tell_page(PageEvent::Returned);
    settle(&[&leader, &follower]);
    assert_eq!((leader.member.sharing(), leader.member.state()), (Sharing::Follower, State::Open));
    assert_eq!(leader.items(), [text("1", "one"), text("2", "meanwhile")]);
    assert_eq!(leader.urls().len(), 1);
}

#[test]
fn a_hidden_leader_hands_over_to_a_tab_that_is_seen() {
    let leader = Tab::first();
    leader.accept();
    leader.send("1", "one");
    let follower = leader.beside();
    leader.stage.tell_page(PageEvent::Hidden);
    pass(&[&leader, &follower], Duration::from_secs(4));
    assert_eq!(leader.member.sharing(), Sharing::Leader);
    pass(&[&leader, &follower], Duration::from_secs(2));
    assert_eq!(
        (leader.member.sharing(), follower.member.sharing()),
        (Sharing::Follower, Sharing::Leader)
    );
    assert_eq!((leader.is_connected(), follower.urls()), (false, vec!["/events?since=1".into()]));
}

#[test]
fn a_cursor_that_can_not_be_carried_over_is_a_gap_for_all() {
    let header = options().resume(Resume::Header);
    let leader = Tab::new(Rc::default(), &header);
    leader.accept();
    leader.send("1", "one");
    let one = Tab::new(leader.stage.beside(), &header);
    let two = Tab::new(leader.stage.beside(), &header);
    settle(&[&leader, &one, &two]);
    drop(leader);
    settle(&[&one, &two]);
    one.accept();
    one.send("7", "seven");
    settle(&[&one, &two]);
    let expected = [text("1", "one"), Item::Gap(Gap::Unconfirmed), text("7", "seven")];
    assert_eq!(one.items(), expected);
    assert_eq!(two.items(), expected);
}

#[test]
fn a_follower_can_ask_for_a_new_connection() {
    let leader = Tab::first();
    leader.accept();
    let follower = leader.beside();
    follower.member.reconnect();
    settle(&[&leader, &follower]);
    assert_eq!((leader.urls().len(), follower.urls().len()), (2, 0));
    assert_eq!(follower.member.state(), State::Connecting { attempt: 1 });
}

#[test]
fn where_tabs_can_not_meet_each_has_its_own_connection_and_says_why() {
    let stage = Rc::<Stage>::default();
    stage.tabs.obstacle.set(Some(Obstacle::NoWebLocks));
    let one = Tab::new(stage, &options());
    let two = one.beside();
    assert_eq!(two.member.sharing(), Sharing::PageOnly(Obstacle::NoWebLocks));
    assert_eq!((one.urls().len(), two.urls().len()), (1, 1));
}

#[test]
fn the_last_member_leaves_nothing_behind() {
    let tab = Tab::first();
    tab.accept();
    let other = tab.beside();
    pass(&[&tab, &other], Duration::from_secs(1));
    let (stage, beside) = (Rc::clone(&tab.stage), Rc::clone(&other.stage));
    drop(tab);
    drop(other);
    stage.settle();
    assert_eq!((stage.tabs.counts(), stage.open_connections.get()), ((0, 0), 0));
    for stage in [stage, beside] {
        assert_eq!((stage.timers.waiting(), stage.watching()), (0, 0));
    }
}

#[test]
fn what_is_no_message_is_ignored() {
    let leader = Tab::first();
    leader.accept();
    let follower = leader.beside();
    let stranger = leader.stage.tabs.channel("sse-signals/test", Weak::<Hub<Rc<Stage>>>::new());
    for text in ["", "x", "S", "I1,1,1,1,e", "h1,1,1,2", "{}"] {
        stranger.post(text);
    }
    settle(&[&leader, &follower]);
    leader.send("1", "one");
    settle(&[&leader, &follower]);
    assert_eq!(follower.items(), [text("1", "one")]);
}
