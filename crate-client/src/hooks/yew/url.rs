//! What can be a hook's URL.

use yew::AttrValue;

/// A URL: a `&str`, `String` or `AttrValue`, or an `Option` of one; `None` means not connected.
///
/// ```
/// # use yew::prelude::*;
/// # use sse_signals::{Options, hooks::yew::use_event_source};
/// #[derive(PartialEq, Properties)]
/// struct Topic {
///     name: Option<AttrValue>,
/// }
///
/// #[component]
/// fn News(topic: &Topic) -> Html {
///     let url = topic.name.as_ref().map(|name| format!("/events?topics={name}"));
///     let news = use_event_source::<String>(url, Options::new());
///     html! { <p>{ news.state().to_string() }</p> }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the URL of an event stream",
    note = "a URL is a `&str`, `String` or `AttrValue`, or an `Option` of one"
)]
pub trait IntoUrl {
    /// As text.
    fn into_url(self) -> Option<String>;
}

impl IntoUrl for &str {
    fn into_url(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl IntoUrl for String {
    fn into_url(self) -> Option<String> {
        Some(self)
    }
}

impl IntoUrl for &String {
    fn into_url(self) -> Option<String> {
        Some(self.clone())
    }
}

impl IntoUrl for AttrValue {
    fn into_url(self) -> Option<String> {
        Some(self.to_string())
    }
}

impl IntoUrl for &AttrValue {
    fn into_url(self) -> Option<String> {
        Some(self.to_string())
    }
}

impl<U: IntoUrl> IntoUrl for Option<U> {
    fn into_url(self) -> Option<String> {
        self.and_then(IntoUrl::into_url)
    }
}
