//! A file of tokens.
//!
//! ```text
//! # Pages:
//! read 5d3c1f9a0b
//! # The build server:
//! publish 90aa17c2d4
//! ```

use std::fs;
use std::path::Path;

use super::Rights;
use crate::cli::Token;
use crate::private_file;

/// Reads it. What is wrong is told with the number of its line, never with what stands there.
pub(super) fn read(path: &Path) -> Result<Vec<(Token, Rights)>, String> {
    let failed =
        |reason: &dyn std::fmt::Display| format!("--token-file {}: {reason}", path.display());
    let bytes = fs::read(path).map_err(|error| failed(&error))?;
    private_file::warn_if_open(path).map_err(|error| failed(&error))?;
    parse(&bytes).map_err(|reason| failed(&reason))
}

fn parse(bytes: &[u8]) -> Result<Vec<(Token, Rights)>, String> {
    let mut tokens = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let parsed = std::str::from_utf8(line).ok().and_then(parse_line);
        tokens.push(parsed.ok_or_else(|| {
            format!(
                "line {} is neither `read TOKEN` nor `publish TOKEN`, nor a # comment",
                index + 1
            )
        })?);
    }
    if tokens.is_empty() {
        return Err("there is no token in it, which would let everyone in".to_owned());
    }
    Ok(tokens)
}

fn parse_line(line: &str) -> Option<(Token, Rights)> {
    let (word, token) = line.split_once(char::is_whitespace)?;
    let rights = match word {
        "read" => Rights::Read,
        "publish" => Rights::Publish,
        _ => return None,
    };
    let token = token.trim_start();
    // No header could bring it.
    let is_sound = !token.chars().any(char::is_control);
    is_sound.then(|| (Token::from(token), rights))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_right_and_a_token() {
        let tokens = parse(b"# ours\n\nread one two \r\n\tpublish\t three\n").expect("sound");
        let expected = [("one two", Rights::Read), ("three", Rights::Publish)];
        assert_eq!(tokens, expected.map(|(token, rights)| (Token::from(token), rights)));
    }

    #[test]
    fn a_bad_line_is_told_by_its_number_and_not_by_what_it_says() {
        for line in
            ["secret", "write secret", "read", "Read secret", "read sec\u{7}ret", "secret read"]
        {
            let message = parse(format!("read x\n\n{line}\n").as_bytes()).expect_err(line);
            assert!(
                message.starts_with("line 3 is neither") && !message.contains("sec"),
                "{message}"
            );
        }
        assert!(parse(b"read a\nread \xff").expect_err("no text").starts_with("line 2"));
    }

    #[test]
    fn a_file_without_a_token_is_refused() {
        for file in ["", "\n", "# read x\n"] {
            assert!(parse(file.as_bytes()).expect_err(file).contains("everyone"));
        }
    }
}
