//! What a new connection begins with.

use sse_signals::parser::{Limits, OnOverflow, Parser, Step};

use crate::reference::Told;

/// Feeds one chunk.
fn feed(parser: &mut Parser, chunk: &str) -> Vec<Told> {
    let mut input = chunk.as_bytes();
    let mut told = Vec::new();
    while let Some(step) = parser.next(&mut input) {
        told.push(step.into());
    }
    told
}

#[test]
fn the_last_event_id_goes_on_where_the_last_stream_ended() {
    let mut parser = Parser::default();
    feed(&mut parser, "id: 7\ndata: a\n\nid: 8\ndata: b");
    assert_eq!(parser.last_event_id(), "7");
    let id = parser.last_event_id().to_owned();
    parser.reset(&id);
    assert_eq!(parser.last_event_id(), "7");
    assert_eq!(feed(&mut parser, "data: c\n\n"), [crate::message_after_id("7", "c")]);
}

#[test]
fn an_id_from_elsewhere_can_be_given() {
    let mut parser = Parser::default();
    parser.reset("从这里");
    assert_eq!(parser.last_event_id(), "从这里");
    assert_eq!(feed(&mut parser, "data: a\n\n"), [crate::message_after_id("从这里", "a")]);
    parser.reset("");
    assert_eq!(feed(&mut parser, "data: a\n\n"), [crate::message("a")]);
}

#[test]
fn whatever_the_last_stream_was_cut_in_is_forgotten() {
    for cut in [
        "data: a",
        "data: a\n",
        "event: x\n",
        "id: 1\n",
        "data: a\r",
        "data: a\ndata: b",
        ": comm",
        "\r",
        "\u{feff}",
        "da",
        "data: a\ndata: b\r\n",
        "x",
    ] {
        let mut parser = Parser::default();
        feed(&mut parser, cut);
        parser.reset("");
        assert_eq!(feed(&mut parser, "\ndata: new\n\n"), [crate::message("new")], "{cut:?}");
    }
    let mut parser = Parser::default();
    let mut start_of_a_mark = &b"\xEF\xBB"[..];
    assert_eq!(parser.next(&mut start_of_a_mark), None);
    parser.reset("");
    assert_eq!(feed(&mut parser, "data: new\n\n"), [crate::message("new")]);
}

#[test]
fn each_stream_may_begin_with_a_byte_order_mark() {
    let mut parser = Parser::default();
    assert_eq!(feed(&mut parser, "\u{feff}data: a\n\n"), [crate::message("a")]);
    parser.reset("");
    assert_eq!(feed(&mut parser, "\u{feff}data: b\n\n"), [crate::message("b")]);
}

#[test]
fn offsets_are_those_of_the_new_stream_and_the_limits_stay() {
    let mut parser = Parser::new(Limits::new().event(8).on_overflow(OnOverflow::Skip));
    feed(&mut parser, "data: a\n\ndata: a\n\n");
    parser.reset("");
    let mut input = &b"data: much\n\n"[..];
    let Some(Step::Overflow(overflow)) = parser.next(&mut input) else {
        panic!("the event is too large");
    };
    assert_eq!((overflow.offset, overflow.limit), (0, 8));
}

#[test]
fn a_parser_that_an_overflow_has_closed_reads_on() {
    let mut parser = Parser::new(Limits::new().event(8));
    assert!(matches!(
        feed(&mut parser, "id: 1\n\ndata: much\n\ndata: a\n\n")[..],
        [Told::LastEventId(_), Told::Overflow { .. }]
    ));
    assert_eq!(feed(&mut parser, "data: a\n\n"), []);
    assert_eq!(parser.last_event_id(), "1");
    parser.reset("1");
    assert_eq!(feed(&mut parser, "data: a\n\n"), [crate::message_after_id("1", "a")]);
}
