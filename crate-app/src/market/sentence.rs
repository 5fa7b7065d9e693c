//! What a headline says, from its facts. The symbol stands before it.

use sse_signals_feed::HeadlineKind;

use super::shorten;
use crate::format::{self, Direction};
use crate::i18n::text;

/// In the page's language, tracked.
pub(super) fn sentence(kind: &HeadlineKind) -> String {
    match kind {
        HeadlineKind::High52Weeks { close } => text!(market.high, close = format::price(*close)),
        HeadlineKind::Low52Weeks { close } => text!(market.low, close = format::price(*close)),
        HeadlineKind::LargestMove { change, since } => {
            let size = format::percent_unsigned(*change);
            let since = since.as_deref().map(|since| format::date(&shorten::date(since)));
            match (since, *change < 0.0) {
                (Some(since), false) => text!(market.gain_since, size = size, since = since),
                (Some(since), true) => text!(market.loss_since, size = size, since = since),
                (None, false) => text!(market.gain, size = size),
                (None, true) => text!(market.loss, size = size),
            }
        }
        HeadlineKind::VolumeSpike { volume, times } => text!(
            market.volume_spike,
            volume = format::compact(*volume),
            times = format::one_decimal(*times)
        ),
        HeadlineKind::Streak { days, rising: true } => text!(market.rising_streak, days = days),
        HeadlineKind::Streak { days, rising: false } => text!(market.falling_streak, days = days),
    }
}

/// Where what it tells of points to.
pub(super) fn direction(kind: &HeadlineKind) -> Direction {
    match kind {
        HeadlineKind::High52Weeks { .. } | HeadlineKind::Streak { rising: true, .. } => {
            Direction::Up
        }
        HeadlineKind::Low52Weeks { .. } | HeadlineKind::Streak { rising: false, .. } => {
            Direction::Down
        }
        HeadlineKind::LargestMove { change, .. } => Direction::of(*change),
        HeadlineKind::VolumeSpike { .. } => Direction::Flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Locale, set_locale};

    fn kinds() -> [HeadlineKind; 9] {
        let since = || Some("2000-05-26".to_owned());
        [
            HeadlineKind::High52Weeks { close: 1130.31 },
            HeadlineKind::Low52Weeks { close: 9.5 },
            HeadlineKind::LargestMove { change: -0.5187, since: since() },
            HeadlineKind::LargestMove { change: 0.0512, since: since() },
            HeadlineKind::LargestMove { change: -0.1, since: None },
            HeadlineKind::LargestMove { change: 0.1, since: None },
            HeadlineKind::VolumeSpike { volume: 265_069_000, times: 12.34 },
            HeadlineKind::Streak { days: 9, rising: true },
            HeadlineKind::Streak { days: 7, rising: false },
        ]
    }

    #[test]
    fn each_kind_of_headline_has_its_sentence() {
        let since = format::date("2000-05-26");
        let percent = format::percent_unsigned;
        assert_eq!(
            kinds().each_ref().map(sentence),
            [
                format!("closes at a 52-week high, ${}", format::price(1130.31)),
                format!("closes at a 52-week low, ${}", format::price(9.5)),
                format!("falls {}, its largest loss since {since}", percent(0.5187)),
                format!("rises {}, its largest gain since {since}", percent(0.0512)),
                format!("falls {}, its largest loss in these data so far", percent(0.1)),
                format!("rises {}, its largest gain in these data so far", percent(0.1)),
                format!(
                    "trades {} shares, {} times its 20-day mean",
                    format::compact(265_069_000),
                    format::one_decimal(12.34)
                ),
                "rises 9 trading days in a row".to_owned(),
                "falls 7 trading days in a row".to_owned(),
            ]
        );
    }

    #[test]
    fn each_sentence_is_said_in_chinese_with_the_same_figures() {
        let english = kinds().each_ref().map(sentence);
        set_locale(Locale::zh);
        for (kind, english) in kinds().iter().zip(english) {
            let chinese = sentence(kind);
            assert!(!chinese.is_ascii() && chinese != english, "{chinese}");
            let figures = english.split(|c: char| !(c.is_ascii_digit() || ".-%".contains(c)));
            for figure in figures.map(|figure| figure.trim_matches(['.', '-'])) {
                assert!(chinese.contains(figure), "{figure} is not in {chinese}");
            }
        }
        assert_eq!(
            sentence(&HeadlineKind::Streak { days: 9, rising: true }),
            "连续 9 个交易日上涨"
        );
        set_locale(Locale::en);
    }

    #[test]
    fn a_headline_points_the_way_it_tells_of() {
        assert_eq!(direction(&HeadlineKind::Low52Weeks { close: 1.0 }), Direction::Down);
        assert_eq!(direction(&HeadlineKind::Streak { days: 5, rising: true }), Direction::Up);
        let fall = HeadlineKind::LargestMove { change: -0.1, since: None };
        assert_eq!(direction(&fall), Direction::Down);
    }
}
