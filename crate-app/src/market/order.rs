//! The order of the table's rows.

use std::cmp::Ordering;

use sse_signals_feed::Quote;

/// What rows can be ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Column {
    #[default]
    Symbol,
    Last,
    Change,
    Volume,
}

/// A column and a direction; by symbol, from A to Z, unless the reader asks for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) column: Column,
    pub(super) descending: bool,
}

/// What of a row decides where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    pub(super) symbol: String,
    pub(super) last: f64,
    pub(super) change: Option<f64>,
    pub(super) volume: u64,
}

impl Column {
    pub(super) const ALL: [Self; 4] = [Self::Symbol, Self::Last, Self::Change, Self::Volume];

    /// The name in the address and in the markup.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Symbol => "symbol",
            Self::Last => "last",
            Self::Change => "change",
            Self::Volume => "volume",
        }
    }
}

impl Standing {
    pub(super) fn of(quote: &Quote) -> Self {
        let Quote { symbol, close, change, volume, .. } = quote;
        Self { symbol: symbol.clone(), last: *close, change: *change, volume: *volume }
    }

    /// For an order that needs nothing else.
    pub(super) fn of_symbol(symbol: &str) -> Self {
        Self { symbol: symbol.to_owned(), last: 0.0, change: None, volume: 0 }
    }
}

impl Order {
    /// `change`, or `-change` for descending; none if there is no such column.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let column = Column::ALL.into_iter().find(|column| column.name() == name)?;
        Some(Self { column, descending })
    }

    /// What [`parse`](Self::parse) reads.
    pub(super) fn print(self) -> String {
        let sign = if self.descending { "-" } else { "" };
        format!("{sign}{}", self.column.name())
    }

    /// After a press of a column's header: the other direction of the same column; of another the one that is
    /// looked for more often, which is the largest numbers first.
    pub(super) fn pressed(self, column: Column) -> Self {
        let descending =
            if self.column == column { !self.descending } else { column != Column::Symbol };
        Self { column, descending }
    }

    /// The `aria-sort` of a column's header.
    pub(super) fn aria_sort(self, column: Column) -> &'static str {
        match (self.column == column, self.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// How two rows stand to each other. Equal ones stand by symbol; a row without a change comes last either way.
    fn compare(self, one: &Standing, other: &Standing) -> Ordering {
        let directed = |ordering: Ordering| {
            if self.descending { ordering.reverse() } else { ordering }
        };
        let by_column = match self.column {
            Column::Symbol => return directed(one.symbol.cmp(&other.symbol)),
            Column::Last => directed(one.last.total_cmp(&other.last)),
            Column::Volume => directed(one.volume.cmp(&other.volume)),
            Column::Change => match (one.change, other.change) {
                (Some(one), Some(other)) => directed(one.total_cmp(&other)),
                (one, other) => other.is_some().cmp(&one.is_some()),
            },
        };
        by_column.then_with(|| one.symbol.cmp(&other.symbol))
    }

    /// The symbols in this order.
    pub(super) fn sort(self, mut rows: Vec<Standing>) -> Vec<String> {
        rows.sort_by(|one, other| self.compare(one, other));
        rows.into_iter().map(|row| row.symbol).collect()
    }
}

/// Each symbol of `sorted` where it stood before, and after these the new ones.
pub(super) fn keep_places(before: &[String], sorted: Vec<String>) -> Vec<String> {
    let (mut kept, new): (Vec<_>, Vec<_>) =
        sorted.into_iter().partition(|symbol| before.contains(symbol));
    kept.sort_by_key(|symbol| before.iter().position(|known| known == symbol));
    kept.extend(new);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(symbol: &str, last: f64, change: Option<f64>, volume: u64) -> Standing {
        Standing { symbol: symbol.to_owned(), last, change, volume }
    }

    fn rows() -> Vec<Standing> {
        vec![
            row("MSFT", 25.0, Some(0.01), 500),
            row("AAPL", 400.0, Some(-0.02), 900),
            row("FB", 38.0, None, 100),
            row("IBM", 200.0, Some(0.01), 50),
        ]
    }

    fn sorted(text: &str) -> String {
        Order::parse(text).expect(text).sort(rows()).join(" ")
    }

    #[test]
    fn rows_stand_by_any_column_in_either_direction() {
        assert_eq!(Order::default().sort(rows()).join(" "), "AAPL FB IBM MSFT");
        assert_eq!(sorted("-symbol"), "MSFT IBM FB AAPL");
        assert_eq!(sorted("last"), "MSFT FB IBM AAPL");
        assert_eq!(sorted("-last"), "AAPL IBM FB MSFT");
        assert_eq!(sorted("volume"), "IBM FB MSFT AAPL");
    }

    #[test]
    fn equal_rows_stand_by_symbol_and_one_without_a_change_comes_last() {
        assert_eq!(sorted("change"), "AAPL IBM MSFT FB");
        assert_eq!(sorted("-change"), "IBM MSFT AAPL FB");
    }

    #[test]
    fn numbers_that_are_none_still_have_their_place() {
        let rows = || vec![row("A", f64::NAN, Some(f64::NAN), 0), row("B", 1.0, Some(0.0), 0)];
        for text in ["last", "-last", "change", "-change"] {
            assert_eq!(Order::parse(text).expect(text).sort(rows()).len(), 2);
        }
    }

    #[test]
    fn an_order_is_read_as_it_was_written_and_nothing_else_is() {
        for column in Column::ALL {
            for descending in [false, true] {
                let order = Order { column, descending };
                assert_eq!(Order::parse(&order.print()), Some(order));
            }
        }
        for unknown in ["", "-", "--change", "range", "Change", "change "] {
            assert_eq!(Order::parse(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn a_press_turns_the_column_and_a_new_column_starts_with_what_matters() {
        let order = Order::default().pressed(Column::Change);
        assert_eq!(order.print(), "-change");
        assert_eq!(order.pressed(Column::Change).print(), "change");
        assert_eq!(order.pressed(Column::Symbol), Order::default());
        assert_eq!(Order::default().pressed(Column::Symbol).print(), "-symbol");
    }

    #[test]
    fn only_the_ordered_column_says_so() {
        let order = Order { column: Column::Last, descending: true };
        let said = Column::ALL.map(|column| order.aria_sort(column));
        assert_eq!(said, ["none", "descending", "none", "none"]);
    }

    #[test]
    fn rows_that_keep_their_places_let_new_ones_follow() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let kept = keep_places(&names("IBM AAPL MSFT"), names("FB MSFT GOOG IBM"));
        assert_eq!(kept, names("IBM MSFT FB GOOG"));
    }
}
