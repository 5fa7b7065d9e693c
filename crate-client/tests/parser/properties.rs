//! Any bytes, cut anywhere: the same as the second implementation.

use std::fmt;

use proptest::prelude::*;
use sse_signals::parser::OnOverflow;

use crate::reference::{Bounds, expected, parsed};

/// Shows itself as text.
struct Stream(Vec<u8>);

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Bytes that are likely to matter.
fn stream() -> impl Strategy<Value = Stream> {
    let pieces = prop::sample::select(vec![
        &b"\n"[..],
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"data",
        b"data:",
        b"data: ",
        b"\ndata: ",
        b"event: ",
        b"event:",
        b"id: ",
        b"id",
        b"retry: ",
        b"12",
        b":",
        b" ",
        b"\0",
        b"x",
        b"quote",
        b"{\"price\":12.5}",
        b"\xEF\xBB\xBF",
        b"\xEF\xBB",
        b"\xBF",
        b"\xE4\xBD\xA0\xE5\xA5\xBD",
        b"\xF0\x9F\xA6\x80",
        b"\xF0\x9F",
        b"\xFF",
        b"event: quote\nid: 1a2b-3\ndata: {\"a\":1}\n\n",
        b"data: a line that is longer than a vector of a machine is wide, so that it is read in steps\n\n",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| Stream(pieces.concat()))
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let line = prop_oneof![16..60_usize, Just(1 << 20)];
    let event = prop_oneof![0..60_usize, Just(1 << 20)];
    let on_overflow = prop::sample::select(vec![OnOverflow::Skip, OnOverflow::Close]);
    (line, event, on_overflow).prop_map(|(line, event, on_overflow)| Bounds {
        line,
        event,
        on_overflow,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_stream_is_read_as_by_the_second_implementation_however_it_is_cut(
        Stream(stream) in stream(),
        bounds in bounds(),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        cuts.sort_by_key(|cut| cut.index(stream.len() + 1));
        let mut rest = &stream[..];
        let mut chunks = Vec::new();
        for cut in &cuts {
            let at = cut.index(stream.len() + 1) - (stream.len() - rest.len());
            let (chunk, behind) = rest.split_at(at);
            chunks.push(chunk);
            rest = behind;
        }
        chunks.push(rest);
        prop_assert_eq!(parsed(bounds.limits(), chunks), expected(bounds, &stream));
        prop_assert_eq!(parsed(bounds.limits(), stream.chunks(1)), expected(bounds, &stream));
        prop_assert_eq!(parsed(bounds.limits(), [&stream[..]]), expected(bounds, &stream));
    }
}
