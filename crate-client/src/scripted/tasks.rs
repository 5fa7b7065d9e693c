//! Tasks of one thread, which run when they are told to.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
pub(super) struct Tasks {
    waiting: RefCell<BTreeMap<u64, Task>>,
    spawned: Cell<u64>,
    woken: Arc<Woken>,
}

/// The tasks that can go on. A waker may be moved to another thread.
#[derive(Default)]
struct Woken(Mutex<VecDeque<u64>>);

impl Woken {
    fn push(&self, id: u64) {
        let mut woken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !woken.contains(&id) {
            woken.push_back(id);
        }
    }

    fn pop(&self) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

struct TaskWaker {
    id: u64,
    woken: Arc<Woken>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.woken.push(self.id);
    }
}

impl Tasks {
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let id = self.spawned.get() + 1;
        self.spawned.set(id);
        self.waiting.borrow_mut().insert(id, Box::pin(task));
        self.woken.push(id);
    }

    /// Runs until each of them waits. Says whether there was anything to run.
    pub(super) fn run(&self) -> bool {
        let mut ran = false;
        while let Some(id) = self.woken.pop() {
            // Outside of the list: it may spawn another.
            let Some(mut task) = self.waiting.borrow_mut().remove(&id) else { continue };
            ran = true;
            let waker = Waker::from(Arc::new(TaskWaker { id, woken: Arc::clone(&self.woken) }));
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.waiting.borrow_mut().insert(id, task);
            }
        }
        ran
    }

    pub(super) fn clear(&self) {
        let waiting = self.waiting.take();
        drop(waiting);
    }
}
