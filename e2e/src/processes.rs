//! The browser's processes: which one runs a page, and the signals that it gets.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::page::Page;

/// KiB that a page takes to be told from others, far more than a page grows by itself meanwhile.
const BALLAST: u64 = 32 * 1024;

/// Takes [`BALLAST`] and keeps it: what is given back late would hide what is taken the next time.
const TAKE_BALLAST: &str =
    "(window.ballast ??= []).push(new Uint8Array(arguments[0] * 1024).fill(1));";

/// A process that runs a page. Goes on when dropped, if it was stopped.
#[derive(Debug)]
pub(crate) struct Process {
    id: u32,
    /// The one that has started it.
    parent: u32,
    stopped: bool,
}

/// What the system tells of a process.
#[derive(Clone, Copy, Debug)]
struct Entry {
    parent: u32,
    /// KiB in memory.
    resident: u64,
}

impl Process {
    /// The process of the page in the present window: of all below `ancestor` it alone grows each time that the page does.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(crate) async fn of(page: &Page, ancestor: u32) -> Self {
        let mut before = descendants(ancestor);
        let mut found: Vec<u32> = before.keys().copied().collect();
        loop {
            page.script_with::<Value>(TAKE_BALLAST, vec![BALLAST.into()]).await;
            let after = descendants(ancestor);
            found.retain(|id| {
                let [before, after] = [&before, &after].map(|all| all.get(id));
                before.zip(after).is_some_and(|(before, after)| {
                    // What the page gives back meanwhile makes up for a part.
                    after.resident > before.resident + BALLAST / 4
                })
            });
            match found[..] {
                [] => panic!("no process grows with the page: {before:#?} to {after:#?}"),
                [id] => return Self { id, parent: after[&id].parent, stopped: false },
                // Others that have just started grow too, by themselves.
                _ => before = after,
            }
        }
    }

    /// Ends it without a word (SIGKILL).
    pub(crate) fn kill(&self) {
        signal("KILL", self.id);
    }

    /// Ends the browser without a word, with all its windows.
    pub(crate) fn kill_browser(&self) {
        signal("KILL", self.parent);
    }

    /// Lets it run no further (SIGSTOP).
    pub(crate) fn stop(&mut self) {
        signal("STOP", self.id);
        self.stopped = true;
    }

    /// Lets it run on.
    pub(crate) fn go_on(&mut self) {
        if std::mem::take(&mut self.stopped) {
            signal("CONT", self.id);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.go_on();
    }
}

/// Sends a signal; who is gone gets none.
fn signal(name: &str, id: u32) {
    let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status();
    sent.expect("kill starts");
}

/// All processes below that one.
fn descendants(ancestor: u32) -> BTreeMap<u32, Entry> {
    let listed =
        Command::new("ps").args(["-A", "-o", "pid=", "-o", "ppid=", "-o", "rss="]).output();
    let listed = String::from_utf8(listed.expect("ps starts").stdout).expect("ps prints numbers");
    let all: BTreeMap<u32, Entry> = listed.lines().filter_map(entry).collect();
    let is_below = |id: &u32| {
        let mut way = std::iter::successors(all.get(id), |it| all.get(&it.parent));
        way.any(|it| it.parent == ancestor)
    };
    all.iter().filter(|(id, _)| is_below(id)).map(|(&id, &entry)| (id, entry)).collect()
}

fn entry(line: &str) -> Option<(u32, Entry)> {
    let mut numbers = line.split_whitespace();
    let mut next = || numbers.next();
    let (id, parent, resident) = (next()?, next()?, next()?);
    let entry = Entry { parent: parent.parse().ok()?, resident: resident.parse().ok()? };
    Some((id.parse().ok()?, entry))
}
