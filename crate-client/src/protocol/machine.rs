//! The reconnection machine: a subscription's state and what to do next.
//!
//! The contract is: call one method, then drain [`Machine::poll_action`], then set a timer for
//! [`Machine::poll_timeout`]. Times are durations since any fixed origin of a clock that never goes back.
//! Every connection has a generation; what an older one still says changes nothing.

use std::collections::VecDeque;
use std::time::Duration;

use super::backoff;
use crate::{Cause, CloseReason, Gap, OnClosed, Options, PauseReason, Resume, State};

#[cfg(test)]
mod tests;

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

/// The connection that there is.
#[derive(Debug)]
struct Connection {
    generation: u64,
    /// Whether its request asked to go on from the cursor.
    resumes: bool,
    /// Whether an event has set its last event ID, which the browser then sends when it reconnects.
    id_seen: bool,
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
    actions: VecDeque<Action>,
}

impl Machine {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            state: State::Idle,
            connection: None,
            last_generation: 0,
            cursor: String::new(),
            was_open: false,
            failures: 0,
            failed_at: Duration::ZERO,
            open_since: None,
            heard_at: Duration::ZERO,
            retry_at: Duration::ZERO,
            actions: VecDeque::new(),
        }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        let after = |silence: Option<Duration>| {
            silence.map(|silence| self.heard_at.saturating_add(silence))
        };
        let reconnect_at = after(self.options.reconnect_after);
        match self.state {
            State::Waiting { retry_in: Some(_), .. } => Some(self.retry_at),
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
        let cursor = match self.options.resume {
            Resume::Query(_) if !self.cursor.is_empty() => Some(self.cursor.clone()),
            Resume::Query(_) | Resume::Never => None,
        };
        self.connection = Some(Connection {
            generation: self.last_generation,
            resumes: cursor.is_some(),
            id_seen: false,
        });
        self.heard_at = now;
        self.state = State::Connecting { attempt: self.failures.saturating_add(1) };
        self.actions.push_back(Action::Connect { generation: self.last_generation, cursor });
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
            self.settle(now);
            self.disconnect();
            self.state = State::Paused(PauseReason::ByCaller);
        }
    }

    /// Connects again after [`pause`](Self::pause), from the cursor.
    pub(crate) fn resume(&mut self, now: Duration) {
        if matches!(self.state, State::Paused(_)) {
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
        self.was_open = true;
        self.open_since = Some(now);
        self.heard_at = now;
        self.state = State::Open;
    }

    /// An `error` event: the browser reestablishes the connection by itself, or (`closed`) has failed it for
    /// good.
    pub(crate) fn on_error(&mut self, generation: u64, closed: bool, now: Duration, jitter: f64) {
        if !self.is_current(generation) {
            return;
        }
        if closed {
            if self.options.on_closed == OnClosed::Stop {
                self.end(CloseReason::Refused(Cause::Failed));
            } else {
                self.fail(Cause::Failed, now, jitter);
            }
        } else if self.browser_spins(now) {
            self.fail(Cause::Lost, now, jitter);
        } else if self.count_failure(now) {
            self.state =
                State::Waiting { attempt: self.failures, retry_in: None, cause: Cause::Lost };
        }
    }

    /// The connection just asked for could not even be tried.
    pub(crate) fn on_unopened(&mut self, now: Duration, jitter: f64) {
        self.on_error(self.last_generation, true, now, jitter);
    }

    /// An event with the connection's last event ID as it stands then. Returns whether it counts: false from
    /// an older generation.
    pub(crate) fn on_event(
        &mut self,
        generation: u64,
        id: &str,
        role: Role,
        now: Duration,
    ) -> bool {
        let Some(connection) = self.connection.as_mut().filter(|it| it.generation == generation)
        else {
            return false;
        };
        // A new EventSource starts without an ID: an event that sets none must not erase the cursor.
        if connection.id_seen || !id.is_empty() {
            connection.id_seen = true;
            if self.cursor != id {
                self.cursor.clear();
                self.cursor.push_str(id);
            }
        }
        self.heard_at = now;
        if matches!(self.state, State::Stale { .. }) {
            self.state = State::Open;
        }
        match role {
            Role::Plain | Role::Heartbeat => {}
            Role::Resync => self.actions.push_back(Action::Gap(Gap::Resync)),
            Role::End => self.end(CloseReason::Finished),
        }
        true
    }

    /// The timer has fired; too early does no harm.
    pub(crate) fn handle_timeout(&mut self, now: Duration, jitter: f64) {
        if self.poll_timeout().is_none_or(|due| now < due) {
            return;
        }
        let silent_for = now.saturating_sub(self.heard_at);
        let reconnects = self.options.reconnect_after.is_some_and(|limit| silent_for >= limit);
        match self.state {
            State::Waiting { retry_in: Some(_), .. } => self.connect(now),
            State::Open if !reconnects => self.state = State::Stale { silent_for },
            _ => self.fail(Cause::Silent, now, jitter),
        }
    }

    /// Whether the browser's own retries come faster than any of ours would, as after `retry: 0`.
    fn browser_spins(&mut self, now: Duration) -> bool {
        self.settle(now);
        self.failures >= 2 && now.saturating_sub(self.failed_at) < self.options.retry.floor
    }

    fn is_current(&self, generation: u64) -> bool {
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

    /// The connection is of no more use: the retry is ours.
    fn fail(&mut self, cause: Cause, now: Duration, jitter: f64) {
        if self.count_failure(now) {
            self.disconnect();
            let delay = backoff::delay(&self.options.retry, self.failures, jitter);
            self.retry_at = now.saturating_add(delay);
            self.state = State::Waiting { attempt: self.failures, retry_in: Some(delay), cause };
        }
    }

    fn end(&mut self, reason: CloseReason) {
        self.disconnect();
        self.open_since = None;
        self.state = State::Closed(reason);
    }

    fn disconnect(&mut self) {
        if self.connection.take().is_some() {
            self.actions.push_back(Action::Disconnect);
        }
    }
}
