//! JSON, indented to be read.

use serde::de::IgnoredAny;

use crate::schema::read_json;

/// Levels that are indented: what is deeper stands below the last of them.
const LEVELS: usize = 20;

/// An object or an array with a line for each of its parts; none for anything else.
pub(super) fn indented(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) || read_json::<IgnoredAny>(text).is_err() {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut level = 0_usize;
    let mut is_escaped = false;
    let mut is_string = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if is_string {
            out.push(char);
            is_string = is_escaped || char != '"';
            is_escaped = !is_escaped && char == '\\';
            continue;
        }
        match char {
            '{' | '[' => {
                out.push(char);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                match chars.next_if(|next| matches!(next, '}' | ']')) {
                    Some(close) => out.push(close),
                    None => {
                        level += 1;
                        new_line(&mut out, level);
                    }
                }
            }
            '}' | ']' => {
                level = level.saturating_sub(1);
                new_line(&mut out, level);
                out.push(char);
            }
            ',' => {
                out.push(char);
                new_line(&mut out, level);
            }
            ':' => out.push_str(": "),
            char if char.is_ascii_whitespace() => {}
            char => {
                is_string = char == '"';
                out.push(char);
            }
        }
    }
    Some(out)
}

fn new_line(out: &mut String, level: usize) {
    out.push('\n');
    (0..level.min(LEVELS)).for_each(|_| out.push_str("  "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_a_line_and_strings_stay_as_they_are() {
        let text = r#" {"a":[1 , -2.50e3,[ ],{}],"b , {":"\"}, \\","c":{"d":null}} "#;
        let expected = "{\n  \"a\": [\n    1,\n    -2.50e3,\n    [],\n    {}\n  ],\n  \"b , {\": \"\\\"}, \\\\\",\n  \"c\": {\n    \"d\": null\n  }\n}";
        assert_eq!(indented(text).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_object_or_array_is_left_alone() {
        for text in ["", "text", "12", "\"[]\"", "{", "{]", "[1,]", "[1] 2"] {
            assert_eq!(indented(text), None, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_not_indented_without_end() {
        let text = "[".repeat(1_000) + &"]".repeat(1_000);
        let length = indented(&text).map(|text| text.len());
        assert!(length.is_some_and(|length| length < 100_000), "{length:?}");
    }
}
