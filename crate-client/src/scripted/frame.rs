//! Animation frames by a clock that is moved by hand.

use std::cell::{Cell, RefCell};
use std::time::Duration;

/// Between two animation frames, at 60 of them a second.
pub(crate) const FRAME: Duration = Duration::from_nanos(16_666_667);

/// Who waits for the next frame.
#[derive(Default)]
pub(crate) struct Frames {
    waiting: RefCell<Vec<Waiting>>,
    requested: Cell<u64>,
}

struct Waiting {
    id: u64,
    call: fn(),
}

impl Frames {
    /// When the next one comes, if anyone waits for it: frames come at whole multiples of [`FRAME`].
    pub(super) fn next(&self, now: Duration) -> Option<Duration> {
        if self.waiting.borrow().is_empty() {
            return None;
        }
        let passed = now.as_nanos() / FRAME.as_nanos();
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        Some(FRAME * passed.saturating_add(1))
    }

    pub(super) fn draw(&self) {
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(|waiting| (waiting.call)());
    }

    pub(super) fn clear(&self) {
        self.waiting.take();
    }
}

#[cfg(any(feature = "leptos", feature = "yew"))]
pub(crate) use request::Frame;

#[cfg(any(feature = "leptos", feature = "yew"))]
mod request {
    use std::rc::Rc;
    use std::time::Duration;

    use super::Waiting;
    use crate::client::Platform;
    use crate::scripted::{OnDrop, Stage};

    /// As in a browser, where a hidden tab gets no frames, and its timers run once a second at most.
    const WITHOUT_FRAMES: Duration = Duration::from_secs(1);

    /// A call with the next animation frame, or after [`WITHOUT_FRAMES`] where none comes. Whoever is called must drop this;
    /// dropping it before takes the request back.
    pub(crate) struct Frame {
        _animation: OnDrop,
        _timer: OnDrop,
    }

    impl Frame {
        pub(crate) fn request(stage: &Rc<Stage>, callback: fn()) -> Self {
            let frames = &stage.frames;
            let id = frames.requested.get() + 1;
            frames.requested.set(id);
            frames.waiting.borrow_mut().push(Waiting { id, call: callback });
            let of = Rc::clone(stage);
            let cancel = move || of.frames.waiting.borrow_mut().retain(|other| other.id != id);
            let timer = stage.set_timer(WITHOUT_FRAMES, Box::new(callback));
            Self { _animation: OnDrop::new(cancel), _timer: timer }
        }
    }
}
