//! What tabs meet by: [Web Locks](https://w3c.github.io/web-locks/), of which web-sys has only unstable bindings, and
//! `BroadcastChannel`. Windows and workers have both.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, BroadcastChannel, MessageEvent};

use super::web::global;
use crate::client::{Refused, TabSink};
use crate::options::share::Obstacle;

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        callback: &Function,
    ) -> Result<Promise, JsValue>;

    type Url;
    #[wasm_bindgen(constructor, catch, js_class = "URL")]
    fn new(url: &str, base: &str) -> Result<Url, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn href(this: &Url) -> String;
}

pub(super) fn obstacle() -> Option<Obstacle> {
    let is = |name, test: fn(&JsValue) -> bool| global(name).is_ok_and(|value| test(&value));
    if !is("isSecureContext", JsValue::is_truthy) {
        Some(Obstacle::InsecureContext)
    } else if locks().is_none() {
        Some(Obstacle::NoWebLocks)
    } else if !is("BroadcastChannel", JsValue::is_function) {
        Some(Obstacle::NoBroadcastChannel)
    } else {
        None
    }
}

fn locks() -> Option<LockManager> {
    let locks = get(&global("navigator").ok()?, "locks")?;
    locks.is_object().then(|| locks.unchecked_into())
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok()
}

/// Against the base of the document or, in a worker, its own address.
pub(super) fn absolute(url: &str) -> Result<String, JsValue> {
    let base = match global("document") {
        Ok(document) if document.is_object() => get(&document, "baseURI"),
        _ => get(&global("location")?, "href"),
    };
    let base = base.and_then(|base| base.as_string()).ok_or(JsValue::UNDEFINED)?;
    Url::new(url, &base).map(|url| url.href())
}

/// A lock that is held or waited for. Dropping it gives it back, or up.
pub(crate) struct Lock {
    holding: Rc<Holding>,
    abort: Option<AbortController>,
}

#[derive(Default)]
struct Holding {
    over: Cell<bool>,
    granted: Cell<bool>,
    /// Resolves the promise by which it is held.
    release: RefCell<Option<Function>>,
}

impl Lock {
    pub(super) fn request(
        name: &str,
        steal: bool,
        number: u64,
        sink: Weak<dyn TabSink>,
    ) -> Result<Self, Refused> {
        let locks = locks().ok_or(Refused)?;
        let options = Object::new();
        let set = |name: &str, value: &JsValue| {
            // A plain object takes everything.
            let _ = Reflect::set(&options, &JsValue::from_str(name), value);
        };
        // The two can't be combined.
        let abort = if steal { None } else { AbortController::new().ok() };
        match &abort {
            Some(abort) => set("signal", &abort.signal()),
            None => set("steal", &JsValue::from_bool(steal)),
        }
        let holding = Rc::<Holding>::default();
        let (held, told) = (Rc::clone(&holding), Weak::clone(&sink));
        let callback = Closure::<dyn Fn() -> JsValue>::new(move || {
            if held.over.get() {
                return JsValue::UNDEFINED;
            }
            held.granted.set(true);
            let promise = Promise::new(&mut |resolve, _| {
                *held.release.borrow_mut() = Some(resolve);
            });
            if let Some(sink) = told.upgrade() {
                sink.granted(number);
            }
            promise.into()
        });
        let request = locks
            .request(name, &options, callback.as_ref().unchecked_ref())
            .map_err(|_| Refused)?;
        let held = Rc::clone(&holding);
        // Ends when the lock is released, stolen, given up or refused.
        spawn_local(async move {
            let result = JsFuture::from(request).await;
            drop(callback);
            if result.is_ok() || held.over.get() {
                return;
            }
            let Some(sink) = sink.upgrade() else { return };
            if held.granted.get() { sink.stolen(number) } else { sink.refused(number) }
        });
        Ok(Self { holding, abort })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.holding.over.set(true);
        if let Some(release) = self.holding.release.take() {
            // A promise's own function does not throw.
            let _ = release.call0(&JsValue::UNDEFINED);
        }
        if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

/// Dropping it closes it.
pub(crate) struct Channel {
    channel: BroadcastChannel,
    _callback: Closure<dyn Fn(MessageEvent)>,
}

impl Channel {
    pub(super) fn open(name: &str, sink: Weak<dyn TabSink>) -> Result<Self, Refused> {
        let channel = BroadcastChannel::new(name).map_err(|_| Refused)?;
        let callback = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(sink) = sink.upgrade() {
                sink.heard(event.data().as_string().as_deref());
            }
        });
        channel.set_onmessage(Some(callback.as_ref().unchecked_ref()));
        Ok(Self { channel, _callback: callback })
    }

    pub(super) fn post(&self, text: &str) -> Result<(), Refused> {
        self.channel.post_message(&JsValue::from_str(text)).map_err(|_| Refused)
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
