//! The machine, driven by hand with injected time. The tests follow the lines of the crate's state contract.

mod page;
mod resume;
mod retry;
mod states;
#[cfg(feature = "fetch")]
mod stream;
mod watchdog;

use super::*;
use crate::Retry;

const SECOND: Duration = Duration::from_secs(1);

/// A machine and the time; jitter is always 0.5.
struct Sim {
    machine: Machine,
    now: Duration,
    actions: Vec<Action>,
}

impl Sim {
    fn new(options: Options) -> Self {
        Self {
            machine: Machine::new(options, None),
            now: Duration::from_secs(1_000),
            actions: Vec::new(),
        }
    }

    /// Connected and open.
    fn open(options: Options) -> Self {
        let mut sim = Self::new(options);
        sim.connect();
        sim.opens();
        sim.actions.clear();
        sim
    }

    fn generation(&self) -> u64 {
        self.machine.last_generation
    }

    fn state(&self) -> State {
        *self.machine.state()
    }

    fn drain(&mut self) {
        while let Some(action) = self.machine.poll_action() {
            self.actions.push(action);
        }
    }

    fn connect(&mut self) {
        self.machine.connect(self.now);
        self.drain();
    }

    fn opens(&mut self) {
        self.machine.on_open(self.generation(), self.now);
        self.drain();
    }

    /// `error` with `readyState` CONNECTING.
    fn loses(&mut self) {
        self.now += SECOND;
        self.machine.on_error(self.generation(), false, self.now, 0.5);
        self.drain();
    }

    /// `error` with `readyState` CLOSED.
    fn fails(&mut self) {
        self.machine.on_error(self.generation(), true, self.now, 0.5);
        self.drain();
    }

    fn event(&mut self, id: &str, role: Role) -> bool {
        let verdict =
            self.machine.on_event(self.generation(), Some(id), None, role, Some(self.now));
        self.drain();
        verdict == Verdict::Deliver
    }

    /// Time passes, and the timer fires whenever it is due.
    fn passes(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(due) = self.machine.poll_timeout().filter(|due| *due <= end) {
            self.now = due;
            self.machine.handle_timeout(self.now, 0.5);
            self.drain();
        }
        self.now = end;
    }

    fn gaps(&self) -> usize {
        self.actions.iter().filter(|action| matches!(action, Action::Gap(_))).count()
    }

    /// The cursor of the newest request.
    fn requested_cursor(&self) -> Option<&str> {
        self.actions.iter().rev().find_map(|action| match action {
            Action::Connect { cursor, .. } => Some(cursor.as_deref()),
            Action::Disconnect | Action::Gap(_) => None,
        })?
    }
}

fn by_query() -> Options {
    Options::new().resume(Resume::Query("lastEventId".into()))
}

fn waiting(state: &State) -> (u32, Option<Duration>, Cause) {
    match state {
        State::Waiting { attempt, retry_in, cause } => (*attempt, *retry_in, *cause),
        other => panic!("not waiting but {other:?}"),
    }
}
