//! Real daily prices of 2000 to 2013, and what can truly be said about them.

mod days;
mod headlines;
mod prices;

pub use days::replay;
pub use headlines::{RECORD_PAUSE, headlines};
pub use prices::{Day, PricesError, Series, read_prices};
