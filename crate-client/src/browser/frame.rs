//! The browser's next animation frame.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Window;

/// In milliseconds: a tab that is hidden gets no frames, and its timers run once a second at most.
const WITHOUT_FRAMES: u32 = 1_000;

/// A call with the next animation frame, or after [`WITHOUT_FRAMES`] where none comes. Whoever is called must drop
/// this, which cancels the other of the two; dropping it before cancels both.
pub(crate) struct Frame {
    animation: Option<Animation>,
    _timer: Timeout,
}

struct Animation {
    window: Window,
    handle: i32,
    _callback: Closure<dyn FnMut()>,
}

impl Frame {
    pub(crate) fn request(callback: fn()) -> Self {
        // A worker has none.
        let animation =
            web_sys::window().and_then(|window| Animation::request(window, Closure::new(callback)));
        Self { animation, _timer: Timeout::new(WITHOUT_FRAMES, callback) }
    }
}

impl Animation {
    fn request(window: Window, callback: Closure<dyn FnMut()>) -> Option<Self> {
        let handle = window.request_animation_frame(callback.as_ref().unchecked_ref()).ok()?;
        Some(Self { window, handle, _callback: callback })
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some(Animation { window, handle, .. }) = &self.animation {
            // Fails for no handle.
            let _ = window.cancel_animation_frame(*handle);
        }
    }
}
