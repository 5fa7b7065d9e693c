//! A live ticker of stock prices and headlines: the app of `sse-signals`.

#![expect(unreachable_pub, reason = "`#[component]` makes a function of its own `pub`")]

mod accounting;
mod alarm;
mod app;
mod chart;
mod clock;
mod connection;
mod footer;
mod format;
mod header;
mod i18n;
mod lab;
mod market;
#[cfg(test)]
mod samples;
mod settings;
mod shortcuts;
mod title;

fn main() {
    // A page of a release build says that it stopped working (see index.html); what happened is for developers.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    // index.html has said so by then, in words that the oldest browser can show.
    if !sse_signals::is_supported() {
        return;
    }
    leptos::mount::mount_to_body(app::App);
    let document = leptos::prelude::document();
    if let Some(loading) = document.get_element_by_id("loading") {
        loading.remove();
    }
    // An error while it was loading was not its end.
    if let Some(failed) = document.get_element_by_id("failed") {
        // Fails for no name that an attribute can have.
        let _ = failed.set_attribute("hidden", "");
    }
}
