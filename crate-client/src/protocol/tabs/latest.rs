//! The latest event of each name, for those who come late.

use super::message::Relayed;

/// Names that are remembered. Over fetch the server may send any number of them.
const NAMES: usize = 256;

/// In the order of the stream, with the newest gap in its place: what stands before it may be out of date.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latest(Vec<Relayed>);

impl Latest {
    pub(crate) fn put(&mut self, item: &Relayed) {
        match item {
            Relayed::Event(event) => {
                self.0.retain(
                    |other| !matches!(other, Relayed::Event(other) if other.name == event.name),
                );
                if self.0.len() > NAMES {
                    self.0.remove(0);
                }
            }
            Relayed::Gap(_) => self.0.retain(|other| matches!(other, Relayed::Event(_))),
            Relayed::Id(_) | Relayed::Lagged(_) | Relayed::Oversized(_) => return,
        }
        self.0.push(item.clone());
        if matches!(self.0.first(), Some(Relayed::Gap(_))) {
            self.0.remove(0);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Relayed> {
        self.0.iter()
    }
}
