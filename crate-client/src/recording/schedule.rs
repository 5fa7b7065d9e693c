//! When what is played: sans-IO, the time comes in as an argument.

use std::time::Duration;

/// The slowest and the fastest that a recording can be played, as a factor of its own pace.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=100.0;

/// How fast a recording is played.
///
/// ```
/// # use sse_signals::recording::Speed;
/// assert_eq!(Speed::times(1.0), Speed::default());
/// assert_eq!(Speed::times(1_000.0), Speed::times(100.0));
/// assert_eq!(Speed::times(f64::NAN), Speed::times(1.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(Pace);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pace {
    Times(f64),
    Unlimited,
}

impl Speed {
    /// As fast as the subscriber takes it, without a look at the times.
    pub const UNLIMITED: Self = Self(Pace::Unlimited);

    /// So many times as fast as it was recorded, from 0.1 to 100; what is beyond counts as the nearest of these.
    #[must_use]
    pub const fn times(factor: f64) -> Self {
        let factor = if factor.is_nan() { 1.0 } else { factor };
        Self(Pace::Times(factor.clamp(*SPEEDS.start(), *SPEEDS.end())))
    }

    /// How long it takes to play so much.
    fn takes(self, recorded: Duration) -> Duration {
        match self.0 {
            Pace::Times(factor) => scale(recorded, factor.recip()),
            Pace::Unlimited => Duration::ZERO,
        }
    }
}

/// As fast as it was recorded.
impl Default for Speed {
    fn default() -> Self {
        Self::times(1.0)
    }
}

/// Without a panic, where the product is too large.
fn scale(time: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(time.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

/// Where a player is, and how it goes on.
#[derive(Debug)]
pub(super) struct Schedule {
    /// When each entry stands, from the first on; they do not go back.
    times: Vec<Duration>,
    /// The entry that comes next.
    next: usize,
    /// Where it stood when it last was paused, or began to play.
    position: Duration,
    playing: Option<Playing>,
}

#[derive(Clone, Copy, Debug)]
struct Playing {
    since: Duration,
    speed: Speed,
}

impl Schedule {
    pub(super) fn new(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        let first = times.first().copied().unwrap_or_default();
        times.iter_mut().for_each(|time| *time = time.saturating_sub(first));
        Self { times, next: 0, position: Duration::ZERO, playing: None }
    }

    /// Goes on from here, at that speed.
    pub(super) fn play(&mut self, now: Duration, speed: Speed) {
        self.position = self.position(now);
        self.playing = (!self.is_over()).then_some(Playing { since: now, speed });
    }

    pub(super) fn pause(&mut self, now: Duration) {
        self.position = self.position(now);
        self.playing = None;
    }

    /// Stands before the first entry again; plays on if it plays.
    pub(super) fn rewind(&mut self, now: Duration) {
        self.next = 0;
        self.position = Duration::ZERO;
        if let Some(playing) = &mut self.playing {
            playing.since = now;
        }
    }

    /// Pauses, and takes the next entry whenever it stands.
    pub(super) fn step(&mut self, now: Duration) -> Option<usize> {
        self.pause(now);
        let entry = self.next;
        self.position = *self.times.get(entry)?;
        self.next += 1;
        Some(entry)
    }

    /// The next entry that is due; after the last it is paused.
    pub(super) fn poll(&mut self, now: Duration) -> Option<usize> {
        if self.poll_timeout()? > now {
            return None;
        }
        let entry = self.next;
        self.next += 1;
        if self.is_over() {
            self.position = self.length();
            self.playing = None;
        }
        Some(entry)
    }

    /// When the next entry is due, while it plays.
    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        let Playing { since, speed } = self.playing?;
        let next = *self.times.get(self.next)?;
        Some(since.saturating_add(speed.takes(next.saturating_sub(self.position))))
    }

    /// How far it is; never beyond what comes next.
    pub(super) fn position(&self, now: Duration) -> Duration {
        let Some(Playing { since, speed }) = self.playing else { return self.position };
        let passed = now.saturating_sub(since);
        match speed.0 {
            Pace::Times(factor) => {
                let next = self.times.get(self.next).copied().unwrap_or_else(|| self.length());
                self.position.saturating_add(scale(passed, factor)).min(next.max(self.position))
            }
            Pace::Unlimited => {
                let last = self.next.checked_sub(1).and_then(|last| self.times.get(last));
                last.copied().unwrap_or_default().max(self.position)
            }
        }
    }

    pub(super) fn length(&self) -> Duration {
        self.times.last().copied().unwrap_or_default()
    }

    pub(super) fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    fn is_over(&self) -> bool {
        self.next >= self.times.len()
    }

    /// Entries that were played, and how many there are.
    pub(super) fn entries(&self) -> (usize, usize) {
        (self.next, self.times.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Entries at 0, 100, 100 and 400 ms.
    fn schedule() -> Schedule {
        Schedule::new([ms(5_000), ms(5_100), ms(5_100), ms(5_400)])
    }

    fn due(schedule: &mut Schedule, now: u64) -> Vec<usize> {
        std::iter::from_fn(|| schedule.poll(ms(now))).collect()
    }

    #[test]
    fn nothing_plays_before_it_is_asked_for() {
        let mut schedule = schedule();
        assert_eq!((due(&mut schedule, 99_999), schedule.poll_timeout()), (vec![], None));
        assert_eq!((schedule.length(), schedule.position(ms(7))), (ms(400), ms(0)));
    }

    #[test]
    fn entries_come_at_their_times_from_the_first_on() {
        let mut schedule = schedule();
        schedule.play(ms(1_000), Speed::default());
        assert_eq!(due(&mut schedule, 1_000), [0]);
        assert_eq!(schedule.poll_timeout(), Some(ms(1_100)));
        assert_eq!(due(&mut schedule, 1_099), [0; 0]);
        assert_eq!(schedule.position(ms(1_050)), ms(50));
        assert_eq!(due(&mut schedule, 1_100), [1, 2]);
        assert_eq!(due(&mut schedule, 9_000), [3]);
        assert!(!schedule.is_playing(), "the end");
        assert_eq!((schedule.position(ms(9_999)), schedule.entries()), (ms(400), (4, 4)));
    }

    #[test]
    fn a_speed_shortens_the_times_between_and_may_change_on_the_way() {
        let mut schedule = schedule();
        schedule.play(ms(0), Speed::times(10.0));
        assert_eq!(due(&mut schedule, 0), [0]);
        assert_eq!(schedule.poll_timeout(), Some(ms(10)));
        assert_eq!(schedule.position(ms(5)), ms(50));
        schedule.play(ms(5), Speed::times(0.5));
        assert_eq!(schedule.poll_timeout(), Some(ms(105)));
        assert_eq!(due(&mut schedule, 105), [1, 2]);
        schedule.play(ms(105), Speed::UNLIMITED);
        assert_eq!(due(&mut schedule, 105), [3]);
    }

    #[test]
    fn a_pause_keeps_the_place_between_two_entries() {
        let mut schedule = schedule();
        schedule.play(ms(0), Speed::default());
        assert_eq!(due(&mut schedule, 40), [0]);
        schedule.pause(ms(40));
        assert_eq!((due(&mut schedule, 9_999), schedule.position(ms(9_999))), (vec![], ms(40)));
        schedule.play(ms(10_000), Speed::default());
        assert_eq!(schedule.poll_timeout(), Some(ms(10_060)));
    }

    #[test]
    fn a_step_takes_one_entry_and_holds() {
        let mut schedule = schedule();
        schedule.play(ms(0), Speed::default());
        assert_eq!(schedule.step(ms(0)), Some(0));
        assert!(!schedule.is_playing());
        assert_eq!((schedule.step(ms(5)), schedule.position(ms(5))), (Some(1), ms(100)));
        assert_eq!(
            (schedule.step(ms(5)), schedule.step(ms(5)), schedule.step(ms(5))),
            (Some(2), Some(3), None)
        );
        schedule.play(ms(9), Speed::default());
        assert!(!schedule.is_playing(), "nothing is left");
    }

    #[test]
    fn it_can_begin_again_while_it_plays_and_after_its_end() {
        let mut schedule = schedule();
        schedule.play(ms(0), Speed::default());
        assert_eq!(due(&mut schedule, 150), [0, 1, 2]);
        schedule.rewind(ms(150));
        assert_eq!((due(&mut schedule, 150), schedule.position(ms(160))), (vec![0], ms(10)));
        assert_eq!(due(&mut schedule, 9_000), [1, 2, 3]);
        schedule.rewind(ms(9_000));
        assert_eq!((schedule.is_playing(), schedule.position(ms(9_000))), (false, ms(0)));
        schedule.play(ms(9_000), Speed::default());
        assert_eq!(due(&mut schedule, 9_000), [0]);
    }

    #[test]
    fn without_entries_nothing_plays() {
        let mut schedule = Schedule::new([]);
        schedule.play(ms(0), Speed::default());
        assert!(!schedule.is_playing());
        assert_eq!((schedule.step(ms(0)), schedule.length()), (None, ms(0)));
    }

    #[test]
    fn no_time_is_too_long() {
        let mut schedule = Schedule::new([Duration::ZERO, Duration::MAX]);
        schedule.play(ms(0), Speed::times(0.1));
        assert_eq!(schedule.poll(ms(0)), Some(0));
        assert_eq!(schedule.poll_timeout(), Some(Duration::MAX));
        assert!(schedule.position(Duration::from_secs(u64::MAX)) > ms(0));
    }
}
