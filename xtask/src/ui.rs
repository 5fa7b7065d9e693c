//! What goes to the terminal, or into the log of a machine that has none.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

/// How much of a log is looked at from its end, in bytes.
const TAIL: u64 = 48 * 1024;

/// Where there is no terminal, a long wait says so this often.
const SIGN_OF_LIFE: Duration = Duration::from_secs(60);

/// `12.3s`, or `2m 05s` from a minute on.
pub(crate) fn elapsed(time: Duration) -> String {
    if time.as_secs() < 60 {
        format!("{:.1}s", time.as_secs_f64())
    } else {
        format!("{}m {:02}s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

/// The last `lines` lines of a text file that are `worth` showing, or fewer where they are long.
pub(crate) fn tail(path: &Path, lines: usize, worth: impl Fn(&str) -> bool) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let Ok(bytes) = read() else { return String::new() };
    let text = plain(&String::from_utf8_lossy(&bytes));
    let all: Vec<&str> = text.trim_end().lines().filter(|line| worth(line)).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Text without the colours and cursor movements that some programs write even where no terminal reads them.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            // "\x1b[…m" and the like end with a letter; what is not in brackets is three characters long.
            '\x1b' => match chars.next() {
                Some('[') => drop(chars.find(char::is_ascii_alphabetic)),
                _ => drop(chars.next()),
            },
            '\n' | '\t' => plain.push(char),
            char if char.is_control() => {}
            char => plain.push(char),
        }
    }
    plain
}

/// A line that tells how a long step gets on: rewritten each second on a terminal, printed anew each minute elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    terminal: bool,
    next: Duration,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let terminal = io::stdout().is_terminal();
        let next = if terminal { Duration::ZERO } else { SIGN_OF_LIFE };
        Self { terminal, next }
    }

    /// Says first what is being started.
    pub(crate) fn started(line: &str) -> Self {
        let mut progress = Self::new();
        if progress.terminal {
            progress.tick(Duration::ZERO, || line.to_owned());
        } else {
            println!("{line}");
        }
        progress
    }

    /// `line` is asked for only when it is shown.
    pub(crate) fn tick(&mut self, time: Duration, line: impl FnOnce() -> String) {
        if time < self.next {
            return;
        }
        if self.terminal {
            self.next = time + Duration::from_secs(1);
            // Cut to what fits on a narrow terminal: a wrapped line could not be rewritten.
            let line: String = line().chars().filter(|char| !char.is_control()).take(72).collect();
            print!("\r\x1b[K{line}");
            let _ = io::stdout().flush();
        } else {
            self.next = time + SIGN_OF_LIFE;
            println!("{}", line());
        }
    }

    /// Makes place for the line that says how it ended.
    pub(crate) fn clear(&self) {
        if self.terminal {
            print!("\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_well() {
        assert_eq!(elapsed(Duration::from_millis(90)), "0.1s");
        assert_eq!(elapsed(Duration::from_millis(59_900)), "59.9s");
        assert_eq!(elapsed(Duration::from_secs(60)), "1m 00s");
        assert_eq!(elapsed(Duration::from_secs(754)), "12m 34s");
    }

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("\x1b[31mred\x1b(B\x1b[m\r\n\tplain"), "red\n\tplain");
        assert_eq!(plain("cut \x1b["), "cut ");
    }

    #[test]
    fn the_tail_of_a_missing_log_is_empty() {
        assert_eq!(tail(Path::new("no/such/file"), 10, |_| true), "");
    }
}
