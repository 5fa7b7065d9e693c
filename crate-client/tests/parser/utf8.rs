//! What is not UTF-8 is replaced as the Encoding standard's decoder does it, which
//! [`String::from_utf8_lossy`] does, too.

use sse_signals::parser::Limits;

use crate::reference::Told;
use crate::{message, message_with_id, told};

/// Broken and whole sequences: cut short, too long, overlong, surrogates, beyond the last character, no start, no end.
const SEQUENCES: [&[u8]; 24] = [
    b"\x80",
    b"\xBF\x80",
    b"\xC0\x80",
    b"\xC1\xBF",
    b"\xC2",
    b"\xC3\xA9",
    b"\xDF",
    b"\xE0\x80\x80",
    b"\xE0\xA0",
    b"\xE4\xBD\xA0",
    b"\xE4\xBD",
    b"\xE4",
    b"\xED\xA0\x80",
    b"\xED\x9F\xBF",
    b"\xEF\xBF\xBF",
    b"\xEF\xBB\xBF",
    b"\xF0\x80\x80\x80",
    b"\xF0\x9F\xA6\x80",
    b"\xF0\x9F\xA6",
    b"\xF0\x9F",
    b"\xF4\x8F\xBF\xBF",
    b"\xF4\x90\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    b"\xFF\xFE",
];

#[test]
fn each_broken_sequence_is_replaced_wherever_it_is_cut() {
    for sequence in SEQUENCES {
        for behind in [&b""[..], b"a", b"\x80", b"\xC3\xA9"] {
            let text = [sequence, behind].concat();
            let expected = String::from_utf8_lossy(&text);
            let stream = [b"data: ", &text[..], b"\n\n"].concat();
            assert_eq!(
                told(Limits::new(), &stream),
                [message(&expected)],
                "{}",
                text.escape_ascii()
            );
        }
    }
}

#[test]
fn names_ids_comments_and_joined_lines_are_replaced_alike() {
    for sequence in SEQUENCES {
        let text = String::from_utf8_lossy(sequence);
        let lines: [&[u8]; 6] = [b"event: ", b"id: ", b"data: ", b"data: ", b": ", b"data"];
        let mut stream: Vec<u8> =
            lines.iter().flat_map(|name| [name, sequence, b"\n"].concat()).collect();
        stream.push(b'\n');
        assert_eq!(
            told(Limits::new(), &stream),
            [
                Told::Comment(text.to_string()),
                Told::Event {
                    name: text.to_string(),
                    data: format!("{text}\n{text}"),
                    id: text.to_string(),
                    sets_id: true,
                },
            ]
        );
        let stream = [b": ", sequence, b"\n"].concat();
        assert_eq!(told(Limits::new(), &stream), [Told::Comment(text.to_string())]);
        let stream = [b"id: ", sequence, b"\n\n"].concat();
        assert_eq!(told(Limits::new(), &stream), [Told::LastEventId(text.to_string())]);
    }
}

#[test]
fn a_line_end_ends_an_unfinished_character() {
    for line_end in [&b"\n"[..], b"\r", b"\r\n"] {
        let stream = [b"data: \xF0\x9F", line_end, b"data: \xA6\x80", line_end, line_end].concat();
        let (first, second) = (String::from_utf8_lossy(b"\xF0\x9F"), "\u{fffd}\u{fffd}");
        assert_eq!(told(Limits::new(), &stream), [message(&format!("{first}\n{second}"))]);
    }
}

#[test]
fn a_broken_field_name_is_unknown() {
    assert_eq!(
        told(Limits::new(), b"dat\xFFa: x\ndata\xFF: x\n\xFFdata: x\ndata: a\n\n"),
        [message("a")]
    );
}

#[test]
fn text_beside_broken_text_is_whole() {
    // Long, so that each way of checking comes up, with something broken on either side.
    let text = "上证指数 3,123.45 – Zürich 🦀 ".repeat(6);
    let stream = ["data: \u{e9}\nid: 1\n\ndata: ", &text, "\nid: 2\n\ndata: x\n\n"].concat();
    let mut stream = stream.into_bytes();
    stream.extend_from_slice(b"data: \xFF\n\n");
    assert_eq!(
        told(Limits::new(), &stream),
        [
            message_with_id("1", "é"),
            message_with_id("2", &text),
            crate::message_after_id("2", "x"),
            crate::message_after_id("2", "\u{fffd}"),
        ]
    );
}

#[test]
fn characters_right_before_and_behind_an_event_do_not_change_it() {
    // What lies around an event may be checked with it, to fill whole words.
    for around in ["é", "你", "🦀", "\u{80}"] {
        for length in 0..40 {
            let pad = "x".repeat(length);
            let stream = format!(
                "data: {pad}{around}\n\ndata: {pad}\n\n{around}: {pad}\n\ndata: {around}\n\n"
            );
            assert_eq!(
                told(Limits::new(), &stream),
                [message(&format!("{pad}{around}")), message(&pad), message(around),]
            );
        }
    }
}
