//! The Leptos hook, mounted into a page.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use leptos::mount::mount_to;
use leptos::prelude::*;
use sse_signals::hooks::leptos::{UseEventSource, use_event_source};
use sse_signals::{Cause, CloseReason, Gap, Item, Options, PauseReason, Resume, State};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::counters;
use crate::support::server::{Key, Server};
use crate::support::wait::within;

/// A component that was mounted. Dropping it unmounts it and removes its element.
struct Mounted<U> {
    /// What the component handed out.
    it: U,
    element: web_sys::HtmlElement,
    handle: Option<Box<dyn Any>>,
}

/// Mounts a component that shows `hook`'s state and history, and hands out what `component` returns.
fn mount<U: Clone + 'static>(
    component: impl FnOnce() -> (UseEventSource<String>, U) + 'static,
) -> Mounted<U> {
    let document = web_sys::window().and_then(|window| window.document()).expect("a document");
    let element = document.create_element("div").expect("an element");
    document.body().expect("a body").append_child(&element).expect("it takes children");
    let element: web_sys::HtmlElement = element.unchecked_into();
    let slot = Rc::new(RefCell::new(None));
    let handle = mount_to(element.clone(), {
        let slot = Rc::clone(&slot);
        move || {
            let (hook, it) = component();
            *slot.borrow_mut() = Some(it);
            let words = hook.history(|text| Some(text.clone()), 100);
            let words = move || words.get().into_iter().collect::<Vec<_>>().join(", ");
            view! { <p>{move || hook.state().get().to_string()} ": " {words}</p> }
        }
    });
    Mounted { it: slot.take().expect("the component ran"), element, handle: Some(Box::new(handle)) }
}

fn mount_hook(key: &Key, options: Options) -> Mounted<UseEventSource<String>> {
    let url = key.url("fault=manual&retry=100");
    mount(move || {
        let hook = use_event_source(url, options);
        (hook, hook)
    })
}

impl<U> Mounted<U> {
    async fn until_text(&self, text: &str) {
        let what = format!("{text:?} on the page");
        within(&what, async {
            while self.element.text_content().as_deref() != Some(text) {
                next_frame().await;
            }
        })
        .await;
    }
}

impl<U> Drop for Mounted<U> {
    fn drop(&mut self) {
        drop(self.handle.take());
        self.element.remove();
    }
}

async fn next_frame() {
    let frame = js_sys::Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("a window");
        window.request_animation_frame(&resolve).expect("a frame");
    });
    wasm_bindgen_futures::JsFuture::from(frame).await.expect("a frame comes");
}

/// Waits until a signal's value fulfils the condition, and returns it.
async fn until<U>(signal: Signal<U>, what: &str, condition: impl Fn(&U) -> bool) -> U
where
    U: Clone + Send + Sync + 'static,
{
    let owner = Owner::new();
    let mut values = owner.with(|| signal.to_stream().boxed_local());
    let value = within(what, async {
        loop {
            let value = values.next().await.expect("the signal lives");
            if condition(&value) {
                return value;
            }
        }
    })
    .await;
    owner.cleanup();
    value
}

async fn until_open(hook: UseEventSource<String>) {
    until(hook.state(), "the stream", |state| *state == State::Open).await;
}

#[wasm_bindgen_test]
async fn the_page_shows_the_state_and_both_of_two_events_in_one_tick() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("page");
    let mounted = mount_hook(&key, Options::new());
    until_open(mounted.it).await;
    key.send("data: one\n\ndata: two\n\n").await;
    mounted.until_text("open: one, two").await;
}

#[wasm_bindgen_test]
async fn each_verb_sees_every_item_in_order() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("verbs");
    let url = key.url("fault=manual&retry=100");
    let mounted = mount(move || {
        let hook = use_event_source::<String>(url, Options::new());
        let latest = hook.latest(|text| text.parse::<u32>().ok());
        let history = hook.history(|text| text.parse::<u32>().ok(), 2);
        let total = hook.fold((0, 0), |(sum, gaps), item| match item {
            Item::Event(event) => *sum += event.data.parse::<u32>().unwrap_or_default(),
            Item::Gap(_) => *gaps += 1,
            _ => {}
        });
        let seen = Rc::new(RefCell::new(Vec::new()));
        hook.on({
            let seen = Rc::clone(&seen);
            move |item| {
                seen.borrow_mut().push(match item {
                    Item::Event(event) => event.data.clone(),
                    Item::Gap(gap) => format!("{gap:?}"),
                    other => format!("{other:?}"),
                });
            }
        });
        (hook, (hook, latest, history, total, seen))
    });
    let (hook, latest, history, total, seen) = mounted.it.clone();
    until_open(hook).await;
    key.send("data: 1\n\ndata: none\n\ndata: 2\n\ndata: 3\n\n").await;
    until(total, "the sum", |(sum, _)| *sum == 6).await;
    assert_eq!(latest.get_untracked(), Some(3));
    assert_eq!(history.get_untracked(), [2, 3]);

    key.cut().await;
    until(total, "the gap", |(_, gaps)| *gaps == 1).await;
    key.send("data: 4\n\n").await;
    until(latest, "the next value", |latest| *latest == Some(4)).await;
    assert_eq!(*seen.borrow(), ["1", "none", "2", "3", &format!("{:?}", Gap::Unconfirmed), "4"]);
}

#[wasm_bindgen_test]
async fn error_tells_a_failed_connection_until_it_is_open() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("error");
    let url = key.url("fault=status&code=503&times=1");
    let mounted = mount(move || {
        let hook = use_event_source::<String>(url, Options::new());
        (hook, hook)
    });
    let hook = mounted.it;
    let error = until(hook.error(), "the failure", Option::is_some).await;
    assert!(error.is_some_and(|error| error.is_connection()));
    assert!(matches!(hook.state().get_untracked(), State::Waiting { cause: Cause::Failed, .. }));
    hook.reconnect();
    until(hook.error(), "the end of it", Option::is_none).await;
    assert_eq!(hook.state().get_untracked(), State::Open);
}

#[wasm_bindgen_test]
async fn a_bad_url_is_an_error_and_no_panic() {
    let mounted = mount(|| {
        let hook = use_event_source::<String>("http://[", Options::new());
        (hook, hook)
    });
    let error = until(mounted.it.error(), "the error", Option::is_some).await;
    assert!(error.is_some_and(|error| error.is_invalid_url()));
    assert_eq!(mounted.it.state().get_untracked(), State::Idle);
}

#[wasm_bindgen_test]
async fn a_reactive_url_is_followed() {
    let Some(server) = Server::reach().await else { return };
    let (first, second) = (server.key("first"), server.key("second"));
    let mounted = mount(|| {
        let url = RwSignal::new(None::<String>);
        let hook = use_event_source::<String>(move || url.get(), Options::new());
        (hook, (hook, url))
    });
    let (hook, url) = mounted.it;
    next_frame().await;
    assert_eq!(hook.state().get_untracked(), State::Idle, "None is not connected");

    url.set(Some(first.url("fault=manual")));
    until_open(hook).await;
    first.send("data: from the first\n\n").await;
    mounted.until_text("open: from the first").await;

    url.set(Some(second.url("fault=manual")));
    second.until_open(1).await;
    first.until_open(0).await;
    until_open(hook).await;
    second.send("data: from the second\n\n").await;
    mounted.until_text("open: from the first, from the second").await;

    url.set(None);
    second.until_open(0).await;
    assert_eq!(hook.state().get_untracked(), State::Idle);
}

#[wasm_bindgen_test]
async fn close_holds_until_open_or_reconnect() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("close-open");
    let mounted = mount_hook(&key, Options::new());
    let hook = mounted.it;
    let closed = |state: &State| *state == State::Closed(CloseReason::ByCaller);
    until_open(hook).await;
    hook.close();
    key.until_open(0).await;
    until(hook.state(), "the close", closed).await;
    hook.open();
    until_open(hook).await;
    hook.close();
    until(hook.state(), "the close", closed).await;
    hook.reconnect();
    until_open(hook).await;
    hook.open();
    key.send("data: still here\n\n").await;
    mounted.until_text("open: still here").await;
    assert_eq!(key.requests().await, 3, "open() leaves an open connection alone");
}

#[wasm_bindgen_test]
async fn a_closed_hook_does_not_follow_its_url_until_it_is_opened() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("closed-url");
    let mounted = mount(|| {
        let url = RwSignal::new(None::<String>);
        let hook = use_event_source::<String>(move || url.get(), Options::new());
        (hook, (hook, url))
    });
    let (hook, url) = mounted.it;
    hook.close();
    url.set(Some(key.url("fault=manual")));
    next_frame().await;
    assert_eq!(hook.state().get_untracked(), State::Closed(CloseReason::ByCaller));
    assert_eq!(key.requests().await, 0);
    hook.open();
    until_open(hook).await;
}

#[wasm_bindgen_test]
async fn pause_and_resume_keep_the_subscription() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("hook-pause");
    let mounted = mount_hook(&key, Options::new().resume(Resume::Query("lastEventId".into())));
    let hook = mounted.it;
    until_open(hook).await;
    key.send("id: 1\ndata: before\n\n").await;
    mounted.until_text("open: before").await;
    hook.pause();
    key.until_open(0).await;
    mounted.until_text("paused: before").await;
    hook.resume();
    until_open(hook).await;
    assert_eq!(key.last_cursor().await, (None, Some("1".to_owned())));
    key.send("data: after\n\n").await;
    mounted.until_text("open: before, after").await;
}

#[wasm_bindgen_test]
async fn a_paused_hook_does_not_follow_its_url_until_it_is_resumed() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("paused-url");
    let mounted = mount(|| {
        let url = RwSignal::new(None::<String>);
        let hook = use_event_source::<String>(url, Options::new());
        // Before the effect that opens it.
        hook.pause();
        (hook, (hook, url))
    });
    let (hook, url) = mounted.it;
    url.set(Some(key.url("fault=manual")));
    next_frame().await;
    hook.open();
    assert_eq!(hook.state().get_untracked(), State::Paused(PauseReason::ByCaller));
    assert_eq!(key.requests().await, 0);
    hook.resume();
    until_open(hook).await;
}

#[wasm_bindgen_test]
async fn a_superseded_connection_does_not_overwrite_the_state() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("superseded");
    let mounted = mount(|| {
        let url = RwSignal::new(None::<String>);
        let hook = use_event_source::<String>(url, Options::new());
        (hook, (hook, url))
    });
    let (hook, url) = mounted.it;
    url.set(Some(key.url("fault=manual")));
    until_open(hook).await;
    url.set(None);
    hook.reconnect();
    key.until_open(0).await;
    next_frame().await;
    assert_eq!(hook.state().get_untracked(), State::Idle);
}

#[wasm_bindgen_test]
async fn a_subscriber_ends_with_the_owner_that_registered_it() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("owner");
    let mounted = mount_hook(&key, Options::new());
    let hook = mounted.it;
    until_open(hook).await;
    let held = Rc::new(RefCell::new(Vec::new()));
    let owner = Owner::new();
    owner.with(|| {
        let held = Rc::clone(&held);
        hook.on(move |item| held.borrow_mut().push(item.clone()));
    });
    key.send("data: one\n\n").await;
    mounted.until_text("open: one").await;
    owner.cleanup();
    assert_eq!(Rc::strong_count(&held), 1, "the handler is gone at once, not with the next item");
    key.send("data: two\n\n").await;
    mounted.until_text("open: one, two").await;
    assert_eq!(held.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn a_subscriber_may_close_the_hook_that_calls_it_and_register_others() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("reentrant");
    let url = key.url("fault=manual");
    let mounted = mount(move || {
        let hook = use_event_source::<String>(url, Options::new());
        hook.on(move |item| {
            if matches!(item, Item::Event(event) if event.data == "bye") {
                hook.on(|_| {});
                hook.close();
            }
        });
        (hook, hook)
    });
    until_open(mounted.it).await;
    key.send("data: bye\n\ndata: never\n\n").await;
    key.until_open(0).await;
    let closed = State::Closed(CloseReason::ByCaller);
    until(mounted.it.state(), "the close", move |state| *state == closed).await;
}

#[wasm_bindgen_test]
async fn a_thousand_mounts_and_unmounts_leave_nothing_behind() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("thousand");
    // Its timer is set for as long as the stream is open.
    let options = Options::new().stale_after(Duration::from_secs(3_600));
    let round = async |waits: bool| {
        let mounted = mount_hook(&key, options.clone());
        if waits {
            until_open(mounted.it).await;
        } else {
            next_task().await;
        }
        drop(mounted);
        next_task().await;
    };
    let _ = (counters::timers(), counters::event_sources());
    for _ in 0..10 {
        round(true).await;
    }
    key.until_open(0).await;
    let (timers, values) = (counters::timers(), counters::values());
    let made = counters::event_sources();
    for number in 0..1_000 {
        round(number % 10 == 0).await;
    }
    key.until_open(0).await;
    assert_eq!(counters::event_sources(), made + 1_000, "each mount makes an EventSource");
    assert_eq!(counters::timers(), timers, "timers");
    assert_eq!(counters::values(), values, "JavaScript values held by wasm, closures among them");
}

/// Lets effects and cleanups run.
async fn next_task() {
    leptos::task::tick().await;
}
