//! Hooks for front-end frameworks, one module for each, with the same verbs.

#[cfg(all(target_arch = "wasm32", any(feature = "leptos", feature = "yew")))]
mod subscription;

#[cfg(feature = "leptos")]
pub mod leptos;
#[cfg(feature = "yew")]
pub mod yew;
