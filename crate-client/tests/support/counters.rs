//! Counts what must not leak: timers and JavaScript values held by wasm; and what was made at all.

use wasm_bindgen::JsValue;

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

/// Wraps the constructor, once; the count is of those made since.
const COUNT_EVENT_SOURCES: &str = "
    if (globalThis.madeEventSources === undefined) {
        globalThis.madeEventSources = 0;
        globalThis.EventSource = new Proxy(globalThis.EventSource, {
            construct(target, args) {
                globalThis.madeEventSources += 1;
                return Reflect.construct(target, args);
            },
        });
    }
    return globalThis.madeEventSources;
";

/// `EventSource`s made, counted from the first call.
pub(crate) fn event_sources() -> usize {
    count(COUNT_EVENT_SOURCES)
}

/// Timers that are set now. Counts from the first call.
pub(crate) fn timers() -> usize {
    count(COUNT_TIMERS)
}

fn count(script: &str) -> usize {
    let count =
        js_sys::Function::new_no_args(script).call0(&JsValue::NULL).expect("the script runs");
    count.as_f64().expect("a number") as usize
}

/// JavaScript values that wasm holds, closures among them.
pub(crate) fn values() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}
