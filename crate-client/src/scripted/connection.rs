//! Connections as a browser has them, whose other end is moved by hand.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::{OnDrop, Stage};
#[cfg(feature = "fetch")]
use crate::client::End;
use crate::client::{Platform, Request, Sink};
use crate::event::LastEventId;
use crate::options::Transport;
use crate::parser::{Limits, Parser, Step};

#[cfg(feature = "fetch")]
mod body;

#[cfg(feature = "fetch")]
pub(super) use body::check;

/// How long a browser waits before it reconnects by itself, unless the server says otherwise.
const PACE: Duration = Duration::from_secs(3);

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has no answer yet.
    Asked,
    /// It is answered with an event stream, which goes on.
    Open,
    /// By the other end.
    Over,
    /// By the client.
    Closed,
}

/// A request as the server sees it. Natively one connection makes another whenever it is lost.
pub(crate) struct Requested {
    pub(crate) url: String,
    pub(crate) with_credentials: bool,
    pub(crate) last_event_id: Option<String>,
    /// In their order, as the program has set them.
    #[cfg(feature = "fetch")]
    pub(crate) headers: Vec<(String, String)>,
    #[cfg(feature = "fetch")]
    pub(crate) attempt: crate::Attempt,
    pub(crate) phase: Cell<Phase>,
    pub(crate) connection: Rc<Connection>,
}

/// One connection of the client's, closed when the client drops it.
pub(crate) struct Connection {
    stage: Weak<Stage>,
    pub(crate) transport: Transport,
    pub(crate) generation: u64,
    pub(crate) sink: Weak<dyn Sink>,
    /// The event names to listen to.
    pub(crate) names: RefCell<Vec<String>>,
    /// The newest one.
    request: RefCell<Weak<Requested>>,
    closed: Cell<bool>,
    /// What stands in for the browser's own reader, natively.
    reader: RefCell<Parser>,
    pace: Cell<Duration>,
    /// Until the browser reconnects by itself.
    retry: RefCell<Option<OnDrop>>,
    #[cfg(feature = "fetch")]
    body: body::Body,
}

/// The client's end. Dropping it closes the connection.
pub(crate) struct Open {
    connection: Rc<Connection>,
    stage: Rc<Stage>,
}

impl Open {
    /// The request is there at once, unless headers have to be asked for.
    pub(super) fn new(stage: &Rc<Stage>, request: &Request<'_>) -> Self {
        let connection = Rc::new(Connection {
            stage: Rc::downgrade(stage),
            transport: request.transport.clone(),
            generation: request.generation,
            sink: Weak::clone(request.sink),
            names: RefCell::new(request.names.iter().map(|&name| name.to_owned()).collect()),
            request: RefCell::default(),
            closed: Cell::new(false),
            reader: RefCell::new(Parser::new(Limits::new().line(usize::MAX).event(usize::MAX))),
            pace: Cell::new(PACE),
            retry: RefCell::default(),
            #[cfg(feature = "fetch")]
            body: body::Body::default(),
        });
        let requested = Requested {
            url: request.url.to_owned(),
            with_credentials: request.with_credentials,
            #[cfg(feature = "fetch")]
            last_event_id: request.last_event_id.map(str::to_owned),
            #[cfg(not(feature = "fetch"))]
            last_event_id: None,
            #[cfg(feature = "fetch")]
            headers: Vec::new(),
            #[cfg(feature = "fetch")]
            attempt: request.attempt,
            phase: Cell::new(Phase::Asked),
            connection: Rc::clone(&connection),
        };
        match &connection.transport {
            Transport::Native => connection.ask(requested),
            #[cfg(feature = "fetch")]
            Transport::Fetch(fetch) => body::ask(&connection, fetch, requested),
        }
        stage.open_connections.set(stage.open_connections.get() + 1);
        Self { connection, stage: Rc::clone(stage) }
    }

    #[cfg(feature = "tabs")]
    pub(super) fn listen(&self, name: &str, index: usize) {
        let mut names = self.connection.names.borrow_mut();
        debug_assert_eq!(names.len(), index, "names are added at the end");
        names.push(name.to_owned());
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connection.close();
        let open = &self.stage.open_connections;
        open.set(open.get() - 1);
    }
}

impl Connection {
    /// The request is made.
    fn ask(&self, requested: Requested) {
        let Some(stage) = self.stage.upgrade() else { return };
        let requested = Rc::new(requested);
        self.request.replace(Rc::downgrade(&requested));
        stage.requests.borrow_mut().push(requested);
    }

    /// By the client.
    fn close(&self) {
        self.closed.set(true);
        self.retry.take();
        if let Some(requested) = self.request.borrow().upgrade()
            && requested.phase.get() != Phase::Over
        {
            requested.phase.set(Phase::Closed);
        }
        #[cfg(feature = "fetch")]
        self.body.close();
    }

    const fn is_native(&self) -> bool {
        matches!(self.transport, Transport::Native)
    }

    /// Hands a report to the client, unless it has closed the connection.
    fn report(&self, report: impl FnOnce(Rc<dyn Sink>, u64)) {
        if !self.closed.get()
            && let Some(sink) = self.sink.upgrade()
        {
            report(sink, self.generation);
        }
    }

    /// What the browser does with the text of a stream.
    fn read(&self, text: &str) {
        let mut input = text.as_bytes();
        while !self.closed.get() {
            // A copy of each event, since a listener may do anything with the connection.
            let mut reader = self.reader.borrow_mut();
            let Some(step) = reader.next(&mut input) else { return };
            match step {
                Step::Event(event) => {
                    let names = self.names.borrow();
                    let index = names.iter().position(|name| name == event.name);
                    drop(names);
                    let Some(index) = index else { continue };
                    let (id, data) = (LastEventId::from(event.id), event.data.to_owned());
                    drop(reader);
                    self.report(|sink, generation| sink.event(generation, index, id, &data));
                }
                Step::ReconnectionTime(milliseconds) => {
                    self.pace.set(Duration::from_millis(milliseconds));
                }
                _ => {}
            }
        }
    }
}

impl Requested {
    /// The server answers with an event stream.
    pub(crate) fn accept(&self) {
        self.phase.set(Phase::Open);
        let url = (!self.connection.is_native()).then(|| self.url.clone());
        self.connection.report(|sink, generation| sink.opened(generation, url));
    }

    /// The server sends a piece of the stream.
    pub(crate) fn write(&self, text: &str) {
        match self.connection.transport {
            Transport::Native => self.connection.read(text),
            #[cfg(feature = "fetch")]
            Transport::Fetch(_) => self.connection.body.push(text.as_bytes()),
        }
    }

    /// Natively: the connection is lost, or was not made, and the browser tries again by itself.
    pub(crate) fn lose(self: &Rc<Self>) {
        self.phase.set(Phase::Over);
        let connection = &self.connection;
        connection.report(|sink, generation| sink.errored(generation, false));
        let Some(stage) = connection.stage.upgrade() else { return };
        if connection.closed.get() {
            return;
        }
        let of = Rc::downgrade(self);
        let again = move || {
            if let Some(lost) = of.upgrade() {
                let fired = lost.connection.retry.take();
                lost.connection.ask(lost.again());
                drop(fired);
            }
        };
        let timer = stage.set_timer(connection.pace.get(), Box::new(again));
        connection.retry.replace(Some(timer));
    }

    /// The browser's own next request.
    fn again(&self) -> Self {
        let mut reader = self.connection.reader.borrow_mut();
        let id = reader.last_event_id().to_owned();
        reader.reset(&id);
        Self {
            url: self.url.clone(),
            with_credentials: self.with_credentials,
            last_event_id: Some(id).filter(|id| !id.is_empty()),
            #[cfg(feature = "fetch")]
            headers: Vec::new(),
            #[cfg(feature = "fetch")]
            attempt: self.attempt,
            phase: Cell::new(Phase::Asked),
            connection: Rc::clone(&self.connection),
        }
    }

    /// Natively: the browser gives up, and does not say why.
    pub(crate) fn fail(&self) {
        self.phase.set(Phase::Over);
        self.connection.report(|sink, generation| sink.errored(generation, true));
    }

    /// Over fetch: the answer, or the stream, ends like this after what was sent before.
    #[cfg(feature = "fetch")]
    pub(crate) fn finish(&self, end: End) {
        self.phase.set(Phase::Over);
        self.connection.body.end(end);
    }
}
