//! From the connection to the [`Fold`]: gathers what comes in bursts, and holds the page still on demand. Counted is what
//! comes when it comes, so that the figures stay those of the connection.

use std::time::Duration;

use leptos::prelude::*;
use sse_signals::Item;
use sse_signals_feed::Feed;

use super::fold::{Change, Fold};
use super::inbox::{Held, Inbox, Next};
use super::model::Model;
use crate::connection::Connection;

/// Events to begin with, so that a page just opened has a chart of about a year: five symbols and their headlines.
pub(crate) const RECENT: u32 = 1_300;

/// About a frame: so long a flush waits for the rest of a burst. No animation frame, since a hidden page gets none.
const FLUSH_AFTER: Duration = Duration::from_millis(16);

/// Steers what has come and is not applied yet.
#[derive(Clone, Copy)]
pub(super) struct Intake {
    connection: Connection,
    /// None unless the reader holds the page still.
    held: RwSignal<Option<Held>>,
    parts: StoredValue<Parts, LocalStorage>,
}

struct Parts {
    inbox: Inbox<Change>,
    fold: Fold,
    timer: Option<TimeoutHandle>,
}

/// Subscribes to the connection for as long as the current reactive owner lives. The owner's context gets what
/// [`PauseButton`](super::PauseButton) needs.
pub(crate) fn follow(connection: Connection) -> Model {
    let fold = Fold::new(js_sys::Date::now);
    let model = fold.model();
    let intake = Intake {
        connection,
        held: RwSignal::new(None),
        parts: StoredValue::new_local(Parts { inbox: Inbox::new(), fold, timer: None }),
    };
    connection.on(move |item| intake.take_in(item));
    on_cleanup(move || {
        intake.parts.try_update_value(|parts| parts.timer.take().inspect(TimeoutHandle::clear));
    });
    provide_context(intake);
    model
}

impl Intake {
    /// None unless the reader holds the page still.
    pub(super) const fn held(self) -> RwSignal<Option<Held>> {
        self.held
    }

    /// Holds the page still, or lets it go on.
    pub(super) fn toggle(self) {
        if self.held.get_untracked().is_none() {
            // What came before the press is still shown.
            self.flush();
            self.parts.try_update_value(|parts| parts.inbox.pause());
            self.held.set(Some(Held::default()));
            return;
        }
        let gave_up = self.parts.try_update_value(|parts| parts.inbox.resume());
        self.held.set(None);
        self.flush();
        if gave_up == Some(true) {
            self.connection.resume();
        }
    }

    fn take_in(self, item: &Item<Feed>) {
        let next = self.parts.try_update_value(|parts| match parts.fold.count(item) {
            Some(change) => parts.inbox.push(change),
            // For the figures.
            None => Next::FlushSoon,
        });
        match next {
            Some(Next::FlushSoon) => self.flush_soon(),
            Some(Next::FlushNow) => self.flush(),
            Some(Next::GiveUp) => {
                // Nothing is lost by that: the server keeps what comes, and resumes after the last event held.
                self.connection.pause();
                self.flush();
            }
            None => {}
        }
    }

    fn flush_soon(self) {
        let waits = self.parts.try_with_value(|parts| parts.timer.is_some());
        if waits != Some(false) {
            return;
        }
        match set_timeout_with_handle(move || self.flush(), FLUSH_AFTER) {
            Ok(timer) => {
                self.parts.try_update_value(|parts| parts.timer = Some(timer));
            }
            Err(_) => self.flush(),
        }
    }

    /// Shows what has come; while paused, how much that is.
    fn flush(self) {
        let held = self.parts.try_update_value(|parts| {
            if let Some(timer) = parts.timer.take() {
                timer.clear();
            }
            let changes = parts.inbox.take();
            if !changes.is_empty() {
                parts.fold.apply(changes);
            }
            parts.fold.publish_tally();
            parts.inbox.held()
        });
        if let Some(Some(held)) = held {
            self.held.set(Some(held));
        }
    }
}
