//! Asks the demo server about faults, and for them.

use leptos::prelude::*;
use leptos::web_sys::{Headers, RequestInit, Response};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Whether the server takes orders. Another server may answer this path with a page of its own.
pub(super) async fn takes_orders(key: &str) -> bool {
    let url = format!("faults/keys/{key}");
    let answer = JsFuture::from(window().fetch_with_str(&url)).await;
    let answer = answer.ok().and_then(|it| it.dyn_into::<Response>().ok());
    answer.is_some_and(|answer| {
        let kind = answer.headers().get("Content-Type").ok().flatten().unwrap_or_default();
        answer.ok() && kind.starts_with("application/json")
    })
}

/// Orders something for the key's streams; whether the server has done it.
pub(super) async fn order(key: &str, what: &str, body: Option<&str>) -> bool {
    let url = format!("faults/keys/{key}/{what}");
    let request = RequestInit::new();
    request.set_method("POST");
    if let (Some(body), Ok(headers)) = (body, Headers::new()) {
        request.set_body(&JsValue::from_str(body));
        // Fails for no such name.
        let _ = headers.set("Content-Type", "application/json");
        request.set_headers(&headers);
    }
    let answer = JsFuture::from(window().fetch_with_str_and_init(&url, &request)).await;
    answer.ok().and_then(|it| it.dyn_into::<Response>().ok()).is_some_and(|answer| answer.ok())
}
