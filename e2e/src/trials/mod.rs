//! What the page must do, each as a sentence, sorted by subject.

mod connection;
mod page;

use crate::harness::Trial;

/// Every trial, in the order in which they run.
pub(crate) fn all() -> Vec<Trial> {
    [page::trials(), connection::trials()].into_iter().flatten().collect()
}
