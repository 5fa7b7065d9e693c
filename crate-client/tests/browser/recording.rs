//! What was recorded of a stream, played to another subscription.

use sse_signals::recording::{Player, Recorder, Speed};
use sse_signals::{EventSource, Item, Options, State};

use crate::support::feed::{manual, next, until};
use crate::support::server::Server;
use crate::support::transport::{Transport, over_both_transports};

over_both_transports! {
    what_was_recorded_is_played_without_a_connection
}

async fn what_was_recorded_is_played_without_a_connection(server: Server, transport: Transport) {
    let key = server.key("recorded");
    let recorder = Recorder::new();
    let mut source = manual::<u32>(&key, transport.options().record(&recorder)).await;
    key.send("id: 1\ndata: 1\n\nid: 2\ndata: two\n\nevent: resync\ndata:\n\nid: 3\ndata: 3\n\n")
        .await;
    let mut items = Vec::new();
    while items.len() < 4 {
        items.push(next(&mut source).await);
    }
    source.close();
    let json = recorder.to_json();
    assert!(!json.contains("recorded-"), "the key is a value of the URL's query: {json}");
    let requests = key.requests().await;

    let player = Player::from_json(&json).unwrap();
    let mut played = EventSource::<u32>::open("/nowhere", Options::new().play(&player)).unwrap();
    assert_eq!(played.state(), State::Idle);
    player.play(Speed::times(100.0));
    let mut again: Vec<Item<u32>> = Vec::new();
    while again.len() < items.len() {
        again.push(next(&mut played).await);
    }
    assert_eq!(again, items);
    until(&played, "the end", State::is_closed).await;
    assert!(!player.progress().is_playing);
    assert_eq!(key.requests().await, requests, "nobody has connected");
}
