//! A recording as a file.

use crate::recording::Recorder;

/// Offers what was recorded as a file to save, as the component's button does: `sse-recording-2026-01-31T09-30-00.json`, by
/// the time of its begin in UTC. On a native target nothing happens.
#[cfg_attr(not(target_arch = "wasm32"), expect(unused_variables, reason = "no browser, no file"))]
pub fn save(recorder: &Recorder) {
    #[cfg(target_arch = "wasm32")]
    {
        let recording = recorder.recording();
        // What the browser refuses is not offered; it tells the reader why.
        let _ = browser::offer(&recording.to_json(), recording.started_at);
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::time::Duration;

    use gloo_timers::callback::Timeout;
    use js_sys::Array;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

    /// In milliseconds: by then the browser has begun to read it.
    const KEPT: u32 = 60_000;

    pub(super) fn offer(json: &str, started_at: Duration) -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type("application/json");
        let parts = Array::of1(&JsValue::from_str(json));
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        let document = web_sys::window().and_then(|window| window.document());
        let document = document.ok_or(JsValue::UNDEFINED)?;
        let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
        link.set_href(&url);
        link.set_download(&name(started_at));
        link.click();
        Timeout::new(KEPT, move || {
            // Fails for no text.
            let _ = Url::revoke_object_url(&url);
        })
        .forget();
        Ok(())
    }

    fn name(started_at: Duration) -> String {
        let date = js_sys::Date::new(&JsValue::from_f64(started_at.as_secs_f64() * 1_000.0));
        let iso = String::from(date.to_iso_string());
        let to_the_second = iso.get(..19).unwrap_or_default().replace(':', "-");
        format!("sse-recording-{to_the_second}.json")
    }
}
