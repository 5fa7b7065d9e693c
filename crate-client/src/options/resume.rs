//! How a connection goes on where the last one ended.

use std::borrow::Cow;

/// How a new connection learns where the last one ended.
///
/// ```
/// # use sse_signals::{Options, Resume};
/// // After an event with the id 4-17, "/events?topic=news" becomes "/events?topic=news&since=4-17".
/// let options = Options::new().resume(Resume::Query("since".into()));
/// # assert_ne!(options, Options::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resume {
    /// By the header
    /// [`Last-Event-ID`](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header), as the
    /// standard has it; the URL stays as it is, as a signed one must. The browser sends it while it reconnects by itself,
    /// and so does the fetch transport. A new native `EventSource` can't: then [`Gap::Unconfirmed`](crate::Gap) tells of
    /// the hand-over.
    ///
    /// For IDs that are not ASCII take [`Query`](Self::Query): over fetch WebKit encodes them twice in this header.
    #[default]
    Header,
    /// The last event ID is put into the URL's query under this name, in place of any value there. The server
    /// must prefer a `Last-Event-ID` header, which the browser adds when it reconnects to that same URL later.
    Query(Cow<'static, str>),
}

/// Where the last event ID is kept, so that a page that was reloaded goes on where it was: in the browser's
/// [storage](https://html.spec.whatwg.org/multipage/webstorage.html), under this key, together with the URL: it counts
/// for the same URL only.
///
/// What is kept is the ID of the last event that the subscriber has taken, written at most once a second and when the
/// page is left. Where a storage can't be written, as in workers, nothing is kept, and the console says so.
///
/// ```
/// # use sse_signals::{KeepCursor, Options, Resume};
/// let options = Options::new()
///     .resume(Resume::Query("lastEventId".into()))
///     .keep_cursor(KeepCursor::InSession("news-cursor".into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeepCursor {
    /// In `sessionStorage`: for this tab, until it is closed.
    InSession(Cow<'static, str>),
    /// In `localStorage`: for all tabs of the origin, which then should not write under the same key at a time.
    InLocal(Cow<'static, str>),
}
