//! The alarm: a banner once the connection has been in trouble for a while, and a line once it is back.

use leptos::prelude::*;
use sse_signals::State;

use crate::accounting::Tally;
use crate::app::focus_main;
use crate::connection::{Connection, Health, next_step, retry};
use crate::i18n::{label, text};
use crate::{clock, format};

/// How long trouble may last before anybody is bothered with it, in milliseconds.
const PATIENCE: f64 = 5_000.0;
/// How long the line of the recovery stands, in milliseconds.
const FAREWELL: f64 = 10_000.0;

/// The alarm's phases. Times are milliseconds of [`clock::now`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Alarm {
    #[default]
    Calm,
    /// There is trouble, and nobody is told yet.
    Trouble { since: f64, before: Tally },
    /// There has been trouble for [`PATIENCE`].
    Raised { since: f64, before: Tally },
    /// It is over.
    Over { at: f64, lasted: f64, before: Tally, after: Tally },
}

/// How things stand with the connection, for the alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Well,
    /// Events are wanted and may be missing.
    Trouble,
    /// Nobody sees the page, which has given its connection up.
    Unseen,
}

/// What an interruption did to the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    /// Nothing has arrived yet, or nothing had before: there is no telling.
    Unknown,
    None,
    /// So many events.
    Lost(u64),
    /// A gap was told: nobody knows how many.
    Gap,
}

impl Alarm {
    /// The phase at a later time.
    pub(crate) fn next(self, now: f64, standing: Standing, tally: Tally) -> Self {
        match (self, standing) {
            (Self::Calm | Self::Over { .. }, Standing::Trouble) => {
                Self::Trouble { since: now, before: tally }
            }
            (Self::Trouble { since, before }, Standing::Trouble) if now - since >= PATIENCE => {
                Self::Raised { since, before }
            }
            // A page that comes back to be seen has its patience anew; what was told before still holds.
            (Self::Trouble { .. }, Standing::Well | Standing::Unseen) => Self::Calm,
            (Self::Raised { since, before }, Standing::Well) => {
                Self::Over { at: now, lasted: now - since, before, after: tally }
            }
            (Self::Over { at, .. }, _) if now - at >= FAREWELL => Self::Calm,
            (same, _) => same,
        }
    }

    /// Whether the page shows what is not current.
    pub(crate) const fn is_raised(self) -> bool {
        matches!(self, Self::Raised { .. })
    }
}

impl Damage {
    /// Of an interruption between two tallies, by the present one. The stream is one log: if what comes first after
    /// the interruption has no hole before it, there is none.
    const fn of(before: &Tally, after: &Tally, present: &Tally) -> Self {
        if present.gaps > before.gaps {
            Self::Gap
        } else if present.lost > before.lost {
            Self::Lost(present.lost - before.lost)
        } else if before.received == 0
            || present.received == after.received
            || present.malformed > before.malformed
        {
            Self::Unknown
        } else {
            Self::None
        }
    }
}

/// The banner. It lies over the page, so that nothing moves as it comes and goes.
#[component]
pub(crate) fn AlarmBanner(tally: Signal<Tally>) -> impl IntoView {
    let connection = expect_context::<Connection>();
    let health = expect_context::<Health>();
    let (alarm, state) = (health.alarm, health.state);
    // What stands while the trouble lasts, without the seconds: this alone is announced.
    let raised = Memo::new(move |_| match alarm.get() {
        Alarm::Raised { since, .. } => {
            let time = format::time_of_day(clock::since_1970(since));
            Some(state.with(|state| match state {
                State::Stale { .. } => text!(shell.alarm_silent, time = time),
                State::Closed(_) => text!(shell.alarm_closed, time = time),
                _ => text!(shell.alarm_cut_off, time = time),
            }))
        }
        _ => None,
    });
    let over = Memo::new(move |_| match alarm.get() {
        Alarm::Over { lasted, before, after, .. } => {
            // The cast saturates.
            let time = format::seconds((lasted / 1_000.0).round() as u64);
            Some(match tally.with(|present| Damage::of(&before, &after, present)) {
                Damage::Unknown => text!(shell.back, time = time),
                Damage::None => text!(shell.back_whole, time = time),
                Damage::Lost(1) => text!(shell.back_lost_one, time = time),
                Damage::Lost(events) => {
                    text!(shell.back_lost, time = time, events = format::integer(events))
                }
                Damage::Gap => text!(shell.back_gap, time = time),
            })
        }
        _ => None,
    });
    let retry = move |_| {
        // The banner goes once that works; the focus must not go with it.
        focus_main();
        retry(connection);
    };
    let step = move || {
        let in_state = health.in_state();
        state.with(|state| next_step(state, in_state))
    };
    view! {
        // Live regions stand before their content comes, or it would not be announced.
        <p class="unseen" role="alert">{raised}</p>
        <p class="unseen" role="status">{over}</p>
        <Show when=move || raised.with(Option::is_some)>
            <div class="alarm" data-testid="alarm">
                <span class="sign" aria-hidden="true">"⚠\u{fe0e}"</span>
                <div>
                    <p class="title number">{raised}</p>
                    <p class="number">{step}</p>
                </div>
                <button type="button" class="primary" data-action="retry" on:click=retry>
                    {label!(shell.retry)}
                </button>
            </div>
        </Show>
        <Show when=move || over.with(Option::is_some)>
            <div class="alarm over" data-testid="recovery">
                <span class="sign" aria-hidden="true">"✓\u{fe0e}"</span>
                <p class="number">{over}</p>
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Tally = Tally { received: 0, lost: 0, doubled: 0, gaps: 0, malformed: 0 };
    const SOME: Tally = Tally { received: 100, ..NONE };

    /// Steps once a second over the seconds in which there is trouble or not.
    fn phases(trouble: &[bool]) -> Vec<Alarm> {
        let standing = |trouble: &bool| if *trouble { Standing::Trouble } else { Standing::Well };
        follow(&trouble.iter().map(standing).collect::<Vec<_>>())
    }

    fn follow(standings: &[Standing]) -> Vec<Alarm> {
        let mut alarm = Alarm::default();
        let steps = standings.iter().enumerate();
        steps
            .map(|(second, standing)| {
                alarm = alarm.next(second as f64 * 1_000.0, *standing, SOME);
                alarm
            })
            .collect()
    }

    #[test]
    fn five_seconds_of_trouble_raise_the_alarm() {
        let phases = phases(&[true; 7]);
        assert!(phases[..5].iter().all(|alarm| !alarm.is_raised()));
        assert_eq!(phases[5], Alarm::Raised { since: 0.0, before: SOME });
        assert_eq!(phases[6], phases[5]);
    }

    #[test]
    fn shorter_trouble_bothers_nobody() {
        let phases = phases(&[true, true, true, true, false, true, true, true, true, false]);
        assert!(phases.iter().all(|alarm| !alarm.is_raised()));
        assert_eq!(phases[9], Alarm::Calm);
    }

    #[test]
    fn a_recovery_is_told_for_ten_seconds_and_goes_by_itself() {
        let mut trouble = vec![true; 13];
        trouble.extend([false; 11]);
        let phases = phases(&trouble);
        let over = Alarm::Over { at: 13_000.0, lasted: 13_000.0, before: SOME, after: SOME };
        assert_eq!(phases[13], over);
        assert_eq!((phases[22], phases[23]), (over, Alarm::Calm));
    }

    #[test]
    fn new_trouble_ends_the_word_of_recovery_and_counts_anew() {
        let mut trouble = vec![true; 6];
        trouble.extend([false, true, true, true, true, true, true]);
        let phases = phases(&trouble);
        assert_eq!(phases[7], Alarm::Trouble { since: 7_000.0, before: SOME });
        assert_eq!(phases[12], Alarm::Raised { since: 7_000.0, before: SOME });
    }

    #[test]
    fn a_page_that_nobody_sees_raises_nothing_and_calls_nothing_over() {
        use Standing::{Trouble, Unseen, Well};
        let short = follow(&[Trouble, Unseen, Unseen, Unseen, Unseen, Unseen, Trouble, Well]);
        assert_eq!((short[5], short[7]), (Alarm::Calm, Alarm::Calm));
        assert_eq!(short[6], Alarm::Trouble { since: 6_000.0, before: SOME });

        let mut long = vec![Trouble; 6];
        long.extend([Unseen, Unseen, Trouble, Well]);
        let long = follow(&long);
        assert!(
            long[5..9].iter().all(|alarm| *alarm == Alarm::Raised { since: 0.0, before: SOME })
        );
        assert!(matches!(long[9], Alarm::Over { .. }));
    }

    #[test]
    fn nothing_is_called_whole_before_an_event_shows_it() {
        assert_eq!(Damage::of(&SOME, &SOME, &SOME), Damage::Unknown);
        let more = Tally { received: 101, ..SOME };
        assert_eq!(Damage::of(&SOME, &SOME, &more), Damage::None);
        assert_eq!(Damage::of(&NONE, &NONE, &more), Damage::Unknown);
        let unreadable = Tally { malformed: 1, ..more };
        assert_eq!(Damage::of(&SOME, &SOME, &unreadable), Damage::Unknown);
    }

    #[test]
    fn losses_and_gaps_are_told() {
        let holes = Tally { received: 101, lost: 7, ..NONE };
        assert_eq!(Damage::of(&SOME, &SOME, &holes), Damage::Lost(7));
        let gap = Tally { gaps: 1, ..holes };
        assert_eq!(Damage::of(&SOME, &SOME, &gap), Damage::Gap);
    }
}
