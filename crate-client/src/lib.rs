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
//! # What is not supported
//!
//! A browser's `EventSource` sends no headers, shows no HTTP status and hides comments and events whose names
//! nobody listens to. Events carry text: binary data would have to be sent as Base64.
//!
//! # Features
//!
//! - `leptos`: the hook for Leptos. On a native target it compiles and is inert, for server-side rendering.
//! - `yew`: the hooks for Yew, likewise.

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
