//! The parsers, each fed in the way that suits it best.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use futures_codec::Decoder;
use futures_core::Stream;
use futures_util::stream;
use sse_signals::parser::{Parser, Step};

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub events: usize,
    /// Bytes.
    names: usize,
    data: usize,
    ids: usize,
}

impl Totals {
    #[inline]
    fn add(&mut self, name: &str, data: &str, id: &str) {
        let (name, data, id) = (black_box(name), black_box(data), black_box(id));
        self.events += 1;
        self.names += name.len();
        self.data += data.len();
        self.ids += id.len();
    }
}

pub struct Contender {
    /// As the lock file has it.
    package: &'static str,
    pub read: fn(&[Bytes]) -> Totals,
    /// It does the whole work.
    pub parses: bool,
}

impl Contender {
    /// Name and version.
    pub fn label(&self) -> String {
        format!("{} {}", self.package, version(self.package))
    }
}

/// Ours is the first.
pub const CONTENDERS: [Contender; 7] = [
    Contender { package: "sse-signals", read: ours, parses: true },
    Contender { package: "sse-stream", read: sse_stream, parses: true },
    Contender { package: "sse-core", read: sse_core, parses: true },
    Contender { package: "sse-codec", read: sse_codec, parses: true },
    Contender { package: "sseer", read: sseer, parses: true },
    Contender { package: "eventsource-stream", read: eventsource_stream, parses: true },
    Contender { package: "memchr", read: memchr2_lines, parses: false },
];

fn version(package: &str) -> &'static str {
    include_str!("../Cargo.lock")
        .split("[[package]]")
        .find_map(|entry| {
            let rest = entry.trim_start().strip_prefix("name = \"")?.strip_prefix(package)?;
            rest.strip_prefix("\"\nversion = \"")?.split('"').next()
        })
        .expect("the lock file has every package")
}

fn ours(chunks: &[Bytes]) -> Totals {
    let mut totals = Totals::default();
    let mut parser = Parser::default();
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(step) = parser.next(&mut input) {
            if let Step::Event(event) = step {
                totals.add(event.name, event.data, event.id);
            }
        }
    }
    totals
}

/// Polls a stream that is always ready to its end.
fn drain<T>(stream: impl Stream<Item = T>, mut take: impl FnMut(T)) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
        take(item);
    }
}

fn sse_stream(chunks: &[Bytes]) -> Totals {
    let mut totals = Totals::default();
    let input = stream::iter(chunks.iter().map(|chunk| Ok::<_, Infallible>(&chunk[..])));
    drain(sse_stream::SseByteStream::new(input), |event| {
        let event = event.expect("the stream is valid");
        if let Some(data) = &event.data {
            let name = event.event.as_deref().unwrap_or("message");
            totals.add(name, data, event.id.as_deref().unwrap_or_default());
        }
    });
    totals
}

fn sse_core(chunks: &[Bytes]) -> Totals {
    let mut totals = Totals::default();
    let mut decoder = sse_core::SseDecoder::new();
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(event) = decoder.next(&mut input) {
            if let sse_core::SseEvent::Message(event) = event.expect("no event is too large") {
                let id = event.last_event_id.as_deref().unwrap_or_default();
                totals.add(&event.event, &event.data, id);
            }
        }
    }
    totals
}

fn sse_codec(chunks: &[Bytes]) -> Totals {
    let mut totals = Totals::default();
    let mut codec = sse_codec::SSECodec::default();
    let mut buffer = BytesMut::new();
    for chunk in chunks {
        buffer.extend_from_slice(chunk);
        while let Some(event) = codec.decode(&mut buffer).expect("the stream is valid") {
            if let sse_codec::Event::Message { id, event, data } = event {
                totals.add(&event, &data, id.as_deref().unwrap_or_default());
            }
        }
    }
    totals
}

fn sseer(chunks: &[Bytes]) -> Totals {
    let mut totals = Totals::default();
    let input = stream::iter(chunks.iter().map(|chunk| Ok::<_, Infallible>(chunk.clone())));
    drain(sseer::event_stream::EventStream::new(input), |event| {
        let event = event.expect("the stream is valid");
        totals.add(&event.event, &event.data, &event.id);
    });
    totals
}

fn eventsource_stream(chunks: &[Bytes]) -> Totals {
    let mut totals = Totals::default();
    let input = stream::iter(chunks.iter().map(|chunk| Ok::<_, Infallible>(&chunk[..])));
    drain(eventsource_stream::EventStream::new(input), |event| {
        let event = event.expect("the stream is valid");
        totals.add(&event.event, &event.data, &event.id);
    });
    totals
}

/// A bound: splits into lines and counts the empty ones, without joining what a chunk's end cuts.
fn memchr2_lines(chunks: &[Bytes]) -> Totals {
    let mut totals = Totals::default();
    let mut cut = false;
    for chunk in chunks {
        let mut rest = &chunk[..];
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let line = black_box(&rest[..end]);
            totals.events += usize::from(line.is_empty() && !cut);
            cut = false;
            rest = &rest[end + 1..];
        }
        cut |= !rest.is_empty();
    }
    totals
}
