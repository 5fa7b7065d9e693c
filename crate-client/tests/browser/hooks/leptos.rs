//! The Leptos hook.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::mount::mount_to;
use leptos::prelude::*;
use sse_signals::hooks::leptos::{UseEventSource, use_event_source};
use sse_signals::{CloseReason, Error, Item, State};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use super::{Feed, Framework, HandedOut, Hook, Mounted, Page, Setup, Total, joined};
use crate::support::server::Server;

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
                let hook = use_event_source::<Feed>(move || url.get(), options);
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
    let page = Page::<Leptos>::manual(&key).await;
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
    let page = Page::<Leptos>::manual(&key).await;
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
