//! The Yew hooks.

use sse_signals::hooks::yew::{
    UseEventSource, use_event_source, use_fold, use_history, use_items, use_latest,
};
use sse_signals::{Error, Options, State};
use tokio::task::LocalSet;
use yew::prelude::*;

#[component]
fn Ticker() -> Html {
    let messages = use_event_source::<String>("/events", Options::new());
    let latest = use_latest(&messages, |text| Some(text.clone()));
    let history = use_history(&messages, |text| Some(text.clone()), 10);
    let count = use_fold(&messages, || 7, |count, _| *count += 1);
    use_items(&messages, |_| unreachable!("nothing arrives on a server"));
    messages.open();
    messages.reconnect();
    messages.pause();
    messages.resume();
    messages.close();
    html! {
        <>
            <p>{ messages.state().to_string() }</p>
            <p>{ latest.unwrap_or_else(|| "none yet".to_owned()) }</p>
            <p>{ history.len() }{ " " }{ count }</p>
            <p>{ messages.error().as_ref().map(Error::to_string) }</p>
        </>
    }
}

#[component]
fn Parent() -> Html {
    let first = use_event_source::<String>("/first", Options::new());
    let second = use_event_source::<String>(None::<String>, Options::new());
    html! {
        <>
            <Child feed={first.clone()} same={first.clone() == first} />
            <Child feed={second.clone()} same={first == second} />
        </>
    }
}

#[derive(PartialEq, Properties)]
struct ChildProperties {
    feed: UseEventSource<String>,
    same: bool,
}

#[component]
fn Child(properties: &ChildProperties) -> Html {
    assert_eq!(properties.feed.state(), State::Idle);
    html! { <p>{ properties.same }</p> }
}

async fn render<C: BaseComponent<Properties = ()>>() -> String {
    let html = yew::LocalServerRenderer::<C>::new().hydratable(false).render();
    LocalSet::new().run_until(html).await
}

#[tokio::test]
async fn a_component_with_the_hooks_renders_to_html_with_the_state_idle() {
    let html = render::<Ticker>().await;
    assert_eq!(html, "<p>idle</p><p>none yet</p><p>0 7</p><p></p>");
}

#[tokio::test]
async fn a_handle_can_be_a_property_and_knows_its_own_connection() {
    let html = render::<Parent>().await;
    assert_eq!(html, "<p>true</p><p>false</p>");
}
