//! The lab: a subscription of its own under the inspector, with trouble on order, recorded and played.
//!
//! `setup` is what the address says, `faults` what the server can be asked for and `server` how, `bench` what the parts
//! share; `switches`, `trouble`, `tape` and `stream` are the parts of the `page`.

mod bench;
mod faults;
mod page;
mod server;
mod setup;
mod shapes;
mod stream;
mod switches;
mod tape;
mod trouble;
mod words;

pub(crate) use page::Lab;
