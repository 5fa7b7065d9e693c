//! The only place that knows the browser; on a native target an inert stand-in of the same shape.

#[cfg(all(target_arch = "wasm32", feature = "yew"))]
mod frame;
#[cfg(target_arch = "wasm32")]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;
#[cfg(all(target_arch = "wasm32", feature = "yew"))]
pub(crate) use frame::Frame;
#[cfg(target_arch = "wasm32")]
pub(crate) use web::{Browser, warn};

#[cfg(not(target_arch = "wasm32"))]
mod inert;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use inert::{Browser, warn};
