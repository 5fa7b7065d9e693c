//! Streams that are written unlike what is usual: every byte of them is the standard's, or to be borne.

use sse_signals::{EventSource, State};

use crate::support::feed::{Reader, drop_redirected, manual, next_event};
use crate::support::server::{ADDRESS, Server};
use crate::support::transport::{Transport, over_both_transports};

over_both_transports! {
    a_stream_that_is_compressed
    line_ends_of_each_kind
    a_byte_order_mark_that_comes_byte_by_byte
    pieces_of_any_size
    a_stream_that_trickles_in_byte_by_byte
    bytes_that_are_no_utf_8_are_read_as_replacement_characters
    a_line_of_a_megabyte_in_few_pieces
    a_flood_of_comments
    a_block_without_a_data_line_is_no_event
    a_redirect_to_the_same_origin
    a_redirect_to_another_origin
}

/// Reads quotes that were there before and new ones.
async fn reads(server: &Server, transport: Transport, parameters: &str) {
    let key = server.key("wire");
    let url = key.url(&format!("topics=quotes&recent=30&{parameters}"));
    let mut reader = Reader::open(&url, transport.resuming());
    reader.read(40).await;
    reader.assert_consecutive();
    assert_eq!((reader.gaps, key.requests().await), (vec![], 1), "{parameters}");
}

async fn a_stream_that_is_compressed(server: Server, transport: Transport) {
    reads(&server, transport, "gzip=1").await;
}

async fn line_ends_of_each_kind(server: Server, transport: Transport) {
    for parameters in ["newline=cr", "newline=crlf", "newline=crlf&chunk=3"] {
        reads(&server, transport, parameters).await;
    }
}

async fn a_byte_order_mark_that_comes_byte_by_byte(server: Server, transport: Transport) {
    reads(&server, transport, "bom=1&chunk=1").await;
}

async fn pieces_of_any_size(server: Server, transport: Transport) {
    for parameters in ["chunk=7", "chunk=1000&gzip=1&newline=cr&bom=1&comments=100"] {
        reads(&server, transport, parameters).await;
    }
}

async fn a_stream_that_trickles_in_byte_by_byte(server: Server, transport: Transport) {
    let key = server.key("trickle");
    let url = key.url("fault=manual&trickle=1");
    let mut source =
        EventSource::<String>::open(&url, transport.options()).expect("the URL is good");
    key.until_open(1).await;
    key.send("id: 新-1\r\ndata: 涓滴\r\ndata: drop\r\n\r\n").await;
    let event = next_event(&mut source).await;
    assert_eq!((event.id(), &*event.data), ("新-1", "涓滴\ndrop"));
}

async fn bytes_that_are_no_utf_8_are_read_as_replacement_characters(
    server: Server,
    transport: Transport,
) {
    let key = server.key("utf-8");
    let url = key.url("bad-utf8=1&fault=stall");
    let mut source =
        EventSource::<String>::open(&url, transport.options()).expect("the URL is good");
    assert_eq!(next_event(&mut source).await.data, "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}d");
    assert_eq!(source.state(), State::Open);
}

async fn a_line_of_a_megabyte_in_few_pieces(server: Server, transport: Transport) {
    let key = server.key("big");
    // Just below the limit of fetch.
    let url = key.url("big-line=1048570&fault=stall");
    let mut source =
        EventSource::<String>::open(&url, transport.options()).expect("the URL is good");
    let data = next_event(&mut source).await.data;
    assert_eq!((data.len(), &data[1_048_560..]), (1_048_570, "0123456789"));
}

async fn a_flood_of_comments(server: Server, transport: Transport) {
    reads(&server, transport, "comments=100000").await;
}

async fn goes_on_through_a_redirect(server: &Server, transport: Transport, target: &str) -> String {
    let key = server.key("redirect");
    let url = key.url(&format!("topics=quotes&retry=100&redirect={target}"));
    let mut reader = Reader::open(&url, transport.resuming());
    reader.read(5).await;
    reader.until_by(key.cut(), "the loss", |state| matches!(state, State::Waiting { .. })).await;
    reader.goes_on().await;
    let requests = key.requests().await;
    // Some engines' EventSource goes on where it was led to, fetch begins anew.
    assert!(requests == 4 || (transport == Transport::Native && requests == 3), "{requests}");
    let (header, _) = key.last_cursor().await;
    assert!(header.is_some(), "Last-Event-ID is redirected too");
    let host = key.last().await.text("host").expect("a host");
    drop_redirected(reader.source, transport, &key).await;
    host
}

async fn a_redirect_to_the_same_origin(server: Server, transport: Transport) {
    assert_eq!(goes_on_through_a_redirect(&server, transport, "same").await, ADDRESS);
}

async fn a_redirect_to_another_origin(server: Server, transport: Transport) {
    assert_ne!(goes_on_through_a_redirect(&server, transport, "other").await, ADDRESS);
}

async fn a_block_without_a_data_line_is_no_event(server: Server, transport: Transport) {
    let key = server.key("empty");
    let mut source = manual::<String>(&key, transport.options()).await;
    key.send("event: message\n\nid: 3\n:\ndata\n\n").await;
    let event = next_event(&mut source).await;
    assert_eq!((event.id(), &*event.data), ("3", ""));
}
