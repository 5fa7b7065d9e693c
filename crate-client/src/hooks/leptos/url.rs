//! What can be a hook's URL.

use leptos::prelude::*;

/// A URL, fixed or reactive; `None` means not connected.
///
/// Fixed is a `&str` or a `String`. Reactive is a closure or a signal, of `String` or of `Option<String>`.
///
/// ```
/// # use leptos::prelude::*;
/// # use sse_signals::{Options, hooks::leptos::use_event_source};
/// # Owner::new().with(|| {
/// let fixed = use_event_source::<String>("/events", Options::new());
///
/// let symbol = RwSignal::new("IBM".to_owned());
/// let url = move || format!("/events?symbol={}", symbol.get());
/// let followed = use_event_source::<String>(url, Options::new());
///
/// let topic = RwSignal::new(None::<String>);
/// let url = move || topic.get().map(|topic| format!("/events?topics={topic}"));
/// let not_connected_yet = use_event_source::<String>(url, Options::new());
/// # let _ = (fixed, followed, not_connected_yet);
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the URL of an event stream",
    note = "a URL is a `&str` or `String`, or a closure or signal of `String` or `Option<String>`"
)]
pub trait IntoUrl {
    /// Calls `follow` with the URL, at once if it is fixed, else in an effect, then again whenever it is another.
    fn each(self, follow: impl Fn(Option<String>) + 'static);
}

impl IntoUrl for &str {
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        follow(Some(self.to_owned()));
    }
}

impl IntoUrl for String {
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        follow(Some(self));
    }
}

impl IntoUrl for &String {
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        follow(Some(self.clone()));
    }
}

impl<U: Into<Option<String>> + Clone + Send + Sync + 'static> IntoUrl for Signal<U> {
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        (move || self.get()).each(follow);
    }
}

impl<U: Into<Option<String>> + Clone + Send + Sync + 'static> IntoUrl for RwSignal<U> {
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        (move || self.get()).each(follow);
    }
}

impl<U: Into<Option<String>> + Clone + Send + Sync + 'static> IntoUrl for ReadSignal<U> {
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        (move || self.get()).each(follow);
    }
}

impl<U: Into<Option<String>> + Clone + Send + Sync + 'static> IntoUrl for Memo<U> {
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        Effect::new(move |_| follow(self.get().into()));
    }
}

impl<U, F> IntoUrl for F
where
    U: Into<Option<String>>,
    F: Fn() -> U + Send + Sync + 'static,
{
    fn each(self, follow: impl Fn(Option<String>) + 'static) {
        // A memo, so that the connection is replaced only when the URL itself changes: signals tell of the same value too.
        Memo::new(move |_| self().into()).each(follow);
    }
}
