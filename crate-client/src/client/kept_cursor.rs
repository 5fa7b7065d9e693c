//! The last event ID, kept over a reload of the page.

use std::time::Duration;

use super::platform::Platform;
use crate::{KeepCursor, Options};

/// Between two writes.
const PACE: Duration = Duration::from_secs(1);

/// Where it is kept, and what of it.
pub(super) struct KeptCursor {
    place: KeepCursor,
    url: String,
    /// Whether an event without an ID tells that there is none any more. Natively it does not: a new `EventSource` starts
    /// without one, although the stream goes on from the cursor.
    may_be_empty: bool,
    /// The ID of the last event that the subscriber has taken.
    taken: Option<String>,
    /// What is stored.
    stored: String,
    stored_at: Option<Duration>,
    complained: bool,
}

impl KeptCursor {
    /// If the options say where, and what was kept there for this URL, if anything.
    pub(super) fn of(
        platform: &impl Platform,
        options: &Options,
        url: &str,
    ) -> (Option<Self>, Option<String>) {
        let Some(place) = options.keep_cursor.clone() else { return (None, None) };
        let (kept, cursor) = Self::load(platform, place, url, options.transport.sends_headers());
        (Some(kept), Some(cursor).filter(|cursor| !cursor.is_empty()))
    }

    fn load(
        platform: &impl Platform,
        place: KeepCursor,
        url: &str,
        may_be_empty: bool,
    ) -> (Self, String) {
        let text = platform.load(&place).unwrap_or_default();
        let cursor = match text.split_once('\n') {
            Some((cursor, of)) if of == url => cursor.to_owned(),
            _ => String::new(),
        };
        let kept = Self {
            place,
            url: url.to_owned(),
            may_be_empty,
            taken: None,
            stored: cursor.clone(),
            stored_at: None,
            complained: false,
        };
        (kept, cursor)
    }

    /// The subscriber has an event with this last event ID.
    pub(super) fn take(&mut self, id: &str) {
        if id.is_empty() && !self.may_be_empty {
            return;
        }
        let taken = self.taken.get_or_insert_default();
        taken.clear();
        taken.push_str(id);
    }

    /// Stores it, not too often.
    pub(super) fn save_at_pace(&mut self, platform: &impl Platform) {
        let Some(taken) = &self.taken else { return };
        if *taken == self.stored {
            return;
        }
        let now = platform.now();
        if self.stored_at.is_none_or(|at| now.saturating_sub(at) >= PACE) {
            self.stored_at = Some(now);
            self.save(platform, None);
        }
    }

    /// Stores it now: `newest` if the subscriber has everything that came, else what it has taken.
    pub(super) fn save(&mut self, platform: &impl Platform, newest: Option<&str>) {
        let Some(cursor) = newest.or(self.taken.as_deref()) else { return };
        if cursor == self.stored {
            return;
        }
        match platform.store(&self.place, &format!("{cursor}\n{}", self.url)) {
            Ok(()) => cursor.clone_into(&mut self.stored),
            Err(reason) if !self.complained => {
                self.complained = true;
                let (KeepCursor::InSession(key) | KeepCursor::InLocal(key)) = &self.place;
                crate::browser::warn(&format!(
                    "the last event ID is not kept over a reload, under the key {key}: {reason}"
                ));
            }
            Err(_) => {}
        }
    }
}
