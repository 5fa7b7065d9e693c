//! The Leptos hook.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::mount::mount_to;
use leptos::prelude::*;
#[cfg(feature = "testing")]
use sse_signals::Options;
use sse_signals::hooks::leptos::{UseEventSource, use_event_source};
#[cfg(feature = "testing")]
use sse_signals::testing::World;
use sse_signals::{CloseReason, Error, Item, State};
#[cfg(feature = "testing")]
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use super::{
    Feed, Framework, HandedOut, Hook, Mounted, Page, Setup, Total, frame_time, joined, until,
};
use crate::support::server::Server;
use crate::support::transport::Transport;

struct Leptos;

super::tests_of_all_frameworks!(Leptos);

impl Hook for UseEventSource<Feed> {
    fn state(&self) -> State {
        UseEventSource::state(*self).get_untracked()
    }

    fn error(&self) -> Option<Error> {
        UseEventSource::error(*self).get_untracked()
    }

    fn reconnect(&self) {
        UseEventSource::reconnect(*self);
    }

    fn close(&self) {
        UseEventSource::close(*self);
    }

    fn open(&self) {
        UseEventSource::open(*self);
    }

    fn pause(&self) {
        UseEventSource::pause(*self);
    }

    fn resume(&self) {
        UseEventSource::resume(*self);
    }
}

impl Framework for Leptos {
    type Hook = UseEventSource<Feed>;

    fn mount(element: &HtmlElement, setup: Setup<Self::Hook>) -> Mounted<Self::Hook> {
        let Setup { url, options, before, on_item } = setup;
        let handed_out = Rc::new(RefCell::new(None));
        let items = Rc::new(RefCell::new(Vec::new()));
        let component = {
            let (handed_out, items) = (Rc::clone(&handed_out), Rc::clone(&items));
            move || {
                let url = RwSignal::new(url);
                let hook = use_event_source::<Feed>(url, options);
                before(&hook);
                hook.on(move |item| {
                    items.borrow_mut().push(item.clone());
                    on_item(&hook, item);
                });
                let set_url = Rc::new(move |to| url.set(to));
                *handed_out.borrow_mut() = Some(HandedOut { hook, set_url });
                let words = hook.history(|event| Some(event.word()), 100);
                let last_two = hook.history(Feed::number, 2);
                let total = hook.fold(Total::default(), Total::add);
                view! {
                    <p class="state">{move || hook.state().get().to_string()}</p>
                    <p class="words">{move || joined(&words.get())}</p>
                    <p class="latest">{hook.latest(Feed::number)}</p>
                    <p class="last-two">{move || joined(&last_two.get())}</p>
                    <p class="total">{move || total.get().to_string()}</p>
                }
            }
        };
        let handle = mount_to(element.clone(), component);
        Mounted { handed_out, items, unmount: Box::new(move || drop(handle)) }
    }
}

#[wasm_bindgen_test]
async fn a_subscriber_ends_with_the_owner_that_registered_it() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("owner");
    let page = Page::<Leptos>::manual(&key, Transport::Native).await;
    let held = Rc::new(RefCell::new(Vec::new()));
    let owner = Owner::new();
    owner.with(|| {
        let held = Rc::clone(&held);
        page.hook.on(move |item| held.borrow_mut().push(item.clone()));
    });
    key.send("data: one\n\n").await;
    page.until_shown("words", "one").await;
    owner.cleanup();
    assert_eq!(Rc::strong_count(&held), 1, "the handler is gone at once, not with the next item");
    key.send("data: two\n\n").await;
    page.until_shown("words", "one, two").await;
    assert_eq!(held.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn a_subscriber_may_register_another_which_lives_as_long_as_the_hook() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("register");
    let page = Page::<Leptos>::manual(&key, Transport::Native).await;
    let (hook, held) = (page.hook, Rc::new(()));
    let captured = Rc::clone(&held);
    hook.on(move |item| {
        if matches!(item, Item::Event(event) if event.data.word() == "more") {
            let captured = Rc::clone(&captured);
            hook.on(move |_| {
                let _ = &captured;
                hook.close();
            });
        }
    });
    key.send("data: more\n\n").await;
    page.until_shown("words", "more").await;
    assert_eq!(page.hook.state().get_untracked(), State::Open, "it sees what comes after that");
    key.send("data: now\n\n").await;
    let closed = State::Closed(CloseReason::ByCaller);
    page.until_state("the close", move |state| *state == closed).await;
    assert_eq!(Rc::strong_count(&held), 3);
    page.unmount().await;
    assert_eq!(Rc::strong_count(&held), 1, "both handlers are gone");
}

#[cfg(feature = "testing")]
#[wasm_bindgen_test]
async fn a_reactive_url_is_a_signal_or_a_closure_of_text_or_of_perhaps_text() {
    async fn asked_for(world: &World, urls: &[&str]) {
        let asked =
            || -> Vec<_> { world.requests().iter().map(|it| it.url().to_owned()).collect() };
        until("the requests", || asked().len() >= urls.len()).await;
        assert_eq!(asked(), urls);
    }
    let world = World::new();
    let name = ArcRwSignal::new("/one".to_owned());
    let perhaps = ArcRwSignal::new(None::<String>);
    let (named, maybe) = (name.clone(), perhaps.clone());
    let component = move || {
        let (name, perhaps) = (RwSignal::from(named), RwSignal::from(maybe));
        let open = Options::new;
        let _hook = use_event_source::<Feed>(name, open());
        let _hook = use_event_source::<Feed>(move || format!("{}/closure", name.get()), open());
        let _hook = use_event_source::<Feed>(perhaps, open());
        let _hook = use_event_source::<Feed>(move || perhaps.get(), open());
    };
    let element = document().create_element("div").expect("an element");
    let mounted = mount_to(element.unchecked_into(), component);
    asked_for(&world, &["/one", "/one/closure"]).await;
    name.set("/one".to_owned());
    super::next_frame().await;
    name.set("/two".to_owned());
    asked_for(&world, &["/one", "/one/closure", "/two", "/two/closure"]).await;
    perhaps.set(Some("/three".to_owned()));
    let all = ["/one", "/one/closure", "/two", "/two/closure", "/three", "/three"];
    asked_for(&world, &all).await;
    drop(mounted);
}

#[wasm_bindgen_test]
async fn however_much_arrives_a_signal_tells_its_readers_at_most_once_a_frame() {
    let Some(server) = Server::reach().await else { return };
    for transport in [Transport::Native, Transport::Fetch] {
        let key = server.key("burst");
        let page = Page::<Leptos>::manual(&key, transport).await;
        let runs = Rc::new(RefCell::new(Vec::new()));
        let owner = Owner::new();
        owner.with(|| {
            let runs = Rc::clone(&runs);
            let sum = page.hook.fold(0, |sum: &mut u64, item| {
                if let Item::Event(event) = item {
                    *sum += u64::from(event.data.number().unwrap_or_default());
                }
            });
            Effect::new(move |_| runs.borrow_mut().push((frame_time(), sum.get())));
        });
        let events = |from: u32| -> String {
            (from..from + 500).map(|number| format!("event: number\ndata: {number}\n\n")).collect()
        };
        key.send(&events(0)).await;
        key.send(&events(500)).await;
        page.until_shown("latest", "999").await;
        until("every event", || runs.borrow().last().is_some_and(|(_, sum)| *sum == 499_500)).await;
        let runs = runs.borrow();
        for pair in runs[1..].windows(2) {
            assert!(pair[0].0 < pair[1].0, "two runs in one frame: {runs:?}");
        }
        owner.cleanup();
    }
}

#[wasm_bindgen_test]
async fn a_flood_is_kept_up_with() {
    let Some(server) = Server::reach().await else { return };
    // Long enough for what piles up to show.
    super::flood::keeps_up::<Leptos>(&server, Transport::Native, 30).await;
    super::flood::keeps_up::<Leptos>(&server, Transport::Fetch, 3).await;
}

#[cfg(feature = "testing")]
#[wasm_bindgen_test]
async fn in_a_world_a_component_shows_what_a_test_sends() {
    for transport in [Transport::Native, Transport::Fetch] {
        super::world::a_component_shows_what_a_test_sends::<Leptos>(transport).await;
    }
}

#[cfg(feature = "testing")]
#[wasm_bindgen_test]
async fn in_a_world_the_end_of_a_component_is_seen() {
    super::world::the_end_of_a_component_is_seen_by_the_test::<Leptos>().await;
}
