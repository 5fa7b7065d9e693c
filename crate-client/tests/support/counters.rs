//! Counts what must not leak: timers, listeners, memory and JavaScript values held by wasm.

use wasm_bindgen::{JsCast, JsValue};

use super::page::turn;
use super::wait::within;

/// Wraps the global timer functions, once; the count is of timers that are set and have neither fired nor been
/// cleared.
const COUNT_TIMERS: &str = "
    if (!globalThis.liveTimers) {
        const live = globalThis.liveTimers = new Set();
        const { setTimeout: set, clearTimeout: clear } = globalThis;
        globalThis.setTimeout = (handler, delay, ...rest) => {
            const id = set((...args) => { live.delete(id); handler(...args); }, delay, ...rest);
            live.add(id);
            return id;
        };
        globalThis.clearTimeout = id => { live.delete(id); clear(id); };
    }
    return globalThis.liveTimers.size;
";

/// Wraps what every event target has, once; the count is of listeners added since and not removed, those of objects that
/// are gone too.
const COUNT_LISTENERS: &str = "
    if (globalThis.liveListeners === undefined) {
        globalThis.liveListeners = 0;
        const known = new WeakMap();
        const of = (target, type) => {
            const types = known.get(target) ?? known.set(target, new Map()).get(target);
            return types.get(type) ?? types.set(type, new Set()).get(type);
        };
        const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
        EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
            const listeners = of(this ?? globalThis, type);
            globalThis.liveListeners += listeners.has(listener) ? 0 : 1;
            listeners.add(listener);
            return add.call(this, type, listener, ...rest);
        };
        EventTarget.prototype.removeEventListener = function (type, listener, ...rest) {
            globalThis.liveListeners -= of(this ?? globalThis, type).delete(listener) ? 1 : 0;
            return remove.call(this, type, listener, ...rest);
        };
    }
    return globalThis.liveListeners;
";

/// Listeners of events. Counts from the first call.
pub(crate) fn listeners() -> usize {
    count(COUNT_LISTENERS)
}

/// Timers that are set now. Counts from the first call.
pub(crate) fn timers() -> usize {
    count(COUNT_TIMERS)
}

/// Waits for the end of timers that others have left behind: from then on each that is counted is the test's own.
pub(crate) async fn until_no_timer() {
    let _ = timers();
    within("the others' timers", async {
        // Its own is the one that is left.
        while timers() > 1 {
            turn().await;
        }
    })
    .await;
}

fn count(script: &str) -> usize {
    let count =
        js_sys::Function::new_no_args(script).call0(&JsValue::NULL).expect("the script runs");
    count.as_f64().expect("a number") as usize
}

/// The memory of wasm, in bytes. It never shrinks.
pub(crate) fn memory() -> usize {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    buffer.byte_length() as usize
}

/// JavaScript values that wasm holds, closures among them.
pub(crate) fn values() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}
