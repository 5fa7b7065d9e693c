//! Bounds on what the wire can put on the page.

/// Characters of a symbol that are shown.
const SYMBOL: usize = 16;
/// Characters of a date that are shown; a real one has 10.
const DATE: usize = 24;

/// A symbol as far as it is shown; something to press where it is empty.
pub(super) fn symbol(symbol: &str) -> String {
    if symbol.trim().is_empty() { "–".to_owned() } else { shortened(symbol, SYMBOL) }
}

/// A date as far as it is shown.
pub(crate) fn date(date: &str) -> String {
    shortened(date, DATE)
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_symbol_is_shortened_between_characters() {
        assert_eq!(symbol("AAPL"), "AAPL");
        assert_eq!(symbol(&"股".repeat(SYMBOL)), "股".repeat(SYMBOL));
        assert_eq!(symbol(&"股".repeat(SYMBOL + 1)), "股".repeat(SYMBOL) + "…");
    }

    #[test]
    fn an_empty_symbol_still_shows() {
        assert_eq!(symbol(""), "–");
        assert_eq!(symbol(" \u{a0}"), "–");
    }

    #[test]
    fn a_date_stays_whole_and_what_is_none_is_bounded() {
        assert_eq!(date("2000-03-01"), "2000-03-01");
        assert_eq!(date(&"x".repeat(1_000)).chars().count(), DATE + 1);
    }
}
