//! What a follower knows of its leader's silence.

use std::time::Duration;

/// How long a leader may say nothing before it is asked.
const SILENCE: Duration = Duration::from_secs(3);
/// How long its answer may take, of the follower's own running time.
const ANSWER: Duration = Duration::from_secs(3);

/// How long it has lasted, and what was done about it.
#[derive(Debug)]
pub(super) struct Silence {
    /// Different for each tab, so that one asks for all.
    jitter: Duration,
    pub(super) heard_at: Duration,
    /// Unanswered.
    pub(super) pings: u32,
    due: Duration,
}

impl Silence {
    pub(super) const fn new(tab: u64) -> Self {
        Self {
            jitter: Duration::from_millis(tab % 1_000),
            heard_at: Duration::ZERO,
            pings: 0,
            due: Duration::ZERO,
        }
    }

    pub(super) const fn due(&self) -> Duration {
        self.due
    }

    pub(super) fn heard(&mut self, now: Duration) {
        self.heard_at = now;
        self.pings = 0;
        self.due = now.saturating_add(SILENCE).saturating_add(self.jitter);
    }

    /// It is there, but has not answered yet.
    pub(super) fn lives(&mut self, now: Duration) {
        self.heard_at = now;
        self.pings = 0;
    }

    pub(super) fn asked(&mut self, now: Duration) {
        self.pings += 1;
        self.wait(now);
    }

    pub(super) fn wait(&mut self, now: Duration) {
        self.due = now.saturating_add(ANSWER).saturating_add(self.jitter);
    }

    /// From the beginning.
    pub(super) fn start_anew(&mut self, now: Duration) {
        self.pings = 0;
        self.due = now.saturating_add(SILENCE);
    }
}
