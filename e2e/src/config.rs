//! What the suite is told by its environment.

use std::env::{self, consts::EXE_SUFFIX};
use std::path::PathBuf;

use fantoccini::wd::Capabilities;

/// Everything that differs from run to run.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The browser engine's name, for the report and the files of a failure.
    pub(crate) engine: String,
    /// Where the `WebDriver` listens, `http://…`.
    pub(crate) webdriver: String,
    /// The process that is above the driver and all its browsers.
    pub(crate) driver_process: u32,
    /// What the new session must have.
    pub(crate) capabilities: Capabilities,
    /// The folder with the demo server's program and those of the examples.
    programs: PathBuf,
    /// The built app, a folder.
    pub(crate) app: PathBuf,
    /// The built examples, each a folder of its name.
    pub(crate) examples: PathBuf,
    /// Where Node.js finds what the servers for it want.
    pub(crate) node_modules: PathBuf,
    /// axe-core's script.
    pub(crate) axe: PathBuf,
    /// A Python that has Flask.
    pub(crate) python: PathBuf,
}

impl Config {
    /// Reads the `SSE_E2E_…` variables.
    ///
    /// # Errors
    ///
    /// A sentence for the developer, if one is missing or wrong.
    pub(crate) fn from_env() -> Result<Self, String> {
        let capabilities = serde_json::from_str(&variable("SSE_E2E_CAPABILITIES")?)
            .map_err(|error| format!("SSE_E2E_CAPABILITIES is not a JSON object: {error}"))?;
        let driver_process = variable("SSE_E2E_DRIVER_PROCESS")?
            .parse()
            .map_err(|error| format!("SSE_E2E_DRIVER_PROCESS is no process id: {error}"))?;
        Ok(Self {
            engine: variable("SSE_E2E_ENGINE")?,
            webdriver: variable("SSE_E2E_WEBDRIVER")?,
            driver_process,
            capabilities,
            programs: path("SSE_E2E_PROGRAMS")?,
            app: path("SSE_E2E_APP")?,
            examples: path("SSE_E2E_EXAMPLES")?,
            node_modules: path("SSE_E2E_NODE_MODULES")?,
            axe: path("SSE_E2E_AXE")?,
            python: path("SSE_E2E_PYTHON").unwrap_or_else(|_| PathBuf::from("python3")),
        })
    }

    /// The path of one of our programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.programs.join(format!("{name}{EXE_SUFFIX}"))
    }
}

fn path(name: &str) -> Result<PathBuf, String> {
    variable(name).map(PathBuf::from)
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| {
        format!("{name} is not set. These tests need a browser's driver, servers and built pages: run `cargo xtask test`")
    })
}
