//! Tests without a server. Natively, of what is kept: `cargo test`. In a browser, of the page: `wasm-pack test --headless
//! --chrome`. Natively Yew runs no effects, so that its hooks stay without a connection there.

use sse_signals::testing::World;

use super::*;

fn quote(symbol: &str, close: f64) -> Feed {
    let (symbol, date) = (symbol.to_owned(), "2000-01-03".to_owned());
    Feed::Quote(Quote { symbol, date, close, change: Some(0.0125) })
}

#[cfg(not(target_arch = "wasm32"))]
mod natively {
    use sse_signals::EventSource;

    use super::*;

    #[test]
    fn the_last_quote_of_each_symbol_is_kept() -> Result<(), Error> {
        let world = World::new();
        let mut source = EventSource::open("/events", Options::new())?;
        world.request().accept();
        world.request().send(&quote("IBM", 116.0));
        world.request().send(&quote("AAPL", 111.94));
        world.request().send(&quote("IBM", 112.06));
        let mut quotes = Quotes::new();
        world.items(&mut source).iter().for_each(|item| keep(&mut quotes, item));
        let closes: Vec<_> = quotes.values().map(|quote| (&*quote.symbol, quote.close)).collect();
        assert_eq!(closes, [("AAPL", 111.94), ("IBM", 112.06)]);
        Ok(())
    }

    #[test]
    fn what_does_not_fit_leaves_the_quotes_alone() -> Result<(), Error> {
        let world = World::new();
        let mut source = EventSource::open("/events", Options::new())?;
        world.request().accept();
        world.request().write("event: quote\ndata: {\"symbol\":\"IBM\"}\n\n");
        let items = world.items(&mut source);
        assert!(matches!(&items[..], [Item::Malformed(_)]), "the date is missing");
        let mut quotes = Quotes::new();
        items.iter().for_each(|item| keep(&mut quotes, item));
        assert!(quotes.is_empty());
        Ok(())
    }
}

#[cfg(target_arch = "wasm32")]
mod in_a_browser {
    use std::time::Duration;

    use sse_signals::testing::FRAME;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
    use web_sys::{Document, window};
    use yew::platform::time::sleep;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    fn document() -> Document {
        window().and_then(|window| window.document()).expect("a document")
    }

    /// What the page shows there.
    fn shown(name: &str) -> String {
        let element = document().query_selector(&format!("[data-testid={name}]"));
        element.expect("a selector").and_then(|it| it.text_content()).expect("it is in the page")
    }

    /// Yew renders in tasks of the browser's: lets them run until it has.
    async fn until(is_so: impl Fn() -> bool) {
        while !is_so() {
            sleep(Duration::ZERO).await;
        }
    }

    #[wasm_bindgen_test]
    async fn the_page_shows_quotes_and_state() {
        let world = World::new();
        // Beside what the tests' runner shows there.
        let root = document().create_element("div").expect("an element");
        document().body().and_then(|body| body.append_child(&root).ok()).expect("a body");
        let page = yew::Renderer::<Ticker>::with_root(root).render();
        until(|| !world.requests().is_empty()).await;
        world.request().accept();
        world.request().send(&quote("IBM", 116.0));
        world.advance(FRAME);
        until(|| shown("state") == "open").await;
        assert_eq!(shown("value"), "IBM2000-01-03116.00+1.25 %");

        world.request().cut();
        world.advance(FRAME);
        until(|| shown("state").starts_with("waiting, attempt 1")).await;
        page.destroy();
    }
}
