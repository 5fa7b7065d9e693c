//! A browser without a debugger, and the CPU time of the process that shows its page.

use crate::Options;
use crate::failure::{Failure, Result};
use nix::sys::signal::{Signal, kill};
use nix::time::ClockId;
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    /// By the `MiniBrowser` that comes with WebKitGTK, which wants a display.
    WebKit,
}

impl Engine {
    const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

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

    /// What it is told, with an empty profile.
    fn prepare(self, command: &mut Command, profile: &Path, url: &str) -> io::Result<()> {
        match self {
            Self::Chromium => {
                command.args(FLAGS);
                command.arg(format!("--user-data-dir={}", profile.display()));
                command.arg(format!("--app={url}"));
            }
            Self::Firefox => {
                let mut preferences = String::new();
                for (name, value) in PREFERENCES {
                    // Writing into a string does not fail.
                    let _ = writeln!(preferences, "user_pref(\"{name}\", {value});");
                }
                fs::write(profile.join("user.js"), preferences)?;
                command.args(["--headless", "--no-remote", "--profile"]).arg(profile).arg(url);
            }
            Self::WebKit => {
                // It has no profile of its own: what it keeps lies where these say.
                for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
                    command.env(name, profile);
                }
                command.arg(url);
            }
        }
        Ok(())
    }

    /// Whether a process with this command line may be the one that shows the page.
    fn shows_pages(self, line: &[u8]) -> bool {
        let mut words = line.split(|byte| byte.is_ascii_whitespace() || *byte == 0);
        match self {
            Self::Chromium => words.any(|word| word == b"--type=renderer"),
            Self::Firefox => {
                words.any(|word| word == b"-contentproc") && words.any(|word| word == b"tab")
            }
            Self::WebKit => words.next().is_some_and(|word| word.ends_with(b"WebKitWebProcess")),
        }
    }
}

/// Chromium's. Beside those by which the project's tests start it: nothing is made ahead of need. With `--app`, by which the page is
/// opened, there is no other page in the browser's frame either, and so the page's renderer is the only one.
const FLAGS: [&str; 10] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=SpareRendererForSitePerProcess",
    "--no-first-run",
];

/// Firefox's: nothing is shown beside the page, and nothing is fetched beside it.
const PREFERENCES: [(&str, &str); 14] = [
    ("app.normandy.enabled", "false"),
    ("app.update.disabledForTesting", "true"),
    ("browser.aboutwelcome.enabled", "false"),
    ("browser.safebrowsing.update.enabled", "false"),
    ("browser.shell.checkDefaultBrowser", "false"),
    ("browser.startup.homepage_override.mstone", "\"ignore\""),
    ("browser.topsites.contile.enabled", "false"),
    ("datareporting.policy.dataSubmissionEnabled", "false"),
    ("extensions.update.enabled", "false"),
    ("network.captive-portal-service.enabled", "false"),
    ("network.connectivity-service.enabled", "false"),
    ("services.settings.server", "\"data:,#remote-settings-dummy/v1\""),
    ("termsofuse.bypassNotification", "true"),
    ("toolkit.telemetry.enabled", "false"),
];

/// What its processes get to end after it.
const END_LIMIT: Duration = Duration::from_secs(10);

/// A running browser with one page. Drop ends it and removes its profile.
#[derive(Debug)]
pub(crate) struct Browser {
    child: Child,
    profile: PathBuf,
}

impl Browser {
    /// With an empty profile in a folder below `profiles`, which also takes what it prints.
    pub(crate) fn start(options: &Options, url: &str) -> Result<Self> {
        let Options { engine, browser: program, profiles, .. } = options;
        let profile = profiles.join(engine.name());
        // Left by a run that was killed, or not there.
        let _ = fs::remove_dir_all(&profile);
        let failed = || Failure::at(format!("cannot write into {}", profiles.display()));
        fs::create_dir_all(&profile).map_err(failed())?;
        let log = File::create(Self::log(options)).map_err(failed())?;
        let mut command = Command::new(program);
        engine.prepare(&mut command, &profile, url).map_err(failed())?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(Failure::at(format_args!("cannot start {}", program.display())))?;
        Ok(Self { child, profile })
    }

    /// Where what it prints is kept.
    pub(crate) fn log(options: &Options) -> PathBuf {
        options.profiles.join(options.engine.name()).with_extension("log")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let all = descendants(self.id());
        // Fails where it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let deadline = Instant::now() + END_LIMIT;
        while all.iter().any(|id| alive(*id)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        for id in all.into_iter().filter(|id| alive(*id)) {
            let _ = kill(pid(id), Signal::SIGKILL);
        }
        // It takes some room where it stays, and the next run removes it.
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// The CPU time, of all threads, that each process of the browser that shows pages has taken so far.
///
/// They descend from it, and are known by their arguments; of each the
/// [CPU clock](https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html) is read: the same sum as `utime` and
/// `stime` in `/proc/ID/stat`, which count in hundredths of a second.
pub(crate) fn renderers(engine: Engine, browser: u32) -> BTreeMap<u32, Duration> {
    let is_renderer = |id: &u32| {
        fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| engine.shows_pages(&line))
    };
    descendants(browser)
        .into_iter()
        .filter(is_renderer)
        .filter_map(|id| {
            let time = ClockId::pid_cpu_clock_id(pid(id)).and_then(ClockId::now).ok()?;
            Some((id, time.into()))
        })
        .collect()
}

/// The processes that a process has started, and those that these have, and so on.
fn descendants(ancestor: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, parent(id)?)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(&id) = found.get(next) {
        found.extend(parents.iter().filter(|(_, parent)| *parent == id).map(|(id, _)| id));
        next += 1;
    }
    found.remove(0);
    found
}

/// What follows the program's name in brackets: the state, the parent.
fn stat(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')').map(|(_, rest)| rest.to_owned())
}

fn parent(id: u32) -> Option<u32> {
    stat(id)?.split_whitespace().nth(1)?.parse().ok()
}

/// A zombie is not: only its entry in the table is left.
fn alive(id: u32) -> bool {
    stat(id).is_some_and(|stat| !stat.trim_start().starts_with('Z'))
}

fn pid(id: u32) -> Pid {
    // Process ids are positive i32.
    Pid::from_raw(id.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_that_shows_the_page_is_known_by_its_command_line() {
        let lines: [(Engine, &[u8]); 3] = [
            (Engine::Chromium, b"/usr/lib/chromium/chromium --type=renderer --lang=en-US"),
            (
                Engine::Firefox,
                b"/usr/lib/firefox-esr/firefox-esr\0-contentproc\0-isForBrowser\x003\0tab\0",
            ),
            (Engine::WebKit, b"/usr/lib/webkit2gtk-4.1/WebKitWebProcess\x007\x0031\0"),
        ];
        for (engine, _) in lines {
            for (other, line) in lines {
                assert_eq!(engine.shows_pages(line), engine == other, "{engine:?} {other:?}");
            }
        }
        assert!(!Engine::Firefox.shows_pages(b"firefox-esr\0-contentproc\0socket\0"));
        assert!(
            !Engine::WebKit.shows_pages(b"/usr/lib/webkit2gtk-4.1/WebKitNetworkProcess\x007\0")
        );
    }

    #[test]
    fn engines_are_known_by_name() {
        assert_eq!(Engine::parse("webkit"), Some(Engine::WebKit));
        assert_eq!(Engine::parse("gecko"), None);
    }
}
