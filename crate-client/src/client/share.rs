//! One connection for several subscriptions, of a page or of all tabs.

mod act;
mod hub;
mod key;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Wake, Waker};

use super::Platform;
use super::member::{Attach, Joining};
use crate::host::Host;
use crate::options::share::{Obstacle, Share};
use crate::{Options, browser};
use hub::Hub;
use key::Key;

thread_local! {
    /// Of this page, or worker.
    static HUBS: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    /// Whoever reads from a driver.
    static READERS: RefCell<Vec<(u64, Weak<dyn Read>)>> = const { RefCell::new(Vec::new()) };
    static LAST_READER: Cell<u64> = const { Cell::new(0) };
    static COMPLAINED: Cell<bool> = const { Cell::new(false) };
}

struct Entry {
    host: Host,
    key: Key,
    hub: Weak<Hub<Host>>,
}

/// How a subscription joins others, if the options ask for that.
pub(super) fn attach(url: &str, options: &Options) -> Option<Attach> {
    let share = options.share.clone()?;
    if options.transport.has_callbacks() {
        browser::warn(
            "a fetch with callbacks is not shared: nobody can tell whether two of them are the same",
        );
        return None;
    }
    let host = Host::new();
    let url = host.absolute(url);
    let options = options.clone();
    let key = Key::of(&url, &options, &share);
    Some(Box::new(move |joining| {
        let hub = match find(&host, &key) {
            Some(hub) => hub,
            None => open(&host, &key, &share, &url, &options, &joining)?,
        };
        Ok(hub.seat(joining))
    }))
}

fn find(host: &Host, key: &Key) -> Option<Rc<Hub<Host>>> {
    HUBS.with_borrow_mut(|hubs| {
        hubs.retain(|entry| entry.hub.strong_count() > 0);
        let entry = hubs.iter().find(|entry| entry.key == *key && entry.host.is_same(host))?;
        entry.hub.upgrade()
    })
}

fn open(
    host: &Host,
    key: &Key,
    share: &Share,
    url: &str,
    options: &Options,
    joining: &Joining,
) -> Result<Rc<Hub<Host>>, crate::Error> {
    let among_tabs = matches!(share, Share::Browser(_)).then(|| key.name());
    let hub = Hub::open(host.clone(), url, options, among_tabs, joining)?;
    let entry = Entry { host: host.clone(), key: key.clone(), hub: Rc::downgrade(&hub) };
    HUBS.with_borrow_mut(|hubs| hubs.push(entry));
    Ok(hub)
}

/// Once: it is the same for all.
fn complain(obstacle: Obstacle) {
    if !COMPLAINED.replace(true) {
        browser::warn(&format!(
            "connections are shared in this page only, not with other tabs: {obstacle}"
        ));
    }
}

/// Reads from a driver whenever there is something.
trait Read {
    fn read(self: Rc<Self>);
}

/// Wakers must be `Send`, and what they wake here is not: they know it by its number, on its own thread.
struct ReadWaker(u64);

impl Wake for ReadWaker {
    fn wake(self: Arc<Self>) {
        let reader = READERS.with_borrow(|readers| {
            readers.iter().find(|(number, _)| *number == self.0).and_then(|(_, it)| it.upgrade())
        });
        if let Some(reader) = reader {
            reader.read();
        }
    }
}

/// Wakes `reader`, for as long as it lives.
fn waker(reader: Weak<dyn Read>) -> Waker {
    let number = LAST_READER.get() + 1;
    LAST_READER.set(number);
    READERS.with_borrow_mut(|readers| {
        readers.retain(|(_, reader)| reader.strong_count() > 0);
        readers.push((number, reader));
    });
    Waker::from(Arc::new(ReadWaker(number)))
}
