//! The page's header: what this is, the day that is replayed, the connection, the reader's choices.

use leptos::prelude::*;

use crate::app::focus_main;
use crate::connection::Badge;
use crate::format;
use crate::i18n::{self, label, text};
use crate::market::{Model, PauseButton, shorten};
use crate::settings::{self, Settings, Theme};
use crate::shortcuts::Shortcuts;

#[component]
pub(crate) fn Header() -> impl IntoView {
    // A link's target would be looked for relative to the base, which may be another page.
    let skip = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        focus_main();
    };
    view! {
        <header class="page-header">
            <a class="skip unseen" href="#main" on:click=skip>{label!(shell.skip)}</a>
            <div class="product">
                <h1>{label!(shell.app)}</h1>
                <p data-testid="replay-label">{label!(shell.replay)}</p>
            </div>
            <div class="playback">
                <ReplayedDate/>
                <PauseButton/>
            </div>
            <Badge/>
            <Choices/>
        </header>
    }
}

#[component]
fn ReplayedDate() -> impl IntoView {
    let date = expect_context::<Model>().date;
    let shown = move || {
        date.get().map_or_else(
            || view! { <span class="absent">{label!(shell.no_day)}</span> }.into_any(),
            |date| {
                let text = format::date(&shorten::date(&date));
                view! { <time data-testid="replayed-date" datetime=date dir="auto">{text}</time> }
                    .into_any()
            },
        )
    };
    view! {
        <p class="replayed">
            <span class="label">{label!(shell.replayed_day)}</span>
            {shown}
        </p>
    }
}

/// Language, theme, shortcuts.
#[component]
fn Choices() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let shortcuts = expect_context::<Shortcuts>();
    let choose_language = move |event| {
        if let Some(locale) = i18n::from_tag(&event_target_value(&event)) {
            settings::set_language(locale);
        }
    };
    let choose_theme = move |event| {
        if let Some(theme) = Theme::from_name(&event_target_value(&event)) {
            settings.set_theme(theme);
        }
    };
    let languages = i18n::all().map(|locale| {
        view! {
            <option value=i18n::code(locale) lang=i18n::html_lang(locale) prop:selected=move || i18n::locale() == locale>
                {i18n::name(locale)}
            </option>
        }
    });
    let themes = Theme::ALL.map(|theme| {
        let label = move || match theme {
            Theme::Auto => text!(shell.theme_auto),
            Theme::Light => text!(shell.theme_light),
            Theme::Dark => text!(shell.theme_dark),
        };
        view! { <option value=theme.name() prop:selected=move || settings.theme() == theme>{label}</option> }
    });
    view! {
        <div class="choices">
            <select data-action="language" aria-label=label!(shell.language) on:change=choose_language>
                {languages.collect_view()}
            </select>
            <select data-action="theme" aria-label=label!(shell.theme) on:change=choose_theme>
                {themes.collect_view()}
            </select>
            <button
                type="button"
                class="icon"
                data-action="shortcuts"
                aria-haspopup="dialog"
                aria-label=label!(shell.shortcuts)
                title=label!(shell.shortcuts)
                on:click=move |_| shortcuts.toggle_sheet()
            >
                "?"
            </button>
        </div>
    }
}
