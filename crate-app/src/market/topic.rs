//! What headlines are about, as the reader can filter them.

use sse_signals_feed::HeadlineKind;

use crate::i18n::text;

/// A [`HeadlineKind`] without its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    High,
    Low,
    Move,
    Volume,
    Streak,
}

impl Topic {
    pub(super) const ALL: [Self; 5] =
        [Self::High, Self::Low, Self::Move, Self::Volume, Self::Streak];

    pub(super) const fn of(kind: &HeadlineKind) -> Self {
        match kind {
            HeadlineKind::High52Weeks { .. } => Self::High,
            HeadlineKind::Low52Weeks { .. } => Self::Low,
            HeadlineKind::LargestMove { .. } => Self::Move,
            HeadlineKind::VolumeSpike { .. } => Self::Volume,
            HeadlineKind::Streak { .. } => Self::Streak,
        }
    }

    /// The name in the address and in the markup.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Move => "move",
            Self::Volume => "volume",
            Self::Streak => "streak",
        }
    }

    /// As the reader sees it, in the page's language; tracked.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::High => text!(market.kind_high),
            Self::Low => text!(market.kind_low),
            Self::Move => text!(market.kind_move),
            Self::Volume => text!(market.kind_volume),
            Self::Streak => text!(market.kind_streak),
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}
