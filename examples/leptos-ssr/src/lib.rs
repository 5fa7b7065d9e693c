//! A page that a server renders and the browser hydrates. The package is built twice: with feature `ssr` as the server
//! (`main.rs`), with feature `hydrate` as the program in the page.

#![expect(clippy::must_use_candidate, reason = "components are for `view!`")]

pub mod app;
pub mod feed;

/// Takes over the HTML that the server has sent. The page's script calls it.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // A panic is told on the browser's console.
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
