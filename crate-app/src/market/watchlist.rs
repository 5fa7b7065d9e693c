//! The symbols that the reader watches, as text for the browser's storage.

use std::collections::BTreeSet;

/// Symbols; more are not kept.
const MOST: usize = 100;
/// Bytes; no symbol is longer that is worth keeping.
const LONGEST: usize = 64;

/// A set of symbols, written one a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Watchlist(BTreeSet<String>);

impl Watchlist {
    /// What [`print`](Self::print) wrote, or whatever of it can be used.
    pub(super) fn parse(text: &str) -> Self {
        let mut watchlist = Self::default();
        for symbol in text.lines() {
            watchlist.insert(symbol);
        }
        watchlist
    }

    pub(super) fn print(&self) -> String {
        self.0.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn contains(&self, symbol: &str) -> bool {
        self.0.contains(symbol)
    }

    /// Watches the symbol, or no longer.
    pub(super) fn toggle(&mut self, symbol: &str) {
        if !self.0.remove(symbol) {
            self.insert(symbol);
        }
    }

    fn insert(&mut self, symbol: &str) {
        let storable = !symbol.trim().is_empty()
            && symbol.len() <= LONGEST
            && !symbol.chars().any(char::is_control);
        if storable && self.0.len() < MOST {
            self.0.insert(symbol.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchlist(text: &str) -> Vec<String> {
        Watchlist::parse(text).0.into_iter().collect()
    }

    #[test]
    fn a_watchlist_is_read_as_it_was_written() {
        let mut written = Watchlist::default();
        assert_eq!(Watchlist::parse(&written.print()), written);
        for symbol in ["IBM", "BRK A", "贵州茅台"] {
            written.toggle(symbol);
        }
        assert_eq!(Watchlist::parse(&written.print()), written);
        assert!(written.contains("BRK A"));
    }

    #[test]
    fn a_second_press_stops_watching() {
        let mut watchlist = Watchlist::parse("AAPL\nIBM");
        watchlist.toggle("IBM");
        assert_eq!(watchlist, Watchlist::parse("AAPL"));
    }

    #[test]
    fn what_someone_else_stored_is_used_as_far_as_it_goes() {
        assert_eq!(watchlist("IBM\r\n\n  \nIBM\nAAPL\n"), ["AAPL", "IBM"]);
        let long = "A".repeat(LONGEST + 1);
        assert_eq!(watchlist(&format!("{long}\nIBM\nA\u{0}B")), ["IBM"]);
    }

    #[test]
    fn a_watchlist_is_bounded() {
        let text = (0..2 * MOST).map(|n| format!("S{n}\n")).collect::<String>();
        assert_eq!(watchlist(&text).len(), MOST);
    }
}
