//! Programs that come with the system: installed on Debian where we may, asked for elsewhere.

use super::Need;
use super::install::Step;
use crate::browsers::Engine;
use crate::failure::{Failure, Result};
use crate::process;
use crate::shell::Shell;
use std::fs;

/// A program, and the package of Debian's that brings it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// Any of these names will do.
    names: &'static [&'static str],
    package: &'static str,
    engine: Engine,
}

const fn program(engine: Engine, names: &'static [&'static str], package: &'static str) -> Program {
    Program { names, package, engine }
}

/// All of them; the driver of Firefox is not among Debian's packages.
static PROGRAMS: [Program; 8] = [
    program(
        Engine::Chromium,
        &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
        "chromium",
    ),
    program(Engine::Chromium, &["chromedriver"], "chromium-driver"),
    program(Engine::Firefox, &["firefox-esr", "firefox"], "firefox-esr"),
    program(Engine::WebKit, &["WebKitWebDriver"], "webkit2gtk-driver"),
    program(Engine::WebKit, &["xvfb-run"], "xvfb"),
    program(Engine::WebKit, &["Xvfb"], "xvfb"),
    program(Engine::WebKit, &["xauth"], "xauth"),
    program(Engine::WebKit, &["dbus-run-session"], "dbus"),
];

/// Asks nothing, and waits up to two minutes for another that is installing just now.
const APT_GET: [&str; 5] =
    ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--option", "DPkg::Lock::Timeout=120"];

impl Program {
    pub(super) fn there(&self, shell: &Shell) -> bool {
        self.names.iter().any(|name| shell.find(name).is_some())
    }
}

/// The programs that `needs` come down to.
pub(super) fn programs(needs: &[Need]) -> Vec<&'static Program> {
    PROGRAMS.iter().filter(|program| needs.contains(&Need::Browser(program.engine))).collect()
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
    let names: Vec<_> =
        missing.iter().filter_map(|program| program.names.first().copied()).collect();
    format!("{} (browsers to test in, and what drives them)", names.join(", "))
}

pub(super) fn install(shell: &Shell, step: &Step, programs: &[&'static Program]) -> Result<()> {
    let missing = missing(programs, shell);
    let packages = packages(&missing);
    if !is_debian() || shell.find("apt-get").is_none() {
        let names: Vec<_> = missing.iter().map(|program| program.names.join(" or ")).collect();
        return Err(Failure::new(format!(
            "this is not Debian, so these programs are yours to install: {}. \
             `--engine` tests in fewer browsers, `test --quick` in none",
            names.join(", ")
        )));
    }
    let Some(before) = prefix(shell) else {
        let become_root = if shell.find("sudo").is_some() { "sudo sh -c" } else { "su -c" };
        return Err(Failure::new(format!(
            "browsers are missing, and installing them takes rights that this user has not. Type this, then try \
             again:\n    {become_root} 'apt-get update && apt-get install --yes {}'",
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
