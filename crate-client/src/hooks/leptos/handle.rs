//! What stands behind the hook: the subscription in the browser, nothing on a native target.

#[cfg(target_arch = "wasm32")]
mod live;
#[cfg(target_arch = "wasm32")]
pub(super) use live::Handle;

#[cfg(not(target_arch = "wasm32"))]
mod inert;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use inert::Handle;
