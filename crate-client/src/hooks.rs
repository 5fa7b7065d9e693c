//! Hooks for front-end frameworks, one module for each, built on the crate's public API alone.

#[cfg(feature = "leptos")]
pub mod leptos;
