//! The names that a connection listens to.

use std::borrow::Cow;

use crate::Options;
use crate::protocol::machine::Role;

/// A name that the connection listens to.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    pub(super) name: Cow<'static, str>,
    pub(super) role: Role,
    /// Whether the subscriber's type has it; the others are only for us.
    pub(super) delivered: bool,
}

/// The subscriber's events, and those by which the server speaks to us.
pub(super) fn listeners(names: Vec<Cow<'static, str>>, options: &Options) -> Vec<Listener> {
    let mut listeners: Vec<Listener> = names
        .into_iter()
        .map(|name| Listener { name, role: Role::Plain, delivered: true })
        .collect();
    let roles = [
        (&options.heartbeat_event, Role::Heartbeat),
        (&options.resync_event, Role::Resync),
        (&options.end_event, Role::End),
    ];
    for (name, role) in roles {
        let Some(name) = name else { continue };
        match listeners.iter_mut().find(|listener| listener.name == *name) {
            Some(listener) => listener.role = role,
            None => listeners.push(Listener { name: name.clone(), role, delivered: false }),
        }
    }
    listeners
}
