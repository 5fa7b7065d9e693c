//! Lines and events that are too large.

use sse_signals::parser::{Field, Limits, OnOverflow, Overflow, OverflowKind, Parser, Step};

use crate::reference::Told;
use crate::{event, message, message_after_id, message_with_id, told};

const LINE: usize = 20;
const EVENT: usize = 40;
const SKIP: Limits = Limits::new().line(LINE).event(EVENT).on_overflow(OnOverflow::Skip);
const CLOSE: Limits = Limits::new().line(LINE).event(EVENT);

fn line(field: Field, offset: u64) -> Told {
    Told::Overflow { kind: OverflowKind::Line, field, offset, limit: LINE }
}

fn too_large(field: Field, offset: u64) -> Told {
    Told::Overflow { kind: OverflowKind::Event, field, offset, limit: EVENT }
}

#[test]
fn a_line_of_the_limit_is_read_and_a_longer_one_is_not() {
    let (fits, longer) = ("x".repeat(14), "x".repeat(15));
    assert_eq!(told(SKIP, format!("data: {fits}\n\n")), [message(&fits)]);
    assert_eq!(told(SKIP, format!("data: {longer}\n\n")), [line(Field::Data, 0)]);
    assert_eq!(told(SKIP, format!("data: {fits}\r\n\r\n")), [message(&fits)]);
    assert_eq!(told(SKIP, format!("\u{feff}data: {fits}\n\n")), [message(&fits)]);
}

#[test]
fn a_line_that_is_too_long_is_told_before_it_ends() {
    assert_eq!(told(SKIP, "data: 123456789012345"), [line(Field::Data, 0)]);
    assert_eq!(told(SKIP, "data: 12345678901234"), []);
}

#[test]
fn the_overflow_names_the_lines_field() {
    for (name, field) in [
        ("data:", Field::Data),
        ("event:", Field::Event),
        ("id: ", Field::Id),
        ("retry: ", Field::Retry),
        (":", Field::Comment),
        ("unknown", Field::Unknown),
        ("data", Field::Unknown),
        ("id", Field::Unknown),
    ] {
        let stream = format!("data: a\n\n{name}{}", "x".repeat(40));
        assert_eq!(told(SKIP, &stream), [message("a"), line(field, 9)], "{name}");
    }
}

#[test]
fn to_skip_leaves_out_the_event_with_its_id_and_goes_on() {
    let long = "x".repeat(30);
    assert_eq!(
        told(
            SKIP,
            format!(
                "id: 1\ndata: a\n\nid: 2\nevent: e\ndata: {long}\ndata: b\nretry: 1\n\ndata: c\n\n"
            )
        ),
        [message_with_id("1", "a"), line(Field::Data, 30), message_after_id("1", "c")]
    );
    assert_eq!(
        told(SKIP, format!("data: {long}\nid: 2\n\n\ndata: c\n\n")),
        [line(Field::Data, 0), message("c")]
    );
}

#[test]
fn a_skipped_block_is_told_once_however_much_of_it_is_too_long() {
    let long = "x".repeat(30);
    let stream = format!("data: {long}\nid: {long}\n{long}\ndata: a\nevent: {long}\n\ndata: b\n\n");
    assert_eq!(told(SKIP, stream), [line(Field::Data, 0), message("b")]);
}

#[test]
fn a_comment_that_is_too_long_is_left_out_alone() {
    let long = "x".repeat(30);
    assert_eq!(
        told(SKIP, format!("event: e\n:{long}\ndata: a\n:{long}\n\n")),
        [line(Field::Comment, 9), line(Field::Comment, 49), event("e", "a")]
    );
}

#[test]
fn comments_in_a_skipped_block_are_told() {
    let long = "x".repeat(30);
    assert_eq!(
        told(SKIP, format!("data: {long}\n: alive\n:{long}\n: still\n\ndata: a\n\n")),
        [
            line(Field::Data, 0),
            Told::Comment("alive".into()),
            line(Field::Comment, 45),
            Told::Comment("still".into()),
            message("a"),
        ]
    );
}

#[test]
fn an_event_counts_its_lines_with_a_byte_for_each_line_end() {
    // 20 + 1, and 18 + 1: the limit.
    let (first, second) = ("x".repeat(14), "y".repeat(12));
    for line_end in ["\n", "\r", "\r\n"] {
        let fits = format!("data: {first}{line_end}data: {second}{line_end}{line_end}");
        assert_eq!(told(SKIP, fits), [message(&format!("{first}\n{second}"))]);
        let larger = format!("data: {first}{line_end}data: {second}y{line_end}{line_end}");
        assert_eq!(told(SKIP, larger), [too_large(Field::Data, 0)]);
    }
}

#[test]
fn ids_and_event_types_count_too_even_if_others_replace_them() {
    let id = "id: 1234567890\n".repeat(2);
    assert_eq!(told(SKIP, format!("{id}event: x\ndata\n\n")), [too_large(Field::Data, 0)]);
    assert_eq!(told(SKIP, "id\n".repeat(14) + "\n"), [too_large(Field::Id, 0)]);
    assert_eq!(told(SKIP, "event: \0\n".repeat(5)), [too_large(Field::Event, 0)]);
    assert_eq!(told(SKIP, "id: \0\n".repeat(9) + "\n"), [too_large(Field::Id, 0)]);
}

#[test]
fn comments_and_unknown_fields_do_not_count() {
    let noise = ": alive\nunknown\nretry: x\n".repeat(10);
    let told = told(SKIP, format!("data: a\n{noise}data: b\n\n"));
    assert_eq!(told.len(), 11);
    assert_eq!(told.last(), Some(&message("a\nb")));
}

#[test]
fn an_event_that_is_too_large_begins_at_its_first_line_that_counts() {
    let data = "data: 1234567890\n".repeat(3);
    assert_eq!(
        told(SKIP, format!("data: a\n\nunknown\n: c\n{data}\ndata: b\n\n")),
        [message("a"), Told::Comment("c".into()), too_large(Field::Data, 21), message("b"),]
    );
}

#[test]
fn to_close_ends_the_stream_and_keeps_the_last_event_id() {
    let long = "x".repeat(30);
    assert_eq!(
        told(CLOSE, format!("id: 1\ndata: a\n\nid: 2\ndata: {long}\n\ndata: b\n\n")),
        [message_with_id("1", "a"), line(Field::Data, 21)]
    );
    let mut parser = Parser::new(CLOSE);
    let stream = format!("id: 1\n\n:{long}\n: more\n\n");
    let mut input = stream.as_bytes();
    assert_eq!(parser.next(&mut input), Some(Step::LastEventId("1")));
    assert!(matches!(parser.next(&mut input), Some(Step::Overflow(_))));
    assert_eq!((parser.next(&mut input), input), (None, &b""[..]));
    assert_eq!(parser.last_event_id(), "1");
}

#[test]
fn without_a_choice_of_ones_own_the_stream_is_closed_beyond_1_and_4_mebibytes() {
    let whole = |data: &str| crate::parsed(Limits::default(), [data.as_bytes()]).0;
    let fits = "x".repeat((1 << 20) - 6);
    assert_eq!(whole(&format!("data: {fits}\n\n")), [message(&fits)]);
    assert_eq!(
        whole(&format!("data: {fits}x\n\ndata: a\n\n")),
        [Told::Overflow {
            kind: OverflowKind::Line,
            field: Field::Data,
            offset: 0,
            limit: 1 << 20,
        }]
    );
    let line = format!("data: {}\n", "x".repeat((1 << 20) - 7));
    assert_eq!(whole(&format!("{}\n", line.repeat(4))).len(), 1);
    assert_eq!(
        whole(&format!("{}data\n\ndata: a\n\n", line.repeat(4))),
        [Told::Overflow {
            kind: OverflowKind::Event,
            field: Field::Data,
            offset: 0,
            limit: 4 << 20,
        }]
    );
}

#[test]
fn a_line_limit_below_16_bytes_is_16_bytes() {
    let limits = Limits::new().line(0);
    assert_eq!(told(limits, "data: 1234567890\n\n"), [message("1234567890")]);
    assert!(matches!(
        told(limits, "data: 12345678901\n\n")[..],
        [Told::Overflow { limit: 16, .. }]
    ));
}

#[test]
fn limits_as_large_as_numbers_go_are_none() {
    let limits = Limits::new().line(usize::MAX).event(usize::MAX);
    assert_eq!(told(limits, "data: a\ndata: b\n\n"), [message("a\nb")]);
}

#[test]
fn an_overflow_says_what_where_and_what_to_do() {
    let text = |limits, stream: &str| {
        let mut input = stream.as_bytes();
        match Parser::new(limits).next(&mut input) {
            Some(Step::Overflow(overflow)) => Overflow::to_string(&overflow),
            step => panic!("{step:?}"),
        }
    };
    assert_eq!(
        text(CLOSE, "\n\ndata: 1234567890123456\n\n"),
        "the line of the field `data` that begins at byte 2 of the stream is longer than 20 bytes: let the server send \
         shorter lines, or raise `Limits::line`"
    );
    assert_eq!(
        text(CLOSE, &"data: 1234567890\n".repeat(3)),
        "the event that begins at byte 0 of the stream is larger than 40 bytes, with a line of the field `data`: let the \
         server send smaller events, or raise `Limits::event`"
    );
    assert!(
        text(CLOSE, &format!(":{}", "x".repeat(30)))
            .starts_with("the comment that begins at byte 0")
    );
}
