//! The market: what the page knows of it, and the parts that show it.
//!
//! An item's way: `intake` (gathers, or holds while paused) → `fold` (accounts, then writes) → `model` (signals) → the
//! parts of the page. What the reader chooses is in `choices`, which keeps the address in step.

mod address;
mod choices;
mod day_range;
mod fold;
mod headlines;
mod inbox;
mod intake;
mod model;
mod notice;
mod order;
mod page;
mod pause;
mod row;
mod search;
mod sentence;
pub(crate) mod shorten;
mod sparkline;
mod table;
mod toolbar;
mod topic;
mod watched;
mod watchlist;

pub(crate) use intake::{RECENT, follow};
pub(crate) use model::Model;
pub(crate) use notice::GapNotice;
pub(crate) use page::Market;
pub(crate) use pause::PauseButton;
