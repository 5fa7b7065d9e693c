//! The entries, newest first.

use leptos::ev::FocusEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Node;

use super::rows::{self, Row};
use super::{Inspector, Labels, MOST, Name, PAGE, flag, json, press, timeline, words};
use crate::recording::What;

/// Bytes of an event's data that are shown.
const SHOWN: usize = 64 * 1024;

/// For style sheets.
const fn kind(what: &What) -> &'static str {
    match what {
        What::Opened { .. } => "opened",
        What::State { .. } => "state",
        What::Event { .. } => "event",
        What::Gap(_) => "gap",
        What::Lagged(_) => "lagged",
        What::Malformed { .. } => "malformed",
    }
}

#[component]
pub(super) fn List(inspector: Inspector) -> impl IntoView {
    let Inspector { source, shown, rows, limit, pointed_at, focused, .. } = inspector;
    // Not where the focus only moves on within.
    let left = move |event: FocusEvent| {
        let list = event.current_target().and_then(|list| list.dyn_into::<Node>().ok());
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        if !list.is_some_and(|list| list.contains(to.as_ref())) {
            focused.set(false);
        }
    };
    let status = words(move || {
        let (fresh, dropped) = shown.with(|shown| (shown.fresh, shown.dropped));
        let (count, pick): (_, fn(&Labels) -> &'static str) = match (fresh, dropped) {
            (0, 0) => return String::new(),
            (0, dropped) => (dropped, |labels| labels.dropped),
            (fresh, _) => (fresh, |labels| labels.new_entries),
        };
        format!("{} {}", rows::grouped(count), inspector.labels.with(pick))
    });
    let is_fresh: Name =
        Box::new(move || shown.with(|shown| if shown.fresh > 0 { "true" } else { "false" }));
    let is_any = move || rows.with(|rows| !rows.is_empty());
    let nothing = words(move || {
        let is_filtered = shown.with(|shown| shown.is_any);
        let labels = inspector.labels.with(|labels| (labels.no_match, labels.nothing));
        if is_filtered { labels.0 } else { labels.1 }.to_owned()
    });
    let is_all = flag(move || {
        let limit = limit.get();
        limit >= MOST || rows.with(Vec::len) < limit
    });
    let older = press(move |_| {
        limit.update(|limit| *limit = (*limit + PAGE).min(MOST));
        source.refresh(inspector);
    });
    view! {
        <p class="sse-inspector-status" data-fresh=is_fresh>{status}</p>
        <div
            class="sse-inspector-list"
            role="region"
            aria-label=inspector.label(|labels| labels.entries)
            tabindex="0"
            on:pointerenter=move |_| pointed_at.set(true)
            on:pointerleave=move |_| pointed_at.set(false)
            on:focusin=move |_| focused.set(true)
            on:focusout=left
        >
            <p class="sse-inspector-empty" hidden=flag(is_any)>{nothing}</p>
            <ol>
                <For
                    each=move || rows.get()
                    key=|row| row.number
                    children=move |row| view! { <Line inspector row/> }
                />
            </ol>
            <button type="button" data-action="inspector-older" hidden=is_all on:click=older>
                {inspector.label(|labels| labels.older)}
            </button>
        </div>
    }
}

#[component]
fn Line(inspector: Inspector, row: Row) -> impl IntoView {
    let Row { number, at, what } = row;
    let labels = inspector.labels;
    let kind = kind(&what);
    let state =
        if let What::State { state, .. } = &what { Some(timeline::name(state)) } else { None };
    let content = match what {
        What::Event { name, id, data } => {
            view! { <EventLine inspector number time=rows::time(at) name id preview=data/> }
                .into_any()
        }
        other => {
            let told = words(move || {
                labels.with(|labels| match &other {
                    What::Opened { url } => format!("{} {url}", labels.opened),
                    What::State { state, detail: None } => (labels.state)(state),
                    What::State { state, detail: Some(detail) } => {
                        format!("{}: {detail}", (labels.state)(state))
                    }
                    What::Gap(gap) => (labels.gap)(*gap).to_owned(),
                    What::Lagged(items) => {
                        format!("{} {}", rows::grouped(*items), labels.lagged_items)
                    }
                    What::Malformed { name, reason } => {
                        format!("{} {name}: {reason}", labels.malformed_event)
                    }
                    // Another component.
                    What::Event { .. } => String::new(),
                })
            });
            view! {
                <p>
                    <span class="sse-inspector-time">{rows::time(at)}</span>
                    <span class="sse-inspector-words">{told}</span>
                </p>
            }
            .into_any()
        }
    };
    view! { <li data-kind=kind data-state=state>{content}</li> }
}

/// An event that can be opened.
#[component]
fn EventLine(
    inspector: Inspector,
    number: u64,
    time: String,
    name: String,
    id: String,
    preview: String,
) -> impl IntoView {
    let element = NodeRef::<html::Details>::new();
    let open = RwSignal::new(false);
    let toggled = move |_| open.set(element.get_untracked().is_some_and(|it| it.open()));
    let is_empty = preview.is_empty();
    let preview = match is_empty {
        true => inspector.labels.with_untracked(|labels| labels.no_data).to_owned(),
        false => preview,
    };
    // Nothing of it is there while it is closed: thousands of rows come and go.
    let data = move || {
        open.get().then(|| {
            let data = inspector.source.data(number).unwrap_or_default();
            let shown = data.get(..data.floor_char_boundary(SHOWN)).unwrap_or_default();
            let is_whole = shown.len() == data.len();
            let indented = if is_whole { json::indented(shown) } else { None };
            view! {
                <pre dir="auto">{indented.unwrap_or_else(|| shown.to_owned())}</pre>
                <p class="sse-inspector-empty" hidden=is_whole>
                    {inspector.label(|labels| labels.shortened)}
                </p>
            }
        })
    };
    view! {
        <details node_ref=element on:toggle=toggled>
            <summary>
                <span class="sse-inspector-time">{time}</span>
                <span class="sse-inspector-name">{name}</span>
                <span class="sse-inspector-id">{id}</span>
                <span class="sse-inspector-data" data-empty=is_empty.to_string()>{preview}</span>
            </summary>
            {data}
        </details>
    }
}
