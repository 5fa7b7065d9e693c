//! A flood of events, which the hooks have to keep up with: none is lost, none is shown out of order, and none makes a change
//! of its own. How long frames get under it is no matter of these tests, which run what is not optimised, beside others:
//! `cargo xtask bench frames` measures it, for half a minute and beside another hook.

use std::cell::Cell;

use js_sys::{Array, Function};
use sse_signals::Item;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::console_log;
use web_sys::HtmlElement;

use super::page::{Page, until};
use super::{Framework, Setup};
use crate::support::server::Server;
use crate::support::transport::Transport;

/// Events. More than seven times what the queue holds: who falls behind loses some.
const PER_SECOND: u32 = 10_000;
/// Counts the changes of the element's content and the frames, and notes the longest of those.
const WATCH: &str = "
    let [changes, frames, longest, watching] = [0, 0, 0, true];
    const observer = new MutationObserver(() => { changes += 1; });
    observer.observe(element, { subtree: true, childList: true, characterData: true });
    let last = performance.now();
    const frame = () => {
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
        frames += 1;
        if (watching) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    return () => { watching = false; observer.disconnect(); return [changes, frames, longest]; };
";

struct Watch(Function);

/// What was seen.
struct Seen {
    changes: f64,
    frames: f64,
    /// In milliseconds.
    longest_frame: f64,
}

impl Watch {
    fn of(element: &HtmlElement) -> Self {
        let watch = Function::new_with_args("element", WATCH);
        let stop = watch.call1(&JsValue::UNDEFINED, element).expect("the script runs");
        Self(stop.unchecked_into())
    }

    fn stop(&self) -> Seen {
        let seen = self.0.call0(&JsValue::UNDEFINED).expect("the script runs");
        let seen: Array = seen.unchecked_into();
        let number = |index| seen.get(index).as_f64().expect("a number");
        Seen { changes: number(0), frames: number(1), longest_frame: number(2) }
    }
}

/// Every event comes once and in order, and what shows them changes at most once a frame.
pub(super) async fn keeps_up<F: Framework>(server: &Server, transport: Transport, seconds: u32) {
    let key = server.key("flood");
    let last = PER_SECOND * seconds;
    let url = key.url(&format!("fault=manual&numbers={last}&per-second={PER_SECOND}"));
    let page = Page::<F>::mount(Setup::new(transport, Some(url))).await;
    let watch = Watch::of(page.element());
    let came = Cell::new(0);
    let take = || {
        for item in page.items.take() {
            came.set(came.get() + 1);
            match item {
                Item::Event(event) => assert_eq!(event.data.word(), came.get().to_string()),
                other => panic!("{other:?} in place of event {}", came.get()),
            }
        }
        came.get() == last
    };
    until("the last event", take).await;
    page.until_shown("words", &shown(last)).await;
    let Seen { changes, frames, longest_frame } = watch.stop();
    console_log!(
        "{PER_SECOND} events a second for {seconds} s: shown {changes} times in {frames} frames, the longest of \
         {longest_frame:.1} ms"
    );
    // Each of them shows something new. Without a frame for a second a timer shows it, and the state's change comes too.
    let without_frames = f64::from(seconds) + 1.0;
    assert!(changes <= frames + without_frames, "{changes} changes in {frames} frames");
}

/// The words of the last hundred.
fn shown(last: u32) -> String {
    (last - 99..=last).map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}
