//! Clocks, timers, random numbers and storage of the browser, in windows and in workers.

use std::rc::Weak;
use std::time::Duration;

use gloo_timers::callback::Timeout;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, Performance};

#[cfg(feature = "fetch")]
use super::fetch::FetchConnection;
use super::native::NativeConnection;
use super::page::Page;
use crate::client::{Platform, Request, Sink};
#[cfg(feature = "tabs")]
use crate::client::{Refused, TabSink};
use crate::options::Transport;
#[cfg(feature = "tabs")]
use crate::options::share::Obstacle;
use crate::{Error, KeepCursor};

/// The longest delay of `setTimeout`, in milliseconds; a longer one would fire at once. The machine asks again
/// when a timer fires early.
const LONGEST_DELAY: u32 = i32::MAX as u32;

#[wasm_bindgen]
extern "C" {
    /// `sessionStorage` or `localStorage`.
    type Storage;
    #[wasm_bindgen(method, catch, js_name = getItem)]
    fn get_item(this: &Storage, key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setItem)]
    fn set_item(this: &Storage, key: &str, text: &str) -> Result<(), JsValue>;
}

#[derive(Clone)]
pub(crate) struct Browser {
    /// Both windows and workers have one.
    performance: Option<Performance>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let performance = global("performance").ok().and_then(|value| value.dyn_into().ok());
        Self { performance }
    }

    /// Whether anything is ever connected here.
    pub(crate) const fn is_live() -> bool {
        true
    }

    pub(crate) fn has_event_source() -> bool {
        global("EventSource").is_ok_and(|constructor| constructor.is_function())
    }

    #[cfg(feature = "fetch")]
    pub(super) fn has_fetch() -> bool {
        global("fetch").is_ok_and(|fetch| fetch.is_function())
    }
}

/// A connection of either transport.
pub(crate) enum Connection {
    #[cfg_attr(not(feature = "tabs"), expect(dead_code, reason = "held for its drop"))]
    Native(NativeConnection),
    #[cfg(feature = "fetch")]
    #[expect(dead_code, reason = "held for its drop")]
    Fetch(FetchConnection),
}

/// A call in a task of its own: by a message to ourselves, since timers wait, in hidden pages a second and more. Dropping
/// it takes a call back.
pub(crate) struct Soon {
    channel: MessageChannel,
    _callback: Closure<dyn Fn()>,
}

impl Drop for Soon {
    fn drop(&mut self) {
        self.channel.port1().set_onmessage(None);
        self.channel.port1().close();
    }
}

impl Platform for Browser {
    type Connection = Connection;
    type Soon = Option<Soon>;
    type Timer = Timeout;
    type Page = Page;

    fn now(&self) -> Duration {
        // Without a monotonic clock the wall clock must do.
        self.performance
            .as_ref()
            .map_or_else(|| self.wall(), |performance| milliseconds(performance.now()))
    }

    fn wall(&self) -> Duration {
        milliseconds(js_sys::Date::now())
    }

    fn jitter(&self) -> f64 {
        js_sys::Math::random()
    }

    fn connect(&self, request: &Request<'_>) -> Result<Connection, Error> {
        match request.transport {
            Transport::Native => NativeConnection::open(request).map(Connection::Native),
            #[cfg(feature = "fetch")]
            Transport::Fetch(fetch) => FetchConnection::open(fetch, request).map(Connection::Fetch),
        }
    }

    #[cfg(feature = "tabs")]
    fn check(&self, request: &Request<'_>) -> Result<(), Error> {
        match request.transport {
            Transport::Native => NativeConnection::check(request),
            #[cfg(feature = "fetch")]
            Transport::Fetch(fetch) => FetchConnection::check(fetch, request),
        }
    }

    #[cfg(feature = "tabs")]
    fn listen(connection: &mut Connection, name: &str, index: usize) {
        match connection {
            Connection::Native(native) => {
                // Can't fail: the source exists.
                let _ = native.listen_to_events(name, index);
            }
            #[cfg(feature = "fetch")]
            Connection::Fetch(_) => {}
        }
    }

    fn set_timer(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> Timeout {
        // Rounded up, so that it does not fire a fraction of a millisecond too early.
        let milliseconds = delay.as_micros().div_ceil(1_000);
        Timeout::new(u32::try_from(milliseconds).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY), fire)
    }

    fn soon(&self, act: Box<dyn Fn()>) -> Option<Soon> {
        let channel = MessageChannel::new().ok()?;
        let callback = Closure::<dyn Fn()>::new(act);
        channel.port1().set_onmessage(Some(callback.as_ref().unchecked_ref()));
        Some(Soon { channel, _callback: callback })
    }

    fn ask(soon: &Option<Soon>) {
        if let Some(soon) = soon {
            // Null can always be sent.
            let _ = soon.channel.port2().post_message(&JsValue::NULL);
        }
    }

    fn watch_page(&self, sink: Weak<dyn Sink>) -> Page {
        Page::watch(&sink)
    }

    fn is_hidden(&self) -> bool {
        super::page::is_hidden()
    }

    fn load(&self, place: &KeepCursor) -> Option<String> {
        let (storage, key) = storage(place).ok()?;
        storage.get_item(key).ok().flatten()
    }

    fn store(&self, place: &KeepCursor, text: &str) -> Result<(), String> {
        let (storage, key) = storage(place)?;
        storage.set_item(key, text).map_err(|reason| words(&reason))
    }

    #[cfg(feature = "tabs")]
    type Lock = super::tabs::Lock;
    #[cfg(feature = "tabs")]
    type Channel = super::tabs::Channel;

    #[cfg(feature = "tabs")]
    fn tab(&self) -> u64 {
        // One draw has 53 bits, of which these are 32.
        let draw = || (js_sys::Math::random() * 4_294_967_296.0) as u64;
        draw() << 32 | draw()
    }

    #[cfg(feature = "tabs")]
    fn is_same(&self, _: &Self) -> bool {
        true
    }

    #[cfg(feature = "tabs")]
    fn obstacle(&self) -> Option<Obstacle> {
        super::tabs::obstacle()
    }

    #[cfg(feature = "tabs")]
    fn absolute(&self, url: &str) -> String {
        super::tabs::absolute(url).unwrap_or_else(|_| url.to_owned())
    }

    #[cfg(feature = "tabs")]
    fn lock(
        &self,
        name: &str,
        steal: bool,
        number: u64,
        sink: Weak<dyn TabSink>,
    ) -> Result<Self::Lock, Refused> {
        super::tabs::Lock::request(name, steal, number, sink)
    }

    #[cfg(feature = "tabs")]
    fn channel(&self, name: &str, sink: Weak<dyn TabSink>) -> Result<Self::Channel, Refused> {
        super::tabs::Channel::open(name, sink)
    }

    #[cfg(feature = "tabs")]
    fn post(channel: &Self::Channel, text: &str) -> Result<(), Refused> {
        channel.post(text)
    }
}

/// The cast saturates.
fn milliseconds(milliseconds: f64) -> Duration {
    Duration::from_micros((milliseconds * 1_000.0) as u64)
}

/// A property of the window or the worker, `undefined` if it has none of that name. Some throw where they are forbidden.
pub(super) fn global(name: &str) -> Result<JsValue, JsValue> {
    js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str(name))
}

fn storage(place: &KeepCursor) -> Result<(Storage, &str), String> {
    let (name, key) = match place {
        KeepCursor::InSession(key) => ("sessionStorage", key),
        KeepCursor::InLocal(key) => ("localStorage", key),
    };
    match global(name) {
        Ok(storage) if storage.is_object() => Ok((storage.unchecked_into(), key)),
        Ok(_) => Err(format!("there is no {name} here")),
        Err(reason) => Err(words(&reason)),
    }
}

/// What an exception says.
pub(super) fn words(reason: &JsValue) -> String {
    reason
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| "no reason was given".to_owned(), |error| String::from(error.message()))
}

pub(crate) fn warn(message: &str) {
    web_sys::console::warn_1(&JsValue::from_str(message));
}
