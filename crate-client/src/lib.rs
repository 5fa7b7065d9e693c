//! Server-Sent Events as typed Rust signals.
//!
//! An [event stream](https://html.spec.whatwg.org/multipage/server-sent-events.html) is read through the browser's own
//! `EventSource`, or over `fetch`, and arrives as values of your own type, with the connection's state told honestly and
//! nothing lost across a reconnect without the program being told.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use sse_signals::schema;
//!
//! // The wire contract: the server encodes it, the browser listens to `greeting` and `price`.
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Feed {
//!     Greeting(String),
//!     Price { symbol: String, cents: u32 },
//! }
//!
//! assert_eq!(schema::event_names::<Feed>(), ["greeting", "price"]);
//! let block = schema::encode(&Feed::Greeting("你好".into()))?.to_block(Some("7"))?;
//! assert_eq!(block, "event: greeting\nid: 7\ndata: 你好\n\n");
//! let price = schema::decode::<Feed>("price", r#"{"symbol":"IBM","cents":18710}"#)?;
//! assert_eq!(price, Feed::Price { symbol: "IBM".into(), cents: 18_710 });
//! # Ok::<(), sse_signals::Error>(())
//! ```
//!
//! In a component of Leptos or Yew that takes three lines: see [`hooks`]. Without a framework it is a stream of items:
//! see [`EventSource`].
//!
//! # Where to go
//!
//! | for                                    | see                                                     |
//! | -------------------------------------- | ------------------------------------------------------- |
//! | an app built with Leptos               | `hooks::leptos`, feature `leptos`                       |
//! | an app built with Yew                  | `hooks::yew`, feature `yew`                             |
//! | wasm without a framework, and workers  | [`EventSource`]                                         |
//! | request headers, POST, the status      | `Fetch`, feature `fetch`                                |
//! | how a type maps to events              | [`schema`], which a native server can use as well       |
//! | reconnecting, resuming, every default  | [`Options`], [`Retry`], [`Resume`]                      |
//! | a reload of the page, a hidden page    | [`KeepCursor`], [`WhenHidden`]                          |
//! | one connection for several tabs        | `Options::share`, feature `tabs`                        |
//! | what the connection is doing           | [`State`], [`Cause`]                                    |
//! | what a subscriber receives             | [`Item`]                                                |
//! | reading an event stream from bytes     | [`parser`], on any target                               |
//! | tests without a server or a browser    | `testing`, feature `testing`                            |
//! | keeping what came, and playing it again | `recording`, feature `recording`                       |
//! | looking at a stream in a Leptos app    | `inspector`, feature `inspector`                        |
//!
//! # Principles
//!
//! - **The state never lies.** While the browser retries by itself the state is [`State::Waiting`], not closed. A
//!   browser that gives up is taken over from, under [`Retry`]. What an older connection still says is dropped.
//! - **Nothing is lost in silence.** A reconnect that nothing confirms to have gone on from the last event ID is an
//!   [`Item::Gap`]; a full queue is an [`Item::Lagged`]; data that does not fit is an [`Item::Malformed`].
//! - **Both transports give the same items and states**; over fetch the states tell more. Which one it is, is an option.
//! - **Every buffer has a bound**, and every timer, closure, listener and request is released on drop.
//! - **No `JsValue` in the interface**, and no panic on anything that comes from the wire.
//!
//! # What is supported
//!
//! - Every field of the format: event type, data, last event ID, and `retry`: natively the browser obeys it while it
//!   reconnects by itself, over fetch it is the least delay.
//! - Windows and workers, wherever the browser has an `EventSource`: [`is_supported`].
//! - Cookies to another origin: [`Options::with_credentials`].
//! - A page that goes offline, is hidden, is left and returned to, and a machine that sleeps:
//!   [`Options::follow_network`], [`Options::when_hidden`].
//! - Going on after a reload of the page: [`Options::keep_cursor`].
//! - One connection for several subscriptions, also of different types and in different tabs: feature `tabs`,
//!   `Options::share`. Tabs elect a leader; when it goes, another one goes on, and nothing is lost or comes twice.
//! - Server-side rendering: on a native target everything compiles and is inert.
//! - On a server: [`schema::encode`] writes what the browser's side reads. It needs no browser, no feature and no
//!   async runtime. [`parser`] reads an event stream there, from bytes that the program brings.
//!
//! Over fetch only, feature `fetch`:
//!
//! - Request headers, also such as are asked for anew at each attempt; any method, with a body.
//! - The status and the content type of an answer that is no event stream, the beginning of its body, `Retry-After`:
//!   [`State`], [`EventSource::error`].
//! - A stream's clean end, told from a connection that broke: [`Cause::Ended`].
//! - Comments, as signs of life for [`Options::stale_after`]; names that the type has no variant of, for
//!   [`#[serde(other)]`](schema::decode).
//! - Back pressure, unless shared: what the queue has no room for is not read from the network.
//! - Bounds of a line and of an event, in bytes: [`parser::Limits`].
//!
//! ```no_run
//! # #[cfg(feature = "fetch")]
//! # fn example() -> Result<(), sse_signals::Error> {
//! use sse_signals::{EventSource, Fetch, OnEnd, Options};
//! # async fn fresh_token(renew: bool) -> Result<String, String> { Ok(String::new()) }
//! # #[derive(serde::Deserialize)] struct Token(String);
//!
//! let fetch = Fetch::new()
//!     .method("POST")
//!     .header("Content-Type", "application/json")
//!     .body(r#"{"prompt":"Why is the sky blue?"}"#)
//!     .headers_with(async |attempt| {
//!         let token = fresh_token(attempt.renew).await?;
//!         Ok::<_, String>([("Authorization", format!("Bearer {token}"))])
//!     })
//!     .on_end(OnEnd::Finish);
//! let answer = EventSource::<Token>::open("/chat", Options::new().fetch(fetch))?;
//! # drop(answer);
//! # Ok(())
//! # }
//! ```
//!
//! # What is not supported
//!
//! - **Natively, whatever the browser's `EventSource` hides**: all of the second list above. A token can go into the URL
//!   there, a session into a cookie; a heartbeat that is to count is an event; one event has no bound, since the browser
//!   keeps it until its end, and [`Options::queue_capacity`] counts items, not bytes.
//! - **A body that differs between attempts**: a reconnect sends the same one.
//! - **A connection outside of a browser**: reading a stream on a server takes an HTTP client of your own, and [`parser`].
//! - **One connection for several subscriptions, without feature `tabs`.** Over HTTP/1.1 a browser opens six connections to an
//!   origin, all tabs together; with more streams than that the next request hangs. HTTP/2 carries them on one connection,
//!   usually up to a hundred.
//!
//! # Binary data
//!
//! An event stream is UTF-8 text. A few kilobytes of binary data, such as a thumbnail or a key, can go as Base64: by a
//! serde adapter, since the [schema] asks nothing but serde. Here with the crate
//! [base64](https://docs.rs/base64):
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use sse_signals::schema;
//!
//! mod base64_text {
//!     use base64::prelude::{BASE64_STANDARD, Engine};
//!     use serde::{Deserialize, Deserializer, Serializer, de::Error};
//!
//!     pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
//!         serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
//!     }
//!
//!     pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
//!         let text = String::deserialize(deserializer)?;
//!         BASE64_STANDARD.decode(text).map_err(D::Error::custom)
//!     }
//! }
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Feed {
//!     Thumbnail(#[serde(with = "base64_text")] Vec<u8>),
//! }
//!
//! let png = Feed::Thumbnail(b"\x89PNG".to_vec());
//! let encoded = schema::encode(&png)?;
//! assert_eq!((encoded.name.as_deref(), &*encoded.data), (Some("thumbnail"), "iVBORw=="));
//! assert_eq!(schema::decode::<Feed>("thumbnail", "iVBORw==")?, png);
//! assert!(schema::decode::<Feed>("thumbnail", "?").unwrap_err().is_malformed_data());
//! # Ok::<(), sse_signals::Error>(())
//! ```
//!
//! Not so for more than that: Base64 is a third longer, the browser gathers the whole text before it dispatches it, and
//! everything behind it in the stream waits. Send the URL, and let the page fetch it: then it is cached, compressed and
//! can be cancelled. For a steady flow of binary data a WebSocket, or `fetch` and its body's stream, is the right tool.
//!
//! # From the client to the server
//!
//! A stream goes one way. What the page has to say goes beside it, as a plain HTTP request, and what comes of it returns
//! as an event, to every reader alike. Here with the crate [gloo-net](https://docs.rs/gloo-net):
//!
//! ```no_run
//! use gloo_net::http::Request;
//! use serde::{Deserialize, Serialize};
//! use sse_signals::{EventSource, Item, Options};
//!
//! #[derive(Serialize, Deserialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Chat {
//!     Said { by: String, text: String },
//! }
//!
//! /// Says whether the server took it; the words themselves arrive by the stream.
//! async fn say(text: &str) -> Result<bool, gloo_net::Error> {
//!     Ok(Request::post("/chat").json(&text)?.send().await?.ok())
//! }
//!
//! async fn listen() -> Result<(), sse_signals::Error> {
//!     let mut chat = EventSource::<Chat>::open("/chat/events", Options::new())?;
//!     while let Some(item) = chat.next().await {
//!         if let Item::Event(event) = item {
//!             let Chat::Said { by, text } = event.data;
//!             show(&by, &text);
//!         }
//!     }
//!     Ok(())
//! }
//! # fn show(by: &str, text: &str) {}
//! # let _ = (say("hi"), listen());
//! ```
//!
//! # Features
//!
//! None is on by default.
//!
//! - `leptos`: `hooks::leptos`, the hook for Leptos 0.8.
//! - `yew`: `hooks::yew`, the hooks for Yew 0.23.
//! - `recording`: `recording`, with `Options::record` and `Options::play`: what a subscription sees, kept without
//!   credentials, as JSON, and shown again by the same hooks.
//! - `inspector`: `inspector::EventSourceInspector`, a component for Leptos that shows raw events, states and figures of what a
//!   recorder keeps. Brings `leptos` and `recording`.
//! - `tracing`: messages by the crate [tracing](https://docs.rs/tracing), target `sse_signals`, of each change of the state,
//!   gaps, losses and malformed events: attempts at `debug`, open and closed at `info`, trouble at `warn`, the end of all
//!   attempts at `error`. Neither data nor IDs of events are in them, and of URLs no user info, value or fragment.
//! - `fetch`: `Fetch` and `Options::fetch`, the transport by `fetch` in place of the browser's `EventSource`.
//! - `tabs`: `Options::share`, one connection for several subscriptions of a page, or for all tabs of a browser.
//! - `testing`: `testing::World`, for tests of your own: the test is the server, moves the clock and hides the page, natively
//!   and in a browser.
//!
//! Each compiles on a native target and is inert there, for server-side rendering; in a `testing::World` it is not.

// docs.rs says beside each item which feature it wants; only nightly can.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod browser;
// On a native target nothing ever connects: only the tests drive these there.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod client;
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod error;
mod event;
mod host;
mod options;
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod protocol;
#[cfg(any(feature = "recording", feature = "tracing"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod redact;
#[cfg(any(test, feature = "testing"))]
#[cfg_attr(
    not(feature = "testing"),
    allow(dead_code, unused_imports, reason = "the driver's own tests need less")
)]
mod scripted;
mod state;

pub mod hooks;
#[cfg(feature = "inspector")]
pub mod inspector;
#[cfg(feature = "recording")]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
pub mod recording;
pub mod schema;
#[cfg(feature = "testing")]
pub mod testing;

pub use client::{EventSource, States, is_supported};
pub use error::Error;
pub use event::{Event, Gap, Item, Malformed};
#[cfg(feature = "fetch")]
pub use options::fetch::{Answer, Attempt, Credentials, Decision, Fetch, OnEnd};
#[cfg(feature = "tabs")]
pub use options::share::{Late, Obstacle, Share, Sharing};
pub use options::{KeepCursor, OnClosed, Options, Resume, Retry, WhenHidden};
pub use protocol::parser;
pub use state::{Cause, CloseReason, PauseReason, State};
