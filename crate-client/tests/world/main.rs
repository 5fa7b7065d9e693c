//! What a `testing::World` promises to tests, natively.
#![cfg(not(target_arch = "wasm32"))]

#[cfg(feature = "fetch")]
mod fetch;
mod lifetime;
mod native;
mod page;
#[cfg(feature = "tabs")]
mod sharing;
#[cfg(feature = "leptos")]
mod signals;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sse_signals::testing::World;
use sse_signals::{Event, EventSource, Item, Options};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Feed {
    Text(String),
    Number(u32),
}

fn text(text: &str) -> Feed {
    Feed::Text(text.to_owned())
}

fn item(id: &str, data: Feed) -> Item<Feed> {
    Item::Event(Event::new(id, data))
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn open(options: Options) -> EventSource<Feed> {
    EventSource::open("/events", options).expect("a world takes any URL")
}

/// A source whose request is accepted.
fn accepted(world: &World, options: Options) -> EventSource<Feed> {
    let source = open(options);
    world.request().accept();
    source
}
