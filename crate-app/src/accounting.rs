//! Counts what arrived, what did not and what came twice, from the sequence that each topic carries.
//!
//! Within one epoch of the server a topic's sequence has no hole, so a jump is a loss and a step back is a
//! repetition, whatever the connection went through in between. What passed before the first event of an epoch
//! can't be known and is not counted.

use sse_signals_feed::{Feed, Topic};

/// The figures, since the page was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Events that arrived and could be read, those that came twice too.
    pub(crate) received: u64,
    /// Events that never arrived.
    pub(crate) lost: u64,
    /// Events that had arrived before.
    pub(crate) doubled: u64,
    /// Breaks in the stream: told by the client, or seen by a change of epoch.
    pub(crate) gaps: u64,
    /// Events that arrived and could not be read; these are not lost.
    pub(crate) malformed: u64,
}

/// What to do with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Apply it.
    Fresh,
    /// Apply it, but right before it events of its topic are missing or could not be read.
    FreshAfterHole,
    /// Apply it, but what was derived from earlier ones has a break before it, which nobody has told of.
    FreshAfterBreak,
    /// It was applied before.
    Doubled,
}

/// The expectations behind a [`Tally`].
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    tally: Tally,
    epoch: Option<String>,
    /// By topic.
    expectations: [Expectation; Topic::ALL.len()],
    /// A gap was told, and no event has come since: a change of epoch is then part of that gap.
    gap_told: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Expectation {
    /// The next sequence; none before the epoch's first event.
    next: Option<u64>,
    /// Unreadable events since the last readable one: they account for as many missing sequences.
    malformed: u64,
}

impl Accounts {
    /// The figures so far.
    pub(crate) const fn tally(&self) -> Tally {
        self.tally
    }

    /// Counts an event; `id` is `<epoch>-<sequence of the log>`.
    pub(crate) fn event(&mut self, id: &str, feed: &Feed) -> Verdict {
        self.tally.received += 1;
        let broken = self.enter_epoch(id);
        let expectation = self.expectation(feed.topic());
        let sequence = feed.sequence();
        let malformed = std::mem::take(&mut expectation.malformed);
        let next = expectation.next.unwrap_or(sequence);
        if sequence < next {
            // A repetition says nothing about the unreadable events before the next fresh one.
            expectation.malformed = malformed;
            self.tally.doubled += 1;
            return Verdict::Doubled;
        }
        expectation.next = Some(sequence.saturating_add(1));
        let missing = (sequence - next).saturating_sub(malformed);
        self.tally.lost = self.tally.lost.saturating_add(missing);
        if broken {
            Verdict::FreshAfterBreak
        } else if sequence > next {
            Verdict::FreshAfterHole
        } else {
            Verdict::Fresh
        }
    }

    /// Counts a gap that the client told of. Expectations stand: in the same epoch the next event shows how
    /// many are missing.
    pub(crate) const fn gap(&mut self) {
        self.tally.gaps += 1;
        self.gap_told = true;
    }

    /// Counts an event that could not be read, by the event's name.
    pub(crate) fn malformed(&mut self, name: &str) {
        self.tally.malformed += 1;
        // The names by which serde writes `Feed`'s variants.
        let topic = match name {
            "quote" => Topic::Quotes,
            "news" => Topic::News,
            // The page asks for no other topic.
            _ => return,
        };
        self.expectation(topic).malformed += 1;
    }

    /// Whether a new epoch begins with this id that no gap was told for.
    fn enter_epoch(&mut self, id: &str) -> bool {
        let gap_told = std::mem::take(&mut self.gap_told);
        let epoch = id.rsplit_once('-').map_or("", |(epoch, _)| epoch);
        if self.epoch.as_deref() == Some(epoch) {
            return false;
        }
        let first = self.epoch.replace(epoch.to_owned()).is_none();
        self.expectations = Default::default();
        let broken = !first && !gap_told;
        self.tally.gaps += u64::from(broken);
        broken
    }

    const fn expectation(&mut self, topic: Topic) -> &mut Expectation {
        &mut self.expectations[topic as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn quote(accounts: &mut Accounts, epoch: &str, sequence: u64) -> Verdict {
        accounts.event(&format!("{epoch}-{sequence}"), &samples::quote("IBM", sequence))
    }

    fn news(accounts: &mut Accounts, epoch: &str, sequence: u64) -> Verdict {
        accounts.event(&format!("{epoch}-{sequence}"), &samples::news(sequence))
    }

    #[test]
    fn a_stream_without_a_hole_loses_nothing() {
        let mut accounts = Accounts::default();
        for sequence in 7..27 {
            assert_eq!(quote(&mut accounts, "e", sequence), Verdict::Fresh);
        }
        assert_eq!(accounts.tally(), Tally { received: 20, ..Tally::default() });
    }

    #[test]
    fn a_jump_counts_each_missing_event_as_lost() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "e", 1);
        assert_eq!(quote(&mut accounts, "e", 5), Verdict::FreshAfterHole);
        assert_eq!(quote(&mut accounts, "e", 6), Verdict::Fresh);
        assert_eq!(accounts.tally(), Tally { received: 3, lost: 3, ..Tally::default() });
    }

    #[test]
    fn each_topic_counts_by_itself() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "e", 100);
        news(&mut accounts, "e", 3);
        quote(&mut accounts, "e", 101);
        news(&mut accounts, "e", 5);
        assert_eq!(accounts.tally().lost, 1);
    }

    #[test]
    fn an_event_that_comes_again_is_doubled_and_not_applied() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "e", 1);
        quote(&mut accounts, "e", 2);
        assert_eq!(quote(&mut accounts, "e", 1), Verdict::Doubled);
        assert_eq!(quote(&mut accounts, "e", 2), Verdict::Doubled);
        assert_eq!(quote(&mut accounts, "e", 3), Verdict::Fresh);
        assert_eq!(accounts.tally(), Tally { received: 5, doubled: 2, ..Tally::default() });
    }

    #[test]
    fn after_a_gap_in_the_same_epoch_the_missing_events_are_lost() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "e", 1);
        accounts.gap();
        quote(&mut accounts, "e", 11);
        assert_eq!(accounts.tally(), Tally { received: 2, lost: 9, gaps: 1, ..Tally::default() });
    }

    #[test]
    fn a_new_epoch_after_a_gap_starts_anew_and_is_one_gap() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "a", 500);
        news(&mut accounts, "a", 50);
        accounts.gap();
        assert_eq!(quote(&mut accounts, "b", 3), Verdict::Fresh);
        assert_eq!(news(&mut accounts, "b", 1), Verdict::Fresh);
        assert_eq!(accounts.tally(), Tally { received: 4, gaps: 1, ..Tally::default() });
    }

    #[test]
    fn a_new_epoch_that_nobody_told_of_is_a_gap() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "a", 1);
        assert_eq!(quote(&mut accounts, "b", 900), Verdict::FreshAfterBreak);
        assert_eq!(quote(&mut accounts, "b", 901), Verdict::Fresh);
        assert_eq!(accounts.tally(), Tally { received: 3, gaps: 1, ..Tally::default() });
    }

    #[test]
    fn a_gap_told_in_the_same_epoch_does_not_hide_a_later_change_of_epoch() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "a", 1);
        accounts.gap();
        quote(&mut accounts, "a", 2);
        assert_eq!(quote(&mut accounts, "b", 1), Verdict::FreshAfterBreak);
        assert_eq!(accounts.tally().gaps, 2);
    }

    #[test]
    fn an_unreadable_event_is_malformed_and_not_lost_as_well() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "e", 1);
        accounts.malformed("quote");
        quote(&mut accounts, "e", 1);
        assert_eq!(quote(&mut accounts, "e", 3), Verdict::FreshAfterHole);
        accounts.malformed("unheard-of");
        quote(&mut accounts, "e", 5);
        let expected = Tally { received: 4, lost: 1, doubled: 1, malformed: 2, gaps: 0 };
        assert_eq!(accounts.tally(), expected);
    }

    #[test]
    fn the_names_of_unreadable_events_are_those_of_the_wire_contract() {
        for (feed, name) in [(samples::quote("IBM", 1), "quote"), (samples::news(1), "news")] {
            let json = serde_json::to_value(&feed).expect("serializes");
            assert!(json.get(name).is_some(), "{json}");
        }
    }

    #[test]
    fn sequences_at_the_end_of_the_range_do_not_overflow() {
        let mut accounts = Accounts::default();
        quote(&mut accounts, "e", 0);
        quote(&mut accounts, "e", u64::MAX);
        quote(&mut accounts, "e", u64::MAX);
        assert_eq!(accounts.tally().lost, u64::MAX - 1);
    }
}
