//! What stands behind the hook: the connection and its subscribers in the browser, nothing on a native target.

#[cfg(target_arch = "wasm32")]
mod live;
#[cfg(target_arch = "wasm32")]
pub(super) use live::Subscription;

#[cfg(not(target_arch = "wasm32"))]
mod inert;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use inert::Subscription;
