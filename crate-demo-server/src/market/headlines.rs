//! Headlines computed from the prices.
//!
//! Moves, records and streaks are computed on adjusted closes, since quoted ones halve at a split. A record of
//! 52 weeks needs 52 weeks of history, and volumes are compared only where no split lies between.

use sse_signals_feed::HeadlineKind;

use super::prices::Series;

/// 52 weeks, in calendar days.
const RECORD_SPAN: i64 = 52 * 7;
/// While a price makes one record after the other, only the first in this many trading days makes a headline.
pub const RECORD_PAUSE: usize = 20;
/// A move counts as news from this fraction on…
const NOTABLE_MOVE: f64 = 0.05;
/// … if none as large came before it within this many calendar days.
const MOVE_SPAN: i64 = 365;
/// Trading days whose mean volume is "usual".
const VOLUME_WINDOW: usize = 20;
/// A volume counts as news from this many times the usual on.
const VOLUME_TIMES: f64 = 3.0;
/// The lengths of a streak that make a headline, in trading days.
const STREAKS: [u32; 4] = [7, 10, 15, 20];

/// Every headline of one symbol, as (index of the trading day, kind) in the order of the days.
#[must_use]
pub fn headlines(series: &Series) -> Vec<(usize, HeadlineKind)> {
    let mut found = Vec::new();
    let mut last_high = None;
    let mut last_low = None;
    let mut streak = Streak::default();
    for today in 0..series.days.len() {
        if let Some(record) = record(series, today) {
            let last = if record.is_high { &mut last_high } else { &mut last_low };
            if last.is_none_or(|last| today - last >= RECORD_PAUSE) {
                *last = Some(today);
                found.push((today, record.kind));
            }
        }
        found.extend(largest_move(series, today).map(|kind| (today, kind)));
        found.extend(volume_spike(series, today).map(|kind| (today, kind)));
        found.extend(streak.extend(series, today).map(|kind| (today, kind)));
    }
    found
}

struct Record {
    is_high: bool,
    kind: HeadlineKind,
}

fn record(series: &Series, today: usize) -> Option<Record> {
    let day = &series.days[today];
    let since = day.number - RECORD_SPAN;
    if series.days[0].number > since {
        return None;
    }
    let (mut highest, mut lowest) = (f64::NEG_INFINITY, f64::INFINITY);
    for before in series.days[..today].iter().rev().take_while(|before| before.number >= since) {
        highest = highest.max(before.adjusted_close);
        lowest = lowest.min(before.adjusted_close);
    }
    let close = day.close;
    if day.adjusted_close > highest {
        Some(Record { is_high: true, kind: HeadlineKind::High52Weeks { close } })
    } else if day.adjusted_close < lowest {
        Some(Record { is_high: false, kind: HeadlineKind::Low52Weeks { close } })
    } else {
        None
    }
}

fn largest_move(series: &Series, today: usize) -> Option<HeadlineKind> {
    let change = series.change(today).filter(|change| change.abs() >= NOTABLE_MOVE)?;
    let as_large = (1..today).rev().find(|&before| {
        series.change(before).is_some_and(|earlier| {
            earlier.is_sign_positive() == change.is_sign_positive() && earlier.abs() >= change.abs()
        })
    });
    let days = &series.days;
    let unmatched_since = days[as_large.unwrap_or(0)].number;
    (days[today].number - unmatched_since >= MOVE_SPAN).then(|| HeadlineKind::LargestMove {
        change,
        since: as_large.map(|before| days[before].date.clone()),
    })
}

fn volume_spike(series: &Series, today: usize) -> Option<HeadlineKind> {
    let start = today.checked_sub(VOLUME_WINDOW)?;
    // A split at `start` itself lies before the first volume counted.
    if (start + 1..=today).any(|day| series.is_split(day)) {
        return None;
    }
    let sum: u64 = series.days[start..today].iter().map(|day| day.volume).sum();
    let mean = sum as f64 / VOLUME_WINDOW as f64;
    let volume = series.days[today].volume;
    let times = volume as f64 / mean;
    (mean > 0.0 && times >= VOLUME_TIMES).then_some(HeadlineKind::VolumeSpike { volume, times })
}

#[derive(Default)]
struct Streak {
    days: u32,
    rising: bool,
}

impl Streak {
    fn extend(&mut self, series: &Series, today: usize) -> Option<HeadlineKind> {
        match series.change(today) {
            Some(change) if change != 0.0 => {
                let rising = change > 0.0;
                self.days = if rising == self.rising { self.days + 1 } else { 1 };
                self.rising = rising;
            }
            _ => self.days = 0,
        }
        STREAKS
            .contains(&self.days)
            .then_some(HeadlineKind::Streak { days: self.days, rising: self.rising })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Day;

    /// 50 days of the same price and volume, but for these; a 2:1 split before day 25 if wanted.
    fn series(volumes: &[(usize, u64)], split: bool) -> Series {
        let day = |number: usize| Day {
            date: String::new(),
            number: number as i64,
            open: 10.0,
            high: 10.0,
            low: 10.0,
            close: if split && number < 25 { 20.0 } else { 10.0 },
            volume: volumes.iter().find(|(at, _)| *at == number).map_or(100, |(_, volume)| *volume),
            adjusted_close: 10.0,
        };
        Series { symbol: "X".to_owned(), days: (0..50).map(day).collect() }
    }

    #[test]
    fn volumes_are_not_compared_across_a_split() {
        let spike = HeadlineKind::VolumeSpike { volume: 300, times: 3.0 };
        for at in [25, 26, 44] {
            assert_eq!(headlines(&series(&[(at, 300)], true)), [], "day {at}");
            assert_eq!(headlines(&series(&[(at, 300)], false)), [(at, spike.clone())], "day {at}");
        }
        // From the 20th day after it on, all 20 volumes before are counted alike.
        assert_eq!(headlines(&series(&[(45, 300)], true)), [(45, spike)]);
    }
}
