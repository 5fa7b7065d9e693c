//! What is read.

use std::fmt::Write;

pub struct Recipe {
    pub name: &'static str,
    pub what: &'static str,
    /// Makes whole blocks, of about so many bytes together.
    pub make: fn(usize) -> Vec<u8>,
}

pub const STREAMS: [Recipe; 3] = [
    Recipe { name: "ticks", what: "event, id and one line of JSON", make: ticks },
    Recipe {
        name: "multi-line",
        what: "event, id and 12 lines of text, 7 % of the bytes not ASCII",
        make: multi_line,
    },
    Recipe { name: "tokens", what: "one line of JSON and nothing else", make: tokens },
];

fn until(bytes: usize, mut block: impl FnMut(&mut String, u64)) -> Vec<u8> {
    let mut stream = String::new();
    let mut number = 0;
    while stream.len() < bytes {
        // Different lengths, so that no branch learns them by heart; the same in each run.
        block(&mut stream, number);
        number += 1;
    }
    stream.into_bytes()
}

/// Scatters the number; splitmix64.
fn scattered(number: u64) -> u64 {
    let mut x = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn ticks(bytes: usize) -> Vec<u8> {
    const SYMBOLS: [&str; 5] = ["AAPL", "FB", "GOOG", "IBM", "MSFT"];
    until(bytes, |stream, number| {
        let random = scattered(number);
        let symbol = SYMBOLS[(random % 5) as usize];
        let cents = 1_000 + random / 7 % 90_000;
        let open = cents - cents / 50 + random / 13 % 900;
        let volume = 100 + random / 11 % 60_000_000;
        writeln!(
            stream,
            "event: quote\nid: 1a2b-{}\ndata: {{\"symbol\":\"{symbol}\",\"day\":{},\"open\":{}.{:02},\"price\":{}.{:02},\"volume\":{volume}}}\n",
            100_000 + number,
            13_000 + number % 4_000,
            open / 100,
            open % 100,
            cents / 100,
            cents % 100,
        )
        .expect("a string takes it");
    })
}

fn multi_line(bytes: usize) -> Vec<u8> {
    const LINES: [&str; 10] = [
        "2026-01-12 09:31:07 opened at 187.20, which is above the close of the day before, in a calm market",
        "Zürich, Köln and Málaga follow at noon; the café's own ticker is late – as it was on the day before",
        "volume 41,204,117 against an average of 38,511,902 over the last fifty-two weeks",
        "上证指数 3,123.45 (+0.42 %), 深证成指 9,871.10 (−0.08 %)",
        "    \"indented\": [\"as\", \"JSON\", \"is\"], \"when\": \"it is written for people to read\",",
        "the largest move since 2008-10-13: 13.9 %, at more than three times the usual volume",
        "“Quoted text” → with arrows, dashes – and a naïve façade",
        "a line that says nothing of note, but says it at some length, as many lines of a log do in the end",
        "nikkei ▲ 1.2 %, dax ▼ 0.4 %, ftse ▲ 0.1 %, nasdaq ▼ 0.9 %",
        "closed at 189.95, a streak of five days, the longest since the spring of 2012",
    ];
    until(bytes, |stream, number| {
        write!(stream, "event: report\nid: 1a2b-{}\n", 100_000 + number)
            .expect("a string takes it");
        for line in 0..12 {
            let random = scattered(number * 16 + line);
            writeln!(stream, "data: {}", LINES[(random % 10) as usize]).expect("a string takes it");
        }
        stream.push('\n');
    })
}

fn tokens(bytes: usize) -> Vec<u8> {
    const WORDS: [&str; 8] = ["the", " stream", " of", " tokens", " goes", " on", ",", " and"];
    until(bytes, |stream, number| {
        let random = scattered(number);
        let word = WORDS[(random % 8) as usize];
        writeln!(stream, "data: {{\"position\":{},\"text\":\"{word}\"}}\n", number % 10_000)
            .expect("a string takes it");
    })
}
