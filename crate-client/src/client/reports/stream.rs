//! The bytes of a stream that a transport reads itself, and how it ends.

use std::rc::Rc;

use super::item;
use crate::client::{Contract, End, Inner, Platform, Shared};
use crate::error::Kind;
use crate::event::LastEventId;
use crate::options::Transport;
use crate::parser::{Event, Field, OnOverflow, Overflow, Step};
use crate::protocol::machine::{Action, Machine, Role, Then, Verdict};
use crate::{Answer, Cause, Decision, Gap, Item, Malformed, OnClosed, OnEnd};

/// Whether to go on with what there is to read.
enum Next {
    GoOn,
    Stop,
}

impl<T: 'static, P: Platform, C: Contract<T>> Shared<T, P, C> {
    /// Reads until the input is used up, there is no more room, or the connection is over.
    pub(super) fn read(self: &Rc<Self>, generation: u64, input: &mut &[u8]) {
        let mut inner = self.inner.borrow_mut();
        let was_closed = inner.machine.state().is_closed();
        let now = self.platform.now();
        if !inner.machine.on_bytes(generation, now) {
            *input = &[];
            return;
        }
        drop(inner);
        let Some(mut parser) = self.parser.take() else { return };
        while !self.inner.borrow().queue.is_full() {
            let Some(step) = parser.next(input) else { break };
            let next = match step {
                Step::Event(event) => self.take(generation, &event, now),
                Step::LastEventId(id) => {
                    self.inner.borrow_mut().machine.on_last_event_id(id);
                    Next::GoOn
                }
                Step::ReconnectionTime(milliseconds) => {
                    self.inner.borrow_mut().machine.on_reconnection_time(milliseconds);
                    Next::GoOn
                }
                Step::Overflow(overflow) => self.overflow(generation, &overflow),
                // They have counted as life.
                _ => Next::GoOn,
            };
            if matches!(next, Next::Stop) {
                *input = &[];
                break;
            }
        }
        // Unless a new connection has its own by now.
        self.parser.borrow_mut().get_or_insert(parser);
        let mut inner = self.inner.borrow_mut();
        if !input.is_empty() {
            if inner.queue.is_held() {
                // What is left comes again, after the last event ID.
                *input = &[];
                inner.machine.pause(now);
            } else {
                inner.machine.on_blocked(generation, true, now);
            }
        }
        let performed = self.perform(inner, was_closed);
        debug_assert!(performed.is_ok(), "bytes do not connect");
    }

    fn take(&self, generation: u64, event: &Event<'_>, now: std::time::Duration) -> Next {
        let listeners = Rc::clone(&self.listeners.borrow());
        let listener = listeners.iter().find(|listener| listener.name == event.name);
        let (role, delivered) =
            listener.map_or((Role::Plain, true), |listener| (listener.role, listener.delivered));
        let decoded = delivered.then(|| self.contract.decode(event.name, event.data));
        let id = LastEventId::from(event.id);
        let mut inner = self.inner.borrow_mut();
        match inner.machine.on_event(
            generation,
            Some(event.id),
            Some(event.sets_id),
            role,
            Some(now),
        ) {
            Verdict::Superseded => return Next::Stop,
            Verdict::Repeated => return Next::GoOn,
            Verdict::Deliver => {}
        }
        drop(inner);
        self.observer.event(&self.platform, event.name, &id, event.data);
        match decoded {
            // A name that the browser's own would not have listened to.
            Some(Err(error)) if error.is_unknown_event() => {}
            Some(decoded) => self.push(item(decoded, id, event.name, event.data)),
            None => {}
        }
        match role {
            Role::Plain | Role::Heartbeat => Next::GoOn,
            Role::Resync => {
                // In its place among the events.
                while let Some(gap) = self.next_gap() {
                    self.observer.gap(&self.platform, gap);
                }
                Next::GoOn
            }
            Role::End => Next::Stop,
        }
    }

    /// Queues the next gap that the machine tells; none if there is none, or it is no news.
    fn next_gap(&self) -> Option<Gap> {
        let Inner { machine, queue, .. } = &mut *self.inner.borrow_mut();
        match machine.poll_action()? {
            Action::Gap(gap) => queue.push_gap(gap),
            Action::Connect { .. } | Action::Disconnect => None,
        }
    }

    fn overflow(&self, generation: u64, overflow: &Overflow) -> Next {
        let Transport::Fetch(fetch) = &self.options.transport else { return Next::Stop };
        if fetch.limits.on_overflow == OnOverflow::Skip {
            if overflow.field == Field::Comment {
                return Next::GoOn;
            }
            let reason = overflow.to_string();
            let error = Kind::MalformedData { name: String::new(), reason }.into();
            let (name, data) = (String::new(), String::new());
            self.push(Item::Malformed(Malformed { name, data, error }));
            return Next::GoOn;
        }
        let Inner { machine, detail, .. } = &mut *self.inner.borrow_mut();
        *detail = Some(overflow.to_string());
        let now = self.platform.now();
        machine.on_failure(generation, Cause::TooLarge, Then::Stop, now, self.platform.jitter());
        Next::Stop
    }

    pub(super) fn end(self: &Rc<Self>, generation: u64, end: End) {
        let Transport::Fetch(fetch) = &self.options.transport else { return };
        let (cause, then, detail) = match end {
            End::Clean if fetch.on_end == OnEnd::Finish => (Cause::Ended, Then::Finish, None),
            End::Clean => (Cause::Ended, Then::Retry, None),
            End::Broken(reason) => (Cause::Lost, Then::Retry, Some(reason)),
            End::Unanswered(reason) => (Cause::Failed, Then::Retry, Some(reason)),
            End::NoHeaders(reason) => (Cause::Headers, Then::Retry, Some(reason)),
            End::Refused(answer) => {
                let Some(then) = self.decide(generation, &answer) else { return };
                let (cause, detail) = match answer.status {
                    200 => (Cause::ContentType, answer.content_type),
                    status => (Cause::Status(status), answer.body),
                };
                (cause, then, Some(detail))
            }
        };
        let mut inner = self.inner.borrow_mut();
        if !inner.machine.is_current(generation) {
            return;
        }
        inner.detail = detail.filter(|it| !it.is_empty());
        drop(inner);
        self.drive_on(|machine: &mut Machine, now, jitter| {
            machine.on_failure(generation, cause, then, now, jitter);
        });
    }

    /// What follows an answer that is no event stream; `None` if nobody waits for it any more.
    fn decide(&self, generation: u64, answer: &Answer) -> Option<Then> {
        let Transport::Fetch(fetch) = &self.options.transport else { return None };
        let renews = {
            let inner = self.inner.borrow();
            if !inner.machine.is_current(generation) {
                return None;
            }
            inner.machine.renews()
        };
        if answer.status == 204 {
            return Some(Then::Finish);
        }
        if answer.status == 200 || self.options.on_closed == OnClosed::Stop {
            return Some(Then::Stop);
        }
        // Nothing is borrowed: the callback may do anything.
        let decided = fetch.on_status.as_ref().map(|decide| decide(answer));
        Some(match decided.unwrap_or_else(|| answer.default_decision()) {
            Decision::Retry => answer.retry_after.map_or(Then::Retry, Then::RetryAfter),
            Decision::Stop => Then::Stop,
            Decision::RenewCredentials if fetch.headers_with.is_none() => Then::Stop,
            Decision::RenewCredentials if renews && decided.is_none() => Then::Stop,
            Decision::RenewCredentials => Then::Renew,
        })
    }
}
