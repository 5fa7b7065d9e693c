//! What the hooks of all frameworks do alike, mounted into a page: each test is written once and run for each
//! framework. What only one of them has is tested beside its [`Framework`].

mod flood;
#[cfg(feature = "leptos")]
mod leptos;
mod page;
#[cfg(feature = "testing")]
mod world;
#[cfg(feature = "yew")]
mod yew;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use sse_signals::{Cause, CloseReason, Error, Gap, Item, Options, PauseReason, Retry, State};
use web_sys::HtmlElement;

use crate::support::counters;
use crate::support::page::turn;
use crate::support::server::Server;
use crate::support::transport::Transport;
use crate::support::wait::within;
use page::{Element, Page, frame_time, next_frame, until};

/// What the tests' streams carry.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Feed {
    #[serde(rename = "message")]
    Text(String),
    Number(u32),
}

impl Feed {
    fn word(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    fn number(&self) -> Option<u32> {
        match self {
            Self::Text(_) => None,
            Self::Number(number) => Some(*number),
        }
    }
}

/// Numbers added up, and gaps counted.
#[derive(Clone, Debug, Default)]
struct Total {
    sum: u32,
    gaps: u32,
}

impl Total {
    fn add(&mut self, item: &Item<Feed>) {
        match item {
            Item::Event(event) => self.sum += event.data.number().unwrap_or_default(),
            Item::Gap(_) => self.gaps += 1,
            _ => {}
        }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {} gaps", self.sum, self.gaps)
    }
}

fn joined<T: ToString>(values: &VecDeque<T>) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// A framework's handle of such a stream.
trait Hook: Clone + 'static {
    fn state(&self) -> State;
    fn error(&self) -> Option<Error>;
    fn reconnect(&self);
    fn close(&self);
    fn open(&self);
    fn pause(&self);
    fn resume(&self);
}

/// How a framework mounts the one component that the tests share.
trait Framework: 'static {
    type Hook: Hook;

    /// Mounts a component into `element`, which calls the hook and shows, each in an element of that class:
    ///
    /// - `state`, in words;
    /// - `words`, the history of everything;
    /// - `latest`, the latest number;
    /// - `last-two`, the history of the last two numbers;
    /// - `total`, a [`Total`].
    fn mount(element: &HtmlElement, setup: Setup<Self::Hook>) -> Mounted<Self::Hook>;
}

struct Setup<H> {
    url: Option<String>,
    options: Options,
    /// What the component does with its hook before it is mounted.
    before: fn(&H),
    /// What its subscriber does with each item, once it is kept.
    on_item: fn(&H, &Item<Feed>),
}

impl<H> Setup<H> {
    fn new(transport: Transport, url: Option<String>) -> Self {
        Self { url, options: transport.options(), before: |_| {}, on_item: |_, _| {} }
    }
}

/// What a framework hands out of the component.
struct Mounted<H> {
    /// Filled once the component has run.
    handed_out: Rc<RefCell<Option<HandedOut<H>>>>,
    /// Every item that came to the component's subscriber.
    items: Rc<RefCell<Vec<Item<Feed>>>>,
    unmount: Box<dyn FnOnce()>,
}

#[derive(Clone)]
struct HandedOut<H> {
    hook: H,
    set_url: Rc<dyn Fn(Option<String>)>,
}

/// Runs the tests of this module for a [`Framework`]: every one natively, and over fetch those that show that the hooks
/// do not mind which of the two it is.
macro_rules! tests_of_all_frameworks {
    ($framework:ident) => {
        $crate::hooks::tests_of_all_frameworks! { native Native $framework:
            the_page_shows_the_state_and_both_of_two_events_in_one_tick
            each_verb_sees_every_item_in_order
            error_tells_a_failed_connection_until_it_is_open
            malformed_data_is_an_error_until_an_event_fits
            a_bad_url_is_an_error_and_no_panic
            another_url_replaces_the_connection
            the_same_url_again_keeps_the_connection
            close_holds_until_open_or_reconnect
            a_closed_hook_does_not_follow_its_url_until_it_is_opened
            pause_and_resume_keep_the_subscription
            a_paused_hook_does_not_follow_its_url_until_it_is_resumed
            close_and_pause_are_shown_where_another_url_comes_in_the_same_turn
            a_superseded_connection_does_not_overwrite_the_state
            a_subscriber_may_close_the_hook_that_calls_it
            nothing_is_called_after_the_unmount
            a_thousand_mounts_and_unmounts_leave_nothing_behind
        }
        $crate::hooks::tests_of_all_frameworks! { fetch Fetch $framework:
            the_page_shows_the_state_and_both_of_two_events_in_one_tick
            error_tells_a_failed_connection_until_it_is_open
            a_bad_url_is_an_error_and_no_panic
            another_url_replaces_the_connection
            pause_and_resume_keep_the_subscription
            nothing_is_called_after_the_unmount
        }
    };
    ($module:ident $transport:ident $framework:ident: $($test:ident)*) => {
        mod $module {
            use $crate::support::server::Server;
            use $crate::support::transport::Transport;

            $(
                #[wasm_bindgen_test::wasm_bindgen_test]
                async fn $test() {
                    let Some(server) = Server::reach().await else { return };
                    $crate::hooks::$test::<super::$framework>(server, Transport::$transport).await;
                }
            )*
        }
    };
}
use tests_of_all_frameworks;

async fn the_page_shows_the_state_and_both_of_two_events_in_one_tick<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("page");
    let page = Page::<F>::manual(&key, transport).await;
    key.send("data: one\n\ndata: two\n\n").await;
    page.until_shown("words", "one, two").await;
    page.until_shown("state", "open").await;
}

async fn each_verb_sees_every_item_in_order<F: Framework>(server: Server, transport: Transport) {
    let key = server.key("verbs");
    let page = Page::<F>::manual(&key, transport).await;
    key.send(
        "event: number\ndata: 1\n\ndata: text\n\nevent: number\ndata: 2\n\nevent: number\ndata: 3\n\n",
    )
    .await;
    page.until_shown("total", "6 and 0 gaps").await;
    page.until_shown("latest", "3").await;
    page.until_shown("last-two", "2, 3").await;

    key.cut().await;
    page.until_shown("total", "6 and 1 gaps").await;
    key.send("event: number\ndata: 4\n\n").await;
    page.until_shown("latest", "4").await;
    page.until_shown("words", "1, text, 2, 3, 4").await;
    let items = page.items.borrow();
    let seen: Vec<String> = items
        .iter()
        .map(|item| match item {
            Item::Event(event) => event.data.word(),
            other => format!("{other:?}"),
        })
        .collect();
    let gap = format!("{:?}", Item::<Feed>::Gap(Gap::Unconfirmed));
    assert_eq!(seen, ["1", "text", "2", "3", &gap, "4"]);
}

async fn error_tells_a_failed_connection_until_it_is_open<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("error");
    let mut setup = Setup::new(transport, Some(key.url("fault=status&code=503&times=1")));
    let seldom = Retry::new().floor(Duration::from_secs(3_600));
    setup.options = transport.options().retry(seldom);
    let page = Page::<F>::mount(setup).await;
    until("the failure", || page.hook.error().is_some_and(|error| error.is_connection())).await;
    let expected = transport.choose(Cause::Failed, Cause::Status(503));
    assert!(matches!(page.hook.state(), State::Waiting { cause, .. } if cause == expected));
    page.hook.reconnect();
    until("the end of it", || page.hook.error().is_none()).await;
    assert_eq!(page.hook.state(), State::Open);
}

async fn malformed_data_is_an_error_until_an_event_fits<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("malformed");
    let page = Page::<F>::manual(&key, transport).await;
    key.send("event: number\ndata: seven\n\n").await;
    until("the error", || page.hook.error().is_some_and(|error| error.is_malformed_data())).await;
    assert_eq!(page.hook.state(), State::Open);
    key.send("event: number\ndata: 7\n\n").await;
    page.until_shown("latest", "7").await;
    assert_eq!(page.hook.error(), None);
    assert!(matches!(page.items.borrow()[..], [Item::Malformed(_), Item::Event(_)]));
}

async fn a_bad_url_is_an_error_and_no_panic<F: Framework>(_: Server, transport: Transport) {
    let page = Page::<F>::mount(Setup::new(transport, Some("http://[".to_owned()))).await;
    until("the error", || page.hook.error().is_some_and(|error| error.is_invalid_url())).await;
    assert_eq!(page.hook.state(), State::Idle);
}

async fn another_url_replaces_the_connection<F: Framework>(server: Server, transport: Transport) {
    let (first, second) = (server.key("first"), server.key("second"));
    let page = Page::<F>::mount(Setup::new(transport, None)).await;
    next_frame().await;
    assert_eq!(page.hook.state(), State::Idle, "None is not connected");

    (page.set_url)(Some(first.url("fault=manual")));
    page.until_open().await;
    first.send("data: from the first\n\n").await;
    page.until_shown("words", "from the first").await;

    (page.set_url)(Some(second.url("fault=manual")));
    second.until_open(1).await;
    first.until_open(0).await;
    page.until_open().await;
    second.send("data: from the second\n\n").await;
    page.until_shown("words", "from the first, from the second").await;

    (page.set_url)(None);
    second.until_open(0).await;
    page.until_shown("state", "idle").await;
}

async fn the_same_url_again_keeps_the_connection<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("same-url");
    let url = key.url("fault=manual");
    let page = Page::<F>::mount(Setup::new(transport, Some(url.clone()))).await;
    page.until_open().await;
    (page.set_url)(Some(url));
    next_frame().await;
    key.send("data: still here\n\n").await;
    page.until_shown("words", "still here").await;
    assert_eq!(key.requests().await, 1);
}

async fn close_holds_until_open_or_reconnect<F: Framework>(server: Server, transport: Transport) {
    let key = server.key("close-open");
    let page = Page::<F>::manual(&key, transport).await;
    let hook = &page.hook;
    let closed = |state: &State| *state == State::Closed(CloseReason::ByCaller);
    hook.close();
    key.until_open(0).await;
    page.until_state("the close", closed).await;
    hook.open();
    page.until_open().await;
    hook.close();
    page.until_state("the close", closed).await;
    hook.reconnect();
    page.until_open().await;
    hook.open();
    key.send("data: still here\n\n").await;
    page.until_shown("words", "still here").await;
    assert_eq!(key.requests().await, 3, "open() leaves an open connection alone");
}

async fn a_closed_hook_does_not_follow_its_url_until_it_is_opened<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("closed-url");
    let mut setup = Setup::new(transport, None);
    setup.before = Hook::close;
    let page = Page::<F>::mount(setup).await;
    (page.set_url)(Some(key.url("fault=manual")));
    next_frame().await;
    assert_eq!(page.hook.state(), State::Closed(CloseReason::ByCaller));
    assert_eq!(key.requests().await, 0);
    page.hook.open();
    page.until_open().await;
}

async fn pause_and_resume_keep_the_subscription<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("hook-pause");
    let mut setup = Setup::new(transport, Some(key.url("fault=manual")));
    setup.options = transport.resuming();
    let page = Page::<F>::mount(setup).await;
    page.until_open().await;
    key.send("id: 1\ndata: before\n\n").await;
    page.until_shown("words", "before").await;
    page.hook.pause();
    key.until_open(0).await;
    page.until_shown("state", "paused").await;
    page.hook.resume();
    page.until_open().await;
    let (header, query) = key.last_cursor().await;
    assert_eq!(header.or(query).as_deref(), Some("1"));
    key.send("data: after\n\n").await;
    page.until_shown("words", "before, after").await;
}

async fn a_paused_hook_does_not_follow_its_url_until_it_is_resumed<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("paused-url");
    let mut setup = Setup::new(transport, None);
    // Before the effect that opens it.
    setup.before = Hook::pause;
    let page = Page::<F>::mount(setup).await;
    (page.set_url)(Some(key.url("fault=manual")));
    next_frame().await;
    page.hook.open();
    assert_eq!(page.hook.state(), State::Paused(PauseReason::ByCaller));
    assert_eq!(key.requests().await, 0);
    page.hook.resume();
    page.until_open().await;
}

async fn close_and_pause_are_shown_where_another_url_comes_in_the_same_turn<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let keys = ["turn-1", "turn-2", "turn-3"].map(|name| server.key(name));
    let [first, second, third] = keys.each_ref().map(|key| key.url("fault=manual"));
    let page = Page::<F>::mount(Setup::new(transport, Some(first))).await;
    page.until_open().await;
    (page.set_url)(Some(second));
    page.hook.close();
    page.until_shown("state", &State::Closed(CloseReason::ByCaller).to_string()).await;

    page.hook.open();
    page.until_shown("state", "open").await;
    (page.set_url)(Some(third));
    page.hook.pause();
    page.until_shown("state", "paused").await;
    keys[1].until_open(0).await;
    assert_eq!(keys[2].requests().await, 0);
}

async fn a_superseded_connection_does_not_overwrite_the_state<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("superseded");
    let page = Page::<F>::manual(&key, transport).await;
    (page.set_url)(None);
    page.hook.reconnect();
    key.until_open(0).await;
    page.until_shown("state", "idle").await;
}

async fn a_subscriber_may_close_the_hook_that_calls_it<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("reentrant");
    let mut setup = Setup::<F::Hook>::new(transport, Some(key.url("fault=manual")));
    setup.on_item = |hook, item| {
        if matches!(item, Item::Event(event) if event.data.word() == "bye") {
            hook.close();
        }
    };
    let page = Page::<F>::mount(setup).await;
    page.until_open().await;
    key.send("data: bye\n\ndata: with it\n\n").await;
    key.until_open(0).await;
    let closed = State::Closed(CloseReason::ByCaller);
    page.until_state("the close", move |state| *state == closed).await;
    // What has come with it may wait already, and waits for nothing more.
    assert!((1..=2).contains(&page.items.borrow().len()), "{:?}", page.items.borrow());
    assert_eq!(key.requests().await, 1);
}

async fn nothing_is_called_after_the_unmount<F: Framework>(server: Server, transport: Transport) {
    let key = server.key("unmount");
    let page = Page::<F>::manual(&key, transport).await;
    let items = Rc::clone(&page.items);
    key.send("data: one\n\n").await;
    page.until_shown("words", "one").await;
    page.unmount().await;
    key.until_open(0).await;
    assert_eq!(items.borrow().len(), 1);
    assert_eq!(Rc::strong_count(&items), 1, "and the handler is gone");
}

async fn a_thousand_mounts_and_unmounts_leave_nothing_behind<F: Framework>(
    server: Server,
    transport: Transport,
) {
    let key = server.key("thousand");
    let url = key.url("fault=manual&retry=100");
    let round = async |waits: bool| {
        let mut setup = Setup::new(transport, Some(url.clone()));
        // Its timer is set for as long as the stream is open.
        setup.options = transport.options().stale_after(Duration::from_secs(3_600));
        let page = Page::<F>::mount(setup).await;
        let effect = async {
            while page.hook.state() == State::Idle {
                turn().await;
            }
        };
        within("the EventSource", effect).await;
        if waits {
            page.until_open().await;
        }
        page.unmount().await;
    };
    let _ = counters::timers();
    for _ in 0..10 {
        round(true).await;
    }
    key.until_open(0).await;
    let (timers, values) = (counters::timers(), counters::values());
    for number in 0..1_000 {
        round(number % 10 == 0).await;
    }
    key.until_open(0).await;
    assert_eq!(counters::timers(), timers, "timers");
    // Fewer where what others had left has come to its end meanwhile.
    let held = counters::values();
    assert!(
        held <= values,
        "{held} JavaScript values held by wasm, closures among them, after {values}"
    );
}
