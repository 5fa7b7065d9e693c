//! Bytes to lines.

use super::text::{LIMIT, Text};

/// Lines from bytes as they come. LF, CRLF and CR end a line, so that progress that overwrites itself comes through.
/// Escape sequences, which colour a terminal, are left out; bytes that are not UTF-8 become `U+FFFD`.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// What has come of the line, as much as can show.
    line: Vec<u8>,
    within: Within,
    /// Whether a LF that comes next belongs to the line end before.
    after_cr: bool,
}

/// Which part of the syntax of ECMA-48 the next byte belongs to.
#[derive(Debug, Default)]
enum Within {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// A control sequence, such as a colour: ends with a byte from `@` to `~`.
    Control,
    /// A control string, such as a title or a link: ends with BEL or ESC `\`.
    String,
}

impl Lines {
    /// Takes more bytes, and gives the lines that they end.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' if self.after_cr => {}
                b'\n' | b'\r' => lines.push(self.take()),
                _ => self.push_byte(byte),
            }
            self.after_cr = byte == b'\r';
        }
        lines
    }

    /// The last line, if it has no end.
    pub(super) fn finish(mut self) -> Option<String> {
        if self.line.is_empty() { None } else { Some(self.take()) }
    }

    fn push_byte(&mut self, byte: u8) {
        self.within = match (&self.within, byte) {
            (_, 0x1b) => Within::Escape,
            (Within::Text, _) => {
                // One character more than fits tells that it is too long.
                if self.line.len() < LIMIT + 4 {
                    self.line.push(byte);
                }
                Within::Text
            }
            (Within::Escape, b'[') => Within::Control,
            (Within::Escape, b']' | b'P' | b'X' | b'^' | b'_') => Within::String,
            // Two bytes, or more with those in between, such as a choice of character sets.
            (Within::Escape, b' '..=b'/') => Within::Escape,
            (Within::Control, b'@'..=b'~') | (Within::Escape, _) | (Within::String, 0x07) => {
                Within::Text
            }
            (Within::Control, _) => Within::Control,
            (Within::String, _) => Within::String,
        };
    }

    fn take(&mut self) -> String {
        let mut text = Text::default();
        text.push(&String::from_utf8_lossy(&self.line));
        self.line.clear();
        // A sequence that has no end takes one line with it at most.
        self.within = Within::Text;
        text.into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut all: Vec<_> = chunks.iter().flat_map(|chunk| lines.push(chunk)).collect();
        all.extend(lines.finish());
        all
    }

    #[test]
    fn each_line_end_counts_once_wherever_the_bytes_are_cut() {
        let bytes = b"one\r\ntwo\n\nfour\r50 %\r100 %\r\nrest";
        let expected = ["one", "two", "", "four", "50 %", "100 %", "rest"];
        assert_eq!(lines(&[bytes]), expected);
        for at in 0..bytes.len() {
            let (start, end) = bytes.split_at(at);
            assert_eq!(lines(&[start, end]), expected, "cut at {at}");
        }
        assert_eq!(lines(&[b"one\n"]), ["one"], "there is no line after the last end");
        assert!(lines(&[]).is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(
            lines(&[b"a\xffb\n\xf0\x9f\n", "é".as_bytes()]),
            ["a\u{fffd}b", "\u{fffd}", "é"]
        );
    }

    #[test]
    fn escape_sequences_are_left_out() {
        for coloured in [
            "\x1b[1m\x1b[38;5;9merror\x1b[0m: no",
            "\x1b]8;;https://example.org\x1b\\error\x1b]8;;\x07: no",
            "\x1b(Berror\x1b7: no\x1b[2K",
            "error\x1b]0;title without an end is one\x07: no",
        ] {
            assert_eq!(lines(&[coloured.as_bytes()]), ["error: no"], "{coloured:?}");
        }
        assert_eq!(lines(&[b"\x1b]0;no end\nnext"]), ["", "next"]);
    }

    #[test]
    fn a_long_line_is_cut_and_holds_no_more_memory() {
        let mut lines = Lines::default();
        for _ in 0..1_000 {
            assert!(lines.push("é".repeat(1_000).as_bytes()).is_empty());
        }
        assert!(lines.line.capacity() < 4 * LIMIT);
        assert_eq!(
            lines.push(b"\nnext\n"),
            [format!("{}…", "é".repeat(LIMIT / 2)), "next".to_owned()]
        );
    }
}
