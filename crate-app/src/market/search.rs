//! The companies behind the symbols, and the search for them.

use crate::i18n::Locale;

/// A company's name in the page's languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Company {
    symbol: &'static str,
    english: &'static str,
    chinese: &'static str,
}

impl Company {
    pub(super) const fn name(self, locale: Locale) -> &'static str {
        match locale {
            Locale::en => self.english,
            Locale::zh => self.chinese,
        }
    }
}

/// Those that the server replays, under their names of 2000 to 2013.
const COMPANIES: [Company; 5] = [
    Company { symbol: "AAPL", english: "Apple", chinese: "苹果" },
    Company { symbol: "FB", english: "Facebook", chinese: "脸书" },
    Company { symbol: "GOOG", english: "Google", chinese: "谷歌" },
    Company { symbol: "IBM", english: "IBM", chinese: "国际商业机器" },
    Company { symbol: "MSFT", english: "Microsoft", chinese: "微软" },
];

/// The company of that symbol, if it is known.
pub(super) fn company(symbol: &str) -> Option<Company> {
    COMPANIES.into_iter().find(|company| company.symbol == symbol)
}

/// Whether a search finds the symbol: by a part of it, or of its company's name in any of the page's languages.
pub(super) fn finds(query: &str, symbol: &str) -> bool {
    let query = query.trim().to_lowercase();
    let named = |name: &str| name.to_lowercase().contains(&query);
    named(symbol)
        || company(symbol).is_some_and(|company| named(company.english) || named(company.chinese))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> String {
        let symbols = COMPANIES.map(|company| company.symbol);
        symbols.into_iter().filter(|symbol| finds(query, symbol)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_empty_search_finds_all() {
        assert_eq!(found(""), "AAPL FB GOOG IBM MSFT");
        assert_eq!(found("  "), "AAPL FB GOOG IBM MSFT");
    }

    #[test]
    fn a_search_goes_by_symbol_and_by_name_in_either_language() {
        assert_eq!(found("aap"), "AAPL");
        assert_eq!(found(" Micro "), "MSFT");
        assert_eq!(found("谷歌"), "GOOG");
        assert_eq!(found("国际"), "IBM");
        assert_eq!(found("oo"), "FB GOOG");
        assert_eq!(found("tesla"), "");
    }

    #[test]
    fn a_symbol_without_a_known_company_is_found_by_itself() {
        assert_eq!(company("BRK.A"), None);
        assert!(finds("brk", "BRK.A"));
        assert!(finds("ÄÖ", "äöx"));
    }
}
