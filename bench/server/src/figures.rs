//! From what was measured to what is printed.

use std::fs;

/// The one in the middle; of an even number the mean of the two there. NaN of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), values.len() % 2) {
        (Some(upper), 0) => {
            values.get(middle.wrapping_sub(1)).map_or(*upper, |it| f64::midpoint(*it, *upper))
        }
        (Some(value), _) => *value,
        (None, _) => f64::NAN,
    }
}

/// The value that so many hundredths of them do not exceed. NaN of none.
pub(crate) fn percentile(mut values: Vec<f64>, hundredths: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * hundredths).div_ceil(100);
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// The median of each round's own, since what else the machine does changes from round to round.
pub(crate) fn ratio(these: &[f64], those: &[f64]) -> f64 {
    median(these.iter().zip(those).map(|(this, that)| this / that).collect())
}

/// How many programs wanted to run at a time in the last minute; nothing where the system does not tell.
pub(crate) fn load() -> Option<String> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![5.0, 1.0, 3.0]), 3.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(values.clone(), 99), 198.0);
        assert_eq!(percentile(values, 100), 200.0);
        assert_eq!(percentile(vec![7.0], 99), 7.0);
        assert!(percentile(Vec::new(), 99).is_nan());
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds() {
        assert_eq!(ratio(&[2.0, 30.0, 4.0], &[1.0, 10.0, 4.0]), 2.0);
    }
}
