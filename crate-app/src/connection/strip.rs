//! The strip: one bar for each slice of time, as high as the connection was well.

use std::fmt::Write as _;

use super::timeline::Condition;

/// The time of one bar, in milliseconds.
pub(super) const SLICE: f64 = 15_000.0;

/// Width of a bar with its gap, and height of the drawing, in user units.
const STEP: usize = 4;
const HEIGHT: usize = 16;

/// The drawing's `viewBox`.
pub(super) fn view_box(count: usize) -> String {
    format!("0 0 {} {HEIGHT}", count * STEP - 1)
}

/// An SVG path of the bars of one condition, or of the slices before there was any.
pub(super) fn path(slices: &[Option<Condition>], condition: Option<Condition>) -> String {
    let height = match condition {
        Some(Condition::Up) => HEIGHT,
        Some(Condition::Silent) => 11,
        Some(Condition::Down) => 6,
        Some(Condition::Off) | None => 2,
    };
    let mut path = String::new();
    for (position, _) in slices.iter().enumerate().filter(|(_, slice)| **slice == condition) {
        // Writing to a string can't fail.
        let _ = write!(path, "M{} {HEIGHT}v-{height}h{}v{height}z", position * STEP, STEP - 1);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_the_lower_and_each_slice_has_one_bar() {
        let slices = [None, Some(Condition::Down), Some(Condition::Up), Some(Condition::Down)];
        assert_eq!(path(&slices, Some(Condition::Up)), "M8 16v-16h3v16z");
        assert_eq!(path(&slices, Some(Condition::Down)), "M4 16v-6h3v6zM12 16v-6h3v6z");
        assert_eq!(path(&slices, Some(Condition::Silent)), "");
        assert_eq!(path(&slices, None), "M0 16v-2h3v2z");
    }
}
