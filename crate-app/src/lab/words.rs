//! The inspector's texts in the language of the page.

use sse_signals::inspector::Labels;
use sse_signals::{Gap, Sharing};

use crate::connection::in_full;
use crate::i18n::text;

/// Tracked.
pub(super) fn inspector_labels() -> Labels {
    Labels {
        title: text!(lab.inspector),
        state: in_full,
        states: text!(lab.states),
        events: text!(lab.events),
        rate: text!(lab.rate),
        bytes: text!(lab.bytes),
        gaps: text!(lab.gaps),
        lagged: text!(lab.lagged),
        malformed: text!(lab.malformed),
        show: text!(lab.show),
        everything: text!(lab.everything),
        only_events: text!(lab.only_events),
        no_events: text!(lab.no_events),
        search: text!(lab.search),
        pause: text!(lab.hold),
        resume: text!(lab.go_on),
        clear: text!(lab.clear),
        save: text!(lab.save),
        entries: text!(lab.entries),
        new_entries: text!(lab.new_entries),
        dropped: text!(lab.dropped),
        nothing: text!(lab.nothing),
        no_match: text!(lab.no_match),
        older: text!(lab.older),
        opened: text!(lab.opened),
        gap: |gap| match gap {
            Gap::Resync => text!(lab.gap_resync),
            _ => text!(lab.gap_unconfirmed),
        },
        lagged_items: text!(lab.lagged_items),
        malformed_event: text!(lab.malformed_event),
        no_data: text!(lab.no_data),
        shortened: text!(lab.shortened),
    }
}

/// How the connection is shared now. Tracked.
pub(super) fn describe_sharing(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Page => text!(lab.shared_page),
        Sharing::PageOnly(_) => text!(lab.shared_page_only),
        Sharing::Joining => text!(lab.shared_joining),
        Sharing::Leader => text!(lab.shared_leader),
        Sharing::Follower => text!(lab.shared_follower),
        // `Alone`, and what a later version adds.
        _ => text!(lab.shared_alone),
    }
}
