//! What happens to the page and its network: events of the window, or of the worker as far as it has them.

use std::rc::Weak;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

use crate::client::Sink;
use crate::protocol::machine::PageEvent;

/// Listeners of the page's events. Dropping it removes them.
pub(crate) struct Page {
    listeners: Vec<Listener>,
}

struct Listener {
    target: EventTarget,
    name: &'static str,
    callback: Closure<dyn Fn(Event)>,
}

impl Page {
    pub(crate) fn watch(sink: &Weak<dyn Sink>) -> Self {
        let global: EventTarget = js_sys::global().unchecked_into();
        let mut page = Self { listeners: Vec::with_capacity(5) };
        let report = |event: PageEvent| {
            let sink = sink.clone();
            move |_| tell(&sink, event)
        };
        page.listen(&global, "online", report(PageEvent::Online));
        page.listen(&global, "offline", report(PageEvent::Offline));
        if let Some(document) = document() {
            page.listen(&global, "pagehide", report(PageEvent::Left));
            let weak = sink.clone();
            page.listen(&global, "pageshow", move |event| {
                // The first showing of a page is no return.
                if flag(&event, "persisted") {
                    // A page in the cache may not have been told.
                    if is_online() {
                        tell(&weak, PageEvent::Online);
                    }
                    tell(&weak, PageEvent::Returned);
                }
            });
            let weak = sink.clone();
            let of = document.clone();
            page.listen(&document, "visibilitychange", move |_| {
                let hidden = flag(&of, "hidden");
                tell(&weak, if hidden { PageEvent::Hidden } else { PageEvent::Visible });
            });
        }
        page
    }

    fn listen(
        &mut self,
        target: &EventTarget,
        name: &'static str,
        listener: impl Fn(Event) + 'static,
    ) {
        let callback = Closure::<dyn Fn(Event)>::new(listener);
        // Adding a listener can't fail.
        let _ = target.add_event_listener_with_callback(name, callback.as_ref().unchecked_ref());
        self.listeners.push(Listener { target: target.clone(), name, callback });
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        for Listener { target, name, callback } in &self.listeners {
            let _ =
                target.remove_event_listener_with_callback(name, callback.as_ref().unchecked_ref());
        }
    }
}

pub(super) fn is_hidden() -> bool {
    document().is_some_and(|document| flag(&document, "hidden"))
}

fn is_online() -> bool {
    js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("navigator"))
        .is_ok_and(|navigator| flag(&navigator, "onLine"))
}

fn document() -> Option<EventTarget> {
    js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("document")).ok()?.dyn_into().ok()
}

fn flag(object: &JsValue, name: &str) -> bool {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).is_ok_and(|flag| flag.is_truthy())
}

fn tell(sink: &Weak<dyn Sink>, event: PageEvent) {
    if let Some(sink) = sink.upgrade() {
        sink.page(event);
    }
}
