//! Which entries are shown, and how much of each.

use std::collections::VecDeque;
use std::time::Duration;

use crate::recording::{Entry, What};

/// Characters of an event's data in its row.
const PREVIEW: usize = 200;

/// Names to choose from: a stream may have any number of them.
const MOST_NAMES: usize = 100;

/// What the reader wants to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filter {
    pub(super) kind: Kind,
    /// In names, IDs and data, whatever the case of ASCII letters; empty for all.
    pub(super) text: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Kind {
    #[default]
    Everything,
    Events,
    Others,
    /// Events of that name.
    Named(String),
}

impl Kind {
    /// Of an option in the select.
    pub(super) fn of(value: &str) -> Self {
        match value.strip_prefix('=') {
            Some(name) => Self::Named(name.to_owned()),
            None if value == "*events" => Self::Events,
            None if value == "*others" => Self::Others,
            None => Self::Everything,
        }
    }

    pub(super) fn value(&self) -> String {
        match self {
            Self::Everything => String::new(),
            Self::Events => "*events".to_owned(),
            Self::Others => "*others".to_owned(),
            Self::Named(name) => format!("={name}"),
        }
    }
}

impl Filter {
    fn takes(&self, what: &What) -> bool {
        let fits = match (&self.kind, what) {
            (Kind::Everything, _) | (Kind::Events, What::Event { .. }) => true,
            (Kind::Named(wanted), What::Event { name, .. }) => name == wanted,
            (Kind::Events | Kind::Named(_), _) | (Kind::Others, What::Event { .. }) => false,
            (Kind::Others, _) => true,
        };
        fits && (self.text.is_empty() || contains(what, &self.text))
    }
}

fn contains(what: &What, text: &str) -> bool {
    let holds = |place: &str| finds(place, text);
    match what {
        What::Opened { url } => holds(url),
        What::State { state, detail } => {
            holds(&state.to_string()) || detail.as_deref().is_some_and(holds)
        }
        What::Event { name, id, data } => holds(name) || holds(id) || holds(data),
        What::Gap(_) => holds("gap"),
        What::Lagged(_) => holds("lagged"),
        What::Malformed { name, reason } => holds("malformed") || holds(name) || holds(reason),
    }
}

fn finds(place: &str, text: &str) -> bool {
    let (place, text) = (place.as_bytes(), text.as_bytes());
    let Some(first) = text.first() else { return true };
    place.windows(text.len()).any(|window| {
        window.first().is_some_and(|it| it.eq_ignore_ascii_case(first))
            && window.eq_ignore_ascii_case(text)
    })
}

/// An entry as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Its place among all entries that there ever were.
    pub(super) number: u64,
    pub(super) at: Duration,
    /// Of an event's data only the beginning.
    pub(super) what: What,
}

/// The newest rows that the filter takes, newest first. `first` is the number of the first entry, `until` that of the first
/// that is too new.
pub(super) fn rows(
    entries: &VecDeque<Entry>,
    first: u64,
    until: u64,
    filter: &Filter,
    limit: usize,
) -> Vec<Row> {
    let old_enough = usize::try_from(until.saturating_sub(first)).unwrap_or(usize::MAX);
    let numbered = entries.iter().take(old_enough).enumerate();
    numbered
        .rev()
        .filter(|(_, entry)| filter.takes(&entry.what))
        .take(limit)
        .map(|(index, entry)| Row {
            number: first + index as u64,
            at: entry.at,
            what: shortened(&entry.what),
        })
        .collect()
}

fn shortened(what: &What) -> What {
    match what {
        What::Event { name, id, data } => What::Event {
            name: name.clone(),
            id: id.clone(),
            data: data.chars().take(PREVIEW).collect(),
        },
        other => other.clone(),
    }
}

/// The names of the events, sorted.
pub(super) fn names(entries: &VecDeque<Entry>) -> Vec<String> {
    let mut names: Vec<&str> = Vec::new();
    for entry in entries {
        if let What::Event { name, .. } = &entry.what
            && let Err(place) = names.binary_search(&name.as_str())
            && names.len() < MOST_NAMES
        {
            names.insert(place, name);
        }
    }
    names.into_iter().map(str::to_owned).collect()
}

/// `1234567` as `1 234 567`, with spaces that are narrow and do not break.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes as `812 B`, `1.4 KB`, `22.0 MB`.
pub(super) fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes}\u{a0}B"),
        1_000..1_000_000 => (1_000, "KB"),
        _ => (1_000_000, "MB"),
    };
    format!("{}.{}\u{a0}{name}", grouped(bytes / unit), bytes % unit * 10 / unit)
}

/// Tenths of events a second as `3.4`; `–` where nothing is known.
pub(super) fn rate(tenths: Option<u64>) -> String {
    tenths.map_or_else(
        || "–".to_owned(),
        |tenths| format!("{}.{}", grouped(tenths / 10), tenths % 10),
    )
}

/// The time since the begin as `12.345`.
pub(super) fn time(at: Duration) -> String {
    format!("{}.{:03}", at.as_secs(), at.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gap, State};

    fn event(name: &str, id: &str, data: &str) -> What {
        What::Event { name: name.to_owned(), id: id.to_owned(), data: data.to_owned() }
    }

    fn entries() -> VecDeque<Entry> {
        let whats = [
            What::State { state: State::Open, detail: None },
            event("quote", "7", "{\"symbol\":\"IBM\"}"),
            event("news", "8", "Big Blue"),
            What::Gap(Gap::Resync),
            event("quote", "9", "é".repeat(1_000).as_str()),
        ];
        whats.into_iter().map(|what| Entry { at: Duration::ZERO, what }).collect()
    }

    fn numbers(kind: &str, text: &str, limit: usize) -> Vec<u64> {
        let filter = Filter { kind: Kind::of(kind), text: text.to_owned() };
        assert_eq!(filter.kind.value(), kind);
        rows(&entries(), 100, 105, &filter, limit).iter().map(|row| row.number).collect()
    }

    #[test]
    fn the_newest_come_first_and_not_more_than_wanted() {
        assert_eq!(numbers("", "", 9), [104, 103, 102, 101, 100]);
        assert_eq!(numbers("", "", 2), [104, 103]);
    }

    #[test]
    fn what_has_come_since_the_list_was_held_is_not_in_it() {
        let numbers = |until| {
            let rows = rows(&entries(), 100, until, &Filter::default(), 9);
            rows.iter().map(|row| row.number).collect::<Vec<_>>()
        };
        assert_eq!((numbers(102), numbers(100), numbers(7)), (vec![101, 100], vec![], vec![]));
    }

    #[test]
    fn kinds_and_names_are_told_apart() {
        assert_eq!(numbers("*events", "", 9), [104, 102, 101]);
        assert_eq!(numbers("*others", "", 9), [103, 100]);
        assert_eq!(numbers("=quote", "", 9), [104, 101]);
    }

    #[test]
    fn a_text_is_found_in_names_ids_data_and_words_whatever_its_case() {
        assert_eq!(numbers("", "ibm", 9), [101]);
        assert_eq!(numbers("", "BLUE", 9), [102]);
        assert_eq!(numbers("", "8", 9), [102]);
        assert_eq!(numbers("", "open", 9), [100]);
        assert_eq!(numbers("=quote", "é", 9), [104]);
        assert_eq!(numbers("", "nowhere", 9), [0; 0]);
    }

    #[test]
    fn of_large_data_a_row_has_the_beginning() {
        let rows = rows(&entries(), 0, 9, &Filter::default(), 1);
        let What::Event { data, .. } = &rows[0].what else { panic!("{rows:?}") };
        assert_eq!(data.chars().count(), PREVIEW);
    }

    #[test]
    fn names_are_sorted_and_stand_once() {
        assert_eq!(names(&entries()), ["news", "quote"]);
    }

    #[test]
    fn figures_are_short() {
        assert_eq!([grouped(7), grouped(1_234_567)], ["7", "1\u{202f}234\u{202f}567"]);
        assert_eq!(
            [size(999), size(1_449), size(21_950_000)],
            ["999\u{a0}B", "1.4\u{a0}KB", "21.9\u{a0}MB"]
        );
        assert_eq!(
            [rate(None), rate(Some(34)), rate(Some(12_345))],
            ["–", "3.4", "1\u{202f}234.5"]
        );
        assert_eq!(time(Duration::from_millis(62_007)), "62.007");
    }
}
