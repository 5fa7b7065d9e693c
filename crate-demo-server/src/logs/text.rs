//! Text of a bounded length.

use std::fmt;

/// Of one line's text, in bytes; what is longer ends with `…`.
pub(super) const LIMIT: usize = 4_096;

/// Keeps what is written to it up to [`LIMIT`].
#[derive(Debug, Default)]
pub(super) struct Text {
    text: String,
    is_cut: bool,
}

impl Text {
    pub(super) fn push(&mut self, more: &str) {
        if self.is_cut {
            return;
        }
        let room = LIMIT - self.text.len();
        self.is_cut = more.len() > room;
        self.text.push_str(&more[..more.floor_char_boundary(room)]);
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn into_string(mut self) -> String {
        if self.is_cut {
            self.text.push('…');
        }
        self.text
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        self.push(more);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &[&str]) -> String {
        let mut text = Text::default();
        parts.iter().for_each(|part| text.push(part));
        text.into_string()
    }

    #[test]
    fn what_fits_stays_whole_and_the_rest_is_cut_between_characters() {
        let full = "x".repeat(LIMIT);
        assert_eq!(text(&[&full]), full);
        assert_eq!(text(&[&full, ""]), full);
        assert_eq!(text(&[&full, "y", "z"]), format!("{full}…"));
        let odd = format!("x{}", "é".repeat(LIMIT / 2));
        assert_eq!(text(&[&odd, "more"]), format!("x{}…", "é".repeat(LIMIT / 2 - 1)));
    }
}
