//! The fetch transport: [`fetch`](https://fetch.spec.whatwg.org/), its body read piece by piece, in windows and workers.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use gloo_timers::callback::Timeout;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestInit,
    Response,
};

use super::web::{Browser, words};
use crate::client::{End, Request, Sink};
use crate::error::Kind;
use crate::{Answer, Credentials, Error, Fetch};

/// Of an answer that is no event stream so much of the body is kept, in bytes.
const BODY_PIECE: usize = 1_024;
/// How long such a body is waited for, in milliseconds: it may never end.
const BODY_WAIT: u32 = 1_000;

#[wasm_bindgen]
extern "C" {
    /// Of the window or the worker, whichever it is.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn global_fetch(request: &web_sys::Request) -> Result<Promise, JsValue>;

    /// What a reader's `read()` resolves to.
    type ReadResult;
    #[wasm_bindgen(method, getter)]
    fn done(this: &ReadResult) -> bool;
    /// Unless `done`.
    #[wasm_bindgen(method, getter)]
    fn value(this: &ReadResult) -> Uint8Array;
}

/// One request and its body. Dropping it aborts the request; whatever waits for it ends.
pub(crate) struct FetchConnection(Rc<Abort>);

struct Abort {
    controller: AbortController,
    /// How the task learns of the drop.
    dropped: Flag,
}

/// Something that happens once, and ends a future that waits for something else.
#[derive(Default)]
struct Flag {
    set: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Flag {
    fn set(&self) {
        self.set.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// The future's value, or `None` once the flag is set.
    async fn unless_set<F: Future>(&self, mut future: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|cx| {
            if self.set.get() {
                return Poll::Ready(None);
            }
            let polled = future.as_mut().poll(cx).map(Some);
            if polled.is_pending() {
                *self.waker.borrow_mut() = Some(cx.waker().clone());
            }
            polled
        })
        .await
    }
}

impl FetchConnection {
    pub(crate) fn open(fetch: &Fetch, request: &Request<'_>) -> Result<Self, Error> {
        let (controller, js_request) = Self::prepare(fetch, request)?;
        let abort = Rc::new(Abort { controller, dropped: Flag::default() });
        let (headers_with, attempt) = (fetch.headers_with.clone(), request.attempt);
        let connection = Task { sink: request.sink.clone(), generation: request.generation };
        let until_dropped = Rc::clone(&abort);
        spawn_local(async move {
            let task = pin!(async {
                let end = match headers_with {
                    Some(headers_with) => match headers_with(attempt).await {
                        Ok(headers) => connection.run_with(&js_request, &headers).await,
                        Err(reason) => Some(End::NoHeaders(reason)),
                    },
                    None => connection.run(&js_request).await,
                };
                if let (Some(end), Some(sink)) = (end, connection.sink.upgrade()) {
                    sink.ended(connection.generation, end);
                }
            });
            // The task may be the one that drops the connection: it ends at its next turn.
            until_dropped.dropped.unless_set(task).await;
        });
        Ok(Self(abort))
    }

    #[cfg(feature = "tabs")]
    pub(crate) fn check(fetch: &Fetch, request: &Request<'_>) -> Result<(), Error> {
        Self::prepare(fetch, request).map(drop)
    }

    fn prepare(
        fetch: &Fetch,
        request: &Request<'_>,
    ) -> Result<(AbortController, web_sys::Request), Error> {
        if !Browser::has_fetch() {
            return Err(Kind::Unsupported.into());
        }
        let controller = AbortController::new().map_err(|_| Kind::Unsupported)?;
        let js_request = js_request(fetch, request, &controller)?;
        Ok((controller, js_request))
    }
}

impl Drop for FetchConnection {
    fn drop(&mut self) {
        self.0.controller.abort();
        self.0.dropped.set();
    }
}

/// The connection's own side of things.
struct Task {
    sink: Weak<dyn Sink>,
    generation: u64,
}

impl Task {
    async fn run_with(
        &self,
        request: &web_sys::Request,
        headers: &[(String, String)],
    ) -> Option<End> {
        for (name, value) in headers {
            if request.headers().set(name, value).is_err() {
                return Some(End::NoHeaders(bad_header(name)));
            }
        }
        self.run(request).await
    }

    /// `None` once nobody listens any more.
    async fn run(&self, request: &web_sys::Request) -> Option<End> {
        let answer = match global_fetch(request) {
            Ok(promise) => JsFuture::from(promise).await,
            Err(reason) => Err(reason),
        };
        let response: Response = match answer {
            Ok(response) => response.unchecked_into(),
            Err(reason) => return Some(End::Unanswered(words(&reason))),
        };
        let content_type = header(&response, "content-type").unwrap_or_default();
        if response.status() != 200 || !is_event_stream(&content_type) {
            return Some(End::Refused(Answer {
                status: response.status(),
                content_type,
                retry_after: header(&response, "retry-after").and_then(|it| retry_after(&it)),
                body: beginning(&response).await,
            }));
        }
        self.sink.upgrade()?.opened(self.generation, Some(response.url()));
        let Some(mut body) = Body::of(&response) else { return Some(End::Clean) };
        loop {
            match body.read().await {
                Ok(true) => self.hand_on(&body.piece).await?,
                Ok(false) => return Some(End::Clean),
                Err(reason) => return Some(End::Broken(words(&reason))),
            }
        }
    }

    /// Waits where there is no room, and does not read on meanwhile.
    async fn hand_on(&self, piece: &[u8]) -> Option<()> {
        let mut rest = piece;
        loop {
            self.sink.upgrade()?.bytes(self.generation, &mut rest);
            if rest.is_empty() {
                return Some(());
            }
            poll_fn(|cx| match self.sink.upgrade() {
                Some(sink) => sink.poll_room(self.generation, cx).map(Some),
                None => Poll::Ready(None),
            })
            .await?;
        }
    }
}

/// A response's body, piece by piece. The connection's drop, which aborts the request, gives up what is left.
struct Body {
    reader: ReadableStreamDefaultReader,
    /// The newest piece; its memory is used for the next one again.
    piece: Vec<u8>,
}

impl Body {
    fn of(response: &Response) -> Option<Self> {
        let reader = response.body()?.get_reader().unchecked_into();
        Some(Self { reader, piece: Vec::new() })
    }

    /// Whether there was one more piece.
    async fn read(&mut self) -> Result<bool, JsValue> {
        let result: ReadResult = JsFuture::from(self.reader.read()).await?.unchecked_into();
        if result.done() {
            return Ok(false);
        }
        let chunk = result.value();
        self.piece.resize(chunk.length() as usize, 0);
        chunk.copy_to(&mut self.piece);
        Ok(true)
    }
}

/// The beginning of a body that is no event stream: what has come of it within [`BODY_WAIT`].
async fn beginning(response: &Response) -> String {
    let mut text = Vec::new();
    if let Some(mut body) = Body::of(response) {
        let over = Rc::new(Flag::default());
        let expired = Rc::clone(&over);
        let _timer = Timeout::new(BODY_WAIT, move || expired.set());
        while text.len() < BODY_PIECE {
            let more = over.unless_set(pin!(body.read())).await;
            if !matches!(more, Some(Ok(true))) {
                break;
            }
            let wanted = BODY_PIECE - text.len();
            text.extend(body.piece.iter().take(wanted));
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).ok().flatten()
}

/// By the [essence](https://mimesniff.spec.whatwg.org/#mime-type-essence) of the type, without its parameters.
fn is_event_stream(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/event-stream")
}

/// The delay that [`Retry-After`](https://www.rfc-editor.org/rfc/rfc9110#field.retry-after) asks for, in seconds or by a
/// date.
fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    // Not a number if it is no date.
    let milliseconds = js_sys::Date::parse(value) - js_sys::Date::now();
    // The cast saturates.
    (!milliseconds.is_nan()).then(|| Duration::from_millis(milliseconds as u64))
}

fn js_request(
    fetch: &Fetch,
    request: &Request<'_>,
    controller: &AbortController,
) -> Result<web_sys::Request, Error> {
    let invalid = |reason: &JsValue| Error::from(Kind::InvalidRequest { reason: words(reason) });
    let headers = web_sys::Headers::new().map_err(|_| Kind::Unsupported)?;
    headers.set("Accept", "text/event-stream").map_err(|reason| invalid(&reason))?;
    for (name, value) in &fetch.headers {
        headers.set(name, value).map_err(|_| Kind::InvalidRequest { reason: bad_header(name) })?;
    }
    if let Some(id) = request.last_event_id {
        headers.set("Last-Event-ID", &header_value(id)).map_err(|reason| invalid(&reason))?;
    }
    let credentials = match fetch.credentials {
        Some(Credentials::Omit) => RequestCredentials::Omit,
        Some(Credentials::Include) => RequestCredentials::Include,
        None if request.with_credentials => RequestCredentials::Include,
        Some(Credentials::SameOrigin) | None => RequestCredentials::SameOrigin,
    };
    let init = RequestInit::new();
    init.set_method(&fetch.method);
    init.set_headers(&headers);
    init.set_credentials(credentials);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&controller.signal()));
    if let Some(body) = &fetch.body {
        init.set_body(&Uint8Array::from(&**body));
    }
    web_sys::Request::new_with_str_and_init(request.url, &init).map_err(|reason| {
        match web_sys::Request::new_with_str(request.url) {
            Ok(_) => invalid(&reason),
            Err(reason) => {
                Kind::InvalidUrl { url: request.url.to_owned(), reason: words(&reason) }.into()
            }
        }
    })
}

/// Without the value, which may be a secret, and so without the browser's words, which may repeat it.
fn bad_header(name: &str) -> String {
    format!("the header \"{name}\" has a bad name or value")
}

/// A header's value is a string of bytes, those of UTF-8 here, as
/// [the standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header) says.
fn header_value(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.bytes().map(char::from).collect())
    }
}
