//! The library in a window of a real browser, against the demo server with faults.

#![cfg(target_arch = "wasm32")]

#[path = "../support/mod.rs"]
mod support;

mod client;
mod cursor;
mod differences;
mod engines;
mod fetch;
#[cfg(any(feature = "leptos", feature = "yew"))]
mod hooks;
mod memory;
mod page;
#[cfg(feature = "recording")]
mod recording;
#[cfg(feature = "tabs")]
mod sharing;
mod wire;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_server_with_faults_is_there() {
    if let Some(missing) = support::server::Server::missing().await {
        panic!("{missing}");
    }
}
