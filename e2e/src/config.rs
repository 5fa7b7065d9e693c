//! What the suite is told by its environment.

use std::env;
use std::path::PathBuf;

use fantoccini::wd::Capabilities;

/// Everything that differs from run to run.
#[derive(Debug)]
pub(crate) struct Config {
    /// The browser engine's name, for the report and the files of a failure.
    pub(crate) engine: String,
    /// Where the `WebDriver` listens, `http://…`.
    pub(crate) webdriver: String,
    /// What the new session must have.
    pub(crate) capabilities: Capabilities,
    /// The demo server's program.
    pub(crate) server: PathBuf,
    /// The built app, a folder.
    pub(crate) app: PathBuf,
}

impl Config {
    /// Reads the `SSE_E2E_…` variables.
    ///
    /// # Errors
    ///
    /// A sentence for the developer, if one is missing or wrong.
    pub(crate) fn from_env() -> Result<Self, String> {
        let engine = variable("SSE_E2E_ENGINE")?;
        let webdriver = variable("SSE_E2E_WEBDRIVER")?;
        let capabilities = serde_json::from_str(&variable("SSE_E2E_CAPABILITIES")?)
            .map_err(|error| format!("SSE_E2E_CAPABILITIES is not a JSON object: {error}"))?;
        let server = PathBuf::from(variable("SSE_E2E_SERVER")?);
        if !server.is_file() {
            return Err(format!("SSE_E2E_SERVER: there is no program {}", server.display()));
        }
        let app = PathBuf::from(variable("SSE_E2E_APP")?);
        if !app.join("index.html").is_file() {
            return Err(format!("SSE_E2E_APP: there is no index.html in {}", app.display()));
        }
        Ok(Self { engine, webdriver, capabilities, server, app })
    }
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| {
        format!("{name} is not set. These tests need a browser's driver, the server and the built app: run `cargo xtask test`")
    })
}
