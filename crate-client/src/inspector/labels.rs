//! The component's texts.

use crate::{Gap, State};

/// The texts of an [`EventSourceInspector`](crate::inspector::EventSourceInspector).
///
/// ```
/// use sse_signals::inspector::Labels;
///
/// let german = Labels { pause: "Anhalten", resume: "Weiter", ..Labels::ENGLISH };
/// assert_eq!(german.clear, "Clear");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Labels {
    /// What all of it is, for those who listen.
    pub title: &'static str,
    /// The state in words.
    pub state: fn(&State) -> String,
    /// Above the list of states.
    pub states: &'static str,
    /// Figures: events so far.
    pub events: &'static str,
    /// Figures: events a second.
    pub rate: &'static str,
    /// Figures: bytes of the events so far.
    pub bytes: &'static str,
    /// Figures: gaps so far.
    pub gaps: &'static str,
    /// Figures: items that were dropped for want of room.
    pub lagged: &'static str,
    /// Figures: events that did not fit the type.
    pub malformed: &'static str,
    /// What kinds of entries are shown.
    pub show: &'static str,
    /// Of these: all.
    pub everything: &'static str,
    /// Of these: events.
    pub only_events: &'static str,
    /// Of these: all but events.
    pub no_events: &'static str,
    /// The field to search in names, IDs and data.
    pub search: &'static str,
    /// Holds the list.
    pub pause: &'static str,
    /// Lets it go on.
    pub resume: &'static str,
    /// Drops what was recorded.
    pub clear: &'static str,
    /// Saves what was recorded as a file.
    pub save: &'static str,
    /// What the list is, for those who listen.
    pub entries: &'static str,
    /// After the number of entries that have come since the list was held.
    pub new_entries: &'static str,
    /// After the number of entries that there is no room for any more.
    pub dropped: &'static str,
    /// Where nothing was recorded.
    pub nothing: &'static str,
    /// Where nothing matches the filter.
    pub no_match: &'static str,
    /// Shows older entries.
    pub older: &'static str,
    /// Entry: a subscription was opened, before its URL.
    pub opened: &'static str,
    /// Entry: a gap.
    pub gap: fn(Gap) -> &'static str,
    /// Entry: after the number of items that were dropped.
    pub lagged_items: &'static str,
    /// Entry: an event did not fit the type, before the reason.
    pub malformed_event: &'static str,
    /// An event without data.
    pub no_data: &'static str,
    /// Below the data of a large event, of which only the beginning is shown.
    pub shortened: &'static str,
}

impl Labels {
    /// The texts in English.
    pub const ENGLISH: Self = Self {
        title: "Event stream inspector",
        state: |state| capital(&state.to_string()),
        states: "States",
        events: "Events",
        rate: "Events/s",
        bytes: "Size",
        gaps: "Gaps",
        lagged: "Lagged",
        malformed: "Malformed",
        show: "Show",
        everything: "Everything",
        only_events: "Events only",
        no_events: "All but events",
        search: "Search",
        pause: "Pause",
        resume: "Resume",
        clear: "Clear",
        save: "Save",
        entries: "Entries, newest first",
        new_entries: "new",
        dropped: "older entries dropped",
        nothing: "Nothing has come yet.",
        no_match: "Nothing matches.",
        older: "Show older",
        opened: "Opened",
        gap: |gap| match gap {
            Gap::Resync => "Gap: the server can't go on where it left",
            Gap::Unconfirmed => "Gap: nothing confirms that no event is missing",
        },
        lagged_items: "items dropped: the queue was full",
        malformed_event: "Malformed",
        no_data: "no data",
        shortened: "Only the beginning is shown.",
    };
}

impl Default for Labels {
    fn default() -> Self {
        Self::ENGLISH
    }
}

fn capital(phrase: &str) -> String {
    let mut phrase = phrase.to_owned();
    if let Some(first) = phrase.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    phrase
}
