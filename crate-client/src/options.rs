//! How a subscription behaves.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

#[cfg(feature = "fetch")]
pub(crate) mod fetch;
mod page;
mod resume;
mod retry;
#[cfg(feature = "tabs")]
pub(crate) mod share;
#[cfg(test)]
mod tests;

pub use page::WhenHidden;
pub use resume::{KeepCursor, Resume};
pub use retry::{OnClosed, Retry};

#[cfg(feature = "fetch")]
use fetch::Fetch;

#[cfg(feature = "recording")]
use crate::recording::{Player, Recorder};

/// How a subscription connects, reconnects and delivers.
///
/// | option                                       | default             | unit            | what                                                   |
/// | -------------------------------------------- | ------------------- | --------------- | ------------------------------------------------------ |
/// | [`with_credentials`](Self::with_credentials) | false               |                 | cookies go to another origin, too                      |
/// | `fetch`                                      | native              |                 | the transport: `fetch` in place of `EventSource`; feature `fetch` |
/// | [`resume`](Self::resume)                     | [`Resume::Header`]  |                 | how a new connection learns the last event ID          |
/// | [`keep_cursor`](Self::keep_cursor)           | nowhere             |                 | where the last event ID survives a reload of the page  |
/// | [`retry`](Self::retry)                       | [`Retry::new`]      |                 | the delays between attempts                            |
/// | [`on_closed`](Self::on_closed)               | [`OnClosed::Retry`] |                 | what follows once the browser gives up                 |
/// | [`stale_after`](Self::stale_after)           | never               | time of silence | when an open connection counts as stale                |
/// | [`reconnect_after`](Self::reconnect_after)   | never               | time of silence | when it is opened anew                                 |
/// | [`when_hidden`](Self::when_hidden)           | [`WhenHidden::Keep`] |                | whether a hidden page gives its connection up          |
/// | [`follow_network`](Self::follow_network)     | true                |                 | whether going offline, online and waking up count      |
/// | [`heartbeat_event`](Self::heartbeat_event)   | `ping`              | event name      | says only that the server is alive                     |
/// | [`resync_event`](Self::resync_event)         | `resync`            | event name      | says that the server can't go on where we left         |
/// | [`end_event`](Self::end_event)               | none                | event name      | says that the stream is over                           |
/// | `share`                                      | not shared          |                 | one connection for several subscriptions, or tabs; feature `tabs` |
/// | `late`                                       | `Late::Latest`      |                 | what one gets that joins a shared connection late; feature `tabs` |
/// | [`queue_capacity`](Self::queue_capacity)     | 4,096               | items           | how many wait at most for the subscriber               |
/// | `record`                                     | none                |                 | what keeps what the subscription sees; feature `recording` |
/// | `play`                                       | none                |                 | what it is fed by, in place of a connection; feature `recording` |
///
/// ```
/// use std::time::Duration;
/// use sse_signals::{Options, Resume, Retry};
///
/// let options = Options::new()
///     .resume(Resume::Query("lastEventId".into()))
///     .stale_after(Duration::from_secs(40))
///     .retry(Retry::new().limit(20));
/// assert_eq!(options, options.clone());
/// ```
///
/// They stay on one thread (they are not `Send`), since the callbacks of a transport may.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub(crate) with_credentials: bool,
    pub(crate) transport: Transport,
    pub(crate) resume: Resume,
    pub(crate) keep_cursor: Option<KeepCursor>,
    pub(crate) retry: Retry,
    pub(crate) on_closed: OnClosed,
    pub(crate) stale_after: Option<Duration>,
    pub(crate) reconnect_after: Option<Duration>,
    pub(crate) when_hidden: WhenHidden,
    pub(crate) follow_network: bool,
    pub(crate) heartbeat_event: Option<Cow<'static, str>>,
    pub(crate) resync_event: Option<Cow<'static, str>>,
    pub(crate) end_event: Option<Cow<'static, str>>,
    /// Items, at least 1.
    pub(crate) queue_capacity: usize,
    #[cfg(feature = "recording")]
    pub(crate) recorders: Vec<Recorder>,
    #[cfg(feature = "recording")]
    pub(crate) player: Option<Player>,
    #[cfg(feature = "tabs")]
    pub(crate) share: Option<share::Share>,
    #[cfg(feature = "tabs")]
    pub(crate) late: share::Late,
    /// The same with every set of features.
    pub(crate) not_send: PhantomData<Rc<()>>,
}

/// What makes connections.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Transport {
    Native,
    #[cfg(feature = "fetch")]
    Fetch(Fetch),
}

impl Transport {
    /// Whether a new connection can send `Last-Event-ID`.
    pub(crate) const fn sends_headers(&self) -> bool {
        !matches!(self, Self::Native)
    }

    /// Whether it calls the program back.
    #[cfg(feature = "tabs")]
    pub(crate) const fn has_callbacks(&self) -> bool {
        match self {
            Self::Native => false,
            #[cfg(feature = "fetch")]
            Self::Fetch(fetch) => fetch.headers_with.is_some() || fetch.on_status.is_some(),
        }
    }
}

impl Options {
    /// The defaults, as each method states them.
    #[must_use]
    pub fn new() -> Self {
        Self {
            with_credentials: false,
            transport: Transport::Native,
            resume: Resume::default(),
            keep_cursor: None,
            retry: Retry::default(),
            on_closed: OnClosed::default(),
            stale_after: None,
            reconnect_after: None,
            when_hidden: WhenHidden::default(),
            follow_network: true,
            heartbeat_event: Some(Cow::Borrowed("ping")),
            resync_event: Some(Cow::Borrowed("resync")),
            end_event: None,
            queue_capacity: 4_096,
            #[cfg(feature = "recording")]
            recorders: Vec::new(),
            #[cfg(feature = "recording")]
            player: None,
            #[cfg(feature = "tabs")]
            share: None,
            #[cfg(feature = "tabs")]
            late: share::Late::default(),
            not_send: PhantomData,
        }
    }

    /// Whether a cross-origin request carries cookies
    /// ([`withCredentials`](https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-withcredentials)).
    /// Default: false.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// // Read from another origin, with the user's cookies for it.
    /// let options = Options::new().with_credentials(true);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn with_credentials(mut self, with_credentials: bool) -> Self {
        self.with_credentials = with_credentials;
        self
    }

    /// Reads the stream by `fetch` in place of the browser's `EventSource`, which has neither request headers nor a
    /// status: see [`Fetch`]. Default: native.
    ///
    /// ```
    /// # use sse_signals::{Fetch, Options};
    /// let options = Options::new().fetch(Fetch::new().header("Authorization", "Bearer 7f3a"));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn fetch(mut self, fetch: Fetch) -> Self {
        self.transport = Transport::Fetch(fetch);
        self
    }

    /// How a new connection resumes from the last event ID. Default: [`Resume::Header`].
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// let options = Options::new().resume(Resume::Query("lastEventId".into()));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn resume(mut self, resume: Resume) -> Self {
        self.resume = resume;
        self
    }

    /// Keeps the last event ID over a reload of the page. Default: nowhere.
    ///
    /// ```
    /// # use sse_signals::{KeepCursor, Options};
    /// let options = Options::new().keep_cursor(KeepCursor::InSession("news-cursor".into()));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn keep_cursor(mut self, keep: KeepCursor) -> Self {
        self.keep_cursor = Some(keep);
        self
    }

    /// The delays between attempts. Default: [`Retry::new`].
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::{Options, Retry}};
    /// let options = Options::new().retry(Retry::new().cap(Duration::from_secs(10)));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// What happens once the browser fails the connection for good. Default: [`OnClosed::Retry`].
    ///
    /// ```
    /// # use sse_signals::{OnClosed, Options};
    /// let options = Options::new().on_closed(OnClosed::Stop);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn on_closed(mut self, on_closed: OnClosed) -> Self {
        self.on_closed = on_closed;
        self
    }

    /// After how long without any event an open connection counts as [`State::Stale`](crate::State::Stale).
    /// Default: never, since only the server's author knows how often it speaks. A little over two heartbeats
    /// is a good value. Natively comments do not count, since an `EventSource` can't see them; over fetch every byte does.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::{Options, Retry}};
    /// // For a server with a heartbeat every 15 s.
    /// let options = Options::new().stale_after(Duration::from_secs(40));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn stale_after(mut self, silence: Duration) -> Self {
        self.stale_after = Some(silence);
        self
    }

    /// After how long of the same silence an open connection is closed and opened anew, or a request that is not
    /// answered is given up. A browser that retries by itself gets at least [`Retry::cap`] for it. Default: never.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::{Options, Retry}};
    /// let seconds = Duration::from_secs;
    /// let options = Options::new().stale_after(seconds(40)).reconnect_after(seconds(60));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn reconnect_after(mut self, silence: Duration) -> Self {
        self.reconnect_after = Some(silence);
        self
    }

    /// What happens to the connection while the page is hidden. Default: [`WhenHidden::Keep`].
    ///
    /// A page that is left always gives its connection up, so that it may wait in the browser's back/forward cache, and
    /// connects anew from the last event ID when it is returned to.
    ///
    /// ```
    /// # use {std::time::Duration, sse_signals::{Options, WhenHidden}};
    /// let options = Options::new().when_hidden(WhenHidden::ReleaseAfter(Duration::from_secs(60)));
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn when_hidden(mut self, when_hidden: WhenHidden) -> Self {
        self.when_hidden = when_hidden;
        self
    }

    /// Whether the browser's word on the network, and waking up after a sleep of the machine, count. Default: true.
    ///
    /// Offline, an open connection is kept, but no attempt of ours is made
    /// ([`PauseReason::Offline`](crate::PauseReason::Offline)) until the browser is online again, and then at once. A
    /// browser that retries by itself goes on with that ([`State::Waiting`](crate::State::Waiting) without a time): it is
    /// relieved once online if the library can resume in its place, over [`Resume::Query`]. An open connection on which
    /// nothing has arrived within 2 s after the browser came online, or the machine woke up, is taken for dead and made
    /// anew. Switch it off for a server that is reached without a network, such as one on the same machine.
    ///
    /// ```
    /// # use sse_signals::Options;
    /// let options = Options::new().follow_network(false);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn follow_network(mut self, follow: bool) -> Self {
        self.follow_network = follow;
        self
    }

    /// The event that only says that the server is alive. It counts for [`stale_after`](Self::stale_after); it
    /// is delivered only if the type has a variant of that name. Default: `ping`; an empty name: none.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// let options = Options::new().heartbeat_event("keep-alive");
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn heartbeat_event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.heartbeat_event = named(name.into());
        self
    }

    /// The event by which the server says that it can't resume from our last event ID; delivered as
    /// [`Gap::Resync`](crate::Gap::Resync), and before that as an event if the type has a variant of that name.
    /// Default: `resync`; an empty name: none.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// // "resync" is an event like any other here.
    /// let options = Options::new().resync_event("");
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn resync_event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.resync_event = named(name.into());
        self
    }

    /// The event by which the server says that the stream is over; without one, a stream that ends is
    /// reconnected, as the standard says. It is delivered too if the type has a variant of that name.
    /// Default: none.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// // A stream of tokens that ends with `event: done`.
    /// let options = Options::new().end_event("done");
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn end_event(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.end_event = named(name.into());
        self
    }

    /// Shares the connection with others that ask for the same: in this page, or in all tabs of the browser. Default: not shared.
    ///
    /// A browser has no more than six connections to a server of HTTP/1.1, for all of its tabs together. A subscription
    /// that comes late gets the state at once, and what [`late`](Self::late) says. [`EventSource::close`],
    /// [`pause`](crate::EventSource::pause) and [`hold`](crate::EventSource::hold) concern their own subscription,
    /// [`reconnect`](crate::EventSource::reconnect) all of them. A fetch with callbacks is not shared, since nobody can tell
    /// whether two are the same.
    ///
    /// Among tabs one leads: it has the connection, and tells the others what comes. When it is closed, crashes, is left or
    /// says nothing for 6 s, another one goes on from the last event ID; one that is hidden hands over to one that is seen
    /// after 5 s. A tab keeps the newest 2,048 items, at most 1 MiB of them, for others that missed some; what it can't
    /// give, the tab gets by a short connection of its own. Where nothing can confirm that nothing is missing,
    /// [`Item::Gap`](crate::Item::Gap) says so. One slow subscription does not hold the others back: over fetch too, what
    /// does not fit its queue is dropped, and told by [`Item::Lagged`](crate::Item::Lagged).
    ///
    /// [`EventSource::close`]: crate::EventSource::close
    ///
    /// ```
    /// # use sse_signals::{Options, Resume, Share};
    /// let options = Options::new()
    ///     .resume(Resume::Query("lastEventId".into()))
    ///     .share(Share::Browser(env!("CARGO_PKG_VERSION").into()));
    /// ```
    #[cfg(feature = "tabs")]
    #[must_use]
    pub fn share(mut self, share: share::Share) -> Self {
        self.share = Some(share);
        self
    }

    /// What this subscription gets first if it joins a [shared](Self::share) connection late. Default: `Late::Latest`.
    ///
    /// ```
    /// # use sse_signals::{Late, Options, Share};
    /// let options = Options::new().share(Share::Page).late(Late::Recent);
    /// # assert_ne!(options, Options::new().share(Share::Page));
    /// ```
    #[cfg(feature = "tabs")]
    #[must_use]
    pub fn late(mut self, late: share::Late) -> Self {
        self.late = late;
        self
    }

    /// How many items wait at most for the subscriber; beyond that the oldest are dropped and
    /// [`Item::Lagged`](crate::Item::Lagged) says how many. Over fetch, unless shared, nothing is dropped: what has no
    /// room is not read from the network. At least 1. Default: 4,096 items.
    ///
    /// ```
    /// # use sse_signals::{Options, Resume};
    /// let options = Options::new().queue_capacity(100_000);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[must_use]
    pub fn queue_capacity(mut self, items: usize) -> Self {
        self.queue_capacity = items.max(1);
        self
    }

    /// Lets this recorder keep what the subscription sees; it may be called for several. Default: none.
    ///
    /// ```
    /// # use sse_signals::{Options, recording::Recorder};
    /// let recorder = Recorder::new();
    /// let options = Options::new().record(&recorder);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[cfg(feature = "recording")]
    #[must_use]
    pub fn record(mut self, recorder: &Recorder) -> Self {
        self.recorders.push(recorder.clone());
        self
    }

    /// Shows a recording in place of a connection; the URL and whatever shapes the connection count for nothing then.
    /// Default: none.
    ///
    /// ```
    /// # use sse_signals::{Options, recording::{Player, Recording}};
    /// let player = Player::new(Recording::default());
    /// let options = Options::new().play(&player);
    /// # assert_ne!(options, Options::new());
    /// ```
    #[cfg(feature = "recording")]
    #[must_use]
    pub fn play(mut self, player: &Player) -> Self {
        self.player = Some(player.clone());
        self
    }
}

/// No event has an empty name, so that stands for none.
fn named(name: Cow<'static, str>) -> Option<Cow<'static, str>> {
    (!name.is_empty()).then_some(name)
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
