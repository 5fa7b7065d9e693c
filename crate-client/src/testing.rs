//! Feature `testing`: tests of a program's own components and clients, without a server, a network, or a clock that runs.
//!
//! While there is a [`World`], every [`EventSource`] and hook of its thread that is opened lives in it: the test is the
//! server, moves the clock, hides the page. Nothing waits for real, so that a test of a minute's retries takes no time and
//! comes out the same each time, natively and in a browser.
//!
//! ```
//! use std::time::Duration;
//! use serde::{Deserialize, Serialize};
//! use sse_signals::{EventSource, Item, Options, State, testing};
//!
//! #[derive(Debug, PartialEq, Serialize, Deserialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Feed {
//!     Greeting(String),
//! }
//!
//! let world = testing::World::new();
//! let mut source = EventSource::<Feed>::open("/events", Options::new())?;
//!
//! // The server's side of it.
//! let request = world.request();
//! assert_eq!(request.url(), "/events");
//! request.accept();
//! request.send_with_id("7", &Feed::Greeting("hi".into()));
//! let items = world.items(&mut source);
//! assert!(matches!(&items[..], [Item::Event(event)] if event.data == Feed::Greeting("hi".into())));
//!
//! // The connection is lost: the browser reconnects by itself, after 3 s.
//! request.cut();
//! assert!(matches!(source.state(), State::Waiting { attempt: 1, retry_in: None, .. }));
//! world.advance(Duration::from_secs(3));
//! assert_eq!(world.request().last_event_id(), Some("7"));
//! world.request().accept();
//! assert_eq!(source.state(), State::Open);
//! # Ok::<(), sse_signals::Error>(())
//! ```
//!
//! In `Cargo.toml` it belongs to the tests alone:
//!
//! ```toml
//! [dev-dependencies]
//! sse-signals = { version = "0.1", features = ["testing"] }
//! ```
//!
//! # What runs when
//!
//! After each step, such as [`Request::send`] or [`World::advance`], everything runs that can: tasks, hooks, subscribers. After
//! what the test did by itself, such as `source.close()`, [`World::settle`] does that; so does whatever asks the world for
//! something. No executor is needed: [`World::spawn`] runs the program's own tasks, [`World::block_on`] a future to its end.
//!
//! # Frames
//!
//! Readers of a hook's signals are told of events once an animation frame. A frame comes whenever the clock passes a whole
//! multiple of [`FRAME`], and while the page is hidden none: then readers are told a second after the event.
#![cfg_attr(feature = "leptos", doc = include_str!("testing/leptos.md"))]
#![cfg_attr(feature = "yew", doc = include_str!("testing/yew.md"))]
//!
//! # What it is like
//!
//! | what                       | as in a browser                                                                                         |
//! | -------------------------- | ------------------------------------------------------------------------------------------------------- |
//! | the native transport       | reconnects by itself, with `Last-Event-ID`, at the pace of `retry:`; gives up on any answer but a stream |
//! | the fetch transport        | tells the status, a clean end from a break; is not read while there is no room                          |
//! | data                       | goes through the format's text: what can't be sent can't be received                                    |
//! | a page that goes offline   | is told so; a connection is lost only by [`Request::cut`]                                                 |
//! | a URL                      | is not parsed: any will do, unless [`World::reject_urls`] says otherwise                                  |
//! | random delays              | are half of their upper bound: [`World::set_jitter`]                                                      |
//! | a hidden page's timers     | are not slowed down                                                                                     |

#[cfg(all(feature = "leptos", not(target_arch = "wasm32")))]
mod effects;
mod request;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use serde::de::DeserializeOwned;

pub use request::{Refusal, Request};

use crate::client::Platform;
use crate::protocol::machine::PageEvent;
use crate::scripted::{self, Stage};
use crate::{EventSource, Item, KeepCursor, host};

/// Between two animation frames: 60 of them a second.
pub const FRAME: Duration = scripted::FRAME;

/// A server, a clock, a page and its storage, moved by the test. See the [module](self).
///
/// It counts for this thread, for what is opened while it is there. Where there is another one already, the newer counts
/// until it is dropped. The clock begins at zero, the page is seen and online, the storage empty.
///
/// # Drop behaviour
///
/// What was opened in it stays as it is, and nothing happens to it any more. What is opened afterwards uses the browser again.
pub struct World(Rc<Stage>);

impl World {
    /// An empty one, which counts from now on.
    #[must_use = "it ends when it is dropped"]
    pub fn new() -> Self {
        #[cfg(all(feature = "leptos", not(target_arch = "wasm32")))]
        effects::run_in_worlds();
        let stage = Rc::new(Stage::default());
        host::enter(&stage);
        Self(stage)
    }

    /// The newest request.
    ///
    /// # Panics
    ///
    /// If none was made.
    #[must_use]
    #[track_caller]
    pub fn request(&self) -> Request {
        let newest = self.requests().pop();
        newest
            .expect("nothing was opened in this world, or it was closed before it had its headers")
    }

    /// All requests that were made, in their order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.0.settle();
        let requests = self.0.requests.borrow();
        let request =
            |requested| Request { stage: Rc::clone(&self.0), requested: Rc::clone(requested) };
        requests.iter().map(request).collect()
    }

    /// Time passes: timers fire in their order, at their time, and frames come; each time everything runs that can.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use sse_signals::{EventSource, Options, Retry, State, testing::World};
    /// let world = World::new();
    /// let options = Options::new().retry(Retry::new().limit(5));
    /// let source = EventSource::<String>::open("/events", options)?;
    /// while !source.state().is_closed() {
    ///     world.request().refuse(503);
    ///     world.advance(Duration::from_secs(30));
    /// }
    /// assert_eq!(world.requests().len(), 5);
    /// # Ok::<(), sse_signals::Error>(())
    /// ```
    pub fn advance(&self, duration: Duration) {
        self.0.advance(duration);
    }

    /// The machine sleeps: the time of day goes on, the clock by which timers are set does not.
    pub fn sleep(&self, duration: Duration) {
        let slept = self.0.slept.get();
        self.0.slept.set(slept + duration);
    }

    /// How much time has passed, sleep not counted.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.0.now()
    }

    /// Runs everything that can run, until all of it waits for the test.
    pub fn settle(&self) {
        self.0.settle();
    }

    /// A task that runs with the world: for what a program would give to its executor.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.spawn(task);
        self.0.settle();
    }

    /// Runs a future to its end.
    ///
    /// ```
    /// # use sse_signals::{EventSource, Options, testing::World};
    /// let world = World::new();
    /// let mut source = EventSource::<String>::open("/events", Options::new())?;
    /// world.request().accept();
    /// world.request().send(&"hi".to_owned());
    /// assert!(world.block_on(source.next()).is_some());
    /// # Ok::<(), sse_signals::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If it waits for something that does not come by itself: time that passes, an event that the test has yet to send.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            self.0.settle();
            let goes_on = woken.0.swap(false, Ordering::Relaxed);
            assert!(goes_on, "the future waits for something that the test has yet to do");
        }
    }

    /// The items that wait for their subscriber, in order.
    pub fn items<T: DeserializeOwned + 'static>(
        &self,
        source: &mut EventSource<T>,
    ) -> Vec<Item<T>> {
        self.0.settle();
        let mut items = Vec::new();
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(item)) = pin!(source.next()).poll(&mut cx) {
            items.push(item);
            // It may have made room for more.
            self.0.settle();
        }
        items
    }

    /// The page is hidden, as a tab behind another is.
    pub fn hide(&self) {
        self.tell(PageEvent::Hidden);
    }

    /// The page is seen again.
    pub fn show(&self) {
        self.tell(PageEvent::Visible);
    }

    /// The page is told that there is no network.
    pub fn go_offline(&self) {
        self.tell(PageEvent::Offline);
    }

    /// The page is told that there is a network again.
    pub fn go_online(&self) {
        self.tell(PageEvent::Online);
    }

    /// The page is left for another one, and waits in the browser's back/forward cache.
    pub fn leave(&self) {
        self.tell(PageEvent::Hidden);
        self.tell(PageEvent::Left);
    }

    /// The page is returned to after [`leave`](Self::leave).
    pub fn come_back(&self) {
        self.tell(PageEvent::Returned);
        self.tell(PageEvent::Visible);
    }

    fn tell(&self, event: PageEvent) {
        self.0.settle();
        self.0.tell_page(event);
        self.0.settle();
    }

    /// How random delays come out: 0 is their lower bound, 1 their upper one. Default: 0.5.
    pub fn set_jitter(&self, jitter: f64) {
        self.0.jitter.set(Some(jitter));
    }

    /// Whether each URL that is opened from now on is one that the browser can't parse. Default: false.
    ///
    /// ```
    /// # use sse_signals::{EventSource, Options, testing::World};
    /// let world = World::new();
    /// world.reject_urls(true);
    /// let refused = EventSource::<String>::open("http://[", Options::new());
    /// assert!(refused.is_err_and(|error| error.is_invalid_url()));
    /// ```
    pub fn reject_urls(&self, reject: bool) {
        self.0.rejects_urls.set(reject);
    }

    /// The last event ID that [`Options::keep_cursor`](crate::Options::keep_cursor) has kept there. Another source that is
    /// opened in the same world goes on from it, as after a reload of the page.
    ///
    /// ```
    /// # use sse_signals::{EventSource, KeepCursor, Options, Resume, testing::World};
    /// let world = World::new();
    /// let place = KeepCursor::InSession("cursor".into());
    /// let options = Options::new().resume(Resume::Query("since".into())).keep_cursor(place.clone());
    /// let mut source = EventSource::<String>::open("/events", options.clone())?;
    /// world.request().accept();
    /// world.request().send_with_id("7", &"seven".to_owned());
    /// world.items(&mut source);
    /// drop(source);
    /// assert_eq!(world.kept_cursor(&place).as_deref(), Some("7"));
    ///
    /// let after_reload = EventSource::<String>::open("/events", options)?;
    /// assert_eq!(world.request().url(), "/events?since=7");
    /// # drop(after_reload);
    /// # Ok::<(), sse_signals::Error>(())
    /// ```
    #[must_use]
    pub fn kept_cursor(&self, place: &KeepCursor) -> Option<String> {
        self.0.settle();
        let text = self.0.load(place)?;
        text.split_once('\n').map(|(cursor, _)| cursor.to_owned())
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        host::leave(&self.0);
        self.0.clear();
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now", &self.0.now())
            .field("requests", &self.0.requests.borrow().len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
