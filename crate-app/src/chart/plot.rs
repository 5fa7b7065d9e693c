//! The drawing itself: uPlot, reached by the few functions of `uplot.js`.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::{untrack, window};
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::crosshair;
use super::series::Bar;
use super::ticks::{Tick, ticks};
use super::words;

#[wasm_bindgen(module = "/src/chart/uplot.js")]
extern "C" {
    #[wasm_bindgen(js_name = load, catch)]
    async fn load_uplot() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = Plot)]
    type Drawing;
    #[wasm_bindgen(constructor, js_class = "Plot", catch)]
    fn new(
        host: &Element,
        resized: &Closure<dyn FnMut()>,
        price_label: &Closure<dyn FnMut(f64, f64) -> String>,
    ) -> Result<Drawing, JsValue>;
    #[wasm_bindgen(method, js_class = "Plot", getter)]
    fn width(this: &Drawing) -> f64;
    #[wasm_bindgen(method, js_class = "Plot", catch)]
    fn draw(
        this: &Drawing,
        closes: &[f64],
        volumes: &[f64],
        breaks: &[u32],
        slots: u32,
        ticks: &[u32],
        labels: Vec<String>,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_class = "Plot", catch)]
    fn point(this: &Drawing, position: Option<u32>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_class = "Plot")]
    fn across(this: &Drawing, client_x: f64) -> Option<f64>;
    #[wasm_bindgen(method, js_class = "Plot")]
    fn destroy(this: &Drawing);
}

/// Fetches uPlot; once it is there, at no cost. Whether it is there now.
pub(super) async fn load() -> bool {
    load_uplot().await.is_ok()
}

/// A drawing in an element. Dropping it removes it, its observers and its listeners.
pub(super) struct Plot {
    drawing: Drawing,
    // Called by the drawing, so they live as long.
    _resized: Closure<dyn FnMut()>,
    _price_label: Closure<dyn FnMut(f64, f64) -> String>,
}

impl Plot {
    /// Width that a label of the axis of days takes with its space, CSS pixels.
    const LABEL: f64 = 72.0;

    /// Empty; `resized` is called when it must be drawn again for its size. None where it can't be made.
    pub(super) fn new(host: &Element, resized: impl FnMut() + 'static) -> Option<Self> {
        let resized = Closure::new(resized);
        // uPlot asks at times of its own, too.
        let price_label = Closure::new(|price, step| untrack(|| words::axis_price(price, step)));
        let drawing = Drawing::new(host, &resized, &price_label).ok()?;
        Some(Self { drawing, _resized: resized, _price_label: price_label })
    }

    /// Draws consecutive days, oldest first; the line is broken before each position in `breaks`. Whether
    /// the browser could.
    pub(super) fn draw<'a>(
        &self,
        bars: impl Iterator<Item = &'a Bar> + Clone,
        breaks: &[u32],
    ) -> bool {
        let closes: Vec<f64> = bars.clone().map(|bar| bar.close).collect();
        let volumes: Vec<f64> = bars.clone().map(|bar| bar.volume).collect();
        let slots = crosshair::slots(closes.len());
        let space = Self::LABEL * slots as f64 / self.drawing.width().max(1.0);
        let dates: Vec<&str> = bars.map(|bar| bar.date.as_str()).collect();
        let ticks = ticks(dates.iter().copied(), space);
        let labels =
            ticks.iter().map(|&Tick { at, unit }| words::axis_date(dates[at], unit)).collect();
        let ticks: Vec<u32> = ticks.iter().map(|tick| tick.at as u32).collect();
        self.drawing.draw(&closes, &volumes, breaks, slots as u32, &ticks, labels).is_ok()
    }

    /// Puts the crosshair on a day drawn, or takes it away. Whether the browser could.
    pub(super) fn point(&self, position: Option<usize>) -> bool {
        self.drawing.point(position.map(|position| position as u32)).is_ok()
    }

    /// Where a `clientX` is on the plot: 0 is its left edge, 1 its right. None before anything was drawn.
    pub(super) fn across(&self, client_x: f64) -> Option<f64> {
        self.drawing.across(client_x)
    }
}

impl Drop for Plot {
    fn drop(&mut self) {
        self.drawing.destroy();
    }
}

/// Runs something in the next animation frame, once, however often it is asked for until then. Dropping it cancels.
pub(super) struct Frame {
    callback: Closure<dyn FnMut()>,
    pending: Rc<Cell<Option<i32>>>,
}

impl Frame {
    /// Not asked for yet.
    pub(super) fn new(mut run: impl FnMut() + 'static) -> Self {
        let pending = Rc::new(Cell::new(None));
        let callback = Closure::new({
            let pending = Rc::clone(&pending);
            move || {
                pending.set(None);
                run();
            }
        });
        Self { callback, pending }
    }

    /// Asks for it. In a hidden tab that is when the tab shows again.
    pub(super) fn request(&self) {
        if self.pending.get().is_none() {
            let callback = self.callback.as_ref().unchecked_ref();
            self.pending.set(window().request_animation_frame(callback).ok());
        }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        if let Some(pending) = self.pending.get() {
            // Fails for no number that the browser gave.
            let _ = window().cancel_animation_frame(pending);
        }
    }
}
