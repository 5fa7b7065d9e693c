//! Programs that come with the system: installed on Debian where we may, asked for elsewhere.

use super::Need;
use super::install::Step;
use crate::browsers::{CHROMIUM, Engine, FIREFOX};
use crate::failure::{Failure, Result};
use crate::load::NCHAN;
use crate::process;
use crate::shell::Shell;
use std::fs;
use std::path::Path;

/// A program, and the package of Debian's that brings it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    what: What,
    package: &'static str,
    need: Need,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// Any of these names will do.
    Command(&'static [&'static str]),
    /// A module of Python's.
    Python(&'static str),
    /// What has no command: a file.
    File(&'static str),
}

impl What {
    fn name(&self) -> String {
        match self {
            Self::Command(names) => names.join(" or "),
            Self::Python(module) => format!("Python's {module}"),
            Self::File(path) => path.to_string(),
        }
    }
}

const fn browser(engine: Engine, names: &'static [&'static str], package: &'static str) -> Program {
    Program { what: What::Command(names), package, need: Need::Browser(engine) }
}

/// All of them; the driver of Firefox is not among Debian's packages.
static PROGRAMS: [Program; 17] = [
    browser(Engine::Chromium, &CHROMIUM, "chromium"),
    browser(Engine::Chromium, &["chromedriver"], "chromium-driver"),
    browser(Engine::Firefox, &FIREFOX, "firefox-esr"),
    browser(Engine::WebKit, &["WebKitWebDriver"], "webkit2gtk-driver"),
    browser(Engine::WebKit, &["xvfb-run"], "xvfb"),
    browser(Engine::WebKit, &["Xvfb"], "xvfb"),
    browser(Engine::WebKit, &["xauth"], "xauth"),
    browser(Engine::WebKit, &["dbus-run-session"], "dbus"),
    Program { what: What::Command(&["nginx"]), package: "nginx", need: Need::Nginx },
    Program { what: What::Command(&["caddy"]), package: "caddy", need: Need::Caddy },
    Program { what: What::Command(&["curl"]), package: "curl", need: Need::Caddy },
    Program { what: What::Command(&["openssl"]), package: "openssl", need: Need::Caddy },
    Program { what: What::Command(&["ps"]), package: "procps", need: Need::Processes },
    Program { what: What::Command(&["kill"]), package: "procps", need: Need::Processes },
    Program { what: What::Command(&["nginx"]), package: "nginx", need: Need::Nchan },
    Program { what: What::File(NCHAN), package: "libnginx-mod-nchan", need: Need::Nchan },
    Program { what: What::Python("flask"), package: "python3-flask", need: Need::Flask },
];

/// Asks nothing, and waits up to two minutes for another that is installing just now.
const APT_GET: [&str; 5] =
    ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--option", "DPkg::Lock::Timeout=120"];

impl Program {
    pub(super) fn there(&self, shell: &Shell) -> bool {
        match self.what {
            What::Command(names) => names.iter().any(|name| shell.find(name).is_some()),
            What::Python(module) => shell.python_with(module).is_some(),
            What::File(path) => Path::new(path).is_file(),
        }
    }
}

/// The programs that `needs` come down to.
pub(super) fn programs(needs: &[Need]) -> Vec<&'static Program> {
    PROGRAMS.iter().filter(|program| needs.contains(&program.need)).collect()
}

/// The packages of these programs, each once.
pub(super) fn packages(programs: &[&Program]) -> Vec<&'static str> {
    let mut packages: Vec<_> = programs.iter().map(|program| program.package).collect();
    packages.dedup();
    packages
}

fn missing(programs: &[&'static Program], shell: &Shell) -> Vec<&'static Program> {
    programs.iter().copied().filter(|program| !program.there(shell)).collect()
}

pub(super) fn describe(programs: &[&'static Program], shell: &Shell) -> String {
    let missing = missing(programs, shell);
    let missing = if missing.is_empty() { programs } else { &missing };
    let names: Vec<_> = missing.iter().map(|program| program.what.name()).collect();
    format!("{} (browsers and servers to test with)", names.join(", "))
}

pub(super) fn install(shell: &Shell, step: &Step, programs: &[&'static Program]) -> Result<()> {
    let missing = missing(programs, shell);
    let packages = packages(&missing);
    if !is_debian() || shell.find("apt-get").is_none() {
        let names: Vec<_> = missing.iter().map(|program| program.what.name()).collect();
        return Err(Failure::new(format!(
            "this is not Debian, so these programs are yours to install: {}. \
             `--engine` tests in fewer browsers, `test --quick` in none",
            names.join(", ")
        )));
    }
    let Some(before) = prefix(shell) else {
        let become_root = if shell.find("sudo").is_some() { "sudo sh -c" } else { "su -c" };
        return Err(Failure::new(format!(
            "programs for the tests are missing, and installing them takes rights that this user has not. Type \
             this, then try again:\n    {become_root} 'apt-get update && apt-get install --yes {}'",
            packages.join(" ")
        )));
    };
    step.say(&format!("apt-get install {}, about a minute …", packages.join(" ")));
    for arguments in [vec!["update"], [vec!["install", "--yes"], packages].concat()] {
        let mut words = before.iter().copied().chain(APT_GET).chain(arguments.iter().copied());
        let mut command = shell.command(words.next().unwrap_or_default());
        let what = format!("apt-get {}", arguments.join(" "));
        let done = step.must(command.args(words), &what);
        if done == Err(Failure::Interrupted) && !before.is_empty() {
            // Signals of ours do not reach what sudo started.
            step.say(&format!("{what} runs as root and cannot be ended from here: it goes on"));
        }
        done?;
    }
    Ok(())
}

/// What comes before apt-get: nothing for root, sudo where it asks for no password, `None` where neither is so.
fn prefix(shell: &Shell) -> Option<&'static [&'static str]> {
    let user = process::output(shell.command("id").arg("-u"))?;
    if user.trim() == "0" {
        return Some(&[]);
    }
    let sudo = shell.find("sudo").is_some();
    let silent = sudo && process::output(shell.command("sudo").args(["-n", "true"])).is_some();
    silent.then_some(&["sudo", "-n"])
}

fn is_debian() -> bool {
    fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| matches!(line, "ID=debian" | "ID=\"debian\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_with_two_programs_is_asked_for_once() {
        let programs = programs(&[Need::Browser(Engine::WebKit)]);
        assert_eq!(packages(&programs), ["webkit2gtk-driver", "xvfb", "xauth", "dbus"]);
    }

    #[test]
    fn without_a_browser_nothing_is_asked_for() {
        assert!(programs(&[Need::Trunk, Need::Lints]).is_empty());
    }
}
