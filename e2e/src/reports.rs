//! What the tabs tell of themselves, by `report.js`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::page::Snapshot;

/// A tab at one moment.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Report {
    /// Its number, from 1.
    pub(crate) tab: usize,
    /// Another one each time that the page is loaded.
    pub(crate) life: String,
    /// How it says that it gets its events: the first `data-sharing` in the page.
    pub(crate) sharing: Option<String>,
    /// By the browser's own word.
    pub(crate) visible: bool,
    pub(crate) shown: Snapshot,
}

impl Report {
    /// Whether it says that it is the one with the connection.
    pub(crate) fn leads(&self) -> bool {
        self.sharing.as_deref() == Some("leader")
    }

    /// Whether it says that it gets its events from the one with the connection.
    pub(crate) fn follows(&self) -> bool {
        self.sharing.as_deref() == Some("follower")
    }

    /// What the market looks like in it.
    pub(crate) fn picture(&self) -> (&Option<String>, &[String], &Option<String>) {
        (&self.shown.date, &self.shown.prices, &self.shown.newest)
    }
}

/// The last report of each tab.
pub(crate) type Reports = BTreeMap<usize, Report>;
