//! Every headline against the raw rows, by a second computation that shares no code with the first.

use std::collections::BTreeMap;

use flate2::read::GzDecoder;
use sse_signals::schema;
use sse_signals_demo_server::market::{read_prices, replay};
use sse_signals_feed::{Feed, Headline, HeadlineKind};

use crate::common::{Events, Server, send};

const SPLITS: [(&str, &str); 3] =
    [("AAPL", "2000-06-21"), ("AAPL", "2005-02-28"), ("MSFT", "2003-02-18")];
/// Trading days in the data, which is one round of the replay.
const ROUND: usize = 3_270;

struct Row {
    date: String,
    day: i64,
    close: f64,
    volume: f64,
    adjusted: f64,
}

type Rows = BTreeMap<String, Vec<Row>>;

/// Days since 2000-01-01, counted the long way.
fn day(date: &str) -> i64 {
    let parts: Vec<i64> = date.split('-').map(|part| part.parse().expect("a number")).collect();
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (2000..parts[0]).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let february = if is_leap(parts[0]) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + months[..parts[1] as usize - 1].iter().sum::<i64>() + parts[2]
}

fn rows() -> Rows {
    let file =
        std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/data/daily-prices.csv.gz"));
    let mut rows = Rows::new();
    for record in csv::Reader::from_reader(GzDecoder::new(file.expect("the data"))).records() {
        let record = record.expect("a record");
        let number = |column: usize| record[column].parse::<f64>().expect("a number");
        rows.entry(record[0].to_owned()).or_default().push(Row {
            date: record[1].to_owned(),
            day: day(&record[1]),
            close: number(5),
            volume: number(6),
            adjusted: number(7),
        });
    }
    rows
}

fn change(rows: &[Row], at: usize) -> f64 {
    rows[at].adjusted / rows[at - 1].adjusted - 1.0
}

/// Calendar days of history that a row has.
fn history(rows: &[Row], at: usize) -> i64 {
    rows[at].day - rows[0].day
}

fn is_high(rows: &[Row], at: usize) -> bool {
    let year = rows.iter().filter(|row| (rows[at].day - 364..rows[at].day).contains(&row.day));
    history(rows, at) >= 364
        && year.map(|row| row.adjusted).all(|before| before < rows[at].adjusted)
}

fn is_low(rows: &[Row], at: usize) -> bool {
    let year = rows.iter().filter(|row| (rows[at].day - 364..rows[at].day).contains(&row.day));
    history(rows, at) >= 364
        && year.map(|row| row.adjusted).all(|before| before > rows[at].adjusted)
}

struct LargestMove {
    since: Option<String>,
}

/// Since when there was no move as large, if the move is news.
fn largest_move(rows: &[Row], at: usize) -> Option<LargestMove> {
    if at == 0 || change(rows, at).abs() < 0.05 {
        return None;
    }
    let today = change(rows, at);
    let as_large = |&before: &usize| {
        if today > 0.0 { change(rows, before) >= today } else { change(rows, before) <= today }
    };
    let last = (1..at).filter(as_large).max();
    let days = last.map_or(history(rows, at), |last| rows[at].day - rows[last].day);
    (days >= 365).then(|| LargestMove { since: last.map(|last| rows[last].date.clone()) })
}

/// How many times the usual was traded, if that is news.
fn volume_times(symbol: &str, rows: &[Row], at: usize) -> Option<f64> {
    let before = rows[..at].last_chunk::<20>()?;
    let split = |date: &str| SPLITS.contains(&(symbol, date));
    if before[1..].iter().any(|row| split(&row.date)) || split(&rows[at].date) {
        return None;
    }
    let times = rows[at].volume * 20.0 / before.iter().map(|row| row.volume).sum::<f64>();
    (times >= 3.0).then_some(times)
}

/// Trading days that the price has moved one way, up to and including this one; negative is falling.
fn streak(rows: &[Row], at: usize) -> i64 {
    let direction = |at: usize| rows[at].adjusted.total_cmp(&rows[at - 1].adjusted) as i64;
    if at == 0 {
        return 0;
    }
    let days = (1..=at).rev().take_while(|&day| direction(day) == direction(at)).count();
    direction(at) * days as i64
}

fn check(rows: &Rows, headline: &Headline) {
    let Headline { symbol, date, kind, .. } = headline;
    let rows = &rows[symbol];
    let at = rows.iter().position(|row| row.date == *date).expect("a trading day");
    match kind {
        HeadlineKind::High52Weeks { close } => {
            assert!(is_high(rows, at) && *close == rows[at].close, "{headline:?}");
        }
        HeadlineKind::Low52Weeks { close } => {
            assert!(is_low(rows, at) && *close == rows[at].close, "{headline:?}");
        }
        HeadlineKind::LargestMove { change: claimed, since } => {
            let expected = largest_move(rows, at).expect("no notable move");
            assert_eq!(expected.since, *since, "{headline:?}");
            assert!((claimed - change(rows, at)).abs() < 1e-12, "{headline:?}");
        }
        HeadlineKind::VolumeSpike { volume, times } => {
            let expected = volume_times(symbol, rows, at).expect("no usual volume, or no spike");
            assert!(
                (times - expected).abs() < 1e-9 && *volume as f64 == rows[at].volume,
                "{headline:?}"
            );
        }
        HeadlineKind::Streak { days, rising } => {
            let claimed = if *rising { i64::from(*days) } else { -i64::from(*days) };
            assert_eq!(claimed, streak(rows, at), "{headline:?}");
        }
    }
    let is_record =
        matches!(kind, HeadlineKind::High52Weeks { .. } | HeadlineKind::Low52Weeks { .. });
    assert!(!is_record || history(rows, at) >= 364, "{headline:?}");
    if SPLITS.contains(&(symbol, date)) {
        let is_fall = match kind {
            HeadlineKind::Low52Weeks { .. } => true,
            HeadlineKind::LargestMove { change, .. } => *change < 0.0,
            HeadlineKind::Streak { rising, .. } => !rising,
            HeadlineKind::High52Weeks { .. } | HeadlineKind::VolumeSpike { .. } => false,
        };
        assert!(!is_fall, "a split is no fall: {headline:?}");
    }
}

fn headlines() -> Vec<Headline> {
    let mut replay = replay(&read_prices().expect("the shipped prices are sound"));
    assert_eq!(replay.len(), ROUND);
    (0..ROUND)
        .flat_map(|_| replay.next_day().to_vec())
        .filter_map(|event| match event {
            Feed::News(headline) => Some(headline),
            _ => None,
        })
        .collect()
}

#[test]
fn every_headline_is_true() {
    let rows = rows();
    let headlines = headlines();
    for headline in &headlines {
        check(&rows, headline);
    }
    let kinds: BTreeMap<_, usize> =
        headlines.iter().fold(BTreeMap::new(), |mut kinds, headline| {
            let kind = serde_json::to_value(&headline.kind).expect("JSON");
            let name = kind.as_object().and_then(|kind| kind.keys().next()).expect("a tag").clone();
            *kinds.entry(name).or_default() += 1;
            kinds
        });
    println!("{} headlines: {kinds:?}", headlines.len());
    assert_eq!(kinds.len(), 5, "each kind comes up: {kinds:?}");
}

#[test]
fn no_move_spike_or_streak_that_is_news_is_left_out() {
    let rows = rows();
    let headlines = headlines();
    let told = |symbol: &str, row: &Row, is_it: fn(&HeadlineKind) -> bool| {
        headlines.iter().any(|h| h.symbol == symbol && h.date == row.date && is_it(&h.kind))
    };
    for (symbol, rows) in &rows {
        for (at, row) in rows.iter().enumerate() {
            let is_move = largest_move(rows, at).is_some();
            assert_eq!(
                told(symbol, row, |kind| matches!(kind, HeadlineKind::LargestMove { .. })),
                is_move
            );
            let is_spike = volume_times(symbol, rows, at).is_some();
            assert_eq!(
                told(symbol, row, |kind| matches!(kind, HeadlineKind::VolumeSpike { .. })),
                is_spike
            );
            let is_streak = [7, 10, 15, 20].contains(&streak(rows, at).abs());
            assert_eq!(
                told(symbol, row, |kind| matches!(kind, HeadlineKind::Streak { .. })),
                is_streak
            );
        }
    }
}

#[test]
fn a_run_of_records_is_one_headline_in_20_trading_days() {
    let rows = rows();
    let headlines = headlines();
    for (symbol, rows) in &rows {
        let told = |is_it: fn(&HeadlineKind) -> bool| -> Vec<usize> {
            let of_symbol = headlines.iter().filter(|h| h.symbol == *symbol && is_it(&h.kind));
            of_symbol
                .map(|h| rows.iter().position(|row| row.date == h.date).expect("a day"))
                .collect()
        };
        for (told, is_record) in [
            (
                told(|kind| matches!(kind, HeadlineKind::High52Weeks { .. })),
                is_high as fn(&[Row], usize) -> bool,
            ),
            (told(|kind| matches!(kind, HeadlineKind::Low52Weeks { .. })), is_low),
        ] {
            assert!(told.windows(2).all(|pair| pair[1] - pair[0] >= 20), "{symbol} {told:?}");
            for at in (0..rows.len()).filter(|&at| is_record(rows, at)) {
                let told_lately =
                    told.iter().any(|&told| (at.saturating_sub(19)..=at).contains(&told));
                assert!(told_lately, "{symbol} {}", rows[at].date);
            }
        }
    }
}

#[tokio::test]
async fn the_replay_loops_and_nothing_spans_its_seam() {
    let rows = rows();
    let server = Server::start(&["--speed", "10000", "--ring", "100000"]);
    let mut events = Events::of(send(server.get("/events")).await);
    let mut quotes: Vec<(String, Option<f64>)> = Vec::new();
    let (mut seams, mut sequence) = (0, None);
    events.block().await;
    while seams < 2 {
        let block = events.event().await;
        assert_ne!(block.name(), "resync", "the ring holds more than is behind");
        match schema::decode(block.name(), block.data.as_deref().expect("data"))
            .expect("of the contract")
        {
            Feed::News(headline) => {
                check(&rows, &headline);
                assert_eq!(Some(&headline.date), quotes.last().map(|(date, _)| date));
            }
            Feed::Quote(quote) => {
                assert!(sequence.is_none_or(|sequence| quote.sequence == sequence + 1));
                sequence = Some(quote.sequence);
                let is_first_day = rows[&quote.symbol][0].date == quote.date;
                assert_eq!(quote.change.is_none(), is_first_day, "{quote:?}");
                let is_seam = quotes.last().is_some_and(|(date, _)| quote.date < *date);
                seams += usize::from(is_seam);
                quotes.push((quote.date, quote.change));
            }
            other => panic!("nothing else was asked for: {other:?}"),
        }
    }
}
