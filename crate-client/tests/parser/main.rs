//! The parser, by its public interface: the standard's rules, wherever the chunks are cut.

#![cfg(not(target_arch = "wasm32"))]

mod allocations;
mod cases;
mod limits;
mod properties;
mod reconnects;
mod reference;
mod utf8;

use sse_signals::parser::Limits;

use reference::{Told, parsed};

/// The stream in one piece, byte by byte, and with each single cut; with each pair of cuts if it is short.
fn each_way_of_cutting(stream: &[u8], mut check: impl FnMut(&[&[u8]])) {
    check(&[stream]);
    check(&stream.chunks(1).collect::<Vec<_>>());
    for first in 0..=stream.len() {
        let (start, rest) = stream.split_at(first);
        check(&[start, rest]);
        if stream.len() <= 80 {
            for second in 0..=rest.len() {
                let (middle, end) = rest.split_at(second);
                check(&[start, middle, end]);
            }
        }
    }
}

/// What the parser makes of the stream, which is the same however it is cut.
fn told(limits: Limits, stream: impl AsRef<[u8]>) -> Vec<Told> {
    let stream = stream.as_ref();
    let whole = parsed(limits, [stream]);
    each_way_of_cutting(stream, |chunks| {
        let cut: Vec<_> = chunks.iter().map(|chunk| chunk.escape_ascii().to_string()).collect();
        assert_eq!(parsed(limits, chunks.iter().copied()), whole, "cut as {cut:?}");
    });
    whole.0
}

/// An event without an ID.
fn event(name: &str, data: &str) -> Told {
    Told::Event { name: name.into(), data: data.into(), id: String::new(), sets_id: false }
}

fn message(data: &str) -> Told {
    event("message", data)
}

/// A message that sets its ID.
fn message_with_id(id: &str, data: &str) -> Told {
    Told::Event { name: "message".into(), data: data.into(), id: id.into(), sets_id: true }
}

/// A message that carries the ID of an earlier one.
fn message_after_id(id: &str, data: &str) -> Told {
    Told::Event { name: "message".into(), data: data.into(), id: id.into(), sets_id: false }
}
