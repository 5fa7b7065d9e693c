//! The only place that knows the browser; on a native target an inert stand-in of the same shape.

#[cfg(all(target_arch = "wasm32", feature = "fetch"))]
mod fetch;
#[cfg(all(target_arch = "wasm32", any(feature = "leptos", feature = "yew")))]
mod frame;
#[cfg(target_arch = "wasm32")]
mod native;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(all(target_arch = "wasm32", feature = "tabs"))]
mod tabs;
#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(all(target_arch = "wasm32", any(feature = "leptos", feature = "yew")))]
pub(crate) use frame::Frame;
#[cfg(target_arch = "wasm32")]
pub(crate) use native::Message;
#[cfg(all(target_arch = "wasm32", any(feature = "leptos", feature = "yew")))]
pub(crate) use wasm_bindgen_futures::spawn_local as spawn;
#[cfg(target_arch = "wasm32")]
pub(crate) use web::{Browser, warn};

#[cfg(not(target_arch = "wasm32"))]
mod inert;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use inert::{Browser, warn};
#[cfg(all(not(target_arch = "wasm32"), any(feature = "leptos", feature = "yew")))]
pub(crate) use inert::{Frame, spawn};
