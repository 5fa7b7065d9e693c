//! The native transport: the browser's own
//! [`EventSource`](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface).

use std::cell::OnceCell;
use std::rc::Weak;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventSource, EventSourceInit, MessageEvent};

use super::web::{Browser, words};
use crate::Error;
use crate::client::{Request, Sink};
use crate::error::Kind;
use crate::event::LastEventId;

#[wasm_bindgen]
extern "C" {
    /// A `MessageEvent` of an event stream, whose data is always a string: read in one crossing to JavaScript, since this
    /// happens for every event.
    #[derive(Clone)]
    pub(crate) type Message;
    #[wasm_bindgen(method, getter)]
    fn data(this: &Message) -> String;
    #[wasm_bindgen(method, getter, js_name = lastEventId)]
    pub(crate) fn last_event_id(this: &Message) -> String;
}

/// One `EventSource` and its listeners. Dropping it removes the listeners and closes the connection.
pub(crate) struct NativeConnection {
    source: EventSource,
    generation: u64,
    sink: Weak<dyn Sink>,
    listeners: Vec<Listener>,
}

struct Listener {
    name: String,
    callback: Closure<dyn Fn(web_sys::Event)>,
}

impl NativeConnection {
    pub(crate) fn open(request: &Request<'_>) -> Result<Self, Error> {
        Self::supported()?;
        let init = EventSourceInit::new();
        init.set_with_credentials(request.with_credentials);
        let source = EventSource::new_with_event_source_init_dict(request.url, &init)
            .map_err(|reason| invalid_url(request.url, &reason))?;

        let generation = request.generation;
        let mut connection = Self {
            source,
            generation,
            sink: request.sink.clone(),
            listeners: Vec::with_capacity(request.names.len() + 2),
        };
        for (index, name) in request.names.iter().enumerate() {
            connection.listen_to_events(name, index)?;
        }
        let sink = request.sink.clone();
        connection.listen("open", move |event| {
            if let Some(sink) = of_connection(&event, &sink) {
                sink.opened(generation, None);
            }
        })?;
        let (sink, source) = (request.sink.clone(), connection.source.clone());
        connection.listen("error", move |event| {
            if let Some(sink) = of_connection(&event, &sink) {
                sink.errored(generation, source.ready_state() == EventSource::CLOSED);
            }
        })?;
        Ok(connection)
    }

    /// Makes no `EventSource`, which would connect.
    #[cfg(feature = "tabs")]
    pub(crate) fn check(request: &Request<'_>) -> Result<(), Error> {
        Self::supported()?;
        let url = super::tabs::absolute(request.url);
        url.map(drop).map_err(|reason| invalid_url(request.url, &reason))
    }

    fn supported() -> Result<(), Error> {
        if Browser::has_event_source() { Ok(()) } else { Err(Kind::Unsupported.into()) }
    }

    /// Reports the events of this name under this index.
    pub(crate) fn listen_to_events(&mut self, name: &str, index: usize) -> Result<(), Error> {
        let (sink, generation) = (self.sink.clone(), self.generation);
        let of_connection = matches!(name, "open" | "error");
        self.listen(name, move |event| {
            if !of_connection || event.has_type::<MessageEvent>() {
                message(event, &sink, generation, index);
            }
        })
    }

    fn listen(
        &mut self,
        name: &str,
        listener: impl Fn(web_sys::Event) + 'static,
    ) -> Result<(), Error> {
        let callback = Closure::<dyn Fn(web_sys::Event)>::new(listener);
        self.source
            .add_event_listener_with_callback(name, callback.as_ref().unchecked_ref())
            .map_err(|reason| invalid_url(&self.source.url(), &reason))?;
        self.listeners.push(Listener { name: name.to_owned(), callback });
        Ok(())
    }
}

impl Drop for NativeConnection {
    fn drop(&mut self) {
        for Listener { name, callback } in &self.listeners {
            // Can't fail: the listener was added under that name.
            let _ = self
                .source
                .remove_event_listener_with_callback(name, callback.as_ref().unchecked_ref());
        }
        self.source.close();
        // WebKit opens one again that was closed while the page was left, once the page comes back from the back/forward
        // cache, and says so by `error` at first. The method takes no notice of being given an event.
        let close = js_sys::Reflect::get(&self.source, &JsValue::from_str("close"));
        self.source.set_onerror(close.ok().as_ref().and_then(JsCast::dyn_ref));
    }
}

/// Hands on an event of the stream. One named `open` or `error` is told from the connection's own events of
/// that name by its JavaScript type; none of the connection's has another name.
fn message(event: web_sys::Event, sink: &Weak<dyn Sink>, generation: u64, index: usize) {
    let Some(sink) = sink.upgrade() else { return };
    let message: Message = event.unchecked_into();
    let data = message.data();
    sink.event(generation, index, LastEventId::Unread(OnceCell::new(), message), &data);
}

/// The sink, if the event is the connection's own and not one of the stream with the same name.
fn of_connection(event: &web_sys::Event, sink: &Weak<dyn Sink>) -> Option<std::rc::Rc<dyn Sink>> {
    if event.has_type::<MessageEvent>() { None } else { sink.upgrade() }
}

/// Why the constructor threw: there is none, or it can't parse the URL.
fn invalid_url(url: &str, reason: &JsValue) -> Error {
    Kind::InvalidUrl { url: url.to_owned(), reason: words(reason) }.into()
}
