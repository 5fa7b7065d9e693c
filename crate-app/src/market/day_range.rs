//! Where the close lies between the day's low and high.

use sse_signals_feed::Quote;

/// From 0 (at the low) to 1 (at the high), for style sheets; in the middle where there is no range.
pub(super) fn place(quote: &Quote) -> String {
    let part = (quote.close - quote.low) / (quote.high - quote.low);
    // The cast saturates, and makes 0 of what is not a number.
    let thousandths =
        if part.is_finite() { (part.clamp(0.0, 1.0) * 1_000.0).round() } else { 500.0 };
    let thousandths = thousandths as u32;
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use sse_signals_feed::Feed;

    use super::*;
    use crate::samples;

    fn placed(low: f64, high: f64, close: f64) -> String {
        let Feed::Quote(quote) = samples::quote("IBM", 1) else { unreachable!("it is a quote") };
        place(&Quote { low, high, close, ..quote })
    }

    #[test]
    fn the_close_has_its_place_between_low_and_high() {
        assert_eq!(placed(10.0, 20.0, 10.0), "0.000");
        assert_eq!(placed(10.0, 20.0, 12.345), "0.235");
        assert_eq!(placed(10.0, 20.0, 20.0), "1.000");
    }

    #[test]
    fn a_close_outside_its_range_stays_within_the_drawing() {
        assert_eq!(placed(10.0, 20.0, 25.0), "1.000");
        assert_eq!(placed(10.0, 20.0, -5.0), "0.000");
    }

    #[test]
    fn without_a_range_it_is_in_the_middle() {
        assert_eq!(placed(10.0, 10.0, 10.0), "0.500");
        assert_eq!(placed(f64::NAN, 10.0, 10.0), "0.500");
    }
}
