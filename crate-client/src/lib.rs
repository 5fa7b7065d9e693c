//! Server-Sent Events as typed Rust signals.
//!
//! An [event stream](https://html.spec.whatwg.org/multipage/server-sent-events.html) is read through the browser's own
//! `EventSource`, and arrives as values of your own type, with the connection's state told honestly and nothing
//! lost across a reconnect without the program being told.
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
//! | how a type maps to events              | [`schema`], which a native server can use as well       |
//! | reconnecting, resuming, every default  | [`Options`], [`Retry`]                                  |
//! | what the connection is doing           | [`State`]                                               |
//! | what a subscriber receives             | [`Item`]                                                |
//!
//! # Principles
//!
//! - **The state never lies.** While the browser retries by itself the state is [`State::Waiting`], not closed. A
//!   browser that gives up is taken over from, under [`Retry`]. What an older connection still says is dropped.
//! - **Nothing is lost in silence.** A reconnect that nothing confirms to have gone on from the last event ID is an
//!   [`Item::Gap`]; a full queue is an [`Item::Lagged`]; data that does not fit is an [`Item::Malformed`].
//! - **Every buffer has a bound**, and every timer, closure and listener is released on drop.
//! - **No `JsValue` in the interface**, and no panic on anything that comes from the wire.
//!
//! # What is supported
//!
//! - Every field of the format that the browser shows: event type, data, last event ID; and `retry`, which it obeys
//!   while it reconnects by itself.
//! - Windows and workers, wherever the browser has an `EventSource`: [`is_supported`].
//! - Cookies to another origin: [`Options::with_credentials`].
//! - Server-side rendering: on a native target everything compiles and is inert.
//! - On a server: [`schema::encode`] writes what the browser's side reads. It needs no browser, no feature and no
//!   async runtime.
//!
//! # What is not supported
//!
//! - **Request headers, a method other than GET, the HTTP status of a failure**: the browser's `EventSource` has none of
//!   them. A token can go into the URL, a session into a cookie.
//! - **Comments, and events that nobody listens to by name**: the browser hides them. So a heartbeat that is to count
//!   for [`Options::stale_after`] is an event, and [`#[serde(other)]`](schema::decode) finds nothing to catch.
//! - **One connection for several tabs.** Over HTTP/1.1 a browser opens six connections to an origin, all tabs together;
//!   with more streams than that the next request hangs. HTTP/2 carries them on one connection, usually up to a hundred.
//! - **A bound on one event's size**: the browser keeps an event until its end. [`Options::queue_capacity`] counts
//!   items, not bytes.
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
//!
//! Each compiles on a native target and is inert there, for server-side rendering.

mod browser;
// On a native target nothing ever connects: only the tests drive these three there.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod client;
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod error;
mod event;
mod options;
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod protocol;
mod state;

pub mod hooks;
pub mod schema;

pub use client::{EventSource, States, is_supported};
pub use error::Error;
pub use event::{Event, Gap, Item, Malformed};
pub use options::{OnClosed, Options, Resume, Retry};
pub use state::{Cause, CloseReason, PauseReason, State};
