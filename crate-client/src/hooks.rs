//! Hooks for front-end frameworks, one module for each, with the same verbs.

#[cfg(any(feature = "leptos", feature = "yew"))]
mod frame;
#[cfg(any(feature = "leptos", feature = "yew"))]
mod subscription;

#[cfg(feature = "inspector")]
pub(crate) use frame::Show;
#[cfg(all(feature = "testing", any(feature = "leptos", feature = "yew")))]
pub(crate) use frame::forget as forget_frame;

#[cfg(feature = "leptos")]
pub mod leptos;
#[cfg(feature = "yew")]
pub mod yew;
