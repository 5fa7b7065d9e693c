//! The line of the last adjusted closes.

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::model::SPARKLINE_DAYS;

/// Width of one day and height of the drawing, in user units: integers, fine enough that rounding is not seen.
const DAY: usize = 10;
const HEIGHT: f64 = 280.0;

/// The drawing's `viewBox`.
pub(super) const VIEW_BOX: &str = "0 0 1190 280";

/// An SVG path of the closes, the newest at the right edge, the lowest at the bottom; empty for fewer than two.
pub(super) fn path(closes: &VecDeque<f64>) -> String {
    let mut path = String::new();
    if closes.len() < 2 {
        return path;
    }
    let low = closes.iter().copied().fold(f64::INFINITY, f64::min);
    let high = closes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = high - low;
    let first_day = SPARKLINE_DAYS.saturating_sub(closes.len());
    for (position, close) in closes.iter().enumerate() {
        let height = if range > 0.0 { (close - low) / range } else { 0.5 };
        // The cast saturates, and makes 0 of what is not a number.
        let y = ((1.0 - height) * HEIGHT).round() as u32;
        let command = if position == 0 { 'M' } else { 'L' };
        // Writing to a string can't fail.
        let _ = write!(path, "{command}{} {y}", (first_day + position) * DAY);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_close_is_at_the_right_edge() {
        assert_eq!(path(&VecDeque::from([1.0, 3.0, 2.0])), "M1170 280L1180 0L1190 140");
    }

    #[test]
    fn a_full_history_fills_the_view_box() {
        let path = path(&(0..SPARKLINE_DAYS).map(|day| day as f64).collect());
        assert!(path.starts_with("M0 280L10 278"), "{path}");
        assert!(path.ends_with("L1190 0"), "{path}");
        assert_eq!(VIEW_BOX, format!("0 0 {} {HEIGHT}", (SPARKLINE_DAYS - 1) * DAY));
    }

    #[test]
    fn equal_closes_draw_a_line_in_the_middle() {
        assert_eq!(path(&VecDeque::from([5.0, 5.0])), "M1180 140L1190 140");
    }

    #[test]
    fn a_single_close_draws_nothing() {
        assert_eq!(path(&VecDeque::new()), "");
        assert_eq!(path(&VecDeque::from([5.0])), "");
    }

    #[test]
    fn extreme_numbers_do_not_panic() {
        assert!(path(&VecDeque::from([f64::MIN, f64::MAX, f64::NAN])).starts_with('M'));
    }
}
