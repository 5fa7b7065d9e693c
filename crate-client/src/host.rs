//! What subscriptions are built on: the browser; with feature `testing`, where there is a world on this thread that is moved
//! by hand, that world.

#[cfg(feature = "testing")]
mod world;

#[cfg(not(feature = "testing"))]
pub(crate) use crate::browser::Browser as Host;
#[cfg(all(not(feature = "testing"), any(feature = "leptos", feature = "yew")))]
pub(crate) use crate::browser::{Frame, spawn};

#[cfg(all(feature = "testing", any(feature = "leptos", feature = "yew")))]
pub(crate) use world::{Frame, spawn};
#[cfg(feature = "testing")]
pub(crate) use world::{Host, enter, leave};
