//! The ticker: what the page knows, and the parts that show it.

mod model;
mod notice;
mod sparkline;
mod table;

use leptos::prelude::*;

pub(crate) use model::{Fold, Model};
pub(crate) use notice::GapNotice;

use table::Table;

use crate::headlines::Headlines;

/// The page at `/`.
#[component]
pub(crate) fn Ticker() -> impl IntoView {
    view! {
        <div class="ticker">
            <Table/>
            <Headlines/>
        </div>
    }
}
