//! What programs say.

use serde::{Deserialize, Serialize};

/// A line of a log, or of a program's output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Number within topic `logs`, from 1; shared with [`Exit`].
    pub sequence: u64,
    /// When it came, in milliseconds since 1970-01-01.
    pub at: u64,
    /// Where it is from.
    pub source: Source,
    /// How much it matters, where the source tells.
    pub level: Option<Level>,
    /// Which part of the program says it, where the source tells.
    pub target: Option<String>,
    /// Without its line break; what is longer than the server allows ends with `…`.
    pub text: String,
}

/// The end of a command that the server has run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Number within topic `logs`, from 1; shared with [`Line`].
    pub sequence: u64,
    /// When that was, in milliseconds since 1970-01-01.
    pub at: u64,
    /// As it was given to `--exec`.
    pub command: String,
    /// Its exit code; none if a signal has ended it.
    pub code: Option<i32>,
    /// Whether the server starts it again.
    pub restarts: bool,
}

/// Where a line is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The server's own log.
    Server,
    /// The server's standard input.
    Stdin,
    /// The standard output of a command.
    Stdout {
        /// As it was given to `--exec`.
        command: String,
    },
    /// The standard error of a command.
    Stderr {
        /// As it was given to `--exec`.
        command: String,
    },
}

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// For whoever follows each step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// As expected.
    Info,
    /// Not as expected, and dealt with.
    Warn,
    /// Something did not work.
    Error,
}
