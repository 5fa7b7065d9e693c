//! [`EventSourceInspector`]: a component for Leptos that shows what a [`Recorder`] keeps.
//!
//! ```
//! use leptos::prelude::*;
//! use sse_signals::Options;
//! use sse_signals::hooks::leptos::use_event_source;
//! use sse_signals::inspector::EventSourceInspector;
//! use sse_signals::recording::Recorder;
//!
//! #[component]
//! fn Page() -> impl IntoView {
//!     let recorder = Recorder::new();
//!     let messages = use_event_source::<String>("/events", Options::new().record(&recorder));
//!     view! { <EventSourceInspector recorder/> }
//! }
//! # let owner = Owner::new();
//! # owner.with(|| drop(Page()));
//! ```
//!
//! # Looks
//!
//! [`STYLE`] is its style sheet. It is neither put into the page nor into `style` attributes, so that a strict
//! Content-Security-Policy has nothing to refuse: link the file `src/inspector/style.css` of this crate, or put the text
//! into a `<style>` of your own. All class names begin with `sse-inspector`. Colours, spaces and fonts are custom
//! properties that the page may set on any element around it:
//!
//! | custom property                                          | default                               |
//! | -------------------------------------------------------- | ------------------------------------- |
//! | `--sse-inspector-text`, `-muted`, `-background`, `-border` | the system's, for light and dark pages |
//! | `--sse-inspector-good`, `-busy`, `-warn`, `-bad`         | green, blue, amber, red               |
//! | `--sse-inspector-font-mono`                              | `ui-monospace`                        |
//! | `--sse-inspector-height`                                 | `28rem`, of the list                  |
//!
//! # Bounds
//!
//! Of the entries that match the filter 100 are in the page, and 100 more by each press of a button, up to 1,000. They are
//! looked for once an animation frame, if anything has come. Of an event's data 64 KiB are shown.

#![expect(
    unreachable_pub,
    clippy::must_use_candidate,
    reason = "`#[component]` makes such functions"
)]

mod json;
mod labels;
mod list;
mod rows;
mod save;
mod source;
mod timeline;

use leptos::ev::MouseEvent;
use leptos::prelude::*;

pub use labels::Labels;
pub use save::save;

use crate::recording::Recorder;
use list::List;
use rows::{Filter, Row};
use source::{Shown, Source};
use timeline::Timeline;

/// The component's style sheet, the same as the file `src/inspector/style.css`.
pub const STYLE: &str = include_str!("inspector/style.css");

/// Entries in the page at first, and how many more each time.
const PAGE: usize = 100;
/// Entries in the page at most.
const MOST: usize = 1_000;

/// What changes in the view. All are of one of these types, so that the code that renders them exists once.
type Words = Box<dyn Fn() -> String + Send>;
type Name = Box<dyn Fn() -> &'static str + Send>;
type Flag = Box<dyn Fn() -> bool + Send>;
type Press = Box<dyn FnMut(MouseEvent)>;

fn words(words: impl Fn() -> String + Send + 'static) -> Words {
    Box::new(words)
}

fn flag(flag: impl Fn() -> bool + Send + 'static) -> Flag {
    Box::new(flag)
}

fn press(press: impl FnMut(MouseEvent) + 'static) -> Press {
    Box::new(press)
}

/// What the parts share.
#[derive(Clone, Copy)]
struct Inspector {
    source: Source,
    shown: RwSignal<Shown>,
    /// Newest first.
    rows: RwSignal<Vec<Row>>,
    labels: Signal<Labels>,
    filter: RwSignal<Filter>,
    limit: RwSignal<usize>,
    /// Whether the reader has stopped the list.
    paused: RwSignal<bool>,
    /// Whether the reader is in the list, with the pointer or the focus: it stands still then.
    pointed_at: RwSignal<bool>,
    focused: RwSignal<bool>,
}

impl Inspector {
    /// Whether what is shown stays. Tracked.
    fn is_held(self) -> bool {
        self.paused.get() || self.pointed_at.get() || self.focused.get()
    }

    /// A text that follows the labels.
    fn label(self, pick: fn(&Labels) -> &'static str) -> Name {
        Box::new(move || self.labels.with(pick))
    }
}

/// Shows what a [`Recorder`] keeps: raw events, newest first, with states, gaps and losses among them; the state and how it
/// came about; figures. What is shown can be filtered, held, cleared, and saved as a recording.
///
/// The list stands still while the pointer is on it or the keyboard's focus in it, and says how much has come meanwhile.
/// Each event can be opened: its data, as indented JSON where it is JSON.
///
/// The texts are English unless `labels` has others, which may be a signal. On a native target it renders its frame, without
/// content.
///
/// See the [module](self) for its looks and bounds.
#[component]
pub fn EventSourceInspector(
    /// What is shown.
    recorder: Recorder,
    /// The texts. Default: [`Labels::ENGLISH`].
    #[prop(optional, into)]
    labels: Signal<Labels>,
) -> impl IntoView {
    let inspector = Inspector {
        source: Source::new(recorder),
        shown: RwSignal::new(Shown::default()),
        rows: RwSignal::new(Vec::new()),
        labels,
        filter: RwSignal::new(Filter::default()),
        limit: RwSignal::new(PAGE),
        paused: RwSignal::new(false),
        pointed_at: RwSignal::new(false),
        focused: RwSignal::new(false),
    };
    inspector.source.follow(inspector);
    view! {
        <section class="sse-inspector" aria-label=inspector.label(|labels| labels.title)>
            <Head inspector/>
            <Timeline inspector/>
            <Toolbar inspector/>
            <List inspector/>
        </section>
    }
}

/// The state, where it comes from, and the figures.
#[component]
fn Head(inspector: Inspector) -> impl IntoView {
    let Inspector { shown, labels, .. } = inspector;
    let state = Memo::new(move |_| shown.with(|shown| shown.state));
    let name: Name = Box::new(move || state.with(timeline::name));
    let word = words(move || state.with(|state| labels.with(|labels| (labels.state)(state))));
    let figures: [Figure; 6] = [
        ("events", |it| it.events, |it| rows::grouped(it.totals.events)),
        ("rate", |it| it.rate, |it| rows::rate(it.rate)),
        ("bytes", |it| it.bytes, |it| rows::size(it.totals.bytes)),
        ("gaps", |it| it.gaps, |it| rows::grouped(it.totals.gaps)),
        ("lagged", |it| it.lagged, |it| rows::grouped(it.totals.lagged)),
        ("malformed", |it| it.malformed, |it| rows::grouped(it.totals.malformed)),
    ];
    let figures = figures.map(|(name, label, value)| {
        view! {
            <div data-figure=name data-value=words(move || shown.with(value))>
                <dt>{inspector.label(label)}</dt>
                <dd>{words(move || shown.with(value))}</dd>
            </div>
        }
    });
    view! {
        <div class="sse-inspector-head">
            <p class="sse-inspector-state" data-state=name>
                <span class="sse-inspector-sign" aria-hidden="true"></span>
                {word}
            </p>
            <p class="sse-inspector-url">{words(move || shown.with(|shown| shown.url.clone()))}</p>
            <dl class="sse-inspector-figures">{figures.into_iter().collect_view()}</dl>
        </div>
    }
}

/// Its name for tests, its label, and what it is.
type Figure = (&'static str, fn(&Labels) -> &'static str, fn(&Shown) -> String);

/// Filter, and what can be done with all of it.
#[component]
fn Toolbar(inspector: Inspector) -> impl IntoView {
    let Inspector { source, shown, filter, limit, paused, labels, .. } = inspector;
    let names = Memo::new(move |_| shown.with(|shown| shown.names.clone()));
    let option = move |value: String, label: Words| {
        let chosen = value.clone();
        let chosen = flag(move || filter.with(|filter| filter.kind.value() == chosen));
        view! { <option value=value prop:selected=chosen>{label}</option> }
    };
    let label =
        move |pick: fn(&Labels) -> &'static str| words(move || labels.with(pick).to_owned());
    let change = move |change: &dyn Fn(&mut Filter)| {
        filter.update(|filter| change(filter));
        limit.set(PAGE);
        source.refresh(inspector);
    };
    let choose = move |event| {
        let kind = rows::Kind::of(&event_target_value(&event));
        change(&|filter| filter.kind = kind.clone());
    };
    let search = move |event| {
        let text = event_target_value(&event);
        change(&|filter| filter.text.clone_from(&text));
    };
    let pause = press(move |_| {
        paused.update(|paused| *paused = !*paused);
        source.refresh(inspector);
    });
    let pause_or_resume = words(move || {
        let is_paused = paused.get();
        labels.with(|labels| if is_paused { labels.resume } else { labels.pause }).to_owned()
    });
    view! {
        <div class="sse-inspector-toolbar">
            <select data-action="inspector-kind" aria-label=inspector.label(|labels| labels.show) on:change=choose>
                {option(String::new(), label(|labels| labels.everything))}
                {option("*events".to_owned(), label(|labels| labels.only_events))}
                {option("*others".to_owned(), label(|labels| labels.no_events))}
                <For
                    each=move || names.get()
                    key=Clone::clone
                    children=move |name| option(format!("={name}"), words(move || name.clone()))
                />
            </select>
            <input
                type="search"
                data-action="inspector-search"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                dir="auto"
                aria-label=inspector.label(|labels| labels.search)
                placeholder=inspector.label(|labels| labels.search)
                on:input=search
            />
            <span class="sse-inspector-buttons">
                <button
                    type="button"
                    data-action="inspector-pause"
                    aria-pressed=words(move || paused.get().to_string())
                    on:click=pause
                >
                    {pause_or_resume}
                </button>
                <button type="button" data-action="inspector-clear" on:click=press(move |_| source.clear(inspector))>
                    {label(|labels| labels.clear)}
                </button>
                <button type="button" data-action="inspector-save" on:click=press(move |_| source.save())>
                    {label(|labels| labels.save)}
                </button>
            </span>
        </div>
    }
}
