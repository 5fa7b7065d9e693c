//! The reconnection machine: a subscription's state and what to do next.
//!
//! The contract is: call one method, then drain [`Machine::poll_action`], then set a timer for
//! [`Machine::poll_timeout`]. Times are durations since any fixed origin of a clock that never goes back.
//! Every connection has a generation; what an older one still says changes nothing.

use std::collections::VecDeque;
use std::time::Duration;

use super::backoff;
use crate::{Cause, CloseReason, Gap, OnClosed, Options, PauseReason, Resume, State};

mod page;
#[cfg(feature = "fetch")]
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use page::PageEvent;
#[cfg(feature = "fetch")]
pub(crate) use stream::Then;

/// Something that the driver must do, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Open a connection that reports under this generation, resuming from `cursor` if there is one.
    Connect { generation: u64, cursor: Option<String> },
    /// Close the connection.
    Disconnect,
    /// Tell the subscriber that events may be missing.
    Gap(Gap),
}

/// What an event means to the connection, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Heartbeat,
    Resync,
    End,
}

/// What is to be done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Deliver,
    /// The subscriber had it already, before the connection was resumed.
    #[cfg(feature = "fetch")]
    Repeated,
    /// It is an older connection's.
    Superseded,
}

/// The connection that there is.
#[derive(Debug)]
struct Connection {
    generation: u64,
    /// Whether its request asked to go on from the cursor.
    resumes: bool,
    /// Whether an event has set its last event ID, which the browser then sends when it reconnects.
    id_seen: bool,
    /// Whether any event came on it.
    spoke: bool,
    /// Whether its first event may be the one that the cursor names.
    #[cfg(feature = "fetch")]
    may_repeat: bool,
    /// Whether it brings other credentials than the last, which were refused.
    #[cfg(feature = "fetch")]
    renews: bool,
}

#[derive(Debug)]
pub(crate) struct Machine {
    options: Options,
    state: State,
    connection: Option<Connection>,
    last_generation: u64,
    /// The last event ID, empty if there is none.
    cursor: String,
    /// Whether any connection was ever open: from then on there is something to miss.
    was_open: bool,
    /// Failures since the connection last stood for `stable_after`.
    failures: u32,
    /// When the last of them was.
    failed_at: Duration,
    /// When the connection opened, while it is open.
    open_since: Option<Duration>,
    /// When the server last said anything, or the request was made.
    heard_at: Duration,
    /// When to make the next attempt, while we wait.
    retry_at: Duration,
    /// What the server asked for, in place of our own.
    #[cfg(feature = "fetch")]
    reconnection_time: Option<Duration>,
    /// Whether the next attempt is to bring other credentials.
    #[cfg(feature = "fetch")]
    renew: bool,
    /// Whether we do not read, for want of room: the silence is not the server's then.
    #[cfg(feature = "fetch")]
    blocked: bool,
    page: page::Page,
    actions: VecDeque<Action>,
}

impl Machine {
    /// With the last event ID of an earlier life, if there was one; empty if that had none.
    pub(crate) fn new(options: Options, cursor: Option<String>) -> Self {
        Self {
            options,
            state: State::Idle,
            connection: None,
            last_generation: 0,
            was_open: cursor.is_some(),
            cursor: cursor.unwrap_or_default(),
            failures: 0,
            failed_at: Duration::ZERO,
            open_since: None,
            heard_at: Duration::ZERO,
            retry_at: Duration::ZERO,
            #[cfg(feature = "fetch")]
            reconnection_time: None,
            #[cfg(feature = "fetch")]
            renew: false,
            #[cfg(feature = "fetch")]
            blocked: false,
            page: page::Page::default(),
            actions: VecDeque::new(),
        }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The last event ID, empty if there is none.
    pub(crate) fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The newest connection's, 0 before the first.
    pub(crate) const fn generation(&self) -> u64 {
        self.last_generation
    }

    pub(crate) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.due().into_iter().chain(self.page_due()).min()
    }

    /// When the connection, or the wait for one, has to be looked after.
    fn due(&self) -> Option<Duration> {
        let after = |silence: Option<Duration>| {
            silence.map(|silence| self.heard_at.saturating_add(silence))
        };
        let reconnect_at = after(self.options.reconnect_after);
        match self.state {
            State::Waiting { retry_in: Some(_), .. } => Some(self.retry_at),
            #[cfg(feature = "fetch")]
            State::Open | State::Stale { .. } if self.blocked => None,
            State::Open => after(self.options.stale_after).into_iter().chain(reconnect_at).min(),
            State::Connecting { .. } | State::Stale { .. } => reconnect_at,
            // The browser's own pace is the server's `retry:`, which we can't see: it gets the longer of the two.
            State::Waiting { retry_in: None, .. } => {
                let longest = self.options.reconnect_after.map(|it| it.max(self.options.retry.cap));
                longest.map(|longest| self.failed_at.saturating_add(longest))
            }
            State::Idle | State::Paused(_) | State::Closed(_) => None,
        }
    }

    /// Connects now: the first time, again after a close, or in place of the connection or wait there is.
    pub(crate) fn connect(&mut self, now: Duration) {
        self.settle(now);
        if self.state.is_closed() {
            self.failures = 0;
        }
        self.disconnect();
        self.last_generation += 1;
        let carries_cursor = self.carries_cursor() && !self.cursor.is_empty();
        self.connection = Some(Connection {
            generation: self.last_generation,
            resumes: carries_cursor,
            id_seen: false,
            spoke: false,
            #[cfg(feature = "fetch")]
            may_repeat: carries_cursor,
            #[cfg(feature = "fetch")]
            renews: self.renew,
        });
        self.heard_at = now;
        self.state = State::Connecting { attempt: self.failures.saturating_add(1) };
        let cursor = carries_cursor.then(|| self.cursor.clone());
        self.actions.push_back(Action::Connect { generation: self.last_generation, cursor });
    }

    /// Whether a new connection can tell the server where the last one ended.
    fn carries_cursor(&self) -> bool {
        match self.options.resume {
            Resume::Query(_) => true,
            Resume::Header => self.options.transport.sends_headers(),
        }
    }

    /// Ends the subscription, unless it has ended already.
    pub(crate) fn close(&mut self) {
        if !self.state.is_closed() {
            self.end(CloseReason::ByCaller);
        }
    }

    /// Gives the connection up until [`resume`](Self::resume); a subscription that is over stays so.
    pub(crate) fn pause(&mut self, now: Duration) {
        if !self.state.is_closed() {
            self.pause_for(PauseReason::ByCaller, now);
        }
    }

    /// Connects again after [`pause`](Self::pause), from the cursor.
    pub(crate) fn resume(&mut self, now: Duration) {
        if self.state == State::Paused(PauseReason::ByCaller) {
            self.connect(now);
        }
    }

    /// The connection was opened, or the browser reestablished it.
    pub(crate) fn on_open(&mut self, generation: u64, now: Duration) {
        let Some(connection) = self.connection.as_ref().filter(|it| it.generation == generation)
        else {
            return;
        };
        // The browser sends the ID that it has seen on this connection; before any, the URL's cursor stands.
        let resumed = if connection.id_seen { !self.cursor.is_empty() } else { connection.resumes };
        if self.was_open && !resumed {
            self.actions.push_back(Action::Gap(Gap::Unconfirmed));
        }
        #[cfg(feature = "fetch")]
        {
            self.renew = false;
        }
        self.was_open = true;
        self.open_since = Some(now);
        self.on_heard(now);
        self.state = State::Open;
    }

    /// An `error` event: the browser reestablishes the connection by itself, or (`closed`) has failed it for
    /// good.
    pub(crate) fn on_error(&mut self, generation: u64, closed: bool, now: Duration, jitter: f64) {
        if !self.is_current(generation) {
            return;
        }
        // It was dead, and that is known now.
        self.page.suspected = None;
        if closed {
            if self.options.on_closed == OnClosed::Stop {
                self.end(CloseReason::Refused(Cause::Failed));
            } else {
                self.fail(Cause::Failed, None, now, jitter);
            }
        } else if self.browser_spins(now) {
            self.fail(Cause::Lost, None, now, jitter);
        } else if self.count_failure(now) {
            self.state =
                State::Waiting { attempt: self.failures, retry_in: None, cause: Cause::Lost };
        }
    }

    /// The connection just asked for could not even be tried.
    pub(crate) fn on_unopened(&mut self, now: Duration, jitter: f64) {
        self.on_error(self.last_generation, true, now, jitter);
    }

    /// Whether it matters when the server said something.
    pub(crate) const fn heeds_silence(&self) -> bool {
        self.options.stale_after.is_some() || self.options.reconnect_after.is_some()
    }

    /// Whether the next event's last event ID is to be told with it: on each connection that of the first. Of the others it
    /// is enough to tell the newest one by [`on_last_event_id`](Self::on_last_event_id), before anything else.
    pub(crate) fn wants_id(&self) -> bool {
        self.connection.as_ref().is_some_and(|it| !it.spoke)
    }

    /// The last event ID as it stands now.
    pub(crate) fn on_last_event_id(&mut self, id: &str) {
        if let Some(connection) = &mut self.connection {
            connection.id_seen |= !id.is_empty();
            // A new EventSource starts without an ID: an event that sets none must not erase the cursor. Over fetch the stream
            // starts with the cursor, so that an empty ID is the server's.
            if !connection.id_seen && !self.options.transport.sends_headers() {
                return;
            }
        }
        if self.cursor != id {
            self.cursor.clear();
            self.cursor.push_str(id);
        }
    }

    /// An event with the connection's last event ID as it stands then, if that is [wanted](Self::wants_id). `sets_id` says whether the event brought that ID
    /// itself, where the transport knows; `now` can be left out where nothing [heeds](Self::heeds_silence) it.
    pub(crate) fn on_event(
        &mut self,
        generation: u64,
        id: Option<&str>,
        sets_id: Option<bool>,
        role: Role,
        now: Option<Duration>,
    ) -> Verdict {
        let now = now.unwrap_or(self.heard_at);
        let Some(connection) = self.connection.as_mut().filter(|it| it.generation == generation)
        else {
            return Verdict::Superseded;
        };
        #[cfg(feature = "fetch")]
        if sets_id == Some(true)
            && std::mem::take(&mut connection.may_repeat)
            && id == Some(&*self.cursor)
        {
            self.on_heard(now);
            return Verdict::Repeated;
        }
        #[cfg(not(feature = "fetch"))]
        let _ = sets_id;
        connection.spoke = true;
        if let Some(id) = id {
            self.on_last_event_id(id);
        }
        self.on_heard(now);
        match role {
            Role::Plain | Role::Heartbeat => {}
            Role::Resync => self.actions.push_back(Action::Gap(Gap::Resync)),
            Role::End => self.end(CloseReason::Finished),
        }
        Verdict::Deliver
    }

    /// The timer has fired; too early does no harm.
    pub(crate) fn handle_timeout(&mut self, now: Duration, jitter: f64) {
        if self.handle_page_timeout(now) || self.due().is_none_or(|due| now < due) {
            return;
        }
        let silent_for = now.saturating_sub(self.heard_at);
        let reconnects = self.options.reconnect_after.is_some_and(|limit| silent_for >= limit);
        match self.state {
            State::Waiting { retry_in: Some(_), .. } => self.connect(now),
            State::Open if !reconnects => self.state = State::Stale { silent_for },
            _ => self.fail(Cause::Silent, None, now, jitter),
        }
    }

    /// The server lives.
    fn on_heard(&mut self, now: Duration) {
        self.heard_at = now;
        self.page.suspected = None;
        if matches!(self.state, State::Stale { .. }) {
            self.state = State::Open;
        }
    }

    /// Whether the browser's own retries come faster than any of ours would, as after `retry: 0`.
    fn browser_spins(&mut self, now: Duration) -> bool {
        self.settle(now);
        self.failures >= 2 && now.saturating_sub(self.failed_at) < self.options.retry.floor
    }

    pub(crate) fn is_current(&self, generation: u64) -> bool {
        self.connection.as_ref().is_some_and(|it| it.generation == generation)
    }

    /// Forgets the failures once the connection has stood for long enough.
    fn settle(&mut self, now: Duration) {
        if let Some(since) = self.open_since.take()
            && now.saturating_sub(since) >= self.options.retry.stable_after
        {
            self.failures = 0;
        }
    }

    /// Returns whether another attempt is allowed; if not, the subscription is over.
    fn count_failure(&mut self, now: Duration) -> bool {
        self.settle(now);
        self.failures = self.failures.saturating_add(1);
        self.failed_at = now;
        let allowed = self.options.retry.limit.is_none_or(|limit| self.failures < limit);
        if !allowed {
            self.end(CloseReason::GaveUp { attempts: self.failures });
        }
        allowed
    }

    /// The connection is of no more use: the retry is ours, after `delay` if one is given.
    fn fail(&mut self, cause: Cause, delay: Option<Duration>, now: Duration, jitter: f64) {
        if !self.count_failure(now) {
            return;
        }
        self.disconnect();
        if self.page.offline {
            self.state = State::Paused(PauseReason::Offline);
            return;
        }
        let delay = match delay {
            Some(delay) => delay.max(self.options.retry.floor),
            None => backoff::delay(
                &self.options.retry,
                self.servers_reconnection_time(),
                self.failures,
                jitter,
            ),
        };
        self.retry_at = now.saturating_add(delay);
        self.state = State::Waiting { attempt: self.failures, retry_in: Some(delay), cause };
    }

    #[cfg(feature = "fetch")]
    const fn servers_reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time
    }

    /// Natively the browser keeps it to itself.
    #[cfg(not(feature = "fetch"))]
    #[expect(clippy::unused_self, reason = "the same shape as over fetch")]
    const fn servers_reconnection_time(&self) -> Option<Duration> {
        None
    }

    fn pause_for(&mut self, reason: PauseReason, now: Duration) {
        self.settle(now);
        self.disconnect();
        self.state = State::Paused(reason);
    }

    fn end(&mut self, reason: CloseReason) {
        self.disconnect();
        self.open_since = None;
        self.state = State::Closed(reason);
    }

    fn disconnect(&mut self) {
        self.page.suspected = None;
        #[cfg(feature = "fetch")]
        {
            self.blocked = false;
        }
        if self.connection.take().is_some() {
            self.actions.push_back(Action::Disconnect);
        }
    }
}
