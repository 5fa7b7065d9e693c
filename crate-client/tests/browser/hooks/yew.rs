//! The Yew hooks.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use sse_signals::hooks::yew::{
    UseEventSource, use_event_source, use_fold, use_history, use_items, use_latest,
};
use sse_signals::{Error, Item, Options, State};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::{
    Element, Feed, Framework, HandedOut, Hook, Mounted, Setup, Total, frame_time, joined, until,
};
use crate::support::counters;
use crate::support::page::turn;
use crate::support::server::Server;
use crate::support::transport::Transport;
use crate::support::wait::within;

struct Yew;

super::tests_of_all_frameworks!(Yew);

type Handle = UseEventSource<Feed>;

impl Hook for Handle {
    fn state(&self) -> State {
        UseEventSource::state(self)
    }

    fn error(&self) -> Option<Error> {
        UseEventSource::error(self)
    }

    fn reconnect(&self) {
        UseEventSource::reconnect(self);
    }

    fn close(&self) {
        UseEventSource::close(self);
    }

    fn open(&self) {
        UseEventSource::open(self);
    }

    fn pause(&self) {
        UseEventSource::pause(self);
    }

    fn resume(&self) {
        UseEventSource::resume(self);
    }
}

/// What is equal if it is the same, as properties want it.
struct Same<T>(Rc<T>);

impl<T> Same<T> {
    fn new(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, PartialEq, Properties)]
struct EveryVerbProperties {
    setup: Same<Setup<Handle>>,
    handed_out: Same<RefCell<Option<HandedOut<Handle>>>>,
    items: Same<RefCell<Vec<Item<Feed>>>>,
}

#[component]
fn EveryVerb(properties: &EveryVerbProperties) -> Html {
    let setup = &properties.setup.0;
    let url = use_state(|| setup.url.clone());
    let hook = use_event_source::<Feed>((*url).clone(), setup.options.clone());
    use_memo((), |()| {
        (setup.before)(&hook);
        let set_url = Rc::new(move |to| url.set(to));
        *properties.handed_out.0.borrow_mut() = Some(HandedOut { hook: hook.clone(), set_url });
    });
    let (items, on_item, handle) = (Rc::clone(&properties.items.0), setup.on_item, hook.clone());
    use_items(&hook, move |item| {
        items.borrow_mut().push(item.clone());
        on_item(&handle, item);
    });
    let words = use_history(&hook, |event| Some(event.word()), 100);
    let latest = use_latest(&hook, Feed::number);
    let last_two = use_history(&hook, Feed::number, 2);
    let total = use_fold(&hook, Total::default, Total::add);
    html! {
        <>
            <p class="state">{ hook.state().to_string() }</p>
            <p class="words">{ joined(&words) }</p>
            <p class="latest">{ latest }</p>
            <p class="last-two">{ joined(&last_two) }</p>
            <p class="total">{ total.to_string() }</p>
        </>
    }
}

impl Framework for Yew {
    type Hook = Handle;

    fn mount(element: &HtmlElement, setup: Setup<Handle>) -> Mounted<Handle> {
        let properties = EveryVerbProperties {
            setup: Same::new(setup),
            handed_out: Same::new(RefCell::new(None)),
            items: Same::new(RefCell::new(Vec::new())),
        };
        let (handed_out, items) = (properties.handed_out.0.clone(), properties.items.0.clone());
        let root = element.clone().into();
        let app = yew::Renderer::<EveryVerb>::with_root_and_props(root, properties).render();
        Mounted { handed_out, items, unmount: Box::new(move || app.destroy()) }
    }
}

/// A page of another component than that of the shared tests. Dropping it unmounts it.
struct Page<C: BaseComponent> {
    app: Option<AppHandle<C>>,
    element: Element,
}

impl<C: BaseComponent> Page<C> {
    fn mount(properties: C::Properties) -> Self {
        let element = Element::new();
        let root = element.0.clone().into();
        let app = yew::Renderer::<C>::with_root_and_props(root, properties).render();
        Self { app: Some(app), element }
    }

    async fn until_shown(&self, class: &str, text: &str) {
        self.element.until_shown(class, text).await;
    }
}

impl<C: BaseComponent> Drop for Page<C> {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            app.destroy();
        }
    }
}

#[derive(Clone, PartialEq, Properties)]
struct BurstProperties {
    urls: [String; 2],
    renders: Renders,
    child_renders: Renders,
}

/// The frames in which a component was rendered.
type Renders = Same<RefCell<Vec<f64>>>;

/// Two connections, several hooks, and a child that shows the parent's connection.
#[component]
fn Burst(properties: &BurstProperties) -> Html {
    properties.renders.0.borrow_mut().push(frame_time());
    let [first, second] = &properties.urls;
    let first = use_event_source::<Feed>(first, Options::new());
    let second = use_event_source::<Feed>(second, Options::new());
    let sums = [
        use_fold(&first, Total::default, Total::add),
        use_fold(&second, Total::default, Total::add),
    ];
    let latest = use_latest(&first, Feed::number);
    html! {
        <>
            <p class="states">{ first.state().to_string() }{ ", " }{ second.state().to_string() }</p>
            <p class="totals">{ sums.map(|sum| sum.to_string()).concat() }</p>
            <p class="latest">{ latest }</p>
            <BurstChild feed={first} renders={properties.child_renders.clone()} />
        </>
    }
}

#[derive(PartialEq, Properties)]
struct BurstChildProperties {
    feed: Handle,
    renders: Renders,
}

#[component]
fn BurstChild(properties: &BurstChildProperties) -> Html {
    properties.renders.0.borrow_mut().push(frame_time());
    let last_two = use_history(&properties.feed, Feed::number, 2);
    html! { <p class="last-two">{ joined(&last_two) }</p> }
}

#[wasm_bindgen_test]
async fn however_much_arrives_a_component_is_rendered_at_most_once_a_frame() {
    let Some(server) = Server::reach().await else { return };
    let keys = [server.key("burst-1"), server.key("burst-2")];
    let urls = keys.each_ref().map(|key| key.url("fault=manual"));
    let [renders, child_renders] = [(); 2].map(|()| Renders::new(RefCell::default()));
    let page = Page::<Burst>::mount(BurstProperties {
        urls,
        renders: renders.clone(),
        child_renders: child_renders.clone(),
    });
    page.until_shown("states", "open, open").await;
    let events = |from: u32| -> String {
        (from..from + 500).map(|number| format!("event: number\ndata: {number}\n\n")).collect()
    };
    for from in [0, 500] {
        for key in &keys {
            key.send(&events(from)).await;
        }
    }
    page.until_shown("totals", &"499500 and 0 gaps".repeat(2)).await;
    page.until_shown("latest", "999").await;
    page.until_shown("last-two", "998, 999").await;
    for renders in [renders, child_renders] {
        let renders = renders.0.borrow();
        for pair in renders.windows(2) {
            assert!(pair[0] < pair[1], "two renders in the frame at {} ms: {renders:?}", pair[0]);
        }
        assert!(renders.len() < 1_000, "{} renders", renders.len());
    }
}

/// As in a hidden tab: a frame is asked for, and never comes. Dropping it puts an end to that.
struct WithoutFrames(JsValue);

impl WithoutFrames {
    fn new() -> Self {
        let request = Self::replaced(&Function::new_no_args("return 0"));
        Self(request)
    }

    /// Returns what was there before.
    fn replaced(by: &JsValue) -> JsValue {
        let (window, name) = (js_sys::global(), JsValue::from_str("requestAnimationFrame"));
        let before = js_sys::Reflect::get(&window, &name).expect("a function");
        js_sys::Reflect::set(&window, &name, by).expect("it can be replaced");
        before
    }
}

impl Drop for WithoutFrames {
    fn drop(&mut self) {
        Self::replaced(&self.0);
    }
}

#[wasm_bindgen_test]
async fn a_page_without_frames_is_rendered_all_the_same() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("hidden");
    let url = key.url("fault=manual");
    let [renders, child_renders] = [(); 2].map(|()| Renders::new(RefCell::default()));
    let without = WithoutFrames::new();
    let urls = [url.clone(), url];
    let page = Page::<Burst>::mount(BurstProperties { urls, renders, child_renders });
    let shown = async {
        while page.element.shown("states").as_deref() != Some("open, open") {
            gloo_timers::future::TimeoutFuture::new(10).await;
        }
    };
    within("both connections to be shown", shown).await;
    drop(without);
}

#[derive(Clone, PartialEq, Properties)]
struct ScaleProperties {
    url: String,
    set_factor: Same<RefCell<Option<UseStateHandle<u32>>>>,
}

/// Its closures capture what a render has.
#[component]
fn Scale(properties: &ScaleProperties) -> Html {
    let factor = use_state(|| 1);
    *properties.set_factor.0.borrow_mut() = Some(factor.clone());
    let feed = use_event_source::<Feed>(&properties.url, Options::new());
    let factor = *factor;
    let scaled = use_history(&feed, move |event| event.number().map(|number| number * factor), 10);
    html! { <><p class="state">{ feed.state().to_string() }</p><p class="scaled">{ joined(&scaled) }</p></> }
}

#[wasm_bindgen_test]
async fn the_closure_of_the_last_render_is_called_with_what_comes_from_then_on() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("closure");
    let set_factor = Same::new(RefCell::new(None));
    let properties =
        ScaleProperties { url: key.url("fault=manual"), set_factor: set_factor.clone() };
    let page = Page::<Scale>::mount(properties);
    page.until_shown("state", "open").await;
    key.send("event: number\ndata: 1\n\n").await;
    page.until_shown("scaled", "1").await;
    let factor: UseStateHandle<u32> = set_factor.0.borrow().clone().expect("it was rendered");
    factor.set(10);
    super::next_frame().await;
    key.send("event: number\ndata: 2\n\n").await;
    page.until_shown("scaled", "1, 20").await;
}

#[derive(Clone, PartialEq, Properties)]
struct FamilyProperties {
    urls: [String; 2],
    control: Same<RefCell<Option<UseStateHandle<Option<usize>>>>>,
    child_items: Same<RefCell<Vec<Item<Feed>>>>,
}

/// A parent of two connections, whose child gets the chosen one, if there is one.
#[component]
fn Family(properties: &FamilyProperties) -> Html {
    let chosen = use_state(|| Some(0));
    *properties.control.0.borrow_mut() = Some(chosen.clone());
    let [first, second] = &properties.urls;
    let feeds = [
        use_event_source::<Feed>(first, Options::new()),
        use_event_source::<Feed>(second, Options::new()),
    ];
    html! {
        if let Some(chosen) = *chosen {
            <Child feed={feeds[chosen].clone()} items={properties.child_items.clone()} />
        }
    }
}

#[derive(PartialEq, Properties)]
struct ChildProperties {
    feed: Handle,
    items: Same<RefCell<Vec<Item<Feed>>>>,
}

#[component]
fn Child(properties: &ChildProperties) -> Html {
    let latest = use_latest(&properties.feed, Feed::number);
    let items = Rc::clone(&properties.items.0);
    use_items(&properties.feed, move |item| items.borrow_mut().push(item.clone()));
    let latest = latest.map_or_else(|| "none".to_owned(), |latest| latest.to_string());
    html! {
        <>
            <p class="state">{ properties.feed.state().to_string() }</p>
            <p class="latest">{ latest }</p>
        </>
    }
}

#[wasm_bindgen_test]
async fn a_child_with_the_handle_follows_its_state_and_hears_its_items_until_it_goes() {
    let Some(server) = Server::reach().await else { return };
    let keys = [server.key("child-1"), server.key("child-2")];
    let (control, child_items) =
        (Same::new(RefCell::new(None)), Same::new(RefCell::new(Vec::new())));
    let page = Page::<Family>::mount(FamilyProperties {
        urls: keys.each_ref().map(|key| key.url("fault=manual")),
        control: control.clone(),
        child_items: child_items.clone(),
    });
    let choose = |chosen: Option<usize>| {
        let control: UseStateHandle<Option<usize>> =
            control.0.borrow().clone().expect("it was rendered");
        control.set(chosen);
    };
    page.until_shown("state", "open").await;
    keys[1].until_open(1).await;
    keys[0].send("event: number\ndata: 1\n\n").await;
    page.until_shown("latest", "1").await;

    choose(Some(1));
    page.until_shown("latest", "none").await;
    page.until_shown("state", "open").await;
    keys[0].send("event: number\ndata: 2\n\n").await;
    keys[1].send("event: number\ndata: 3\n\n").await;
    page.until_shown("latest", "3").await;
    assert_eq!(child_items.0.borrow().len(), 2, "of the first only what came while it was chosen");

    let holders = Rc::strong_count(&child_items.0);
    choose(None);
    until("the child's end", || page.element.shown("state").is_none()).await;
    // Its properties and its handler's capture.
    assert_eq!(Rc::strong_count(&child_items.0), holders - 2, "the child's handler is gone");
    keys[1].until_open(1).await;
}

#[derive(Clone, PartialEq, Properties)]
struct DoomedProperties {
    url: String,
    renders: Same<Cell<u32>>,
    app: Same<RefCell<Option<AppHandle<Doomed>>>>,
}

/// Is unmounted by its own handler, between an item and the frame that would show it.
#[component]
fn Doomed(properties: &DoomedProperties) -> Html {
    let renders = &properties.renders.0;
    renders.set(renders.get() + 1);
    let feed = use_event_source::<Feed>(&properties.url, Options::new());
    let latest = use_latest(&feed, Feed::number);
    let app = Rc::clone(&properties.app.0);
    use_items(&feed, move |_| {
        if let Some(app) = app.take() {
            app.destroy();
        }
    });
    html! { <><p class="state">{ feed.state().to_string() }</p>{ latest }</> }
}

#[wasm_bindgen_test]
async fn an_unmount_takes_back_the_re_render_that_waits_for_its_frame() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("doomed");
    let timers = counters::timers();
    let element = Element::new();
    let properties = DoomedProperties {
        url: key.url("fault=manual"),
        renders: Same::new(Cell::new(0)),
        app: Same::new(RefCell::new(None)),
    };
    let root = element.0.clone().into();
    let app = yew::Renderer::<Doomed>::with_root_and_props(root, properties.clone()).render();
    properties.app.0.replace(Some(app));
    element.until_shown("state", "open").await;
    let renders = properties.renders.0.get();
    // So that only the unmount ends the wait for it.
    let without = WithoutFrames::new();
    key.send("event: number\ndata: 1\n\n").await;
    let gone = async {
        while element.0.child_element_count() > 0 {
            turn().await;
        }
    };
    within("the unmount", gone).await;
    assert_eq!(counters::timers(), timers, "the timer beside the frame is cleared");
    drop(without);
    key.until_open(0).await;
    super::next_frame().await;
    assert_eq!(properties.renders.0.get(), renders, "nothing is rendered after the end");
}

#[wasm_bindgen_test]
async fn a_flood_is_kept_up_with() {
    let Some(server) = Server::reach().await else { return };
    for transport in [Transport::Native, Transport::Fetch] {
        super::flood::keeps_up::<Yew>(&server, transport, 3).await;
    }
}

#[cfg(feature = "testing")]
#[wasm_bindgen_test]
async fn in_a_world_a_component_shows_what_a_test_sends() {
    for transport in [Transport::Native, Transport::Fetch] {
        super::world::a_component_shows_what_a_test_sends::<Yew>(transport).await;
    }
}

#[cfg(feature = "testing")]
#[wasm_bindgen_test]
async fn in_a_world_the_end_of_a_component_is_seen() {
    super::world::the_end_of_a_component_is_seen_by_the_test::<Yew>().await;
}
