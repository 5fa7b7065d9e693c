//! Locks and channels, by which pages of one browser meet.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use super::OnDrop;
use crate::client::TabSink;
use crate::options::share::Obstacle;

/// What the pages of a browser have in common.
#[derive(Default)]
pub(crate) struct Tabs {
    /// What keeps them apart.
    pub(crate) obstacle: Cell<Option<Obstacle>>,
    /// For each name in the order of the requests: the first one holds it.
    claims: RefCell<Vec<Claim>>,
    listening: RefCell<Vec<Ear>>,
    last: Cell<u64>,
    /// What is told in the next task.
    due: RefCell<VecDeque<Box<dyn FnOnce()>>>,
}

struct Claim {
    id: u64,
    name: String,
    number: u64,
    sink: Weak<dyn TabSink>,
    granted: bool,
}

#[derive(Clone)]
struct Ear {
    id: u64,
    name: String,
    sink: Weak<dyn TabSink>,
}

/// One page's end of a channel.
pub(crate) struct Channel {
    tabs: Rc<Tabs>,
    id: u64,
    name: String,
    _open: OnDrop,
}

impl Tabs {
    pub(crate) fn lock(
        self: &Rc<Self>,
        name: &str,
        steal: bool,
        number: u64,
        sink: Weak<dyn TabSink>,
    ) -> OnDrop {
        let id = self.next();
        let mut claims = self.claims.borrow_mut();
        if steal && let Some(index) = claims.iter().position(|it| it.name == name && it.granted) {
            let victim = claims.remove(index);
            self.later(&victim.sink, move |sink| sink.stolen(victim.number));
        }
        let claim = Claim { id, name: name.to_owned(), number, sink, granted: false };
        let index = if steal { 0 } else { claims.len() };
        claims.insert(index, claim);
        drop(claims);
        self.grant(name);
        let (tabs, name) = (Rc::clone(self), name.to_owned());
        OnDrop::new(move || {
            tabs.claims.borrow_mut().retain(|claim| claim.id != id);
            tabs.grant(&name);
        })
    }

    pub(crate) fn channel(self: &Rc<Self>, name: &str, sink: Weak<dyn TabSink>) -> Channel {
        let id = self.next();
        self.listening.borrow_mut().push(Ear { id, name: name.to_owned(), sink });
        let tabs = Rc::clone(self);
        let open = OnDrop::new(move || tabs.listening.borrow_mut().retain(|ear| ear.id != id));
        Channel { tabs: Rc::clone(self), id, name: name.to_owned(), _open: open }
    }

    /// Returns whether anything was told.
    pub(super) fn turn(&self) -> bool {
        let due = self.due.take();
        let any = !due.is_empty();
        due.into_iter().for_each(|tell| tell());
        any
    }

    /// How many locks are held or waited for, and how many channels are open.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.claims.borrow().len(), self.listening.borrow().len())
    }

    /// Different from all before.
    pub(super) fn next(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.last.get()
    }

    fn grant(self: &Rc<Self>, name: &str) {
        let mut claims = self.claims.borrow_mut();
        if let Some(first) = claims.iter_mut().find(|claim| claim.name == name)
            && !std::mem::replace(&mut first.granted, true)
        {
            let number = first.number;
            self.later(&first.sink, move |sink| sink.granted(number));
        }
    }

    fn later(&self, sink: &Weak<dyn TabSink>, tell: impl FnOnce(Rc<dyn TabSink>) + 'static) {
        let sink = Weak::clone(sink);
        self.due.borrow_mut().push_back(Box::new(move || {
            if let Some(sink) = sink.upgrade() {
                tell(sink);
            }
        }));
    }
}

impl Channel {
    pub(crate) fn post(&self, text: &str) {
        let listening = self.tabs.listening.borrow().clone();
        for ear in listening.iter().filter(|ear| ear.name == self.name && ear.id != self.id) {
            let text = text.to_owned();
            self.tabs.later(&ear.sink, move |sink| sink.heard(Some(&text)));
        }
    }
}
