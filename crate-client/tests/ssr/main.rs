//! On a server the hooks render and do nothing else.

#![cfg(not(target_arch = "wasm32"))]

#[cfg(feature = "leptos")]
mod leptos;
#[cfg(feature = "yew")]
mod yew;

use sse_signals::{EventSource, Options, State};

#[test]
fn the_plain_client_compiles_natively_and_stays_idle() {
    let source = EventSource::<String>::open("/events", Options::new()).expect("nothing is opened");
    source.reconnect();
    source.pause();
    source.resume();
    source.close();
    assert_eq!(source.state(), State::Idle);
}
