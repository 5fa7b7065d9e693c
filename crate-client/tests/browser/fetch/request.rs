//! What goes to the server, and when.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sse_signals::{Cause, Credentials, EventSource, Fetch, Options, State};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{is_open, open, options, waits};
use crate::support::feed::until;
use crate::support::page::{Replaced, script};
use crate::support::server::Server;
use crate::support::transport::Transport;
use crate::support::wait::within;

type Headers = Vec<(String, String)>;

fn x_test(value: u32) -> Headers {
    vec![("X-Test".to_owned(), value.to_string())]
}

#[wasm_bindgen_test]
async fn method_headers_and_body_reach_the_server() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("post");
    let fetch = Fetch::new()
        .method("POST")
        .header("Authorization", "Bearer 7f3a")
        .header("Content-Type", "application/json")
        .header("x-test", "replaced")
        .header("X-Test", "this one")
        .body(r#"{"question":"为什么"}"#);
    let source = open(&key, "fault=manual", options(fetch));
    until(&source, "the stream", is_open).await;
    let last = key.last().await;
    for (name, value) in [
        ("method", "POST"),
        ("authorization", "Bearer 7f3a"),
        ("contentType", "application/json"),
        ("xTest", "this one"),
        ("body", r#"{"question":"为什么"}"#),
        ("accept", "text/event-stream"),
        ("cacheControl", "no-cache"),
    ] {
        assert_eq!(last.text(name).as_deref(), Some(value), "{name}");
    }
}

#[wasm_bindgen_test]
async fn the_body_goes_with_each_attempt() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("again");
    let fetch = Fetch::new().method("POST").body("again");
    let source = open(&key, "fault=status&times=2", options(fetch));
    until(&source, "the stream", is_open).await;
    assert_eq!(key.requests().await, 3);
    assert_eq!(key.last().await.text("body").as_deref(), Some("again"));
}

#[wasm_bindgen_test]
async fn headers_are_asked_for_anew_at_each_attempt() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("headers");
    let attempts = Rc::new(RefCell::new(Vec::new()));
    let asked = Rc::clone(&attempts);
    let fetch = Fetch::new().header("x-test", "replaced").headers_with(async move |attempt| {
        asked.borrow_mut().push((attempt.number, attempt.renew));
        gloo_timers::future::TimeoutFuture::new(0).await;
        Ok::<_, String>(x_test(attempt.number))
    });
    let source = open(&key, "fault=status&times=2", options(fetch));
    until(&source, "the stream", is_open).await;
    assert_eq!(*attempts.borrow(), [(1, false), (2, false), (3, false)]);
    assert_eq!(key.last().await.text("xTest").as_deref(), Some("3"));
}

#[wasm_bindgen_test]
async fn headers_that_can_not_be_had_or_are_none_are_a_failed_attempt() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("no-headers");
    let fetch = Fetch::new().headers_with(async |attempt| match attempt.number {
        1 => Err("logged out"),
        2 => Ok(vec![("X Test".to_owned(), "secret".to_owned())]),
        3 => Ok(vec![("X-Test".to_owned(), "sec\nret".to_owned())]),
        number => Ok(x_test(number)),
    });
    let source = open(&key, "fault=manual", options(fetch));
    for (number, reason) in [(1, "logged out"), (2, "X Test"), (3, "X-Test")] {
        let failed = |state: &State| matches!(state, State::Waiting { attempt, cause: Cause::Headers, .. } if *attempt == number);
        // The error stands until the next attempt, which is a timer away.
        until(&source, "a failed attempt", failed).await;
        let error = source.error().expect("an error").to_string();
        assert!(error.contains(reason) && !error.contains("ret"), "{error}");
    }
    until(&source, "the stream", is_open).await;
    assert_eq!(key.requests().await, 1, "without headers there is no request");
    assert_eq!(key.last().await.text("xTest").as_deref(), Some("4"));
}

/// Headers that never come; counts how many wait for them.
fn that_never_come() -> (Fetch, Rc<Cell<u32>>) {
    struct Waiting(Rc<Cell<u32>>);
    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }
    let waiting = Rc::new(Cell::new(0));
    let count = Rc::clone(&waiting);
    let fetch = Fetch::new().headers_with(move |_| {
        count.set(count.get() + 1);
        let waiting = Waiting(Rc::clone(&count));
        async move {
            let _waiting = waiting;
            std::future::pending::<Result<Headers, String>>().await
        }
    });
    (fetch, waiting)
}

#[wasm_bindgen_test]
async fn whoever_is_asked_for_headers_is_dropped_with_the_connection() {
    type Ends = fn(EventSource<String>) -> Option<EventSource<String>>;
    let Some(server) = Server::reach().await else { return };
    let ends: [(&str, u32, Ends); 4] = [
        ("drop", 0, |_| None),
        ("close", 0, |source| {
            source.close();
            Some(source)
        }),
        ("pause", 0, |source| {
            source.pause();
            Some(source)
        }),
        ("reconnect", 1, |source| {
            source.reconnect();
            Some(source)
        }),
    ];
    for (name, still, end) in ends {
        let key = server.key("pending");
        let (fetch, waiting) = that_never_come();
        let source = open(&key, "fault=manual", options(fetch));
        let until_waiting = async |wanted: u32| {
            within(name, async {
                while waiting.get() != wanted {
                    gloo_timers::future::TimeoutFuture::new(0).await;
                }
            })
            .await;
        };
        until_waiting(1).await;
        let source = end(source);
        until_waiting(still).await;
        assert_eq!(key.requests().await, 0, "{name}");
        drop(source);
    }
}

#[wasm_bindgen_test]
fn what_is_no_request_is_an_error_of_open_and_no_panic() {
    let requests = [
        ("a body with GET", Fetch::new().body("text")),
        ("a method with a space", Fetch::new().method("NO SUCH")),
        ("a method that is forbidden", Fetch::new().method("TRACE")),
        ("no method", Fetch::new().method("")),
        ("a header's name with a space", Fetch::new().header("X Test", "secret")),
        ("no name", Fetch::new().header("", "secret")),
        ("a value with a line break", Fetch::new().header("X-Test", "sec\nret")),
        ("a value that is not of bytes", Fetch::new().header("X-Test", "ret 新")),
    ];
    for (what, fetch) in requests {
        let opened = EventSource::<String>::open("/events", Options::new().fetch(fetch));
        let error = opened.err().unwrap_or_else(|| panic!("{what} is accepted"));
        assert!(error.is_invalid_request(), "{what}: {error}");
        assert!(!error.to_string().contains("ret"), "{error}");
    }
    for url in ["http://[", "http://name:secret@127.0.0.1/"] {
        let opened = EventSource::<String>::open(url, Options::new().fetch(Fetch::new()));
        let error = opened.err().unwrap_or_else(|| panic!("{url} is accepted"));
        assert!(error.is_invalid_url(), "{error}");
    }
}

#[wasm_bindgen_test]
async fn a_header_that_the_browser_keeps_for_itself_is_left_out() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("forbidden");
    let fetch = Fetch::new().header("Cookie", "a=b").header("Host", "example.org");
    let source = open(&key, "fault=manual", options(fetch));
    until(&source, "the stream", is_open).await;
    let last = key.last().await;
    assert!(!last.cookie());
    assert_eq!(last.text("host").as_deref(), Some(crate::support::server::ADDRESS));
}

/// A cookie of this host, whatever the port, until the drop.
struct Cookie;

impl Cookie {
    fn set() -> Self {
        script("document.cookie = 'sse-signals=1; SameSite=Lax';");
        Self
    }
}

impl Drop for Cookie {
    fn drop(&mut self) {
        script("document.cookie = 'sse-signals=; Max-Age=0';");
    }
}

#[wasm_bindgen_test]
async fn cookies_go_to_another_origin_if_they_are_asked_to() {
    let Some(server) = Server::reach().await else { return };
    let _cookie = Cookie::set();
    for (credentials, sent) in [
        (None, false),
        (Some(Credentials::Omit), false),
        (Some(Credentials::SameOrigin), false),
        (Some(Credentials::Include), true),
    ] {
        let key = server.key("credentials");
        let fetch = Fetch::new();
        let fetch = match credentials {
            Some(credentials) => fetch.credentials(credentials),
            None => fetch,
        };
        let source = open(&key, "fault=manual", Options::new().fetch(fetch));
        // The server allows every origin, `*`, which does not count for a request with cookies.
        until(&source, "what the browser makes of the answer", if sent { waits } else { is_open })
            .await;
        assert_eq!(key.last().await.cookie(), sent, "{credentials:?}");
    }
    for transport in [Transport::Native, Transport::Fetch] {
        let key = server.key("with-credentials");
        let source = open(&key, "fault=manual", transport.options().with_credentials(true));
        until(&source, "the browser's refusal of the answer", waits).await;
        assert!(key.last().await.cookie(), "{transport:?}");
    }
}

#[wasm_bindgen_test]
async fn the_browser_is_told_how_to_ask() {
    for (credentials, mode) in [
        (Credentials::Omit, "omit"),
        (Credentials::SameOrigin, "same-origin"),
        (Credentials::Include, "include"),
    ] {
        // Of the page's own origin there is no server here that could tell.
        let replaced = Replaced::value(
            "globalThis",
            "fetch",
            "request => { globalThis.asked = request; return new Promise(() => {}); }",
        );
        let options = Options::new().fetch(Fetch::new().credentials(credentials));
        let source = EventSource::<String>::open("/events", options).expect("the request is good");
        let asked = within("the request", async {
            loop {
                let asked = script(
                    "const { asked } = globalThis; delete globalThis.asked;
                    return asked && `${asked.credentials} ${asked.cache} ${asked.redirect} ${asked.signal.aborted}`;",
                );
                if asked != JsValue::UNDEFINED {
                    break asked;
                }
                gloo_timers::future::TimeoutFuture::new(0).await;
            }
        });
        let asked = asked.await;
        drop((source, replaced));
        assert_eq!(asked, JsValue::from(format!("{mode} no-store follow false")));
    }
}
