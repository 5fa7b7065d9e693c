//! What the reader has chosen, and how the address says so.

use super::order::Order;
use super::topic::Topic;

/// Characters of a search that are looked at.
const LONGEST_QUERY: usize = 64;
/// Bytes of a symbol that an address may name.
const LONGEST_SYMBOL: usize = 64;

/// The choices that the address holds. What it does not name is as by default, and left out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct View {
    /// The chart's symbol.
    pub(super) symbol: Option<String>,
    /// The search.
    pub(super) query: String,
    pub(super) order: Order,
    /// Whether only the watched symbols are in the table.
    pub(super) only_watched: bool,
    /// What the headlines shown are about.
    pub(super) topic: Option<Topic>,
    /// The symbol of the headlines shown.
    pub(super) headlines_of: Option<String>,
}

/// The names in the address' query, in the order of [`View::values`].
pub(super) const KEYS: [&str; 6] = ["symbol", "q", "sort", "watched", "kind", "of"];

impl View {
    /// Reads the value of each key; a value that can't be used counts as none.
    pub(super) fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let [symbol, query, sort, watched, kind, of] = KEYS.map(value);
        Self {
            symbol: symbol.filter(|symbol| is_usable(symbol)),
            query: query.as_deref().map_or_else(String::new, bounded_query),
            order: sort.as_deref().and_then(Order::parse).unwrap_or_default(),
            only_watched: watched.as_deref() == Some("1"),
            topic: kind.as_deref().and_then(Topic::parse),
            headlines_of: of.filter(|symbol| is_usable(symbol)),
        }
    }

    /// The value of each of [`KEYS`]; none where the choice is the default.
    pub(super) fn values(&self) -> [Option<String>; 6] {
        [
            self.symbol.clone().filter(|symbol| is_usable(symbol)),
            Some(self.query.clone()).filter(|query| !query.is_empty()),
            Some(self.order).filter(|order| *order != Order::default()).map(Order::print),
            self.only_watched.then(|| "1".to_owned()),
            self.topic.map(|topic| topic.name().to_owned()),
            self.headlines_of.clone().filter(|symbol| is_usable(symbol)),
        ]
    }
}

/// Whether an address may name that symbol: one of any length would make an address that no server takes.
fn is_usable(symbol: &str) -> bool {
    (1..=LONGEST_SYMBOL).contains(&symbol.len())
}

/// The part of a search that is looked at.
pub(super) fn bounded_query(text: &str) -> String {
    text.chars().take(LONGEST_QUERY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> View {
        View::read(|key| {
            values.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned())
        })
    }

    fn written(view: &View) -> Vec<(&'static str, String)> {
        KEYS.into_iter()
            .zip(view.values())
            .filter_map(|(key, value)| value.map(|value| (key, value)))
            .collect()
    }

    #[test]
    fn an_address_says_what_was_chosen_and_is_read_the_same() {
        let values = [
            ("symbol", "IBM"),
            ("q", "苹果 & Co <b>"),
            ("sort", "-change"),
            ("watched", "1"),
            ("kind", "volume"),
            ("of", "AAPL"),
        ];
        let view = read(&values);
        assert_eq!(written(&view), values.map(|(key, value)| (key, value.to_owned())));
        assert_eq!(view.symbol.as_deref(), Some("IBM"));
        assert_eq!(view.topic, Some(Topic::Volume));
    }

    #[test]
    fn an_address_without_choices_is_the_default_and_stays_bare() {
        assert_eq!(read(&[]), View::default());
        assert_eq!(written(&View::default()), []);
        assert_eq!(written(&read(&[("sort", "symbol"), ("q", "")])), []);
    }

    #[test]
    fn values_that_nobody_knows_are_ignored() {
        let long = "X".repeat(LONGEST_SYMBOL + 1);
        let view = read(&[
            ("symbol", &long),
            ("sort", "colour"),
            ("watched", "yes"),
            ("kind", "rumour"),
            ("of", ""),
        ]);
        assert_eq!(view, View::default());
    }

    #[test]
    fn a_very_long_symbol_is_not_written() {
        let long = Some("X".repeat(LONGEST_SYMBOL + 1));
        let view = View { symbol: long.clone(), headlines_of: long, ..View::default() };
        assert_eq!(written(&view), []);
    }

    #[test]
    fn a_search_is_cut_between_characters() {
        let view = read(&[("q", &"股".repeat(LONGEST_QUERY + 1))]);
        assert_eq!(view.query, "股".repeat(LONGEST_QUERY));
    }
}
