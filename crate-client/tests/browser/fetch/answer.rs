//! What comes of an answer that is no event stream, or not from where it was asked for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use sse_signals::{Cause, CloseReason, Decision, EventSource, Fetch, OnEnd, Options, Retry, State};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{is_open, open, options, waits};
use crate::support::feed::{Reader, drop_redirected, manual, next_event, until, until_by};
use crate::support::page::Replaced;
use crate::support::server::{ADDRESS, Server};
use crate::support::transport::Transport;
use crate::support::wait::within;

/// With credentials; what was asked for is kept.
fn with_credentials() -> (Fetch, Rc<RefCell<Vec<bool>>>) {
    let renewals = Rc::new(RefCell::new(Vec::new()));
    let asked = Rc::clone(&renewals);
    let fetch = Fetch::new().headers_with(async move |attempt| {
        asked.borrow_mut().push(attempt.renew);
        let token = if attempt.renew { "fresh" } else { "stale" };
        Ok::<_, String>([("Authorization", token)])
    });
    (fetch, renewals)
}

async fn until_refused(source: &EventSource<String>, status: u16) {
    let refused = State::Closed(CloseReason::Refused(Cause::Status(status)));
    until(source, "the refusal", |state| *state == refused).await;
}

#[wasm_bindgen_test]
async fn after_401_other_credentials_are_asked_for_and_used() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("renew");
    let (fetch, renewals) = with_credentials();
    let source = open(&key, "retry=100&fault=status&code=401&times=1", options(fetch));
    until(&source, "the stream", is_open).await;
    assert_eq!(*renewals.borrow(), [false, true]);
    assert_eq!(key.last().await.text("authorization").as_deref(), Some("fresh"));

    until_by(key.cut(), &source, "the loss", waits).await;
    until(&source, "the stream again", is_open).await;
    assert_eq!(*renewals.borrow(), [false, true, false], "they were accepted");
}

#[wasm_bindgen_test]
async fn credentials_that_are_refused_twice_are_refused() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("refused");
    let (fetch, renewals) = with_credentials();
    let source = open(&key, "fault=status&code=401", options(fetch));
    until_refused(&source, 401).await;
    assert_eq!(*renewals.borrow(), [false, true]);
    assert_eq!(key.requests().await, 2);
}

#[wasm_bindgen_test]
async fn a_server_that_is_busy_is_asked_again_until_it_is_not() {
    let Some(server) = Server::reach().await else { return };
    for code in [408, 425, 429, 500, 502, 503, 504] {
        let key = server.key("busy");
        let fault = format!("topics=quotes&fault=status&code={code}&times=3");
        let mut reader = Reader::open(&key.url(&fault), options(Fetch::new()));
        let states = reader.until("the stream", is_open).await;
        // Each wait is over at once: some may pass between two looks.
        let other = |state: &&State| match state {
            State::Waiting { cause, .. } => *cause != Cause::Status(code),
            _ => false,
        };
        assert_eq!(states.iter().find(other), None);
        reader.read(1).await;
        assert_eq!((reader.gaps, key.requests().await), (vec![], 4));
    }
}

#[wasm_bindgen_test]
async fn a_status_that_says_no_is_asked_once_unless_the_callback_decides_otherwise() {
    let Some(server) = Server::reach().await else { return };
    for code in [201, 400, 403, 404, 410] {
        let key = server.key("no");
        let fault = format!("fault=status&code={code}");
        let source = open(&key, &fault, options(Fetch::new()));
        until_refused(&source, code).await;
        assert_eq!(key.requests().await, 1);
    }
    let key = server.key("decided");
    let answers = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&answers);
    let fetch = Fetch::new().on_status(move |answer| {
        kept.borrow_mut().push(answer.clone());
        Decision::Retry
    });
    let source = open(&key, "fault=status&code=404&body=5&times=2", options(fetch));
    until(&source, "the stream", is_open).await;
    let answers = answers.borrow();
    assert_eq!(answers.len(), 2);
    assert_eq!(
        (answers[0].status, &*answers[0].content_type, &*answers[0].body, answers[0].retry_after),
        (404, "text/plain", "01234", None)
    );
}

#[wasm_bindgen_test]
async fn only_200_with_the_type_of_an_event_stream_is_one() {
    let refused = |cause| State::Closed(CloseReason::Refused(cause));
    for (status, content_type, state) in [
        (200, "text/event-stream", State::Open),
        (200, "Text/Event-Stream;charset=utf-8", State::Open),
        (200, "text/event-stream ; x=y", State::Open),
        (200, "text/event-streams", refused(Cause::ContentType)),
        (200, "application/json; text/event-stream", refused(Cause::ContentType)),
        (200, "", refused(Cause::ContentType)),
        (201, "text/event-stream", refused(Cause::Status(201))),
        (206, "text/event-stream", refused(Cause::Status(206))),
        (404, "text/event-stream", refused(Cause::Status(404))),
    ] {
        let body = if state == State::Open { "new ReadableStream()" } else { "'why'" };
        let answer = format!(
            "async () => new Response({body}, {{
                status: {status}, headers: {{ 'content-type': '{content_type}' }},
            }})"
        );
        let _replaced = Replaced::value("globalThis", "fetch", &answer);
        let options = Options::new().fetch(Fetch::new());
        let source = EventSource::<String>::open("/events", options).expect("the request is good");
        let what = format!("what comes of {status} {content_type:?}");
        let states =
            until(&source, &what, |state| !matches!(state, State::Connecting { .. })).await;
        assert_eq!(states.last(), Some(&state), "{what}");
    }
}

#[wasm_bindgen_test]
async fn of_a_body_the_first_1024_bytes_are_told_and_the_rest_is_not_waited_for() {
    let Some(server) = Server::reach().await else { return };
    for bytes in [0_usize, 1_024, 5_000, 8_388_608] {
        let key = server.key("piece");
        let source =
            open(&key, &format!("fault=status&code=404&body={bytes}"), options(Fetch::new()));
        until_refused(&source, 404).await;
        let error = source.error().expect("an error");
        let told = error.detail().unwrap_or_default();
        assert_eq!(told.len(), bytes.min(1_024));
        assert!(told.bytes().zip((b'0'..=b'9').cycle()).all(|(got, digit)| got == digit), "{told}");
    }
}

#[wasm_bindgen_test]
async fn of_a_body_that_does_not_end_what_has_come_is_told() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("open-body");
    let source = open(&key, "fault=status&code=404&body=5&body-open=1", options(Fetch::new()));
    until_refused(&source, 404).await;
    assert_eq!(source.error().expect("an error").detail(), Some("01234"));
}

#[wasm_bindgen_test]
async fn retry_after_is_kept_to_in_seconds_and_as_a_date() {
    let Some(server) = Server::reach().await else { return };
    let hour = Duration::from_secs(3_600);
    // A date has no fractions of a second, and is of the server's clock.
    for (retry_after, at_least) in [("3600", hour), ("date:7200", hour)] {
        let key = server.key("retry-after");
        let fault = format!("fault=status&code=429&retry-after={retry_after}");
        let source = open(&key, &fault, options(Fetch::new()));
        let states = until(&source, "the answer", waits).await;
        let Some(State::Waiting { retry_in: Some(delay), .. }) = states.last() else {
            panic!("{states:?}");
        };
        assert!(*delay >= at_least && *delay <= 2 * hour, "{retry_after}: {delay:?}");
    }
    // What asks for nothing, or for nonsense, leaves it at our own delays.
    for retry_after in ["0", "date:-3600", "nonsense"] {
        let key = server.key("retry-soon");
        let fault = format!("fault=status&code=503&retry-after={retry_after}&times=1");
        let source = open(&key, &fault, options(Fetch::new()));
        until(&source, "the stream", is_open).await;
    }
}

#[wasm_bindgen_test]
async fn the_url_of_the_answer_is_the_one_after_redirects() {
    let Some(server) = Server::reach().await else { return };
    for target in ["same", "other"] {
        let key = server.key("url");
        let source = open(&key, &format!("fault=manual&redirect={target}"), options(Fetch::new()));
        assert_eq!(source.response_url(), None, "not before the answer");
        until(&source, "the stream", is_open).await;
        let host = key.last().await.text("host").expect("a host");
        assert_eq!(host == ADDRESS, target == "same");
        let expected = key.url_at(&host, "fault=manual");
        assert_eq!(source.response_url(), Some(expected));
        drop_redirected(source, Transport::Fetch, &key).await;
    }
}

#[wasm_bindgen_test]
async fn a_post_that_is_redirected_stays_a_post_by_307_and_308() {
    let Some(server) = Server::reach().await else { return };
    for (code, method, body) in
        [(303, "GET", None), (307, "POST", Some("question")), (308, "POST", Some("question"))]
    {
        let key = server.key("post-redirect");
        let fetch = Fetch::new().method("POST").body("question");
        let parameters = format!("fault=manual&redirect=same&redirect-code={code}");
        let source = open(&key, &parameters, options(fetch));
        until(&source, "the stream", is_open).await;
        let last = key.last().await;
        assert_eq!(last.text("method").as_deref(), Some(method), "{code}");
        assert_eq!(last.text("body").as_deref(), body, "{code}");
        drop_redirected(source, Transport::Fetch, &key).await;
    }
}

#[wasm_bindgen_test]
async fn a_clean_end_finishes_by_option_and_is_not_replayed() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("finish");
    let fetch = Fetch::new().on_end(OnEnd::Finish);
    let mut source = manual::<String>(&key, options(fetch)).await;
    key.send("data: last\n\ndata: cut off\n").await;
    key.end().await;
    assert_eq!(next_event(&mut source).await.data, "last");
    assert_eq!(within("the end", source.next()).await, None);
    assert_eq!(source.state(), State::Closed(CloseReason::Finished));
    assert_eq!(key.requests().await, 1);
}

#[wasm_bindgen_test]
async fn the_callback_may_drop_the_source_that_asks_it() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("reentrant");
    let slot = Rc::new(RefCell::new(None));
    let (held, asked) = (Rc::clone(&slot), Rc::new(Cell::new(false)));
    let was_asked = Rc::clone(&asked);
    let fetch = Fetch::new().on_status(move |_| {
        was_asked.set(true);
        drop(held.borrow_mut().take());
        Decision::Retry
    });
    *slot.borrow_mut() = Some(open(&key, "fault=status", options(fetch)));
    within("the answer", async {
        while !asked.get() {
            gloo_timers::future::TimeoutFuture::new(0).await;
        }
    })
    .await;
    assert!(slot.borrow().is_none());
    assert_eq!(key.requests().await, 1);
}

#[wasm_bindgen_test]
async fn an_answer_that_the_browser_keeps_from_the_page_is_a_failure_that_is_retried() {
    let Some(server) = Server::reach().await else { return };
    // To this origin the test's page may not look.
    let key = server.key("cors");
    let options = Options::new()
        .fetch(Fetch::new().credentials(sse_signals::Credentials::Include))
        .retry(Retry::new().base(Duration::ZERO).limit(2));
    let source = open(&key, "fault=manual", options);
    let gave_up = State::Closed(CloseReason::GaveUp { attempts: 2 });
    let states = until(&source, "the limit", |state| *state == gave_up).await;
    let failed =
        |state: &State| matches!(state, State::Waiting { attempt: 1, cause: Cause::Failed, .. });
    assert!(states.iter().any(failed), "{states:?}");
}
