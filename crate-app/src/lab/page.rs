//! The page at `/lab`.

use leptos::prelude::*;

use super::bench::Bench;
use super::stream::Stream;
use super::switches::Switches;
use super::tape::TapeDeck;
use super::trouble::Trouble;
use crate::i18n::{label, text};
use crate::title::set_page_title;

#[component]
pub(crate) fn Lab() -> impl IntoView {
    set_page_title(|| text!(lab.title).to_owned());
    provide_context(Bench::new());
    view! {
        <div class="lab" data-testid="lab">
            <div class="lab-controls">
                <section class="panel lab-panel">
                    <h2>{label!(lab.title)}</h2>
                    <p>{label!(lab.about)}</p>
                    <p><a href="./">{label!(lab.to_the_ticker)}</a></p>
                </section>
                <Switches/>
                <Trouble/>
                <TapeDeck/>
            </div>
            <section class="panel lab-stream">
                <Stream/>
            </section>
        </div>
    }
}
