//! What fills topic `logs`.

use clap::{Args, ValueEnum};
use tracing::level_filters::LevelFilter;

/// What is told in topic `logs`.
#[derive(Clone, Debug, Args)]
pub struct LogOptions {
    /// How much of the server's own log is told in topic `logs`: off, error, warn, info, debug or trace; requests for
    /// /events never are
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "SSE_SIGNALS_LOGS", value_parser = level)]
    pub logs: LevelFilter,

    /// Tell the lines of standard input in topic `logs`, 500 a second at most (the rest waits), each up to 4096 bytes
    #[arg(long, env = "SSE_SIGNALS_STDIN")]
    pub stdin: bool,

    /// Run this command, by sh -c, and tell in topic `logs` what it says, as for --stdin, and its exit code; can be
    /// repeated. It ends with the server
    #[arg(long, value_name = "COMMAND", env = "SSE_SIGNALS_EXEC", value_parser = command)]
    pub exec: Vec<String>,

    /// Whether commands are run again that have ended: after 1 s, then after twice as long each time, up to 60 s
    #[arg(long, value_name = "WHEN", default_value = "never", env = "SSE_SIGNALS_EXEC_RESTART")]
    pub exec_restart: Restart,
}

/// When a command that has ended is run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Restart {
    /// Never
    Never,
    /// If it could not be run, a signal has ended it, or its exit code is not 0
    OnFailure,
    /// Always
    Always,
}

impl Restart {
    pub(crate) const fn applies(self, failed: bool) -> bool {
        match self {
            Self::Never => false,
            Self::OnFailure => failed,
            Self::Always => true,
        }
    }
}

fn level(text: &str) -> Result<LevelFilter, String> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    match text.parse() {
        // `parse` would take numbers too.
        Ok(level) if levels.contains(&text) => Ok(level),
        _ => Err(format!("it must be one of {}", levels.join(", "))),
    }
}

fn command(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("there is no command in it; leave --exec out to run none".to_owned());
    }
    Ok(text.to_owned())
}
