//! The standard's examples, and streams that parsers get wrong; each wherever it is cut.
//!
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>

use sse_signals::parser::Limits;

use crate::reference::Told;
use crate::{event, message, message_after_id, message_with_id, told};

fn check(stream: impl AsRef<[u8]>, expected: &[Told]) {
    let stream = stream.as_ref();
    assert_eq!(told(Limits::new(), stream), expected, "{}", stream.escape_ascii());
}

fn comment(text: &str) -> Told {
    Told::Comment(text.into())
}

fn last_event_id(id: &str) -> Told {
    Told::LastEventId(id.into())
}

#[test]
fn the_standards_first_example_is_one_message_of_three_lines() {
    check("data: YHOO\ndata: +2\ndata: 10\n\n", &[message("YHOO\n+2\n10")]);
}

#[test]
fn the_standards_second_example_sets_an_id_and_resets_it() {
    check(
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        &[
            comment("test stream"),
            message_with_id("1", "first event"),
            message_with_id("", "second event"),
            message(" third event"),
        ],
    );
}

#[test]
fn the_standards_third_example_is_two_messages_and_an_unfinished_block() {
    check("data\n\ndata\ndata\n\ndata:", &[message(""), message("\n")]);
}

#[test]
fn the_standards_fourth_example_is_two_equal_messages() {
    check("data:test\n\ndata: test\n\n", &[message("test"), message("test")]);
}

#[test]
fn the_examples_of_event_types_name_the_events() {
    check(
        "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        &[event("add", "73857293"), event("remove", "2153")],
    );
}

#[test]
fn lines_end_in_lf_cr_or_crlf_in_any_mix() {
    for (first, second) in [("\n", "\n"), ("\r", "\r"), ("\r\n", "\r\n"), ("\r\n", "\n")] {
        check(format!("data: a{first}data: b{second}{second}"), &[message("a\nb")]);
    }
    check("data: a\rdata: b\ndata: c\r\n\rdata: d\n\r", &[message("a\nb\nc"), message("d")]);
    check("data: a\n\r\ndata: b\r\r\n\n\rdata: c\n\n", &[message("a"), message("b"), message("c")]);
}

#[test]
fn an_event_whose_end_is_a_cr_is_dispatched_before_the_next_byte() {
    check("data: a\r\r", &[message("a")]);
    check("data: a\r\n\r", &[message("a")]);
    check("data: a\n\r", &[message("a")]);
}

#[test]
fn a_lf_after_a_cr_at_a_chunks_end_is_no_line_of_its_own() {
    check("data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", &[message("a\nb"), message("c")]);
    check("event: x\r\n\r\ndata: a\r\n\r\n", &[message("a")]);
}

#[test]
fn one_byte_order_mark_is_left_out_at_the_start_and_only_there() {
    check("\u{feff}data: a\n\n", &[message("a")]);
    check("\u{feff}\n\ndata: a\n\n", &[message("a")]);
    check("\u{feff}: hi\n", &[comment("hi")]);
    check("\u{feff}\u{feff}data: a\n\ndata: b\n\n", &[message("b")]);
    check("data: a\n\n\u{feff}data: b\n\n", &[message("a")]);
    check("\n\u{feff}data: a\n\n", &[]);
    check("data: \u{feff}a\n\n", &[message("\u{feff}a")]);
}

#[test]
fn the_beginning_of_a_byte_order_mark_is_part_of_the_first_line() {
    check(b"\xEF\xBBdata: a\n\ndata: b\n\n", &[message("b")]);
    check(b"\xEFdata: a\n\ndata: b\n\n", &[message("b")]);
    check(b"\xEF\xBB\ndata: a\n\n", &[message("a")]);
    check(b"\xEF\n\ndata: a\n\n", &[message("a")]);
    check(b"\xBBdata: a\n\ndata: b\n\n", &[message("b")]);
}

#[test]
fn exactly_one_space_is_left_out_at_a_values_start() {
    check("data:a\n\ndata: a\n\ndata:  a\n\n", &[message("a"), message("a"), message(" a")]);
    check("data: \n\ndata:  \n\n", &[message(""), message(" ")]);
    check("data:\ta\n\ndata: a \n\n", &[message("\ta"), message("a ")]);
    check(
        "event: x\nid: 1\ndata: a\n\n",
        &[Told::Event { name: "x".into(), data: "a".into(), id: "1".into(), sets_id: true }],
    );
    check("event:  x\ndata: a\n\n", &[event(" x", "a")]);
}

#[test]
fn a_value_may_hold_colons_and_whole_fields() {
    check(
        "data: a: b\n\ndata::\n\ndata: data: x\n\n",
        &[message("a: b"), message(":"), message("data: x")],
    );
}

#[test]
fn a_field_without_a_colon_has_an_empty_value() {
    check("data\n\n", &[message("")]);
    check("event: x\nevent\ndata: a\n\n", &[message("a")]);
    check(
        "id: 1\ndata: a\n\nid\ndata: b\n\n",
        &[message_with_id("1", "a"), message_with_id("", "b")],
    );
    check("retry\ndata: a\n\n", &[message("a")]);
}

#[test]
fn a_field_that_is_not_exactly_known_is_ignored() {
    for line in [
        "Data: x",
        "DATA: x",
        " data: x",
        "data : x",
        "dat: x",
        "datax",
        "datax: x",
        "data-: x",
        "events: x",
        "eventid: x",
        "ids: x",
        "i: x",
        "retrys: 1",
        "x",
        "da",
        "é: x",
        "\u{feff}data: x",
    ] {
        check(format!("data: a\n{line}\ndata: b\n\n"), &[message("a\nb")]);
        check(format!("data: a\n\n{line}\n\n"), &[message("a")]);
    }
}

#[test]
fn a_block_without_a_data_line_is_no_event_and_one_with_empty_data_is() {
    check("event: x\n\n", &[]);
    check("event: x\n\ndata: a\n\n", &[message("a")]);
    check("event: x\ndata:\n\n", &[event("x", "")]);
    check("data\ndata\n\n", &[message("\n")]);
    check("\n\n\n\n", &[]);
}

#[test]
fn the_last_event_type_of_a_block_wins_and_an_empty_one_is_a_message() {
    check("event: x\nevent: y\ndata: a\n\n", &[event("y", "a")]);
    check("event: x\nevent:\ndata: a\n\n", &[message("a")]);
    check("data: a\nevent: x\n\ndata: b\n\n", &[event("x", "a"), message("b")]);
}

#[test]
fn the_id_is_kept_for_later_events_until_another_is_set() {
    check(
        "id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\nid:\ndata: d\n\ndata: e\n\n",
        &[
            message_with_id("1", "a"),
            message_after_id("1", "b"),
            message_with_id("2", "c"),
            message_with_id("", "d"),
            message("e"),
        ],
    );
    check("id: 1\nid: 2\ndata: a\n\n", &[message_with_id("2", "a")]);
}

#[test]
fn a_block_without_data_commits_its_id_and_dispatches_nothing() {
    check("id: 1\n\ndata: a\n\n", &[last_event_id("1"), message_after_id("1", "a")]);
    check("event: x\nid: 1\n\n", &[last_event_id("1")]);
    check("id: 1\n\nid\n\n", &[last_event_id("1"), last_event_id("")]);
}

#[test]
fn an_id_of_an_unfinished_block_is_not_committed() {
    check("id: 1\ndata: a\n\nid: 2\ndata: b\n", &[message_with_id("1", "a")]);
    let (_, id) = crate::parsed(Limits::new(), [&b"id: 1\ndata: a\n\nid: 2\ndata: b\n"[..]]);
    assert_eq!(id, "1");
}

#[test]
fn an_id_with_a_nul_is_ignored_and_data_with_one_is_kept() {
    check(
        "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n",
        &[message_with_id("1", "a"), message_after_id("1", "b")],
    );
    check("id: 1\nid: \0\ndata: a\n\n", &[message_with_id("1", "a")]);
    check("id:\0\n\n", &[]);
    check("data: a\0b\nevent: \0\n\n", &[event("\0", "a\0b")]);
    check("data: \0\n\n", &[message("\0")]);
}

#[test]
fn other_control_characters_are_text() {
    let controls: String =
        (1..0x20).map(char::from).filter(|c| !matches!(c, '\n' | '\r')).collect();
    check(format!("data: a{controls}b\n\n"), &[message(&format!("a{controls}b"))]);
    check(format!("id: {controls}\ndata: a\n\n"), &[message_with_id(&controls, "a")]);
    check("data: \x0e\x0d\x0e\x0a\n", &[message("\x0e")]);
    check("data: a\u{2028}b\u{85}c\n\n", &[message("a\u{2028}b\u{85}c")]);
}

#[test]
fn a_reconnection_time_is_digits_and_nothing_else() {
    let time = |milliseconds| Told::ReconnectionTime(milliseconds);
    check("retry: 1000\n", &[time(1_000)]);
    check("retry:007\n\n", &[time(7)]);
    check("data: a\nretry: 5\ndata: b\n\n", &[time(5), message("a\nb")]);
    check("retry: 1\nretry: 2\n", &[time(1), time(2)]);
    for value in ["", " ", "-1", "+1", "1.5", "1e3", "1 ", " 1", "1s", "0x1", "١", "1\0"] {
        check(format!("retry: {value}\ndata: a\n\n"), &[message("a")]);
    }
}

#[test]
fn a_reconnection_time_beyond_the_largest_number_is_the_largest() {
    for digits in ["18446744073709551615", "18446744073709551616", "99999999999999999999999999"] {
        check(format!("retry: {digits}\n"), &[Told::ReconnectionTime(u64::MAX)]);
    }
    check("retry: 18446744073709551614\n", &[Told::ReconnectionTime(u64::MAX - 1)]);
}

#[test]
fn comments_are_told_and_leave_the_block_as_it_is() {
    check(":\n", &[comment("")]);
    check(": hi\n:hi\n:  hi\n", &[comment("hi"), comment("hi"), comment(" hi")]);
    check("::\n: data: x\n\n", &[comment(":"), comment("data: x")]);
    check(
        "event: x\n:one\ndata: a\n:two\nid: 1\n:three\n\n",
        &[
            comment("one"),
            comment("two"),
            comment("three"),
            Told::Event { name: "x".into(), data: "a".into(), id: "1".into(), sets_id: true },
        ],
    );
    check(":a\r:b\r\n\r", &[comment("a"), comment("b")]);
}

#[test]
fn an_unfinished_block_is_dropped() {
    for stream in ["data: a", "data: a\n", "data: a\r", "data: a\r\n", "event: x\nid: 1\ndata"] {
        check(stream, &[]);
    }
}

#[test]
fn the_fields_of_a_block_come_in_any_order() {
    let expected = [Told::Event {
        name: "quote".into(),
        data: "{\"a\":1}".into(),
        id: "1a2b-3".into(),
        sets_id: true,
    }];
    let lines = ["event: quote", "id: 1a2b-3", "data: {\"a\":1}"];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let block = order.map(|line| format!("{}\n", lines[line])).concat();
        check(format!("{block}\n"), &expected);
    }
}

#[test]
fn lines_of_any_length_are_read_whole() {
    for length in 0..70 {
        let data = "x".repeat(length);
        check(
            format!("data: {data}\nid: {data}\ndata:{data}\n\n"),
            &[message_with_id(&data, &format!("{data}\n{data}"))],
        );
    }
}

#[test]
fn whole_blocks_before_and_behind_an_odd_one_are_read_as_ever() {
    for odd in ["x\n", ": c\n", "data: a\n: c\n\n", "data: a\tb\r\n\r\n", "retry: x\n\n", "\r"] {
        let usual = "event: e\nid: 7\ndata: d\n\n";
        let stream = format!("{usual}{odd}{usual}");
        let usual =
            Told::Event { name: "e".into(), data: "d".into(), id: "7".into(), sets_id: true };
        let told = told(Limits::new(), &stream);
        assert_eq!((told.first(), told.last()), (Some(&usual), Some(&usual)), "{stream:?}");
    }
}
