//! A tab's part: asks the tab machine, and does what it says.

use std::borrow::Cow;
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::super::member::Joining;
use super::super::platform::{Platform, Sink, TabSink};
use super::Read;
use super::hub::{Hub, Inner, Source};
use crate::event::LastEventId;
use crate::options::share::{Obstacle, Sharing};
use crate::protocol::machine::PageEvent;
use crate::protocol::tabs::{Action, Backlog, Latest, Mark, Position, Relayed, Tabs, Told, decode};
use crate::{Cause, CloseReason, Error, Options, Resume, State, browser};

/// This tab's part among others.
pub(super) struct Part<P: Platform> {
    /// Of the lock and the channel.
    name: String,
    pub(super) machine: Tabs,
    lock: Option<P::Lock>,
    /// Counts requests for the lock, so that what an older one says is not heard.
    locks: u64,
    channel: Option<P::Channel>,
    timer: Option<Timer<P>>,
    complained: bool,
    _page: P::Page,
}

struct Timer<P: Platform> {
    due: Duration,
    _handle: P::Timer,
}

impl<P: Platform> Part<P> {
    pub(super) fn new(
        platform: &P,
        name: String,
        options: &Options,
        names: &[Cow<'static, str>],
        first: &Joining,
        hub: Weak<dyn Sink>,
    ) -> Self {
        let carries_cursor = match options.resume {
            Resume::Query(_) => true,
            Resume::Header => options.transport.sends_headers(),
        };
        let position = first.cursor.as_deref().map(|cursor| Position {
            mark: Mark { id: cursor.into(), times: 1 },
            was_open: true,
            ..Position::default()
        });
        let names = names.iter().map(|name| Rc::from(&**name)).collect();
        Self {
            name,
            machine: Tabs::new(platform.tab(), carries_cursor, options.late, names, position),
            lock: None,
            locks: 0,
            channel: None,
            timer: None,
            complained: false,
            _page: platform.watch_page(hub),
        }
    }
}

impl<P: Platform + Clone> Hub<P> {
    /// Joins the other tabs.
    pub(super) fn enter(self: &Rc<Self>) {
        let hidden = self.platform.is_hidden();
        self.act(|machine, _, now| {
            machine.set_hidden(hidden);
            machine.join(now);
        });
    }

    /// Lets the machine decide, then does what it says.
    pub(super) fn act(self: &Rc<Self>, call: impl FnOnce(&mut Tabs, &Latest, Duration)) {
        let wall = self.platform.wall();
        self.ask(|machine, latest, now| {
            machine.look_at_clock(wall);
            call(machine, latest, now);
        });
        self.run();
    }

    fn ask(&self, call: impl FnOnce(&mut Tabs, &Latest, Duration)) {
        let now = self.platform.now();
        let Inner { source, latest, .. } = &mut *self.inner.borrow_mut();
        if let Source::Tabs(part) = source {
            call(&mut part.machine, latest, now);
        }
    }

    pub(super) fn on_own_state(&self, told: Told) {
        if matches!(self.inner.borrow().source, Source::Own { .. }) {
            self.tell(&told);
        } else {
            self.ask(|machine, _, now| machine.on_own_state(told, now));
        }
    }

    pub(super) fn on_own_item(&self, item: Relayed) {
        if matches!(self.inner.borrow().source, Source::Own { .. }) {
            self.deliver(&item);
        } else {
            self.ask(|machine, _, now| machine.on_own_item(item, now));
        }
    }

    pub(super) fn on_own_cursor(&self, cursor: &str) {
        self.ask(|machine, _, now| machine.on_own_cursor(cursor, now));
    }

    /// Does what the machine has decided.
    pub(super) fn run(self: &Rc<Self>) {
        if self.acting.replace(true) {
            // Whoever is at it goes on.
            return;
        }
        while let Some(action) = self.next_action() {
            self.perform(action);
        }
        self.acting.set(false);
        self.arm_timer();
        self.tell_sharing();
    }

    fn next_action(&self) -> Option<Action> {
        match &mut self.inner.borrow_mut().source {
            Source::Tabs(part) => part.machine.poll_action(),
            Source::Own { .. } => None,
        }
    }

    fn perform(self: &Rc<Self>, action: Action) {
        match action {
            Action::OpenChannel => self.open_channel(),
            Action::CloseChannel => self.on_part(|part| drop(part.channel.take())),
            Action::RequestLock => self.lock(false),
            Action::StealLock => self.lock(true),
            Action::ReleaseLock => self.on_part(|part| drop(part.lock.take())),
            Action::Post(text) => self.on_part(|part| {
                // One that is closed has nobody to tell.
                part.channel.iter().for_each(|channel| {
                    let _ = P::post(channel, &text);
                });
            }),
            Action::Connect { cursor, was_open } => {
                self.connect_or_fail(was_open.then(|| cursor.to_string()));
            }
            Action::Disconnect => self.disconnect(),
            Action::Reconnect => self.connect_anew(),
            Action::Listen => self.listen(),
            Action::Deliver(item) => self.deliver(&item),
            Action::Tell(told) => self.tell(&told),
        }
    }

    fn on_part(&self, act: impl FnOnce(&mut Part<P>)) {
        if let Source::Tabs(part) = &mut self.inner.borrow_mut().source {
            act(part);
        }
    }

    fn sink(self: &Rc<Self>) -> Weak<dyn TabSink> {
        Rc::downgrade(self) as Weak<dyn TabSink>
    }

    fn open_channel(self: &Rc<Self>) {
        let mut refused = false;
        self.on_part(|part| match self.platform.channel(&part.name, self.sink()) {
            Ok(channel) => part.channel = Some(channel),
            Err(_) => refused = true,
        });
        if refused {
            self.fall_back();
        }
    }

    fn lock(self: &Rc<Self>, steal: bool) {
        let mut refused = false;
        self.on_part(|part| {
            part.lock = None;
            part.locks += 1;
            match self.platform.lock(&part.name, steal, part.locks, self.sink()) {
                Ok(lock) => part.lock = Some(lock),
                Err(_) => refused = true,
            }
        });
        if refused {
            self.fall_back();
        }
    }

    /// The URL or the request is none that can be made.
    pub(super) fn fail(&self, error: &Error) {
        self.on_own_state(Told {
            state: State::Closed(CloseReason::Refused(Cause::Failed)),
            detail: Some(error.to_string().into()),
            response_url: None,
        });
    }

    /// On without other tabs.
    fn fall_back(self: &Rc<Self>) {
        let cursor = match &self.inner.borrow().source {
            Source::Tabs(part) => part.machine.cursor(),
            Source::Own { .. } => return,
        };
        let id = cursor.as_deref().unwrap_or_default().into();
        let own = Source::Own { backlog: Backlog::default(), mark: Mark { id, times: 1 } };
        let part = std::mem::replace(&mut self.inner.borrow_mut().source, own);
        drop(part);
        super::complain(Obstacle::Refused);
        self.set_sharing(Sharing::PageOnly(Obstacle::Refused));
        self.disconnect();
        self.connect_or_fail(cursor);
    }

    fn tell_sharing(&self) {
        let sharing = match &self.inner.borrow().source {
            Source::Tabs(part) if part.machine.is_leading() => Sharing::Leader,
            Source::Tabs(part) if part.machine.is_following() => Sharing::Follower,
            Source::Tabs(_) => Sharing::Joining,
            Source::Own { .. } => return,
        };
        self.set_sharing(sharing);
    }

    /// A timer that stands early enough is left alone.
    fn arm_timer(self: &Rc<Self>) {
        let hub = Rc::downgrade(self);
        self.on_part(|part| {
            let Some(due) = part.machine.poll_timeout() else {
                part.timer = None;
                return;
            };
            if part.timer.as_ref().is_some_and(|timer| timer.due <= due) {
                return;
            }
            let delay = due.saturating_sub(self.platform.now());
            let handle = self.platform.set_timer(
                delay,
                Box::new(move || {
                    if let Some(hub) = hub.upgrade() {
                        hub.on_timer();
                    }
                }),
            );
            part.timer = Some(Timer { due, _handle: handle });
        });
    }

    fn on_timer(self: &Rc<Self>) {
        let mut fired = None;
        self.on_part(|part| fired = part.timer.take());
        self.act(|machine, _, now| machine.handle_timeout(now));
        drop(fired);
    }

    /// Whether it is the newest request for the lock, and still wanted.
    fn is_current(&self, number: u64) -> bool {
        match &self.inner.borrow().source {
            Source::Tabs(part) => part.lock.is_some() && part.locks == number,
            Source::Own { .. } => false,
        }
    }
}

impl<P: Platform + Clone> TabSink for Hub<P> {
    fn heard(self: Rc<Self>, text: Option<&str>) {
        let Some(Ok(message)) = text.map(decode) else {
            self.on_part(|part| {
                if !std::mem::replace(&mut part.complained, true) {
                    browser::warn(&format!("on {} came what is none of its messages", part.name));
                }
            });
            return;
        };
        // What it has had itself comes first.
        Rc::clone(&self).read();
        self.act(|machine, latest, now| machine.on_message(message, latest, now));
    }

    fn granted(self: Rc<Self>, number: u64) {
        if self.is_current(number) {
            self.act(|machine, _, _| machine.on_granted());
        }
    }

    fn stolen(self: Rc<Self>, number: u64) {
        if self.is_current(number) {
            self.on_part(|part| part.lock = None);
            self.act(|machine, _, now| machine.on_stolen(now));
        }
    }

    fn refused(self: Rc<Self>, number: u64) {
        if self.is_current(number) {
            self.fall_back();
        }
    }
}

/// Of the page only: its connection has a sink of its own.
impl<P: Platform + Clone> Sink for Hub<P> {
    fn page(self: Rc<Self>, event: PageEvent) {
        // Before anything is closed.
        Rc::clone(&self).read();
        self.act(|machine, _, now| match event {
            PageEvent::Hidden => machine.set_hidden(true),
            PageEvent::Visible => machine.set_hidden(false),
            PageEvent::Left => machine.leave(),
            PageEvent::Returned => machine.join(now),
            PageEvent::Offline | PageEvent::Online => {}
        });
    }

    fn opened(self: Rc<Self>, _: u64, _: Option<String>) {}

    fn errored(self: Rc<Self>, _: u64, _: bool) {}

    fn event(self: Rc<Self>, _: u64, _: usize, _: LastEventId, _: &str) {}

    #[cfg(feature = "fetch")]
    fn bytes(self: Rc<Self>, _: u64, _: &mut &[u8]) {}

    #[cfg(feature = "fetch")]
    fn poll_room(self: Rc<Self>, _: u64, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
        std::task::Poll::Ready(())
    }

    #[cfg(feature = "fetch")]
    fn ended(self: Rc<Self>, _: u64, _: super::super::End) {}
}
