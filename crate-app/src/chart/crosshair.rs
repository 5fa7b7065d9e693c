//! Where the crosshair is, by pointer or by key.

use std::ops;

use super::series::Series;

/// Trading days that Page Up and Page Down go: a month.
const PAGE: usize = 21;

/// What holds the crosshair.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Crosshair {
    /// Nothing: the newest day's figures show.
    #[default]
    Off,
    /// A pointer, at this `clientX` in CSS pixels; the day below it changes as days come.
    Pointer(f64),
    /// A key: stays with its day.
    Day(String),
}

impl Crosshair {
    /// The position within `window` of `series`. `across` tells where a `clientX` is on the plot, from 0 at its left
    /// edge to 1 at its right.
    pub(super) fn position(
        &self,
        series: &Series,
        window: &ops::Range<usize>,
        across: impl FnOnce(f64) -> Option<f64>,
    ) -> Option<usize> {
        match self {
            Self::Off => None,
            Self::Pointer(client_x) => nearest(across(*client_x)?, window.len()),
            Self::Day(date) => {
                let last = window.len().checked_sub(1)?;
                Some(series.position(date).saturating_sub(window.start).min(last))
            }
        }
    }
}

/// The days that the plot has room for, so that a few do not become broad blocks.
pub(super) fn slots(days: usize) -> usize {
    days.max(PAGE)
}

/// The day nearest to a place on a plot of that many days.
fn nearest(across: f64, days: usize) -> Option<usize> {
    let last = days.checked_sub(1)?;
    // The cast saturates, and makes 0 of what is not a number.
    Some(((across * slots(days) as f64) as usize).min(last))
}

/// Where a key takes the crosshair; none if it is no key of ours.
pub(super) fn moved(key: &str, position: usize, days: usize) -> Option<usize> {
    let last = days.checked_sub(1)?;
    let position = match key {
        "ArrowLeft" | "ArrowDown" => position.saturating_sub(1),
        "ArrowRight" | "ArrowUp" => position + 1,
        "PageDown" => position.saturating_sub(PAGE),
        "PageUp" => position + PAGE,
        "Home" => 0,
        "End" => last,
        _ => return None,
    };
    Some(position.min(last))
}

#[cfg(test)]
mod tests {
    use super::super::series::{Bar, Range};
    use super::*;

    fn series(days: usize) -> Series {
        let mut series = Series::new("IBM");
        for day in 0..days {
            let date = format!("{}-01-01", 1_000 + day);
            series.push(Bar { date, open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 });
        }
        series
    }

    #[test]
    fn the_nearest_day_is_the_one_whose_slot_the_pointer_is_in() {
        assert_eq!(nearest(0.0, 100), Some(0));
        assert_eq!(nearest(0.0099, 100), Some(0));
        assert_eq!(nearest(0.0101, 100), Some(1));
        assert_eq!(nearest(0.995, 100), Some(99));
    }

    #[test]
    fn beyond_the_edges_the_nearest_day_is_the_last_there() {
        assert_eq!(
            (nearest(-3.0, 100), nearest(1.0, 100), nearest(7.0, 100)),
            (Some(0), Some(99), Some(99))
        );
        assert_eq!(
            (nearest(0.5, 0), nearest(f64::NAN, 5), nearest(f64::INFINITY, 5)),
            (None, Some(0), Some(4))
        );
    }

    #[test]
    fn few_days_keep_to_the_left_of_the_plot() {
        assert_eq!((nearest(0.01, 2), nearest(0.9, 2)), (Some(0), Some(1)));
    }

    #[test]
    fn keys_move_by_a_day_and_by_a_month_and_stop_at_the_ends() {
        let from_30 = |key| moved(key, 30, 40);
        assert_eq!([from_30("ArrowLeft"), from_30("ArrowRight")], [Some(29), Some(31)]);
        assert_eq!([from_30("PageDown"), from_30("PageUp")], [Some(9), Some(39)]);
        assert_eq!([from_30("Home"), from_30("End")], [Some(0), Some(39)]);
        assert_eq!([moved("ArrowLeft", 0, 40), moved("ArrowRight", 39, 40)], [Some(0), Some(39)]);
        assert_eq!([from_30("x"), moved("Home", 0, 0)], [None, None]);
    }

    #[test]
    fn a_day_held_by_key_moves_with_its_day() {
        let mut series = series(Series::DAYS);
        let crosshair = Crosshair::Day(series.bars[990].date.clone());
        let position = |series: &Series| {
            crosshair.position(series, &series.window(Range::Month), |_| panic!("no pointer"))
        };
        assert_eq!(position(&series), Some(11));
        let next = series.bars[999].clone();
        series.push(Bar { date: "3000-01-01".into(), ..next });
        assert_eq!(position(&series), Some(10));
    }

    #[test]
    fn a_day_that_left_the_window_gives_way_to_the_first() {
        let series = series(100);
        let crosshair = Crosshair::Day("0001-01-01".into());
        assert_eq!(crosshair.position(&series, &series.window(Range::Month), Some), Some(0));
        assert_eq!(crosshair.position(&Series::default(), &(0..0), Some), None);
    }

    #[test]
    fn a_pointer_takes_the_day_below_it() {
        let series = series(100);
        let window = series.window(Range::All);
        let at = |across| Crosshair::Pointer(7.0).position(&series, &window, |_| across);
        assert_eq!((at(Some(0.505)), at(None)), (Some(50), None));
        assert_eq!(Crosshair::Off.position(&series, &window, Some), None);
    }
}
