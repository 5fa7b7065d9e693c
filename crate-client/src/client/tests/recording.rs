//! What a subscription sees, recorded, and played to others.

use super::super::member::Member;
use super::rig::{Feed, Test};
use super::*;
use crate::recording::{Deck, Progress, Recorder, Recording, Speed, What};
use crate::scripted::Stage;
use crate::{Cause, PauseReason};

const SECRET_URL: &str = "https://ada:s3cret-user@example.org/events?token=s3cret-value#s3cret-end";

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Each entry in a word or two.
fn told(recording: &Recording) -> Vec<String> {
    let told = |what: &What| match what {
        What::Opened { url } => format!("opened {url}"),
        What::State { state, detail: None } => state.to_string(),
        What::State { state, detail: Some(detail) } => format!("{state} ({detail})"),
        What::Event { name, id, data } => format!("{name} {id} {data}"),
        What::Gap(gap) => format!("{gap:?}"),
        What::Lagged(items) => format!("lagged {items}"),
        What::Malformed { name, .. } => format!("malformed {name}"),
    };
    recording.entries.iter().map(|entry| told(&entry.what)).collect()
}

/// A subscription with a bit of everything: 2 events, one malformed, a gap, a failure.
fn eventful() -> Recording {
    let recorder = Recorder::new();
    let test = Test::open(Options::new().record(&recorder).follow_network(false));
    test.event("text", "1", "one");
    test.passes(ms(100));
    test.event("ping", "1", "");
    test.event("price", "2", "{");
    test.event("resync", "", "");
    test.passes(ms(100));
    test.failed();
    test.passes(ms(500));
    test.passes(ms(500));
    test.opened();
    test.event("price", "3", r#"{"last":3}"#);
    recorder.recording()
}

#[test]
fn everything_that_the_subscription_sees_is_recorded_in_order() {
    let recording = eventful();
    let expected = [
        "opened /events",
        "connecting, attempt 1",
        "open",
        "text 1 one",
        "ping 1 ",
        "price 2 {",
        "malformed price",
        "resync  ",
        "Resync",
        "waiting, attempt 1, connection failed, retry in 0.5 s",
        "connecting, attempt 2",
        "Unconfirmed",
        "open",
        r#"price 3 {"last":3}"#,
    ];
    assert_eq!(told(&recording), expected);
    let times: Vec<_> = recording.entries.iter().map(|entry| entry.at.as_millis()).collect();
    assert_eq!(times, [0, 0, 0, 0, 100, 100, 100, 100, 100, 200, 700, 1200, 1200, 1200]);
}

#[test]
fn items_that_are_dropped_are_recorded_where_the_subscriber_is_told() {
    let recorder = Recorder::new();
    let test = Test::open(Options::new().record(&recorder).queue_capacity(1));
    test.event("text", "1", "one");
    test.event("text", "2", "two");
    test.items();
    assert_eq!(told(&recorder.recording())[3..], ["text 1 one", "text 2 two", "lagged 1"]);
}

#[test]
fn several_recorders_record_the_same_and_one_that_stopped_nothing() {
    let (one, other, stopped) = (Recorder::new(), Recorder::new(), Recorder::new());
    stopped.stop();
    let test = Test::open(Options::new().record(&one).record(&other).record(&stopped));
    test.event("text", "1", "one");
    assert_eq!(one.recording(), other.recording());
    assert_eq!(one.recording().entries.len(), 4);
    assert!(stopped.recording().entries.is_empty());
}

#[test]
fn a_redaction_may_do_anything_with_the_subscription() {
    let test = Rc::new(RefCell::new(None::<Test>));
    let weak = Rc::downgrade(&test);
    let recorder = Recorder::new().redact(move |_, _| {
        if let Some(test) = weak.upgrade() {
            test.borrow().as_ref().iter().for_each(|test| test.driver.close());
        }
        Cow::Borrowed("…")
    });
    *test.borrow_mut() = Some(Test::open(Options::new().record(&recorder)));
    let test = test.borrow();
    let test = test.as_ref().expect("it is there");
    test.event("text", "1", "s3cret");
    assert!(test.driver.state().is_closed());
    assert!(!recorder.to_json().contains("s3cret"));
}

#[test]
fn no_credentials_get_into_a_recording() {
    let recorder = Recorder::new();
    let test = Test::at(SECRET_URL, Options::new().record(&recorder));
    test.driver.connect().unwrap();
    test.opened();
    test.failed();
    let json = recorder.to_json();
    assert!(!json.contains("s3cret"), "{json}");
    assert!(json.contains("https://…@example.org/events?token=…#…"), "{json}");
}

#[cfg(feature = "fetch")]
#[test]
fn no_credentials_get_into_a_recording_by_the_words_of_an_error() {
    use crate::{Answer, Fetch};

    let answer = |status| {
        let (content_type, body) = ("text/s3cret-header".to_owned(), "no s3cret-value".to_owned());
        End::Refused(Answer { status, content_type, body, retry_after: None })
    };
    for (end, kept) in [
        (End::Unanswered(format!("can't fetch {SECRET_URL} for s3cret-header")), true),
        (End::Broken("https://x:s3cret@other.example/?k=s3cret broke".to_owned()), true),
        (End::NoHeaders("the vault has no s3cret".to_owned()), false),
        (answer(503), false),
        (answer(200), true),
    ] {
        let recorder = Recorder::new();
        let fetch = Fetch::new()
            .method("POST")
            .header("Authorization", "Bearer s3cret-header")
            .body("s3cret");
        let test = Test::at(SECRET_URL, Options::new().fetch(fetch).record(&recorder));
        test.driver.connect().unwrap();
        let (generation, sink) = test.connection();
        sink.ended(generation, end.clone());
        let json = recorder.to_json();
        assert!(!json.contains("s3cret"), "{json}");
        assert_eq!(json.contains("\"detail\":"), kept, "{end:?}: {json}");
        assert!(test.driver.error().is_some_and(|error| error.detail().is_some()), "{end:?}");
    }
}

#[cfg(feature = "fetch")]
#[test]
fn the_body_of_an_answer_is_not_recorded_with_a_later_failure_either() {
    let recorder = Recorder::new();
    let options = Options::new().fetch(crate::Fetch::new()).reconnect_after(ms(60_000));
    let test = Test::new(options.record(&recorder));
    test.driver.connect().unwrap();
    let (generation, sink) = test.connection();
    let (content_type, body) = ("text/plain".to_owned(), "s3cret".to_owned());
    let answer = crate::Answer { status: 503, content_type, body, retry_after: None };
    sink.ended(generation, End::Refused(answer));
    test.passes(ms(1_000));
    test.opened();
    test.passes(ms(60_000));
    assert!(matches!(test.driver.state(), State::Waiting { cause: Cause::Silent, .. }));
    let json = recorder.to_json();
    assert!(!json.contains("s3cret"), "{json}");
}

#[cfg(feature = "fetch")]
#[test]
fn over_fetch_the_same_is_recorded() {
    let recorder = Recorder::new();
    let test = Test::open(Options::new().fetch(crate::Fetch::new()).record(&recorder));
    let (generation, sink) = test.connection();
    let mut bytes: &[u8] =
        b"id: 1\nevent: text\ndata: one\n\nevent: other\ndata: x\n\nevent: resync\ndata:\n\n";
    sink.bytes(generation, &mut bytes);
    assert_eq!(
        told(&recorder.recording())[3..],
        ["text 1 one", "other 1 x", "resync 1 ", "Resync"]
    );
}

/// A recording on its player, with a subscription.
struct Show {
    world: Rc<Stage>,
    deck: Rc<Deck<Rc<Stage>>>,
    member: Member<Feed, Rc<Stage>>,
}

impl Show {
    fn new(recording: Recording) -> Self {
        Self::with(recording, &Options::new())
    }

    fn with(recording: Recording, options: &Options) -> Self {
        let world = Rc::<Stage>::default();
        let deck = Deck::new(Rc::clone(&world), recording);
        let member = Self::member(&world, &deck, options);
        Self { world, deck, member }
    }

    fn member(
        world: &Rc<Stage>,
        deck: &Rc<Deck<Rc<Stage>>>,
        options: &Options,
    ) -> Member<Feed, Rc<Stage>> {
        let platform = Rc::clone(world);
        let member = Member::new(platform, "/events", options, deck.attach());
        member.connect().unwrap();
        member
    }

    fn items(&self) -> Vec<Item<Feed>> {
        let mut cx = Context::from_waker(Waker::noop());
        let next = || match self.member.poll_next(&mut cx) {
            Poll::Ready(item) => item,
            Poll::Pending => None,
        };
        std::iter::from_fn(next).collect()
    }

    fn progress(&self) -> (u64, usize, bool) {
        let Progress { position, played, is_playing, .. } = self.deck.progress();
        (u64::try_from(position.as_millis()).unwrap(), played, is_playing)
    }
}

fn price(id: &str, last: u32) -> Item<Feed> {
    Item::Event(Event::new(id, Feed::Price { last }))
}

#[test]
fn a_subscription_is_shown_what_was_recorded_at_its_times() {
    let show = Show::new(eventful());
    show.world.passes(ms(5_000));
    assert_eq!(
        (show.items(), show.member.state()),
        (vec![], State::Idle),
        "nobody has asked for it"
    );
    show.deck.play(Speed::default());
    show.world.passes(ms(99));
    assert_eq!((show.items(), show.member.state()), (vec![text("1", "one")], State::Open));
    show.world.passes(ms(1));
    let items = show.items();
    assert!(matches!(&items[..], [Item::Malformed(_), Item::Gap(Gap::Resync)]), "{items:?}");
    show.world.passes(ms(100));
    let waiting = State::Waiting { attempt: 1, retry_in: Some(ms(500)), cause: Cause::Failed };
    assert_eq!(show.member.state(), waiting);
    assert_eq!(show.member.error().and_then(|error| error.cause()), Some(Cause::Failed));
    show.world.passes(ms(1_000));
    assert_eq!(show.items(), [Item::Gap(Gap::Unconfirmed), price("3", 3)]);
    assert_eq!(show.progress(), (1_200, 14, false));
    assert_eq!(show.world.timers.waiting(), 0);
}

#[test]
fn what_is_recorded_of_a_player_is_what_it_plays() {
    let recorder = Recorder::new();
    let recording = eventful();
    let show = Show::with(recording.clone(), &Options::new().record(&recorder));
    show.deck.play(Speed::times(10.0));
    show.world.passes(ms(120));
    let again = recorder.recording();
    assert_eq!(told(&again), told(&recording));
    let length = again.entries.back().map(|entry| entry.at);
    assert_eq!(length, Some(ms(120)));
}

#[test]
fn it_steps_and_begins_again() {
    let show = Show::new(eventful());
    for _ in 0..4 {
        assert!(show.deck.step());
    }
    assert_eq!((show.items(), show.member.state()), (vec![text("1", "one")], State::Open));
    assert_eq!(show.progress(), (0, 4, false));
    show.deck.rewind();
    assert_eq!((show.member.state(), show.progress()), (State::Idle, (0, 0, false)));
    assert_eq!(show.items(), [Item::Gap(Gap::Unconfirmed)], "an event was played before");
    show.deck.rewind();
    assert_eq!(show.items(), [], "and none since");
    while show.deck.step() {}
    assert_eq!(show.items().len(), 5);
    assert_eq!(show.progress(), (1_200, 14, false));
}

#[test]
fn as_fast_as_it_goes_leaves_the_page_its_turns() {
    let recorder = Recorder::new().max_entries(usize::MAX);
    let test = Test::open(Options::new().record(&recorder));
    for number in 0..1_000 {
        test.passes(ms(1_000));
        test.event("text", &number.to_string(), "x");
    }
    let show = Show::new(recorder.recording());
    show.deck.play(Speed::UNLIMITED);
    assert_eq!(show.progress().1, 0, "not before the call returns");
    let mut turns = 0;
    while show.progress().2 {
        show.world.fire_next();
        turns += 1;
        assert!(show.items().len() <= 256);
    }
    assert!((4..=6).contains(&turns), "{turns} turns");
    assert_eq!(show.progress().1, 1_003);
}

#[test]
fn who_comes_late_is_told_the_state_and_that_events_are_missing() {
    let mut show = Show::new(eventful());
    show.deck.play(Speed::default());
    show.world.passes(ms(150));
    show.items();
    show.member = Show::member(&show.world, &show.deck, &Options::new());
    show.world.passes(ms(0));
    assert_eq!(
        (show.items(), show.member.state()),
        (vec![Item::Gap(Gap::Unconfirmed)], State::Open)
    );
}

#[test]
fn a_subscription_that_was_paused_is_told_only_of_what_it_has_missed() {
    let show = Show::new(eventful());
    show.deck.play(Speed::default());
    show.world.passes(ms(50));
    show.deck.pause();
    assert_eq!(show.items(), [text("1", "one")]);
    show.member.pause();
    show.member.resume();
    show.world.passes(ms(0));
    assert_eq!((show.items(), show.member.state()), (vec![], State::Open), "nothing was missed");
    show.member.pause();
    assert_eq!(show.member.state(), State::Paused(PauseReason::ByCaller));
    show.deck.play(Speed::default());
    show.world.passes(ms(9_000));
    show.member.resume();
    show.world.passes(ms(0));
    assert_eq!(
        (show.items(), show.member.state()),
        (vec![Item::Gap(Gap::Unconfirmed)], State::Open)
    );
}

#[test]
fn who_comes_back_before_the_first_entry_is_idle() {
    let show = Show::new(eventful());
    let comes_back = |back: fn(&Show)| {
        show.deck.rewind();
        back(&show);
        show.world.passes(ms(0));
        assert_eq!(show.member.state(), State::Idle);
    };
    show.member.pause();
    comes_back(|show| show.member.resume());
    show.member.close();
    comes_back(|show| show.member.reconnect());
}

#[test]
fn a_player_without_subscriptions_plays_and_one_that_is_dropped_sets_no_timer() {
    let mut show = Show::new(eventful());
    show.member = Show::member(&show.world, &show.deck, &Options::new());
    show.deck.play(Speed::default());
    show.world.passes(ms(9_000));
    assert_eq!(show.progress(), (1_200, 14, false));
    show.deck.rewind();
    show.deck.play(Speed::default());
    assert_eq!(show.world.timers.waiting(), 1);
    let Show { world, deck, member } = show;
    drop((deck, member));
    assert_eq!(world.timers.waiting(), 0);
}
