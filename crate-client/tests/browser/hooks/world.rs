//! Components in a `testing::World`: in a real page, with a server, a clock and a page that are moved by hand.

use std::time::Duration;

use sse_signals::State;
use sse_signals::testing::{FRAME, World};

use super::page::Page;
use super::{Framework, Hook, Setup};
use crate::support::page::turn;
use crate::support::transport::Transport;

/// A component whose stream is accepted, and shown so.
async fn open<F: Framework>(world: &World, transport: Transport) -> Page<F> {
    let page = Page::<F>::mount(Setup::new(transport, Some("/nowhere".to_owned()))).await;
    while world.requests().is_empty() {
        // The effects of a mount come in tasks of the browser's.
        turn().await;
    }
    world.request().accept();
    world.advance(FRAME);
    page.until_shown("state", "open").await;
    page
}

pub(super) async fn a_component_shows_what_a_test_sends<F: Framework>(transport: Transport) {
    let world = World::new();
    let page = open::<F>(&world, transport).await;
    world.request().write("event: number\ndata: 1\n\nevent: number\ndata: 2\n\n");
    for _ in 0..100 {
        turn().await;
    }
    assert_eq!(page.shown("last-two").as_deref(), Some(""), "no frame has come yet");
    world.advance(FRAME);
    page.until_shown("last-two", "1, 2").await;

    world.hide();
    world.request().write("event: number\ndata: 3\n\n");
    world.advance(Duration::from_millis(999));
    world.show();
    world.advance(FRAME);
    page.until_shown("last-two", "2, 3").await;

    world.request().cut();
    assert!(matches!(page.hook.state(), State::Waiting { attempt: 1, .. }));
    world.advance(Duration::from_secs(3));
    world.request().accept();
    page.hook.close();
    world.advance(FRAME);
    page.until_shown("state", "closed").await;
    assert!(world.request().is_closed());
}

pub(super) async fn the_end_of_a_component_is_seen_by_the_test<F: Framework>() {
    let world = World::new();
    let page = open::<F>(&world, Transport::Native).await;
    page.unmount().await;
    assert!(world.request().is_closed());
}
