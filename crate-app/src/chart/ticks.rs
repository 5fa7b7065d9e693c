//! Where the axis of days has labels: at the first trading day of a week, a month or a year.

/// A label's place and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// Position among the dates.
    pub(super) at: usize,
    pub(super) unit: Unit,
}

/// What begins at a tick: its label names this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Day,
    Month,
    Year,
}

/// How far ticks are apart, the closest first, with the trading days that this usually takes.
const STEPS: [(Step, usize); 10] = [
    (Step::Weeks(1), 5),
    (Step::Weeks(2), 10),
    (Step::Months(1), 21),
    (Step::Months(2), 42),
    (Step::Months(3), 63),
    (Step::Months(6), 126),
    (Step::Years(1), 252),
    (Step::Years(2), 504),
    (Step::Years(5), 1_260),
    (Step::Years(10), 2_520),
];

#[derive(Clone, Copy)]
enum Step {
    Weeks(i64),
    Months(i64),
    Years(i64),
}

#[derive(Clone, Copy)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

/// Ticks for consecutive dates as `YYYY-MM-DD`; `space` is how many days a label takes.
pub(super) fn ticks<'a>(dates: impl Iterator<Item = &'a str>, space: f64) -> Vec<Tick> {
    let fits = |(_, days): &&(Step, usize)| *days as f64 >= space;
    let (step, _) = STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
    let mut ticks: Vec<Tick> = Vec::new();
    let mut before: Option<Date> = None;
    let mut named = None;
    for (at, date) in dates.enumerate() {
        let Some(date) = Date::parse(date) else { continue };
        let begins = before.is_some_and(|before| step.number(before) != step.number(date));
        before = Some(date);
        // Half a label would hang over the left edge; and where days are missing, labels could meet.
        let room = ticks
            .last()
            .map_or(at as f64 >= space / 2.0, |last| (at - last.at) as f64 >= space * 0.75);
        if !begins || !room {
            continue;
        }
        // The first label of a year names it, so that each can be told.
        let unit = match step {
            Step::Years(_) => Unit::Year,
            _ if named.is_some_and(|year| year != date.year) => Unit::Year,
            Step::Months(_) => Unit::Month,
            Step::Weeks(_) => Unit::Day,
        };
        named = Some(date.year);
        ticks.push(Tick { at, unit });
    }
    ticks
}

impl Step {
    /// The number of the period that a date is in.
    const fn number(self, date: Date) -> i64 {
        match self {
            // Weeks begin on Monday; day 0 of the epoch was a Thursday.
            Self::Weeks(weeks) => (date.days() + 3).div_euclid(7 * weeks),
            Self::Months(months) => (date.year * 12 + date.month - 1).div_euclid(months),
            Self::Years(years) => date.year.div_euclid(years),
        }
    }
}

impl Date {
    fn parse(iso: &str) -> Option<Self> {
        let mut parts = iso.splitn(3, '-').map(|part| part.parse::<u16>().ok().map(i64::from));
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        Some(Self { year, month, day })
    }

    /// Days since 1970-01-01, Gregorian: the year is taken to begin in March, so that the leap day is its last.
    const fn days(self) -> i64 {
        let year = self.year - (self.month <= 2) as i64;
        let month = (self.month + 9) % 12;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        year * 365 + leap_days + (month * 153 + 2) / 5 + self.day - 1 - 719_468
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day but the weekends, from that day since the epoch on.
    fn trading_days(from: i64, count: usize) -> Vec<String> {
        let mut all = Vec::new();
        for year in 1999..2010 {
            for month in 1..=12 {
                let leap = year % 4 == 0;
                let days = match month {
                    2 => 28 + i64::from(leap),
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                all.extend((1..=days).map(|day| Date { year, month, day }));
            }
        }
        let weekday = |date: &Date| (date.days() + 3).rem_euclid(7) < 5;
        let dates = all.into_iter().filter(|date| date.days() >= from).filter(weekday).take(count);
        dates.map(|Date { year, month, day }| format!("{year}-{month:02}-{day:02}")).collect()
    }

    fn labels(dates: &[String], space: f64) -> Vec<(&str, Unit)> {
        let ticks = ticks(dates.iter().map(String::as_str), space);
        ticks.into_iter().map(|tick| (dates[tick.at].as_str(), tick.unit)).collect()
    }

    #[test]
    fn dates_are_counted_in_days() {
        for (iso, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2000-03-01", 11_017)] {
            assert_eq!(Date::parse(iso).map(Date::days), Some(days), "{iso}");
        }
    }

    #[test]
    fn a_month_has_a_label_each_week() {
        let days = trading_days(11_017, 21);
        let expected = ["2000-03-06", "2000-03-13", "2000-03-20", "2000-03-27"];
        assert_eq!(labels(&days, 2.0), expected.map(|day| (day, Unit::Day)));
    }

    #[test]
    fn a_year_has_labels_by_month_and_names_the_new_year() {
        let days = trading_days(11_017, 252);
        let labels = labels(&days, 30.0);
        assert_eq!(labels.first(), Some(&("2000-05-01", Unit::Month)));
        assert_eq!(labels.get(3), Some(&("2000-11-01", Unit::Month)));
        assert_eq!(labels.get(4), Some(&("2001-01-01", Unit::Year)));
        assert_eq!(labels.len(), 5);
    }

    #[test]
    fn several_years_have_labels_by_year() {
        let days = trading_days(11_017, 1_000);
        let expected = ["2001-01-01", "2002-01-01", "2003-01-01"];
        assert_eq!(labels(&days, 150.0), expected.map(|day| (day, Unit::Year)));
    }

    #[test]
    fn labels_never_meet_even_where_days_are_missing() {
        let mut days = trading_days(11_017, 15);
        days.extend(trading_days(11_100, 2));
        days.extend(trading_days(11_200, 200));
        let positions: Vec<_> =
            ticks(days.iter().map(String::as_str), 20.0).iter().map(|tick| tick.at).collect();
        assert!(positions.len() > 3, "{positions:?}");
        assert!(positions.windows(2).all(|pair| pair[1] - pair[0] >= 15), "{positions:?}");
    }

    #[test]
    fn odd_dates_have_no_label_and_do_not_panic() {
        let odd = ["", "2000", "x-y-z", "65535-99-99", "2000-00-00", "99999-01-01"];
        for space in [0.0, 1.0, 1e9, f64::NAN, f64::INFINITY] {
            ticks(odd.into_iter(), space);
            assert_eq!(ticks(["", "2000-01-03", "?"].into_iter(), space), []);
        }
    }
}
