//! What is sent: quotes, a headline before them, an `end` after them.

use std::fmt::Write as _;
use std::time::Duration;

/// As `SYMBOLS` of the tickers.
const SYMBOLS: [&str; 5] = ["AAPL", "FB", "GOOG", "IBM", "MSFT"];

/// As `RECENT` of the tickers.
const RECENT: u32 = 100;

const HEADLINE: &str = "GOOG closes at its highest of 52 weeks";

/// How an event says what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// By its name; the data is the content.
    Named,
    /// In its data, as serde_json writes an enum: for decoders that are not told the name.
    Tagged,
}

/// The quote of that sequence, from 1.
struct Quote {
    sequence: u32,
    symbol: &'static str,
    /// US cents.
    last: u32,
    open: u32,
    volume: u32,
}

impl Quote {
    fn new(sequence: u32) -> Self {
        let index = sequence as usize % SYMBOLS.len();
        let open = 10_000 + 2_500 * (sequence % 5);
        Self {
            sequence,
            symbol: SYMBOLS[index],
            // A price that moves with each quote, within ten dollars around the first.
            last: open - 1_000 + sequence.wrapping_mul(7_919) % 2_000,
            open,
            volume: 1_000_000 + sequence,
        }
    }

    fn json(&self) -> String {
        let Self { sequence, symbol, last, open, volume } = self;
        let (last, open) = (dollars(*last), dollars(*open));
        format!(
            r#"{{"symbol":"{symbol}","last":{last},"open":{open},"volume":{volume},"sequence":{sequence}}}"#
        )
    }
}

fn dollars(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

impl Wire {
    fn event(self, stream: &mut String, id: u32, name: &str, data: &str) {
        // Writing into a string does not fail.
        let _ = match self {
            Self::Named => write!(stream, "event: {name}\nid: {id}\ndata: {data}\n\n"),
            Self::Tagged => write!(stream, "id: {id}\ndata: {{\"{name}\":{data}}}\n\n"),
        };
    }

    fn begin(self, stream: &mut String, after: u32) {
        // For what reconnects.
        stream.push_str("retry: 1\n\n");
        self.event(stream, after, "headline", &format!(r#"{{"text":"{HEADLINE}"}}"#));
    }

    fn quotes(self, stream: &mut String, after: u32, last: u32) {
        for sequence in after + 1..=last {
            self.event(stream, sequence, "quote", &Quote::new(sequence).json());
        }
    }

    fn end(self, stream: &mut String) {
        stream.push_str(match self {
            Self::Named => "event: end\ndata:\n\n",
            Self::Tagged => "data: \"end\"\n\n",
        });
    }

    /// The quotes after the one numbered `after`, `count` of them, and the end.
    pub(crate) fn stream(self, after: u32, count: u32) -> Vec<u8> {
        // A quote takes about 110 bytes.
        let mut stream = String::with_capacity(count as usize * 120 + 200);
        self.begin(&mut stream, after);
        self.quotes(&mut stream, after, after + count);
        self.end(&mut stream);
        stream.into_bytes()
    }
}

/// A stream at a pace: what is due is written at once.
#[derive(Debug)]
pub(crate) struct Paced {
    wire: Wire,
    /// Quotes; `None` before the beginning.
    written: Option<u32>,
    last: u32,
    per_second: u32,
}

impl Paced {
    pub(crate) fn new(wire: Wire, last: u32, per_second: u32) -> Self {
        Self { wire, written: None, last, per_second }
    }

    /// What is due so long after the beginning; `None` once all is written.
    pub(crate) fn due(&mut self, since: Duration) -> Option<Vec<u8>> {
        let Self { wire, written, last, per_second } = *self;
        if written == Some(last) {
            return None;
        }
        let mut piece = String::new();
        if written.is_none() {
            wire.begin(&mut piece, 0);
        }
        let written = written.unwrap_or(0);
        // The cast saturates.
        let due = (since.as_secs_f64() * f64::from(per_second)) as u32;
        let due = due.clamp(written, last);
        wire.quotes(&mut piece, written, due);
        if due == last {
            wire.end(&mut piece);
        }
        self.written = Some(due);
        Some(piece.into_bytes())
    }
}

/// What a page shows once it has `count` quotes: for each symbol the last price and its change, and the headline.
pub(crate) fn shown(count: u32) -> String {
    let mut texts = Vec::new();
    for symbol in SYMBOLS {
        let quote = (1..=count).rev().map(Quote::new).find(|quote| quote.symbol == symbol);
        let Some(Quote { last, open, .. }) = quote else { continue };
        let sign = if last < open { "-" } else { "" };
        texts.extend([dollars(last), format!("{sign}{}", dollars(last.abs_diff(open)))]);
    }
    texts.push(HEADLINE.to_owned());
    texts.join(" ")
}

/// What a page shows in the end of a flood: the sequences of the latest too.
pub(crate) fn shown_of_flood(count: u32) -> String {
    let recent = (count.saturating_sub(RECENT - 1).max(1)..=count).map(|it| it.to_string());
    [shown(count)].into_iter().chain(recent).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(wire: Wire, after: u32, count: u32) -> String {
        String::from_utf8(wire.stream(after, count)).expect("text")
    }

    #[test]
    fn an_event_is_named_or_carries_its_tag() {
        let json = Quote::new(8).json();
        assert!(
            text(Wire::Named, 7, 1).contains(&format!("event: quote\nid: 8\ndata: {json}\n\n"))
        );
        assert!(
            text(Wire::Tagged, 7, 1).contains(&format!("id: 8\ndata: {{\"quote\":{json}}}\n\n"))
        );
    }

    #[test]
    fn an_event_of_either_kind_takes_about_110_bytes() {
        for wire in [Wire::Named, Wire::Tagged] {
            let average = wire.stream(0, 400_000).len() / 400_000;
            assert!((105..=125).contains(&average), "{wire:?}: {average}");
        }
    }

    #[test]
    fn a_paced_stream_is_the_same_in_pieces() {
        let mut paced = Paced::new(Wire::Named, 1_000, 10_000);
        let at = |milliseconds| Duration::from_millis(milliseconds);
        let mut written = Vec::new();
        for milliseconds in [0, 10, 20, 20, 99, 5_000] {
            written.extend(paced.due(at(milliseconds)).expect("not all is written"));
        }
        assert_eq!(paced.due(at(6_000)), None);
        assert_eq!(written, Wire::Named.stream(0, 1_000));
    }

    #[test]
    fn a_flood_shows_the_latest_hundred_sequences() {
        assert!(shown_of_flood(300).ends_with(&format!("{HEADLINE} 201 202 {}", {
            (203..=300).map(|it: u32| it.to_string()).collect::<Vec<_>>().join(" ")
        })));
    }

    #[test]
    fn each_symbol_shows_its_last_price() {
        let texts = shown(400_000);
        let last = Quote::new(400_000);
        assert!(texts.contains(&dollars(last.last)), "{texts}");
        assert!(texts.ends_with(HEADLINE) && texts.split(' ').count() > 10, "{texts}");
    }
}
