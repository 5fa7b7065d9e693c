//! axum's `Sse` on tokio's broadcast channel.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// Events that a reader may be behind: more than a burst has.
const CAPACITY: usize = 1_024;
const BACKLOG: u32 = 4_096;

#[tokio::main]
pub(super) async fn serve(port: u16) -> io::Result<()> {
    let router = Router::new()
        .route("/events", get(events))
        .route("/publish", post(publish))
        .with_state(broadcast::Sender::new(CAPACITY));
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(BACKLOG)?.tap_io(|socket| {
        // As ours does.
        let _ = socket.set_nodelay(true);
    });
    axum::serve(listener, router).await
}

async fn events(
    State(sender): State<broadcast::Sender<String>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = BroadcastStream::new(sender.subscribe())
        .filter_map(async |text| Some(Ok(Event::default().data(text.ok()?))));
    Sse::new(events).keep_alive(KeepAlive::default())
}

async fn publish(State(sender): State<broadcast::Sender<String>>, text: String) -> StatusCode {
    // Without readers nobody misses it.
    let _ = sender.send(text);
    StatusCode::ACCEPTED
}
