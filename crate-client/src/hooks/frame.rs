//! What is shown, gathered until the next frame: of all hooks of the page in one, so that a component with several of them,
//! or with several connections, is rendered once.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::host::Frame;

thread_local! {
    static NEXT: RefCell<Next> = const { RefCell::new(Next { waiting: Vec::new(), frame: None }) };
}

struct Next {
    waiting: Vec<Weak<Show>>,
    /// While anyone waits.
    frame: Option<Frame>,
}

/// Something to be shown anew. Dropping it takes a request back.
pub(crate) struct Show {
    show: Box<dyn Fn()>,
    waiting: Cell<bool>,
}

impl Show {
    pub(crate) fn new(show: impl Fn() + 'static) -> Self {
        Self { show: Box::new(show), waiting: Cell::new(false) }
    }

    /// In the next frame.
    pub(crate) fn request(self: &Rc<Self>) {
        if !self.waiting.replace(true) {
            NEXT.with_borrow_mut(|next| {
                next.waiting.push(Rc::downgrade(self));
                next.frame.get_or_insert_with(|| Frame::request(show_waiting));
            });
        }
    }
}

impl Drop for Show {
    fn drop(&mut self) {
        if self.waiting.get() {
            NEXT.with_borrow_mut(|next| {
                next.waiting.retain(|other| other.strong_count() > 0);
                if next.waiting.is_empty() {
                    next.frame = None;
                }
            });
        }
    }
}

fn show_waiting() {
    let waiting = NEXT.with_borrow_mut(|next| {
        next.frame = None;
        std::mem::take(&mut next.waiting)
    });
    for show in waiting.iter().filter_map(Weak::upgrade) {
        show.waiting.set(false);
        (show.show)();
    }
}

/// The frame that was asked for does not come any more.
#[cfg(feature = "testing")]
pub(crate) fn forget() {
    let (waiting, frame) =
        NEXT.with_borrow_mut(|next| (std::mem::take(&mut next.waiting), next.frame.take()));
    waiting.iter().filter_map(Weak::upgrade).for_each(|show| show.waiting.set(false));
    drop(frame);
}
