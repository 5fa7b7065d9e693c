//! Installing with rustup, cargo and npm, all as the user.

use super::Package;
use crate::failure::{Failure, Result};
use crate::process::{self, End};
use crate::shell::Shell;
use crate::ui::{self, Progress};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub(super) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// No installation takes this long, slow networks and machines included.
const LIMIT: Duration = Duration::from_secs(90 * 60);

/// How much of the output a failed installation shows.
const LINES_SHOWN: usize = 40;

/// Which installation of how many this is.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) of: usize,
    pub(super) log: PathBuf,
}

impl Step {
    pub(super) fn say(&self, text: &str) {
        println!("[{}/{}] {text}", self.number, self.of);
    }

    /// Runs a command, telling how long it takes and what it is at.
    fn run(&self, command: &mut Command) -> Result<End> {
        command.env("CARGO_TERM_COLOR", "never");
        let mut progress = Progress::new();
        let end = process::capture(command, &self.log, LIMIT, |time| {
            progress.tick(time, || {
                format!("      {}: {}", ui::elapsed(time), ui::tail(&self.log, 1, |_| true).trim())
            });
        });
        progress.clear();
        end
    }

    /// Runs a command that must succeed.
    pub(super) fn must(&self, command: &mut Command, what: &str) -> Result<()> {
        let end = self.run(command)?;
        if end.success() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{what} failed ({end}). Its output ended with:\n{}",
            ui::tail(&self.log, LINES_SHOWN, |_| true)
        )))
    }
}

pub(super) fn wasm_target_there(shell: &Shell) -> bool {
    let mut rustc = shell.command("rustc");
    rustc.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    process::output(&mut rustc).is_some_and(|folder| PathBuf::from(folder.trim()).is_dir())
}

pub(super) fn component_there(shell: &Shell, component: &str) -> bool {
    // rustup puts a program of that name in place even where the component is missing; it then fails.
    let program = if component == "clippy" { "cargo-clippy" } else { component };
    process::output(shell.command(program).arg("--version")).is_some()
}

pub(super) fn rustup(shell: &Shell, step: &Step, kind: &str, name: &str) -> Result<()> {
    if shell.find("rustup").is_none() {
        return Err(Failure::new(format!(
            "the Rust {kind} {name} is missing and so is rustup, which would bring it: install Rust by rustup, \
             or {name} the way this Rust was installed"
        )));
    }
    step.must(
        shell.command("rustup").args([kind, "add", name]),
        &format!("rustup {kind} add {name}"),
    )
}

/// Installs a package for the user, or `apart`, for this workspace alone, where the user has another version.
pub(super) fn cargo(shell: &Shell, step: &Step, package: &Package, apart: bool) -> Result<()> {
    let Package { name, version, minutes, .. } = package;
    let root = apart.then(|| shell.tools());
    if shell.find("cargo-binstall").is_some() {
        step.say("cargo binstall …");
        let mut binstall = shell.cargo();
        binstall.args(["binstall", "--no-confirm", "--locked", &format!("{name}@{version}")]);
        binstall.args(root.iter().flat_map(|root| ["--root".as_ref(), root.as_os_str()]));
        if step.run(&mut binstall)?.success() {
            return Ok(());
        }
        step.say("cargo binstall did not get it");
    }
    step.say(&format!("cargo install, about {minutes} minutes on two cores …"));
    let mut install = shell.cargo();
    // Kept until all tools are there, so that a build that was interrupted goes on where it was.
    install.env("CARGO_TARGET_DIR", build_folder(shell));
    install.args(["install", "--locked", name, "--version", version]);
    install.args(root.iter().flat_map(|root| ["--root".as_ref(), root.as_os_str()]));
    step.must(&mut install, &format!("cargo install {name}"))
}

fn build_folder(shell: &Shell) -> PathBuf {
    shell.tools().join("build")
}

/// Removes what the builds left.
pub(super) fn clean(shell: &Shell) {
    // It is gone, or it takes some room: neither is worth a word.
    let _ = fs::remove_dir_all(build_folder(shell));
}

/// What npm reads; copied, so that no `node_modules` lies among the sources.
const NPM_FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Whether the packages are installed of which the folder's lock file tells.
pub(super) fn npm_packages_there(shell: &Shell, folder: &str) -> bool {
    let installed = shell.npm_folder(folder);
    // npm writes it last.
    installed.join("node_modules/.package-lock.json").is_file()
        && NPM_FILES.iter().all(|file| {
            let copy = fs::read(installed.join(file)).ok();
            copy.is_some() && copy == fs::read(shell.root.join(folder).join(file)).ok()
        })
}

/// Installs them, just as locked.
pub(super) fn npm_packages(shell: &Shell, step: &Step, folder: &str) -> Result<()> {
    let installed = shell.npm_folder(folder);
    let failed = || Failure::at(format!("cannot copy {folder}/package.json"));
    fs::create_dir_all(&installed).map_err(failed())?;
    for file in NPM_FILES {
        fs::copy(shell.root.join(folder).join(file), installed.join(file)).map_err(failed())?;
    }
    let mut npm = shell.command("npm");
    npm.args(["ci", "--no-fund", "--no-audit", "--ignore-scripts"]).current_dir(installed);
    step.must(&mut npm, &format!("npm ci in {folder}"))
}

/// Installs a package of npm globally, or, `apart` or where the global folder is not the user's, for this workspace.
pub(super) fn npm(shell: &Shell, step: &Step, package: &Package, apart: bool) -> Result<()> {
    let Package { name, version, .. } = package;
    if shell.find("npm").is_none() {
        return Err(Failure::new(format!(
            "npm is not there, which brings {name}: install Node.js with npm, then try again"
        )));
    }
    let package = format!("{name}@{version}");
    let install = || {
        let mut npm = shell.command("npm");
        npm.args(["install", "--global", "--no-fund", "--no-audit", &package]);
        npm
    };
    step.say("npm install …");
    if !apart && step.run(&mut install())?.success() {
        return Ok(());
    }
    let prefix = shell.tools().join("npm");
    step.must(install().arg("--prefix").arg(prefix), &format!("npm install {package}"))
}
