//! What happens to a page, made up; and the browser's own functions, replaced for a while.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Firefox gives a connection up that the others go on retrying.
pub(crate) fn is_firefox() -> bool {
    user_agent().contains("Firefox/")
}

pub(crate) fn is_chromium() -> bool {
    user_agent().contains("Chrome/")
}

pub(crate) fn is_webkit() -> bool {
    user_agent().contains("AppleWebKit/") && !is_chromium()
}

fn user_agent() -> String {
    script("return navigator.userAgent;").as_string().unwrap_or_default()
}

/// What the script returns.
pub(crate) fn script(body: &str) -> JsValue {
    Function::new_no_args(body).call0(&JsValue::UNDEFINED).expect("the script runs")
}

/// An event of the window or the worker.
pub(crate) fn dispatch(name: &str) {
    script(&format!("dispatchEvent(new Event('{name}'));"));
}

/// The page is left, or shown again.
pub(crate) fn dispatch_transition(name: &str, persisted: bool) {
    script(&format!(
        "dispatchEvent(new PageTransitionEvent('{name}', {{ persisted: {persisted} }}));"
    ));
}

/// A property of a JavaScript object in place of what was there, which comes back with the drop.
pub(crate) struct Replaced {
    object: Object,
    name: &'static str,
    /// `undefined` if it had none of its own.
    before: JsValue,
}

impl Replaced {
    /// `object` and `value` are expressions.
    pub(crate) fn value(object: &str, name: &'static str, value: &str) -> Self {
        Self::by(object, name, &format!("{{ value: {value}, configurable: true, writable: true }}"))
    }

    /// A property that throws when it is read.
    pub(crate) fn throwing(object: &str, name: &'static str) -> Self {
        Self::by(
            object,
            name,
            "{ get() { throw new DOMException('not here', 'SecurityError'); }, configurable: true }",
        )
    }

    fn by(object: &str, name: &'static str, descriptor: &str) -> Self {
        let object = Object::from(script(&format!("return {object};")));
        let key = JsValue::from_str(name);
        let before = Reflect::get_own_property_descriptor(&object, &key).expect("an object");
        let descriptor = Object::from(script(&format!("return {descriptor};")));
        Object::define_property(&object, &key, &descriptor);
        Self { object, name, before }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        let key = JsValue::from_str(self.name);
        if self.before.is_undefined() {
            // It is configurable, so this can't fail.
            let _ = Reflect::delete_property(&self.object, &key);
        } else {
            Object::define_property(&self.object, &key, &Object::from(self.before.clone()));
        }
    }
}

/// A page that is hidden until the drop. Neither tells the page: see [`tell_visibility`].
pub(crate) fn hidden() -> Replaced {
    Replaced::value("document", "hidden", "true")
}

pub(crate) fn tell_visibility() {
    script("document.dispatchEvent(new Event('visibilitychange'));");
}

/// Lets other tasks run, timers among them.
pub(crate) async fn turn() {
    let task = Function::new_with_args(
        "resolve",
        "const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => { port1.close(); resolve(); };
        port2.postMessage(null);",
    );
    let turned = Promise::new(&mut |resolve, _| {
        task.call1(&JsValue::UNDEFINED, &resolve).expect("the script runs");
    });
    JsFuture::from(turned).await.expect("the task comes");
}
