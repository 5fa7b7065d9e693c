//! Doing the steps: commands, and what runs beside them.

use super::count::{self, Counts};
use super::steps::{APP, AXE, END_TO_END, NODE_SERVER};
use crate::app;
use crate::browsers::{Driver, Engine};
use crate::example::{self, Example};
use crate::failure::{Failure, Result};
use crate::process::{self, End};
use crate::server::{self, Server};
use crate::shell::Shell;
use crate::ui;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A step that takes longer hangs: the longest seen, a first build of the app on two busy cores, took five minutes.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// For the advisories: fetching them takes seconds, and never gets on where a firewall swallows what is sent.
const ADVISORIES_LIMIT: Duration = Duration::from_secs(2 * 60);

/// How much of its output a failed step shows; all of it is in its log.
const LINES_SHOWN: usize = 120;

/// What all tests of one file may take in one browser, in seconds. The runner's own default of 20 is for all of them
/// together.
const BROWSER_TESTS_SECONDS: &str = "600";

/// What a step does.
#[derive(Debug)]
pub(super) enum Work {
    /// Passes or fails as a whole.
    Check(Command),
    /// Counts its tests.
    Tests(Command),
    /// A check of cargo-deny's.
    Deny(Command),
    /// Another, which is left out where the advisories cannot be had.
    Advisories(Command),
    /// One after the other, until one fails; a check as a whole.
    Checks(Vec<Command>),
    /// Builds the server for the steps after it.
    Server,
    /// The library's tests in a browser.
    Library(Engine),
    /// The tests of an example's page.
    ExamplePage(Example, Engine),
    /// Builds an example for the steps after it.
    Example(Example),
    /// Builds the app for the steps after it.
    App,
    /// Trials in a browser.
    Suite(Suite),
    /// Takes the pictures of the app in a browser.
    Pictures(Engine),
}

/// Some of the end-to-end trials.
#[derive(Debug)]
pub(super) struct Suite {
    /// What the trials call it.
    pub(super) name: &'static str,
    pub(super) engine: Engine,
    /// Beside npm's packages and programs, which are its step's needs: what has to be built before.
    pub(super) wants: Vec<String>,
}

impl Work {
    /// The package that is built for other steps.
    pub(super) fn builds(&self) -> Option<&str> {
        match self {
            Self::Server => Some(server::PACKAGE),
            Self::App => Some(APP),
            Self::Example(example) => Some(&example.package),
            _ => None,
        }
    }

    /// Whether a step before must have built that package.
    pub(super) fn wants(&self, package: &str) -> bool {
        match self {
            Self::Library(_) => package == server::PACKAGE,
            Self::Pictures(_) => [server::PACKAGE, APP].contains(&package),
            Self::Suite(suite) => suite.wants.iter().any(|wanted| wanted == package),
            _ => false,
        }
    }
}

/// What came of a step, and what there is to tell.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) counts: Counts,
    pub(super) text: String,
    /// What failed of the step, by name.
    pub(super) names: Vec<String>,
}

impl Outcome {
    fn passed(text: impl Into<String>) -> Self {
        Self { counts: Counts { passed: 1, failed: 0 }, text: text.into(), names: Vec::new() }
    }

    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self { counts: Counts { passed: 0, failed: 1 }, text: text.into(), names: Vec::new() }
    }
}

/// Runs them until one fails.
fn all_of<'a>(
    commands: impl IntoIterator<Item = Command>,
    mut run: impl FnMut(Command) -> Result<Run<'a>>,
) -> Result<Outcome> {
    let mut outcome = Outcome::passed("");
    for command in commands {
        outcome = run(command)?.check();
        if outcome.counts.failed > 0 {
            break;
        }
    }
    Ok(outcome)
}

/// Does the steps, and keeps what several of them share.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    shell: &'a Shell,
    /// Only tests with this in their name.
    test_name: Option<&'a str>,
    /// The packages that steps before have built.
    built: BTreeSet<String>,
    /// The server that the library's tests talk to, with its faults switched on.
    faulty: Option<Server>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(shell: &'a Shell, test_name: Option<&'a str>) -> Self {
        Self { shell, test_name, built: BTreeSet::new(), faulty: None }
    }

    /// Does one step; `tick` is called while it runs.
    pub(super) fn run(
        &mut self,
        name: &str,
        work: Work,
        mut tick: impl FnMut(Duration),
    ) -> Result<Outcome> {
        let shell = self.shell;
        let log = shell.log(name);
        let limit = if matches!(work, Work::Advisories(_)) { ADVISORIES_LIMIT } else { LIMIT };
        let mut capture = |mut command: Command| {
            // An environment that asks for colours gets none here: the output is read by us.
            command.env("CARGO_TERM_COLOR", "never");
            let end = process::capture(&mut command, &log, limit, &mut tick)?;
            Ok(Run { end, log: &log })
        };
        match work {
            Work::Check(command) | Work::Deny(command) => Ok(capture(command)?.check()),
            Work::Tests(mut command) => {
                command.args(self.named());
                capture(command)?.tests()
            }
            Work::Advisories(mut command) => {
                // git, which fetches them, would ask the terminal for a password.
                command.env("GIT_TERMINAL_PROMPT", "0");
                capture(command)?.advisories()
            }
            Work::Server => {
                let run = capture(server::build_whole(shell))?;
                Ok(self.note(server::PACKAGE, run.check()))
            }
            Work::Library(engine) => capture(self.library(engine)?)?.tests(),
            Work::ExamplePage(example, engine) => {
                let folder = format!("{}{}", example::FOLDER, example.name);
                let command = self.in_browser(engine, &folder, &[])?;
                capture(command)?.tests()
            }
            Work::Checks(commands) => all_of(commands, capture),
            Work::Example(example) => {
                let outcome = all_of(example.build(shell), capture)?;
                Ok(self.note(&example.package, outcome))
            }
            Work::App => {
                // All that talk to it have run.
                self.faulty = None;
                let run = capture(app::build(shell, &self.dist()))?;
                let mut outcome = self.note(APP, run.check());
                if run.end.success() {
                    // They are told, not tested.
                    let sizes = app::sizes(shell, &self.dist());
                    outcome.text = sizes.unwrap_or_else(|failure| failure.to_string());
                }
                Ok(outcome)
            }
            Work::Suite(suite) => {
                suite.wants.iter().try_for_each(|package| self.require(package))?;
                // Its browsers end with it, when the tests have.
                let driver = Driver::start(suite.engine, shell)?;
                let mut command = self.end_to_end(suite.engine, &driver, &["--suite", suite.name]);
                command.args(self.test_name);
                capture(command)?.tests()
            }
            Work::Pictures(engine) => {
                [server::PACKAGE, APP].iter().try_for_each(|package| self.require(package))?;
                let driver = Driver::start(engine, shell)?;
                let docs = shell.root.join("docs");
                let arguments = ["--pictures", &docs.to_string_lossy()];
                Ok(capture(self.end_to_end(engine, &driver, &arguments))?.check())
            }
        }
    }

    /// Notes whether a package could be built.
    fn note(&mut self, package: &str, outcome: Outcome) -> Outcome {
        if outcome.counts.failed == 0 {
            self.built.insert(package.to_owned());
        }
        outcome
    }

    /// Old programs are not tested in place of those that could not be built.
    fn require(&self, package: &str) -> Result<()> {
        if self.built.contains(package) {
            return Ok(());
        }
        Err(Failure::new(format!("{package} could not be built")))
    }

    /// What cargo hands on to the tests.
    fn named(&self) -> impl Iterator<Item = &'a str> {
        self.test_name.into_iter().flat_map(|name| ["--", name])
    }

    fn library(&mut self, engine: Engine) -> Result<Command> {
        let server = self.faulty_server()?;
        let mut command = self.in_browser(engine, "crate-client", &["--all-features"])?;
        command.env("SSE_TEST_SERVER", server);
        Ok(command)
    }

    /// The tests inside a browser of the package in that folder.
    fn in_browser(&self, engine: Engine, folder: &str, flags: &[&str]) -> Result<Command> {
        let mut command = engine.wasm_pack(self.shell)?;
        command.args(["--", "--locked"]).args(flags).args(self.named());
        command.current_dir(self.shell.root.join(folder));
        command.env("WASM_BINDGEN_TEST_TIMEOUT", BROWSER_TESTS_SECONDS);
        command.env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
        Ok(command)
    }

    fn end_to_end(&self, engine: Engine, driver: &Driver, arguments: &[&str]) -> Command {
        let shell = self.shell;
        let mut command = shell.cargo();
        command.args(["test", "--locked", "--package", END_TO_END, "--"]).args(arguments);
        command.env("SSE_E2E_ENGINE", engine.name());
        command.env("SSE_E2E_WEBDRIVER", &driver.url);
        command.env("SSE_E2E_DRIVER_PROCESS", driver.process().to_string());
        command.env("SSE_E2E_CAPABILITIES", &driver.capabilities);
        command.env("SSE_E2E_PROGRAMS", shell.target.join("debug"));
        command.env("SSE_E2E_APP", self.dist());
        command.env("SSE_E2E_EXAMPLES", example::folder(shell));
        command.env("SSE_E2E_NODE_MODULES", shell.npm_folder(NODE_SERVER).join("node_modules"));
        command.env("SSE_E2E_AXE", shell.npm_folder(AXE).join("node_modules/axe-core/axe.min.js"));
        if let Some(python) = shell.python_with("flask") {
            command.env("SSE_E2E_PYTHON", python);
        }
        command
    }

    /// The address of the server that the library's tests talk to: started once, and anew if it has ended.
    fn faulty_server(&mut self) -> Result<String> {
        self.require(server::PACKAGE)?;
        if let Some(server) = &mut self.faulty
            && server.group.try_wait()?.is_none()
        {
            return Ok(server.address().to_owned());
        }
        let log = self.shell.log("faulty server");
        let mut command = server::command(self.shell, "debug");
        server::without_variables(&mut command);
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--faults",
            "--allow-origin",
            "*",
            "--speed",
            "50",
        ]);
        process::into_log(&mut command, &log)?;
        let server = Server::start(&mut command)
            .map_err(|failure| Failure::new(format!("{failure}: see {}", log.display())))?;
        Ok(self.faulty.insert(server).address().to_owned())
    }

    /// Not the folder of `cargo xtask run`, which may be serving from it.
    fn dist(&self) -> PathBuf {
        self.shell.target.join("xtask/dist")
    }
}

/// A command that has run.
struct Run<'a> {
    end: End,
    log: &'a Path,
}

impl Run<'_> {
    fn check(&self) -> Outcome {
        if self.end.success() { Outcome::passed("") } else { Outcome::failed(self.trouble()) }
    }

    fn tests(&self) -> Result<Outcome> {
        let output = self.output()?;
        let mut counts = count::count(&output);
        if self.end.success() && counts.passed + counts.failed == 0 {
            // A name that matches nothing, a file that is not compiled: silence must not pass for success.
            return Ok(Outcome::failed(format!("no test ran\n{}", self.trouble())));
        }
        if self.end.success() && counts.failed == 0 {
            return Ok(Outcome { counts, ..Outcome::passed("") });
        }
        // It did not build, or ended before it could count.
        counts.failed = counts.failed.max(1);
        Ok(Outcome { counts, text: self.trouble(), names: count::in_trouble(&output) })
    }

    fn advisories(&self) -> Result<Outcome> {
        let too_long = matches!(self.end, End::TooLong(_));
        if too_long || !self.end.success() && is_out_of_reach(&self.output()?) {
            let text = "not checked: the advisory database is out of reach";
            return Ok(Outcome { counts: Counts::default(), ..Outcome::passed(text) });
        }
        Ok(self.check())
    }

    fn output(&self) -> Result<String> {
        fs::read(self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(Failure::at(format_args!("cannot read {}", self.log.display())))
    }

    /// How it ended, and the end of what it printed.
    fn trouble(&self) -> String {
        let tail = ui::tail(self.log, LINES_SHOWN, |line| !is_cargo_getting_on(line));
        format!("{tail}\n{}; its whole output: {}", self.end, self.log.display())
    }
}

/// Cargo's list of what it builds, which hides what matters.
fn is_cargo_getting_on(line: &str) -> bool {
    ["Compiling ", "Checking ", "Downloaded ", "Downloading "]
        .iter()
        .any(|word| line.trim_start().starts_with(word))
}

fn is_out_of_reach(output: &str) -> bool {
    ["failed to fetch advisory database", "failed to load advisory database"]
        .iter()
        .any(|message| output.contains(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advisories_that_do_not_arrive_are_left_out() {
        let run = Run { end: End::TooLong(ADVISORIES_LIMIT), log: Path::new("no/such/file") };
        let outcome = run.advisories().expect("the log is not read");
        assert_eq!(outcome.counts, Counts::default());
        assert!(outcome.text.contains("out of reach"), "{}", outcome.text);
    }
}
