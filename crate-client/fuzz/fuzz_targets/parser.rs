//! Reads any bytes, cut anywhere, with any limits, and expects what the second implementation of the tests makes of them:
//! `cargo +nightly fuzz run parser`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sse_signals::parser::OnOverflow;

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/parser/reference.rs"]
mod reference;

use reference::{Bounds, expected, parsed};

fuzz_target!(|input: &[u8]| {
    let Some(([flags, line, event], rest)) = input.split_first_chunk() else { return };
    let (large, cuts) = (flags & 0x80 != 0, usize::from(flags & 0x0F));
    let bounds = Bounds {
        line: if large { 1 << 20 } else { usize::from(*line).max(16) },
        event: if large { 4 << 20 } else { usize::from(*event) },
        on_overflow: if flags & 0x40 == 0 { OnOverflow::Skip } else { OnOverflow::Close },
    };
    let Some((lengths, stream)) = rest.split_at_checked(cuts) else { return };
    let wanted = expected(bounds, stream);

    // Chunks of these lengths, over and over; a length of 0 is an empty chunk.
    let mut rest = stream;
    let mut chunks = Vec::new();
    for &length in lengths.iter().cycle().take(stream.len()) {
        let (chunk, behind) = rest.split_at(usize::from(length).min(rest.len()));
        chunks.push(chunk);
        rest = behind;
    }
    chunks.push(rest);
    assert_eq!(parsed(bounds.limits(), chunks), wanted);
    assert_eq!(parsed(bounds.limits(), [stream]), wanted);
    assert_eq!(parsed(bounds.limits(), stream.chunks(1)), wanted);
});
