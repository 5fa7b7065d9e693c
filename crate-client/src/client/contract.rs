//! How the events of a stream become what a subscriber gets.

use std::borrow::Cow;
#[cfg(feature = "tabs")]
use std::cell::RefCell;
#[cfg(feature = "tabs")]
use std::rc::Rc;

use serde::de::DeserializeOwned;

use crate::{Error, schema};

/// Which events a subscriber takes, and which `T` it gets of each.
pub(crate) trait Contract<T>: 'static {
    /// Whether it is a program's, and not one that hands on to others.
    const IS_SUBSCRIBER: bool;

    /// The names to listen to.
    fn names(&self) -> Vec<Cow<'static, str>>;
    fn decode(&self, name: &str, data: &str) -> Result<T, Error>;
}

/// As the type's serde shape has it: see [`schema`].
pub(crate) struct Typed;

impl<T: DeserializeOwned> Contract<T> for Typed {
    const IS_SUBSCRIBER: bool = true;

    fn names(&self) -> Vec<Cow<'static, str>> {
        schema::event_names::<T>().iter().map(|name| Cow::Borrowed(*name)).collect()
    }

    fn decode(&self, name: &str, data: &str) -> Result<T, Error> {
        schema::decode(name, data)
    }
}

/// An event as it came, for several subscribers with types of their own.
#[cfg(feature = "tabs")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawEvent {
    pub(crate) name: Rc<str>,
    pub(crate) data: Rc<str>,
}

/// Whatever comes, under names of which there may be more later.
#[cfg(feature = "tabs")]
pub(crate) struct Raw {
    /// At first.
    names: Vec<Cow<'static, str>>,
    /// The names of the events so far that are worth keeping, so that an event brings no copy.
    seen: RefCell<Vec<Rc<str>>>,
}

#[cfg(feature = "tabs")]
impl Raw {
    /// A stream may have any number of names.
    const KEPT_NAMES: usize = 64;

    pub(crate) const fn new(names: Vec<Cow<'static, str>>) -> Self {
        Self { names, seen: RefCell::new(Vec::new()) }
    }
}

#[cfg(feature = "tabs")]
impl Contract<RawEvent> for Raw {
    const IS_SUBSCRIBER: bool = false;

    fn names(&self) -> Vec<Cow<'static, str>> {
        self.names.clone()
    }

    fn decode(&self, name: &str, data: &str) -> Result<RawEvent, Error> {
        let mut seen = self.seen.borrow_mut();
        let name = match seen.iter().find(|seen| &***seen == name) {
            Some(seen) => Rc::clone(seen),
            None => {
                let name = Rc::from(name);
                if seen.len() < Self::KEPT_NAMES {
                    seen.push(Rc::clone(&name));
                }
                name
            }
        };
        Ok(RawEvent { name, data: data.into() })
    }
}
