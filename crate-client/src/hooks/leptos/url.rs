//! What can be a hook's URL.

use leptos::prelude::*;

/// A URL, fixed or reactive; `None` means not connected.
pub trait IntoUrl {
    /// As a signal.
    fn into_url(self) -> Signal<Option<String>>;
}

impl IntoUrl for &str {
    fn into_url(self) -> Signal<Option<String>> {
        self.to_owned().into_url()
    }
}

impl IntoUrl for String {
    fn into_url(self) -> Signal<Option<String>> {
        Signal::stored(Some(self))
    }
}

impl IntoUrl for Signal<Option<String>> {
    fn into_url(self) -> Signal<Option<String>> {
        self
    }
}

impl<F: Fn() -> Option<String> + Send + Sync + 'static> IntoUrl for F {
    fn into_url(self) -> Signal<Option<String>> {
        // A memo, so that the connection is replaced only when the URL itself changes.
        Memo::new(move |_| self()).into()
    }
}
