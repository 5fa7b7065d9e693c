//! The demo server with faults, as the tests steer it.

use std::cell::Cell;

use js_sys::{JSON, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use super::wait::within;

/// `host:port`, when the tests were built.
pub(crate) const ADDRESS: &str = match option_env!("SSE_TEST_SERVER") {
    Some(address) => address,
    None => "127.0.0.1:8099",
};

thread_local! {
    static KEYS: Cell<u32> = const { Cell::new(0) };
    static REACHED: Cell<bool> = const { Cell::new(false) };
}

/// A server that answers.
pub(crate) struct Server {
    /// Random: the browsers' runs share one server.
    run: u64,
}

impl Server {
    /// The server, unless it is not there: one test says so, the others leave.
    ///
    /// # Panics
    ///
    /// If it was there before.
    pub(crate) async fn reach() -> Option<Self> {
        let answer = fetch("GET", &format!("http://{ADDRESS}/faults/keys/reach"), None).await;
        match &answer {
            Ok(_) => REACHED.set(true),
            Err(error) => assert!(!REACHED.get(), "the server with faults is gone: {error}"),
        }
        answer.is_ok().then(|| Self { run: (js_sys::Math::random() * 1e15) as u64 })
    }

    /// Why [`reach`](Self::reach) gave nothing.
    pub(crate) async fn missing() -> Option<String> {
        let error =
            fetch("GET", &format!("http://{ADDRESS}/faults/keys/reach"), None).await.err()?;
        Some(format!(
            "no server with faults at http://{ADDRESS} ({error}): start it with `cargo run -p \
             sse-signals-demo-server -- --listen {ADDRESS} --faults --allow-origin '*' --speed 50`, or name \
             another in SSE_TEST_SERVER. Every other test that needs it was left out."
        ))
    }

    /// A key of the running test's own.
    pub(crate) fn key(&self, name: &str) -> Key {
        let number = KEYS.replace(KEYS.get() + 1);
        Key(format!("{name}-{number}-{:x}", self.run))
    }

    /// A further port of the server, which can refuse.
    pub(crate) async fn port() -> Port {
        let answer = request("POST", &format!("http://{ADDRESS}/faults/ports"), None).await;
        Port(number(&answer, "port") as u16)
    }
}

/// A fault's key: what the server knows of this test's requests.
pub(crate) struct Key(String);

impl Key {
    /// The stream with this key and further parameters.
    pub(crate) fn url(&self, parameters: &str) -> String {
        self.url_at(ADDRESS, parameters)
    }

    pub(crate) fn url_at(&self, address: &str, parameters: &str) -> String {
        format!("http://{address}/events?key={}&{parameters}", self.0)
    }

    /// Requests so far.
    pub(crate) async fn requests(&self) -> usize {
        number(&self.report().await, "requests") as usize
    }

    /// Streams open now.
    pub(crate) async fn open(&self) -> usize {
        number(&self.report().await, "open") as usize
    }

    /// Waits until so many streams are open.
    pub(crate) async fn until_open(&self, streams: usize) {
        let what = format!("{streams} open streams at the server");
        within(&what, async { while self.open().await != streams {} }).await;
    }

    /// The most streams that were open at once.
    pub(crate) async fn most_open(&self) -> usize {
        number(&self.report().await, "mostOpen") as usize
    }

    /// The newest request.
    pub(crate) async fn last(&self) -> LastRequest {
        LastRequest(get(&self.report().await, "last"))
    }

    /// What the last request gave as its cursor, in its header and in its query.
    pub(crate) async fn last_cursor(&self) -> (Option<String>, Option<String>) {
        let last = self.last().await;
        (last.text("lastEventIdHeader"), last.text("lastEventIdQuery"))
    }

    /// Writes into the open streams, in one piece.
    pub(crate) async fn send(&self, text: &str) {
        let body = js_sys::Object::new();
        Reflect::set(&body, &"text".into(), &text.into()).expect("a plain object");
        let body = String::from(JSON::stringify(&body).expect("JSON"));
        let answer = request("POST", &self.control("/events"), Some(&body)).await;
        assert_eq!(number(&answer, "streams"), 1.0, "exactly one stream of the key is open");
    }

    /// Closes the connections without an end of the body.
    pub(crate) async fn cut(&self) {
        request("POST", &self.control("/cut"), None).await;
    }

    /// Ends the bodies as they should end.
    pub(crate) async fn end(&self) {
        request("POST", &self.control("/end"), None).await;
    }

    async fn report(&self) -> JsValue {
        request("GET", &self.control(""), None).await
    }

    fn control(&self, action: &str) -> String {
        format!("http://{ADDRESS}/faults/keys/{}{action}", self.0)
    }
}

/// What the server has seen of a request.
pub(crate) struct LastRequest(JsValue);

impl LastRequest {
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        get(&self.0, name).as_string()
    }

    /// Whether there was a cookie.
    pub(crate) fn cookie(&self) -> bool {
        get(&self.0, "cookie") == JsValue::TRUE
    }
}

/// A port that can refuse connections, or kill them.
pub(crate) struct Port(u16);

impl Port {
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.0)
    }

    pub(crate) async fn set(&self, mode: &str) {
        request("PUT", &self.control(), Some(&format!(r#"{{"mode":"{mode}"}}"#))).await;
    }

    /// Connections accepted so far.
    pub(crate) async fn accepted(&self) -> usize {
        number(&request("GET", &self.control(), None).await, "accepted") as usize
    }

    pub(crate) async fn close(self) {
        request("DELETE", &self.control(), None).await;
    }

    fn control(&self) -> String {
        format!("http://{ADDRESS}/faults/ports/{}", self.0)
    }
}

async fn request(method: &str, url: &str, body: Option<&str>) -> JsValue {
    fetch(method, url, body).await.unwrap_or_else(|error| panic!("{method} {url}: {error}"))
}

/// The JSON that is answered, `undefined` if there is none.
async fn fetch(method: &str, url: &str, body: Option<&str>) -> Result<JsValue, String> {
    within(&format!("the answer to {method} {url}"), answer(method, url, body)).await
}

async fn answer(method: &str, url: &str, body: Option<&str>) -> Result<JsValue, String> {
    let init = RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        init.set_body(&body.into());
        let headers = js_sys::Object::new();
        Reflect::set(&headers, &"content-type".into(), &"application/json".into())
            .expect("a plain object");
        init.set_headers(&headers);
    }
    // Windows and workers have it each on their own global object.
    let fetch: js_sys::Function = get(&js_sys::global(), "fetch").unchecked_into();
    let text = |error: JsValue| match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{error:?}"),
    };
    let promise: Promise =
        fetch.call2(&JsValue::UNDEFINED, &url.into(), &init).map_err(text)?.unchecked_into();
    let response: Response = JsFuture::from(promise).await.map_err(text)?.unchecked_into();
    let body = JsFuture::from(response.text().map_err(text)?).await.map_err(text)?;
    let body = body.as_string().unwrap_or_default();
    if !response.ok() {
        return Err(format!("status {}: {body}", response.status()));
    }
    if body.is_empty() { Ok(JsValue::UNDEFINED) } else { JSON::parse(&body).map_err(text) }
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn number(object: &JsValue, name: &str) -> f64 {
    get(object, name).as_f64().unwrap_or_else(|| panic!("no number {name} in {object:?}"))
}
