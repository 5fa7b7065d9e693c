//! A request, as the server sees it and answers it.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::options::Transport;
use crate::schema;
use crate::scripted::{Phase, Requested, Stage};
#[cfg(feature = "fetch")]
use crate::{Answer, Attempt, client::End};

/// A request for an event stream, and the server's end of it. From [`World::request`](super::World::request).
///
/// It stays what it was: when a lost connection is made anew, by the browser or by the library, that is another request.
///
/// ```
/// use sse_signals::{EventSource, Options, State, testing};
///
/// let world = testing::World::new();
/// let source = EventSource::<String>::open("/events", Options::new())?;
/// let request = world.request();
/// assert_eq!(request.url(), "/events");
/// assert_eq!(request.names(), ["message", "ping", "resync"]);
/// request.refuse(503);
/// assert!(matches!(source.state(), State::Waiting { attempt: 1, .. }));
/// # Ok::<(), sse_signals::Error>(())
/// ```
#[derive(Clone)]
pub struct Request {
    pub(super) stage: Rc<Stage>,
    pub(super) requested: Rc<Requested>,
}

/// What it asks for.
impl Request {
    /// The URL as the program gave it, not resolved against a page's; with the last event ID for
    /// [`Resume::Query`](crate::Resume::Query).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.requested.url
    }

    /// Whether cookies go to another origin: [`Options::with_credentials`](crate::Options::with_credentials).
    #[must_use]
    pub fn with_credentials(&self) -> bool {
        self.requested.with_credentials
    }

    /// The event names that are listened to, those of heartbeat, resync and end too.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.requested.connection.names.borrow().clone()
    }

    /// The header `Last-Event-ID`: natively the browser sends it when it reconnects by itself.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.requested.last_event_id.as_deref()
    }

    /// The method, `GET` natively.
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn method(&self) -> &str {
        self.fetch().map_or("GET", |fetch| &fetch.method)
    }

    /// A header that the program has set, by its name in any case.
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.requested.headers.iter().rev();
        let header = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        header.map(|(_, value)| &**value)
    }

    /// The body, `None` natively.
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.fetch()?.body.as_deref()
    }

    /// Which attempt it is, as [`Fetch::headers_with`](crate::Fetch::headers_with) is told.
    #[cfg(feature = "fetch")]
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.requested.attempt
    }

    #[cfg(feature = "fetch")]
    fn fetch(&self) -> Option<&crate::Fetch> {
        match &self.requested.connection.transport {
            Transport::Fetch(fetch) => Some(fetch),
            Transport::Native => None,
        }
    }

    /// Whether it has no answer yet, and is not given up.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.phase() == Phase::Asked
    }

    /// Whether its stream is open: accepted, and neither ended nor closed by the client.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase() == Phase::Open
    }

    /// Whether the client has closed it, or given it up before there was an answer.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.phase() == Phase::Closed
    }

    fn phase(&self) -> Phase {
        // What the program has just done may have to run first.
        self.stage.settle();
        self.requested.phase.get()
    }
}

/// What the server does. Afterwards everything runs that can: see [`World::settle`](super::World::settle).
impl Request {
    /// Answers with an event stream.
    ///
    /// # Panics
    ///
    /// If it has an answer already, or the client has given it up.
    #[track_caller]
    pub fn accept(&self) {
        self.expect(Phase::Asked, "accept");
        self.requested.accept();
        self.stage.settle();
    }

    /// Sends an event without an id, encoded as [`schema::encode`] does.
    ///
    /// # Panics
    ///
    /// If the stream is not [open](Self::is_open), or the value can't be encoded.
    #[track_caller]
    pub fn send<T: Serialize + DeserializeOwned>(&self, event: &T) {
        self.write(&block(event, None));
    }

    /// Sends an event that sets the last event ID.
    ///
    /// ```
    /// # use sse_signals::{Event, EventSource, Item, Options, testing::World};
    /// # let world = World::new();
    /// # let mut source = EventSource::<String>::open("/events", Options::new())?;
    /// # world.request().accept();
    /// world.request().send_with_id("7", &"seven".to_owned());
    /// assert_eq!(world.items(&mut source), [Item::Event(Event::new("7", "seven".to_owned()))]);
    /// # Ok::<(), sse_signals::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send), or if the id has a line break.
    #[track_caller]
    pub fn send_with_id<T: Serialize + DeserializeOwned>(&self, id: &str, event: &T) {
        self.write(&block(event, Some(id)));
    }

    /// Sends text of the [format](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream)
    /// as it is: comments, half of an event, `retry:`, data that does not fit.
    ///
    /// ```
    /// # use sse_signals::{EventSource, Item, Options, testing::World};
    /// # let world = World::new();
    /// # let mut source = EventSource::<u32>::open("/events", Options::new())?;
    /// # world.request().accept();
    /// world.request().write("data: twelve\n\n");
    /// assert!(matches!(&world.items(&mut source)[..], [Item::Malformed(_)]));
    /// # Ok::<(), sse_signals::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If the stream is not [open](Self::is_open).
    #[track_caller]
    pub fn write(&self, text: &str) {
        self.expect(Phase::Open, "send");
        self.requested.write(text);
        self.stage.settle();
    }

    /// The connection is lost in the middle of the stream.
    ///
    /// Natively the browser tells so, and reconnects by itself 3 s later, or after what `retry:` has asked for: then there is
    /// another [request](super::World::request). Over fetch the body breaks, and the delay is the library's.
    ///
    /// # Panics
    ///
    /// If the stream is not [open](Self::is_open).
    #[track_caller]
    pub fn cut(&self) {
        self.expect(Phase::Open, "cut");
        match self.requested.connection.transport {
            Transport::Native => self.requested.lose(),
            #[cfg(feature = "fetch")]
            Transport::Fetch(_) => {
                self.requested.finish(End::Broken("the connection was cut".to_owned()));
            }
        }
        self.stage.settle();
    }

    /// The server ends the stream cleanly. Natively that looks like a [cut](Self::cut).
    ///
    /// # Panics
    ///
    /// If the stream is not [open](Self::is_open).
    #[track_caller]
    pub fn end(&self) {
        self.expect(Phase::Open, "end");
        match self.requested.connection.transport {
            Transport::Native => self.requested.lose(),
            #[cfg(feature = "fetch")]
            Transport::Fetch(_) => self.requested.finish(End::Clean),
        }
        self.stage.settle();
    }

    /// Answers with what is no event stream: a status, or a whole [`Refusal`]. Natively the browser gives up then, whatever
    /// the status was, and hides it.
    ///
    /// # Panics
    ///
    /// If it has an answer already, or the client has given it up.
    #[track_caller]
    pub fn refuse(&self, refusal: impl Into<Refusal>) {
        self.expect(Phase::Asked, "refuse");
        let refusal = refusal.into();
        match self.requested.connection.transport {
            Transport::Native => {
                drop(refusal);
                self.requested.fail();
            }
            #[cfg(feature = "fetch")]
            Transport::Fetch(_) => self.requested.finish(End::Refused(refusal.answer())),
        }
        self.stage.settle();
    }

    /// No server is reached. Natively the browser tries again by itself 3 s later, as Chromium and WebKit do; Firefox gives up
    /// at once, which looks like any [refusal](Self::refuse).
    ///
    /// # Panics
    ///
    /// If it has an answer already, or the client has given it up.
    #[track_caller]
    pub fn unreachable(&self) {
        self.expect(Phase::Asked, "leave without a server");
        match self.requested.connection.transport {
            Transport::Native => self.requested.lose(),
            #[cfg(feature = "fetch")]
            Transport::Fetch(_) => {
                self.requested.finish(End::Unanswered("no server was reached".to_owned()));
            }
        }
        self.stage.settle();
    }

    #[track_caller]
    fn expect(&self, wanted: Phase, to: &str) {
        let phase = self.phase();
        assert!(phase == wanted, "can't {to}: the request for {} {phase}", self.url());
    }
}

#[track_caller]
fn block<T: Serialize + DeserializeOwned>(event: &T, id: Option<&str>) -> String {
    let block = schema::encode(event).and_then(|encoded| encoded.to_block(id));
    block.unwrap_or_else(|error| panic!("{error}"))
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "has no answer yet",
            Self::Open => "is answered, and its stream is open",
            Self::Over => "is over",
            Self::Closed => "was closed by the client",
        })
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("url", &self.requested.url)
            .field("last_event_id", &self.requested.last_event_id)
            .field("phase", &self.requested.phase.get())
            .finish_non_exhaustive()
    }
}

/// An answer that is no event stream. A status alone is one without a body: [`Request::refuse`]`(503)`.
///
/// | what                                   | default      |
/// | -------------------------------------- | ------------ |
/// | [`content_type`](Self::content_type)   | `text/plain` |
/// | [`body`](Self::body)                   | empty        |
/// | [`retry_after`](Self::retry_after)     | none         |
///
/// ```
/// use std::time::Duration;
/// use sse_signals::testing::Refusal;
///
/// let busy = Refusal::new(503).body("come back at noon").retry_after(Duration::from_secs(60));
/// let page = Refusal::new(200).content_type("text/html");
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "fetch"), expect(dead_code, reason = "natively the browser hides it"))]
pub struct Refusal {
    status: u16,
    content_type: String,
    body: String,
    retry_after: Option<Duration>,
}

impl Refusal {
    /// With this status.
    #[must_use]
    pub fn new(status: u16) -> Self {
        let content_type = "text/plain".to_owned();
        Self { status, content_type, body: String::new(), retry_after: None }
    }

    /// The `Content-Type`.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// The body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// What `Retry-After` asks for.
    #[must_use]
    pub const fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    #[cfg(feature = "fetch")]
    fn answer(self) -> Answer {
        let Self { status, content_type, body, retry_after } = self;
        Answer { status, content_type, body, retry_after }
    }
}

impl From<u16> for Refusal {
    fn from(status: u16) -> Self {
        Self::new(status)
    }
}
