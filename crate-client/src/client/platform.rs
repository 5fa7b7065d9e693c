//! What the driver needs from the world.

use std::rc::{Rc, Weak};
#[cfg(feature = "fetch")]
use std::task::{Context, Poll};
use std::time::Duration;

use crate::event::LastEventId;
use crate::options::Transport;
#[cfg(feature = "tabs")]
use crate::options::share::Obstacle;
use crate::protocol::machine::PageEvent;
#[cfg(feature = "fetch")]
use crate::{Answer, Attempt};
use crate::{Error, KeepCursor};

/// A transport, clocks, timers, random numbers, the page and its storage.
pub(crate) trait Platform: 'static {
    /// An open request. Dropping it closes it; afterwards it reports nothing.
    type Connection;
    /// A timer that is set. Dropping it cancels it.
    type Timer;
    /// The page's events. Dropping it ends them.
    type Page;
    /// A call that can be asked for. Dropping it takes that back.
    type Soon;

    /// Since any fixed origin; never goes back, and may stand still while the machine sleeps.
    fn now(&self) -> Duration;
    /// The time of day, since any fixed origin.
    fn wall(&self) -> Duration;
    /// Random in `0.0..1.0`.
    fn jitter(&self) -> f64;
    /// Opens a connection that reports to the request's sink, never before this returns.
    fn connect(&self, request: &Request<'_>) -> Result<Self::Connection, Error>;
    /// Whether such a connection can be opened, which it isn't: the errors are those of [`connect`](Self::connect).
    #[cfg(feature = "tabs")]
    fn check(&self, request: &Request<'_>) -> Result<(), Error>;
    /// Adds a name to those that the connection listens to.
    #[cfg(feature = "tabs")]
    fn listen(connection: &mut Self::Connection, name: &str, index: usize);
    /// Calls `fire` once after `delay`, never before this returns.
    fn set_timer(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> Self::Timer;
    /// `act` is called once, in a task of its own, whenever it is [asked for](Self::ask).
    fn soon(&self, act: Box<dyn Fn()>) -> Self::Soon;
    fn ask(soon: &Self::Soon);
    /// Reports what happens to the page from now on, never before this returns.
    fn watch_page(&self, sink: Weak<dyn Sink>) -> Self::Page;
    fn is_hidden(&self) -> bool;
    /// What was stored there.
    fn load(&self, place: &KeepCursor) -> Option<String>;
    /// An error says why that can't be.
    fn store(&self, place: &KeepCursor, text: &str) -> Result<(), String>;

    /// A lock that is held or waited for. Dropping it gives it back, or up.
    #[cfg(feature = "tabs")]
    type Lock;
    /// What other tabs say. Dropping it ends that.
    #[cfg(feature = "tabs")]
    type Channel;
    /// Whether it is one and the same page.
    #[cfg(feature = "tabs")]
    fn is_same(&self, other: &Self) -> bool;
    /// Which of all tabs this is: random.
    #[cfg(feature = "tabs")]
    fn tab(&self) -> u64;
    /// What keeps tabs apart here, if anything does.
    #[cfg(feature = "tabs")]
    fn obstacle(&self) -> Option<Obstacle>;
    /// The same URL for all pages; as it is if it can't be parsed.
    #[cfg(feature = "tabs")]
    fn absolute(&self, url: &str) -> String;
    /// Asks for the lock of that name, or takes it from whoever holds it. What comes of it is told under this number, never
    /// before this returns.
    #[cfg(feature = "tabs")]
    fn lock(
        &self,
        name: &str,
        steal: bool,
        number: u64,
        sink: Weak<dyn TabSink>,
    ) -> Result<Self::Lock, Refused>;
    #[cfg(feature = "tabs")]
    fn channel(&self, name: &str, sink: Weak<dyn TabSink>) -> Result<Self::Channel, Refused>;
    /// To all others that have the channel.
    #[cfg(feature = "tabs")]
    fn post(channel: &Self::Channel, text: &str) -> Result<(), Refused>;
}

/// The browser does not let tabs meet.
#[cfg(feature = "tabs")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Where a lock and a channel report to.
#[cfg(feature = "tabs")]
pub(crate) trait TabSink {
    /// What another tab said; none if it is no text.
    fn heard(self: Rc<Self>, text: Option<&str>);
    fn granted(self: Rc<Self>, number: u64);
    /// Another tab has taken it.
    fn stolen(self: Rc<Self>, number: u64);
    /// It is not to be had.
    fn refused(self: Rc<Self>, number: u64);
}

/// A connection to open.
pub(crate) struct Request<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) url: &'a str,
    pub(crate) with_credentials: bool,
    /// The event names to listen to; the sink is told an index into them.
    pub(crate) names: &'a [&'a str],
    /// For the header.
    #[cfg(feature = "fetch")]
    pub(crate) last_event_id: Option<&'a str>,
    #[cfg(feature = "fetch")]
    pub(crate) attempt: Attempt,
    pub(crate) generation: u64,
    pub(crate) sink: &'a Weak<dyn Sink>,
}

/// How a connection ended that reads the stream itself.
#[cfg(feature = "fetch")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By the server.
    Clean,
    /// In the middle; the browser's words.
    Broken(String),
    /// Before any answer; the browser's words.
    Unanswered(String),
    /// Before the request, since there are no headers for it.
    NoHeaders(String),
    /// With an answer that is no event stream.
    Refused(Answer),
}

/// Where a connection and the page report to.
pub(crate) trait Sink {
    /// The server answered with an event stream, from this URL if that is known.
    fn opened(self: Rc<Self>, generation: u64, url: Option<String>);
    /// The browser lost the connection, or, if `closed`, failed it for good.
    fn errored(self: Rc<Self>, generation: u64, closed: bool);
    /// An event of the name with that index, and the last event ID as it stands.
    fn event(self: Rc<Self>, generation: u64, name: usize, id: LastEventId, data: &str);
    /// Something has happened to the page.
    fn page(self: Rc<Self>, event: PageEvent);

    /// The next bytes of the stream. Those are left in `input` for which there is no room: see
    /// [`poll_room`](Self::poll_room).
    #[cfg(feature = "fetch")]
    fn bytes(self: Rc<Self>, generation: u64, input: &mut &[u8]);
    /// Ready once there is room for what was left.
    #[cfg(feature = "fetch")]
    fn poll_room(self: Rc<Self>, generation: u64, cx: &mut Context<'_>) -> Poll<()>;
    #[cfg(feature = "fetch")]
    fn ended(self: Rc<Self>, generation: u64, end: End);
}
