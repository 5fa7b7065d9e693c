//! Who brings new events to the streams that wait for them.
//!
//! To wake a task for each stream and event costs as much as to write the event. So one thread goes round the streams and
//! writes to each what it has not got: a thread, since a round of thousands of writes would keep a runtime from all else.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::Delivery;
use crate::log::Log;
use crate::stream::LastRead;

/// Streams that are looked up at a time, so that who comes or goes need not wait for a whole round.
const STRETCH: usize = 64;

/// All of them.
#[derive(Debug)]
pub(crate) struct Couriers {
    couriers: Box<[Arc<Courier>]>,
    /// Streams so far.
    count: AtomicU64,
}

/// One of them: its streams, in the order in which they came.
#[derive(Debug, Default)]
struct Courier(Mutex<BTreeMap<u64, Arc<Delivery>>>);

/// Has a stream visited until it is dropped.
#[derive(Debug)]
pub(super) struct Visits {
    courier: Arc<Courier>,
    number: u64,
}

impl Couriers {
    /// They work until the server shuts down.
    ///
    /// # Errors
    ///
    /// What the system says if it has no thread to give.
    pub(crate) fn start(log: &dyn Log, shutdown: &watch::Receiver<bool>) -> io::Result<Self> {
        // Half of the cores: to write is most of the work, but others accept, answer and publish.
        let couriers = thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
        let start = |_| {
            let courier = Arc::new(Courier::default());
            let work = Arc::clone(&courier).work(log.watch(), shutdown.clone());
            let runtime = Handle::current();
            let thread = thread::Builder::new().name("courier".to_owned());
            thread.spawn(move || runtime.block_on(work)).map(|_| courier)
        };
        let couriers = (0..couriers).map(start).collect::<io::Result<_>>()?;
        Ok(Self { couriers, count: AtomicU64::new(0) })
    }

    pub(super) fn visit(&self, stream: &Arc<Delivery>) -> Visits {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let turn = usize::try_from(number).unwrap_or_default() % self.couriers.len();
        let courier = Arc::clone(&self.couriers[turn]);
        courier.streams().insert(number, Arc::clone(stream));
        Visits { courier, number }
    }
}

impl Courier {
    async fn work(
        self: Arc<Self>,
        mut appended: watch::Receiver<()>,
        mut shutdown: watch::Receiver<bool>,
    ) {
        loop {
            tokio::select! {
                _ = shutdown.wait_for(|shutdown| *shutdown) => return,
                appended = appended.changed() => if appended.is_err() { return },
            }
            self.go_round();
        }
    }

    /// Each stream gets what was in the log when the round began, or more.
    fn go_round(&self) {
        let mut last = LastRead::default();
        let mut next = 0;
        loop {
            let stretch: Vec<_> = {
                let streams = self.streams();
                let stretch = streams.range(next..).take(STRETCH);
                stretch.map(|(number, stream)| (*number, Arc::clone(stream))).collect()
            };
            for (number, stream) in &stretch {
                stream.bring(&mut last);
                next = number + 1;
            }
            if stretch.len() < STRETCH {
                return;
            }
        }
    }

    // A panic between two changes of a map leaves it whole.
    fn streams(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Delivery>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Visits {
    fn drop(&mut self) {
        self.courier.streams().remove(&self.number);
    }
}
