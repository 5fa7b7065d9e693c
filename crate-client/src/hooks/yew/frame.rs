//! Re-renders, gathered until the next frame: of all hooks of the page in one, so that a component with several of
//! them, or with several connections, is rendered once.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use yew::functional::{Hook, HookContext, UseForceUpdateHandle, use_force_update, use_ref};

use crate::browser::Frame;

thread_local! {
    static NEXT: RefCell<Next> = const { RefCell::new(Next { waiting: Vec::new(), frame: None }) };
}

struct Next {
    waiting: Vec<Weak<Rerender>>,
    /// While anyone waits.
    frame: Option<Frame>,
}

/// A component that can be re-rendered. Dropping it takes a request back.
pub(super) struct Rerender {
    component: UseForceUpdateHandle,
    waiting: Cell<bool>,
}

impl Rerender {
    /// In the next frame.
    pub(super) fn request(self: &Rc<Self>) {
        if !self.waiting.replace(true) {
            NEXT.with_borrow_mut(|next| {
                next.waiting.push(Rc::downgrade(self));
                next.frame.get_or_insert_with(|| Frame::request(render_waiting));
            });
        }
    }
}

impl Drop for Rerender {
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

fn render_waiting() {
    let waiting = NEXT.with_borrow_mut(|next| {
        next.frame = None;
        std::mem::take(&mut next.waiting)
    });
    for rerender in waiting.iter().filter_map(Weak::upgrade) {
        rerender.waiting.set(false);
        rerender.component.force_update();
    }
}

/// The component's that is rendered.
pub(super) fn use_rerender(context: &mut HookContext) -> Rc<Rerender> {
    let component = use_force_update().run(context);
    use_ref(|| Rerender { component, waiting: Cell::new(false) }).run(context)
}
