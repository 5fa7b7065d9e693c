//! The three browser engines: their drivers, what these are told, and how they are started.

use crate::failure::{Failure, Result};
use crate::process::{self, Group};
use crate::shell::Shell;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// The capabilities for Chromium and Firefox; each reads its own key alone.
const CAPABILITIES: &str = include_str!("../../crate-client/webdriver.json");

/// What Chromium is called.
pub(crate) const CHROMIUM: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
pub(crate) const FIREFOX: [&str; 2] = ["firefox-esr", "firefox"];

/// A driver that is not ready by then never will be.
const READY_LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.name() == name)
    }

    /// The program that drives it.
    fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
            Self::WebKit => "WebKitWebDriver",
        }
    }

    /// What wasm-pack calls it.
    fn wasm_pack_flags(self) -> [&'static str; 2] {
        match self {
            Self::Chromium => ["--chrome", "--chromedriver"],
            Self::Firefox => ["--firefox", "--geckodriver"],
            Self::WebKit => ["--safari", "--safaridriver"],
        }
    }

    /// What a session asks for, as JSON.
    fn capabilities(self) -> Result<String> {
        match self {
            Self::Chromium | Self::Firefox => Ok(CAPABILITIES.to_owned()),
            Self::WebKit => Ok(webkit_capabilities(&minibrowser()?)),
        }
    }

    /// The browser itself.
    pub(crate) fn program(self, shell: &Shell) -> Result<PathBuf> {
        let one_of = |names: &[&str]| {
            names.iter().find_map(|name| shell.find(name)).ok_or_else(|| {
                Failure::new(format!("{} is not there: none of {}", self.name(), names.join(", ")))
            })
        };
        match self {
            Self::Chromium => one_of(&CHROMIUM),
            Self::Firefox => one_of(&FIREFOX),
            Self::WebKit => minibrowser(),
        }
    }

    /// A command that runs `program` the way this engine wants its driver, or what starts it, to be run.
    pub(crate) fn command(self, shell: &Shell, program: &str) -> Command {
        let Self::WebKit = self else { return shell.command(program) };
        // WebKitGTK has no headless mode, and without a bus of its own it hangs.
        let mut command = shell.command("dbus-run-session");
        command.args(["--", "xvfb-run", "--auto-servernum", program]);
        command.envs([
            ("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"),
            ("WEBKIT_DISABLE_COMPOSITING_MODE", "1"),
            ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
            ("LIBGL_ALWAYS_SOFTWARE", "1"),
        ]);
        command
    }

    /// `wasm-pack test` for this engine, in the workspace's folder.
    pub(crate) fn wasm_pack(self, shell: &Shell) -> Result<Command> {
        let [engine, driver_flag] = self.wasm_pack_flags();
        let driver = shell
            .find(self.driver())
            .ok_or_else(|| Failure::new(format!("{} is not there", self.driver())))?;
        let capabilities = shell.folder("browsers")?.join(format!("{}.json", self.name()));
        fs::write(&capabilities, self.capabilities()?)
            .map_err(Failure::at(format_args!("cannot write {}", capabilities.display())))?;
        let mut command = self.command(shell, "wasm-pack");
        // Nothing is to be downloaded: what it needs is there.
        command
            .args(["test", "--headless", "--mode", "no-install", engine, driver_flag])
            .arg(driver);
        command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
        Ok(command)
    }
}

fn webkit_capabilities(minibrowser: &Path) -> String {
    let path = minibrowser.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    format!(r#"{{"webkitgtk:browserOptions": {{"binary": "{path}", "args": ["--automation"]}}}}"#)
}

/// The browser that comes with the libraries of that engine and lies outside of PATH.
pub(crate) fn minibrowser() -> Result<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
    };
    // Debian has a folder an architecture under /usr/lib, others have not.
    let mut folders = inside(Path::new("/usr/lib"));
    folders.extend(folders.clone().iter().flat_map(|folder| inside(folder)));
    folders.extend(inside(Path::new("/usr/libexec")));
    let mut found: Vec<PathBuf> = folders
        .into_iter()
        .filter(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("webkit2gtk-") || name.starts_with("webkitgtk-")
        })
        .map(|folder| folder.join("MiniBrowser"))
        .filter(|path| path.is_file())
        .collect();
    // webkit2gtk-4.1 before webkit2gtk-4.0, and both before webkitgtk-6.0, which wants more of the display.
    found.sort_by_key(|path| (path.to_string_lossy().contains("webkit2gtk-"), path.clone()));
    found.pop().ok_or_else(|| {
        Failure::new(
            "MiniBrowser is nowhere under /usr/lib/*/webkit2gtk-*: it comes with the WebKitGTK libraries, and \
             `--engine chromium --engine firefox` tests without it",
        )
    })
}

/// A running driver. Drop ends it with all its browsers.
#[derive(Debug)]
pub(crate) struct Driver {
    group: Group,
    /// Where it listens.
    pub(crate) url: String,
    /// What a session must ask for, as JSON.
    pub(crate) capabilities: String,
}

impl Driver {
    /// Starts the engine's driver on a free port and waits until it takes sessions.
    pub(crate) fn start(engine: Engine, shell: &Shell) -> Result<Self> {
        let capabilities = engine.capabilities()?;
        let log = shell.log(&format!("driver {}", engine.name()));
        let address = free_address()?;
        let mut command = engine.command(shell, engine.driver());
        command.arg(format!("--port={}", address.port()));
        process::into_log(&mut command, &log)?;
        let mut group = Group::spawn(&mut command)?;
        let start = Instant::now();
        while !ready(address) {
            let failed = |what: &str| {
                Err(Failure::new(format!("{} {what}: see {}", engine.driver(), log.display())))
            };
            if let Some(status) = group.try_wait()? {
                return failed(&format!("ended at once ({status})"));
            }
            if start.elapsed() > READY_LIMIT {
                return failed(&format!("is not ready after {} seconds", READY_LIMIT.as_secs()));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(Self { group, url: format!("http://{address}"), capabilities })
    }

    /// The process that is above the driver and all its browsers.
    pub(crate) fn process(&self) -> u32 {
        self.group.id()
    }
}

/// A port that is free now. The drivers take none by themselves.
fn free_address() -> Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(Failure::at("cannot find a free port"))
}

/// Whether a driver says that it takes sessions.
fn ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let wait = Duration::from_secs(2);
        let mut stream = TcpStream::connect_timeout(&address, wait)?;
        stream.set_read_timeout(Some(wait))?;
        stream.set_write_timeout(Some(wait))?;
        let host = address.to_string();
        let request = format!("GET /status HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        // A driver that keeps the connection open runs into the time limit, its answer read.
        match stream.take(64 * 1024).read_to_end(&mut answer) {
            Err(error) if answer.is_empty() => Err(error),
            _ => Ok(String::from_utf8_lossy(&answer).into_owned()),
        }
    };
    ask().is_ok_and(|answer| says_ready(&answer))
}

fn says_ready(answer: &str) -> bool {
    let dense: String = answer.chars().filter(|char| !char.is_whitespace()).collect();
    dense.contains("\"ready\":true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_known_by_name() {
        assert_eq!(Engine::parse("webkit"), Some(Engine::WebKit));
        assert_eq!(Engine::parse("WebKit"), None);
        assert_eq!(Engine::parse(""), None);
    }

    #[test]
    fn a_driver_is_ready_when_it_says_so() {
        assert!(says_ready("HTTP/1.1 200 OK\r\n\r\n{\"value\": {\"ready\": true}}"));
        assert!(!says_ready("HTTP/1.1 200 OK\r\n\r\n{\"value\":{\"ready\":false}}"));
    }

    #[test]
    fn a_path_goes_into_the_capabilities_escaped() {
        let json = webkit_capabilities(Path::new("/a \"b\"/MiniBrowser"));
        assert!(json.contains(r#""binary": "/a \"b\"/MiniBrowser""#), "{json}");
    }
}
