//! A component in the page of the tests.

use std::cell::RefCell;
use std::rc::Rc;

use sse_signals::{Item, State};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, HtmlElement};

use super::{Feed, Framework, HandedOut, Hook, Mounted, Setup};
use crate::support::page::turn;
use crate::support::server::Key;
use crate::support::transport::Transport;
use crate::support::wait::within;

/// The component in the page. Dropping it unmounts it.
pub(super) struct Page<F: Framework> {
    pub(super) hook: F::Hook,
    pub(super) set_url: Rc<dyn Fn(Option<String>)>,
    pub(super) items: Rc<RefCell<Vec<Item<Feed>>>>,
    element: Element,
    unmount: Option<Box<dyn FnOnce()>>,
}

impl<F: Framework> Page<F> {
    pub(super) async fn mount(setup: Setup<F::Hook>) -> Self {
        let element = Element::new();
        let Mounted { handed_out, items, unmount } = F::mount(&element.0, setup);
        let component = async {
            loop {
                if let Some(handed_out) = handed_out.borrow_mut().take() {
                    break handed_out;
                }
                turn().await;
            }
        };
        let HandedOut { hook, set_url } = within("the component", component).await;
        Self { hook, set_url, items, element, unmount: Some(unmount) }
    }

    /// A stream that carries only what the test sends.
    pub(super) async fn manual(key: &Key, transport: Transport) -> Self {
        let page =
            Self::mount(Setup::new(transport, Some(key.url("fault=manual&retry=100")))).await;
        page.until_open().await;
        page
    }

    /// What the element of that class shows.
    #[cfg(feature = "testing")]
    pub(super) fn shown(&self, class: &str) -> Option<String> {
        self.element.shown(class)
    }

    pub(super) fn element(&self) -> &HtmlElement {
        &self.element.0
    }

    pub(super) async fn until_open(&self) {
        self.until_state("the stream", |state| *state == State::Open).await;
    }

    pub(super) async fn until_state(&self, what: &str, condition: impl Fn(&State) -> bool) {
        until(what, || condition(&self.hook.state())).await;
    }

    pub(super) async fn until_shown(&self, class: &str, text: &str) {
        self.element.until_shown(class, text).await;
    }

    pub(super) async fn unmount(mut self) {
        self.unmount.take().expect("it is mounted")();
        // Its content is taken away in a task of the framework's.
        let gone = async {
            while self.element.0.child_element_count() > 0 {
                turn().await;
            }
        };
        within("the end of the component", gone).await;
    }
}

impl<F: Framework> Drop for Page<F> {
    fn drop(&mut self) {
        if let Some(unmount) = self.unmount.take() {
            unmount();
        }
    }
}

/// An element of the document's body. Dropping it removes it.
pub(super) struct Element(pub(super) HtmlElement);

impl Element {
    pub(super) fn new() -> Self {
        let element = document().create_element("div").expect("an element");
        document().body().expect("a body").append_child(&element).expect("it takes children");
        Self(element.unchecked_into())
    }

    /// What the element of that class shows.
    pub(super) fn shown(&self, class: &str) -> Option<String> {
        self.0
            .query_selector(&format!(".{class}"))
            .expect("a class")
            .and_then(|it| it.text_content())
    }

    pub(super) async fn until_shown(&self, class: &str, text: &str) {
        let what = format!("{text:?} in .{class}");
        until(&what, || self.shown(class).as_deref() == Some(text)).await;
    }
}

impl Drop for Element {
    fn drop(&mut self) {
        self.0.remove();
    }
}

fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a document")
}

/// Waits for a condition, looked at once a frame.
pub(super) async fn until(what: &str, condition: impl Fn() -> bool) {
    within(what, async {
        while !condition() {
            next_frame().await;
        }
    })
    .await;
}

pub(super) async fn next_frame() {
    let frame = js_sys::Promise::new(&mut |resolve, _| {
        let window = web_sys::window().expect("a window");
        window.request_animation_frame(&resolve).expect("a frame");
    });
    within("a frame", JsFuture::from(frame)).await.expect("a frame comes");
}

/// When the frame was that is current, in milliseconds: each has a time of its own.
pub(super) fn frame_time() -> f64 {
    let script = js_sys::Function::new_no_args("return document.timeline.currentTime");
    script
        .call0(&wasm_bindgen::JsValue::NULL)
        .ok()
        .and_then(|time| time.as_f64())
        .expect("the page has frames")
}
