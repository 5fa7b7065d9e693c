//! Tests without a server. Natively, of what is computed: `cargo test`. In a browser, of the page: `wasm-pack test
//! --headless --chrome`.

use std::time::Duration;

use leptos::prelude::*;
use sse_signals::testing::{FRAME, World};

use super::*;

fn quote() -> Feed {
    Feed::Quote { symbol: "IBM".to_owned() }
}

fn news() -> Feed {
    Feed::News { symbol: "AAPL".to_owned() }
}

#[cfg(not(target_arch = "wasm32"))]
mod natively {
    use sse_signals::State;

    use super::*;

    #[test]
    fn quotes_and_news_are_counted_apart() {
        let world = World::new();
        // As a component has one.
        let owner = Owner::new();
        let counts = owner.with(|| counts(use_event_source("/events", Options::new())));
        world.request().accept();
        world.request().send(&quote());
        world.request().send(&news());
        world.request().send(&quote());
        assert_eq!(counts.get_untracked(), (2, 1));
    }

    #[test]
    fn they_go_on_after_a_reconnect() {
        let world = World::new();
        let owner = Owner::new();
        let feed = owner.with(|| use_event_source("/events", Options::new()));
        let counts = owner.with(|| counts(feed));
        world.request().accept();
        world.request().send(&quote());
        world.request().cut();
        assert!(matches!(feed.state().get_untracked(), State::Waiting { .. }));
        // The browser's own pace.
        world.advance(Duration::from_secs(3));
        world.request().accept();
        world.request().send(&quote());
        assert_eq!(counts.get_untracked(), (2, 0));
    }

    #[test]
    fn effects_run_once_a_frame() {
        let world = World::new();
        let owner = Owner::new();
        let shown = owner.with(|| {
            let counts = counts(use_event_source("/events", Options::new()));
            let shown = StoredValue::new(Vec::new());
            Effect::new(move |_| shown.update_value(|shown| shown.push(counts.get())));
            shown
        });
        world.request().accept();
        for _ in 0..1_000 {
            world.request().send(&quote());
        }
        world.advance(FRAME);
        assert_eq!(shown.get_value(), [(0, 0), (1_000, 0)]);
    }
}

#[cfg(target_arch = "wasm32")]
mod in_a_browser {
    use leptos::mount::mount_to;
    use leptos::task::tick;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    /// What the page shows there.
    fn shown(name: &str) -> String {
        let element = document().query_selector(&format!("[data-testid={name}]"));
        element.expect("a selector").and_then(|it| it.text_content()).expect("it is in the page")
    }

    #[wasm_bindgen_test]
    async fn the_page_shows_counts_and_state() {
        let world = World::new();
        let _page = mount_to(document().body().expect("a body"), Counter);
        world.request().accept();
        world.request().send(&quote());
        world.request().send(&news());
        world.advance(FRAME);
        tick().await;
        assert_eq!(
            (shown("state"), shown("value"), shown("news")),
            ("open".into(), "1".into(), "1".into())
        );

        world.request().cut();
        world.advance(Duration::from_secs(3));
        world.request().refuse(503);
        tick().await;
        assert!(shown("state").starts_with("waiting, attempt 2"), "{}", shown("state"));
    }
}
