//! The native transport: the browser's own
//! [`EventSource`](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface).

use std::rc::Weak;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventSource, EventSourceInit, MessageEvent};

use super::web::Browser;
use crate::Error;
use crate::client::{Request, Sink};
use crate::error::Kind;

/// One `EventSource` and its listeners. Dropping it removes the listeners and closes the connection.
pub(crate) struct NativeConnection {
    source: EventSource,
    listeners: Vec<Listener>,
}

struct Listener {
    name: String,
    callback: Closure<dyn Fn(web_sys::Event)>,
}

impl NativeConnection {
    pub(crate) fn open(request: &Request<'_>) -> Result<Self, Error> {
        let init = EventSourceInit::new();
        init.set_with_credentials(request.with_credentials);
        let source = EventSource::new_with_event_source_init_dict(request.url, &init)
            .map_err(|reason| refused(request.url, &reason))?;

        let generation = request.generation;
        let mut connection =
            Self { source, listeners: Vec::with_capacity(request.names.len() + 2) };
        for (index, name) in request.names.iter().enumerate() {
            let sink = request.sink.clone();
            connection.listen(name, move |event| message(&event, &sink, generation, index))?;
        }
        let sink = request.sink.clone();
        connection.listen("open", move |event| {
            if let Some(sink) = of_connection(&event, &sink) {
                sink.opened(generation);
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
    }
}

/// Hands on an event of the stream. One named `open` or `error` is told from the connection's own events of
/// that name by its JavaScript type.
fn message(event: &web_sys::Event, sink: &Weak<dyn Sink>, generation: u64, index: usize) {
    let (Some(event), Some(sink)) = (event.dyn_ref::<MessageEvent>(), sink.upgrade()) else {
        return;
    };
    // The data of an event stream is always a string.
    let data = event.data().as_string().unwrap_or_default();
    sink.event(generation, index, event.last_event_id(), &data);
}

/// The sink, if the event is the connection's own and not one of the stream with the same name.
fn of_connection(event: &web_sys::Event, sink: &Weak<dyn Sink>) -> Option<std::rc::Rc<dyn Sink>> {
    if event.has_type::<MessageEvent>() { None } else { sink.upgrade() }
}

/// Why the constructor threw: there is none, or it can't parse the URL.
fn refused(url: &str, reason: &JsValue) -> Error {
    if Browser::has_event_source() { invalid_url(url, reason) } else { Kind::Unsupported.into() }
}

fn invalid_url(url: &str, reason: &JsValue) -> Error {
    let reason = reason
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{reason:?}"), |error| String::from(error.message()));
    Kind::InvalidUrl { url: url.to_owned(), reason }.into()
}
