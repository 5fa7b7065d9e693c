//! What can be a hook's URL.

use leptos::prelude::*;

/// A URL, fixed or reactive; `None` means not connected.
///
/// ```
/// # use leptos::prelude::*;
/// # use sse_signals::{Options, hooks::leptos::use_event_source};
/// # Owner::new().with(|| {
/// let fixed = use_event_source::<String>("/events", Options::new());
///
/// let topic = RwSignal::new(None::<String>);
/// let url = move || topic.get().map(|topic| format!("/events?topics={topic}"));
/// let followed = use_event_source::<String>(url, Options::new());
/// # let _ = (fixed, followed);
/// # });
/// ```
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

impl IntoUrl for &String {
    fn into_url(self) -> Signal<Option<String>> {
        self.clone().into_url()
    }
}

impl IntoUrl for Signal<Option<String>> {
    fn into_url(self) -> Signal<Option<String>> {
        self
    }
}

impl IntoUrl for RwSignal<Option<String>> {
    fn into_url(self) -> Signal<Option<String>> {
        self.into()
    }
}

impl IntoUrl for ReadSignal<Option<String>> {
    fn into_url(self) -> Signal<Option<String>> {
        self.into()
    }
}

impl IntoUrl for Memo<Option<String>> {
    fn into_url(self) -> Signal<Option<String>> {
        self.into()
    }
}

impl<F: Fn() -> Option<String> + Send + Sync + 'static> IntoUrl for F {
    fn into_url(self) -> Signal<Option<String>> {
        // A memo, so that the connection is replaced only when the URL itself changes.
        Memo::new(move |_| self()).into()
    }
}
