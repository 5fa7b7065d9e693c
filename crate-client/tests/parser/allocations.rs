//! What is allocated, and held: counted by an allocator.

use allocation_counter::{AllocationInfo, measure};
use sse_signals::parser::{Event, Limits, OnOverflow, Parser, Step};

/// Bytes that each of the parser's buffers may keep.
const KEPT: usize = 64 * 1024;

/// Reads a chunk and counts the events.
fn read(parser: &mut Parser, mut chunk: &[u8]) -> usize {
    let mut events = 0;
    while let Some(step) = parser.next(&mut chunk) {
        events += usize::from(matches!(step, Step::Event(_)));
    }
    events
}

fn bytes(held: i64) -> usize {
    usize::try_from(held).expect("what is measured makes the parser")
}

#[test]
fn events_that_lie_in_one_chunk_are_borrowed_from_it() {
    let chunk = "event: quote\nid: 7\ndata: {\"价\":1}\n\ndata:x\r\n\r\n: hi\n".as_bytes();
    let inside = chunk.as_ptr_range();
    let is_inside = |text: &str| inside.contains(&text.as_ptr());
    let mut parser = Parser::default();
    let mut input = chunk;
    let mut seen = 0;
    while let Some(step) = parser.next(&mut input) {
        match step {
            Step::Event(event) => {
                assert!(is_inside(event.data), "{}", event.data);
                assert!(is_inside(event.name) || event.name == "message", "{}", event.name);
            }
            Step::Comment(text) => assert!(is_inside(text), "{text}"),
            step => panic!("{step:?}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn events_are_borrowed_whatever_lies_around_them() {
    // The check of an event may run over its ends, into the middle of a character.
    for length in 0..40 {
        let chunk = format!("data: {}你\n\ndata: 好\n\n:你你你你你\n", "x".repeat(length));
        let inside = chunk.as_bytes().as_ptr_range();
        let mut parser = Parser::default();
        let mut input = chunk.as_bytes();
        let mut seen = 0;
        while let Some(step) = parser.next(&mut input) {
            let (Step::Event(Event { data: text, .. }) | Step::Comment(text)) = step else {
                panic!("{step:?}")
            };
            assert!(inside.contains(&text.as_ptr()), "{text} with {length}");
            seen += 1;
        }
        assert_eq!(seen, 3);
    }
}

#[test]
fn events_that_lie_in_one_chunk_allocate_nothing_but_the_first_id() {
    let ids: String =
        (10..90).map(|id| format!("event: quote\nid: {id}\ndata: {{\"a\":{id}}}\n\n")).collect();
    let plain =
        "data: a\n\ndata:b\r\n\r\nevent:x\rdata\r\r: hi\n\nretry: 10\n\nunknown\n\n".repeat(20);
    let mut parser = Parser::default();
    let info = measure(|| {
        assert_eq!(read(&mut parser, plain.as_bytes()), 60);
        assert_eq!(read(&mut parser, plain.as_bytes()), 60);
    });
    assert_eq!(info, AllocationInfo::default());
    let info = measure(|| assert_eq!(read(&mut parser, ids.as_bytes()), 80));
    assert_eq!(info.count_total, 1, "the last event ID, once: {info:?}");
    let info = measure(|| assert_eq!(read(&mut parser, ids.as_bytes()), 80));
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[test]
fn what_is_cut_or_joined_goes_into_buffers_that_are_used_again() {
    let stream =
        "event: report\nid: 7\ndata: first\ndata: second\n: hi\ndata: third\n\ndata: x\n\n"
            .repeat(20);
    let mut parser = Parser::default();
    let once = |parser: &mut Parser| {
        for chunk in stream.as_bytes().chunks(7) {
            read(parser, chunk);
        }
        assert_eq!(read(parser, stream.as_bytes()), 40);
    };
    assert_ne!(measure(|| once(&mut parser)).count_total, 0);
    assert_eq!(measure(|| once(&mut parser)), AllocationInfo::default());
}

#[test]
fn the_buffers_shrink_after_a_large_event() {
    let large: String = (0..40).map(|_| format!("data: {}\n", "x".repeat(30_000))).collect();
    let large = format!("event: {0}\nid: {0}\n{large}\n", "n".repeat(400_000));
    let large_line = format!(":{}\n\ndata: {0}\n\n", "y".repeat(1_000_000));
    let broken = [b"data: ", &b"\xFF".repeat(500_000)[..], b"\n\n"].concat();
    for (stream, events) in [(large.as_bytes(), 1), (large_line.as_bytes(), 1), (&broken, 1)] {
        for size in [stream.len(), 1_460, 64 * 1024] {
            let mut parser = Parser::default();
            let info = measure(|| {
                let seen: usize = stream.chunks(size).map(|chunk| read(&mut parser, chunk)).sum();
                assert_eq!(seen, events);
            });
            assert!(info.bytes_max > 0 || size == stream.len());
            let info_behind = measure(|| {
                read(&mut parser, b"id: 1\ndata: a\n\nda");
                read(&mut parser, b"ta: a\n\n");
            });
            let held = bytes(info.bytes_current + info_behind.bytes_current);
            assert!(held <= 4 * KEPT, "{held} bytes are held after chunks of {size}");
        }
    }
}

#[test]
fn an_endless_line_or_event_is_held_within_the_limits() {
    const LINE: usize = 20_000;
    const EVENT: usize = 50_000;
    let limits = Limits::new().line(LINE).event(EVENT).on_overflow(OnOverflow::Skip);
    let line = "x".repeat(997);
    let endless = [
        line.clone(),
        format!("data: {line}\n"),
        format!("event: {line}\n"),
        format!("id: {line}\r\n"),
        format!("data: a\nid: \0{line}\n"),
        format!(":{line}\n"),
        format!("{line}\n"),
        format!("data: {line}\n:{line}\n"),
        "id\r\n".repeat(200),
        "data\n".repeat(200),
    ];
    for piece in endless {
        let piece = piece.repeat(3);
        let mut parser = Parser::new(limits);
        let info = measure(|| {
            read(&mut parser, b"data: start\ndata: ");
            for _ in 0..100 {
                read(&mut parser, piece.as_bytes());
            }
        });
        // A vector may be twice as large as what it holds, and both are there while it grows.
        let bound = 3 * (LINE + 2 * EVENT);
        let max = usize::try_from(info.bytes_max).expect("it is small");
        assert!(max <= bound, "{max} bytes for {:?}", &piece[..10]);
    }
}
