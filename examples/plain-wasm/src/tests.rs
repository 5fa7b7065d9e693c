//! Tests without a server. Natively, of what is taken from the stream: `cargo test`. In a browser, of the page: `wasm-pack
//! test --headless --chrome`.

use sse_signals::testing::World;

use super::*;

fn update(text: &str) -> Feed {
    Feed::Update(text.to_owned())
}

#[cfg(not(target_arch = "wasm32"))]
mod natively {
    use std::time::Duration;

    use sse_signals::{Error, State};

    use super::*;

    #[test]
    fn the_last_of_each_kind_is_kept_and_events_are_counted() -> Result<(), Error> {
        let world = World::new();
        let mut source = EventSource::open("/events", Options::new())?;
        world.request().accept();
        world.request().send(&update("one"));
        world.request().send(&Feed::Message("hello".to_owned()));
        world.request().send(&update("two"));
        let mut seen = Seen::default();
        world.items(&mut source).into_iter().for_each(|item| seen.take(item));
        let expected = Seen {
            events: 3,
            update: Some("two".to_owned()),
            message: Some("hello".to_owned()),
            problem: None,
        };
        assert_eq!(seen, expected);
        Ok(())
    }

    #[test]
    fn a_stream_that_was_cut_goes_on() -> Result<(), Error> {
        let world = World::new();
        let mut source = EventSource::<Feed>::open("/events", Options::new())?;
        world.request().accept();
        world.request().send_with_id("1", &update("one"));
        world.request().cut();
        // The browser's own pace.
        world.advance(Duration::from_secs(3));
        assert_eq!(world.request().last_event_id(), Some("1"));
        world.request().accept();
        world.request().send_with_id("2", &update("two"));
        assert_eq!((source.state(), world.items(&mut source).len()), (State::Open, 2));
        Ok(())
    }
}

#[cfg(target_arch = "wasm32")]
mod in_a_browser {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn the_page_shows_state_and_events() {
        let document = window().and_then(|window| window.document()).expect("a document");
        // Beside what the tests' runner shows there.
        let root = document.create_element("div").expect("an element");
        root.set_inner_html(include_str!("../index.html"));
        document.body().and_then(|body| body.append_child(&root).ok()).expect("a body");
        let shown = |name| {
            let element = document.query_selector(&format!("[data-testid={name}]"));
            element.expect("a selector").and_then(|it| it.text_content()).expect("it is there")
        };

        let world = World::new();
        let page = Page::find(&document).expect("index.html has these elements");
        let source = EventSource::open("/events", Options::new()).expect("the URL is good");
        world.spawn(show(source.states(), page.state.clone()));
        world.spawn(read(source, page));
        world.request().accept();
        world.request().send(&update("<b>not HTML</b>"));
        assert_eq!((&*shown("state"), &*shown("value")), ("open", "1"));
        assert_eq!((&*shown("update"), &*shown("message")), ("<b>not HTML</b>", "–"));
    }
}
