//! The programs that the chores need and Rust does not bring: what is there and fits is used, the rest is installed.

mod debian;
mod install;

use crate::browsers::{self, Engine};
use crate::failure::{Failure, Result};
use crate::manifest::{self, Version};
use crate::process;
use crate::shell::Shell;
use crate::ui;
use std::ops::Range;
use std::time::Instant;

/// What a command cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// clippy and rustfmt of the toolchain in rust-toolchain.toml.
    Lints,
    WasmTarget,
    /// To make a page of a wasm file: trunk's, to be called without it.
    WasmTools,
    /// To build the app.
    Trunk,
    /// cargo-deny.
    Deny,
    WasmPack,
    Browser(Engine),
    /// To test behind it.
    Nginx,
    /// The same, and what speaks HTTP/2 to either.
    Caddy,
    /// The programs that list processes and send signals.
    Processes,
    /// nginx with a module that serves event streams, to measure beside it.
    Nchan,
    /// A Python that has it.
    Flask,
    /// What the package.json in this folder of the workspace asks for.
    NpmPackages(&'static str),
}

/// One thing to install.
#[derive(Debug, PartialEq, Eq)]
enum Tool {
    /// A component or target of the toolchain, by rustup's subcommand.
    Rustup {
        kind: &'static str,
        name: &'static str,
    },
    Cargo(Package),
    Npm(Package),
    /// Some of Debian's packages.
    Debian(Vec<&'static debian::Program>),
    /// Of this folder.
    NpmPackages(&'static str),
}

/// A package of programs with the versions that will do.
#[derive(Debug, PartialEq, Eq)]
struct Package {
    name: &'static str,
    /// What is looked for; the first of them tells the version.
    programs: &'static [&'static str],
    /// What is installed if none is there.
    version: String,
    fits: Range<Version>,
    why: &'static str,
    /// On two cores.
    minutes: u32,
}

impl Package {
    fn wasm_bindgen(shell: &Shell) -> Result<Self> {
        let locked = manifest::locked_version(&shell.read("Cargo.lock")?, "wasm-bindgen")
            .ok_or_else(|| Failure::new("Cargo.lock names no version of wasm-bindgen"))?;
        Ok(Self {
            name: "wasm-bindgen-cli",
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            version: locked.to_string(),
            fits: locked..locked.next_patch(),
            why: "joins wasm and JavaScript; of exactly the version in Cargo.lock",
            minutes: 3,
        })
    }

    fn trunk() -> Self {
        Self {
            name: "trunk",
            programs: &["trunk"],
            version: "0.21.14".to_owned(),
            // 0.22 wants a newer Rust than ours.
            fits: Version(0, 21, 14)..Version(0, 22, 0),
            why: "builds the app",
            minutes: 10,
        }
    }

    fn wasm_opt() -> Self {
        Self {
            name: "binaryen",
            programs: &["wasm-opt"],
            version: "132".to_owned(),
            // trunk's own choice; older ones, such as Debian's, do not know what rustc emits.
            fits: Version(123, 0, 0)..Version(u64::MAX, 0, 0),
            why: "its wasm-opt makes the app small",
            minutes: 1,
        }
    }

    fn wasm_pack() -> Self {
        Self {
            name: "wasm-pack",
            programs: &["wasm-pack"],
            version: "0.15.1".to_owned(),
            fits: Version(0, 15, 1)..Version(0, 16, 0),
            why: "runs the library's tests in browsers",
            minutes: 2,
        }
    }

    fn geckodriver() -> Self {
        Self {
            name: "geckodriver",
            programs: &["geckodriver"],
            version: "0.37.1".to_owned(),
            fits: Version(0, 36, 0)..Version(1, 0, 0),
            why: "drives Firefox",
            minutes: 2,
        }
    }

    fn deny() -> Self {
        Self {
            name: "cargo-deny",
            programs: &["cargo-deny"],
            version: "0.20.2".to_owned(),
            fits: Version(0, 18, 0)..Version(1, 0, 0),
            why: "checks licenses and advisories of the dependencies",
            minutes: 3,
        }
    }

    fn state(&self, shell: &Shell) -> State {
        let Some(main) = self.programs.first() else { return State::Missing };
        if shell.find(main).is_none() {
            return State::Missing;
        }
        let version = process::output(shell.command(main).arg("--version"))
            .and_then(|output| Version::find(&output));
        let complete = self.programs.iter().all(|program| shell.find(program).is_some());
        match version {
            Some(version) if self.fits.contains(&version) && complete => State::Fits,
            Some(version) => State::Unfit(version.to_string()),
            None => State::Unfit("of a version it does not tell".to_owned()),
        }
    }
}

/// Whether a package is there.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Fits,
    /// There is one that will not do, of this version.
    Unfit(String),
    Missing,
}

impl Tool {
    fn there(&self, shell: &Shell) -> bool {
        match self {
            Self::Rustup { kind: "target", .. } => install::wasm_target_there(shell),
            Self::Rustup { name, .. } => install::component_there(shell, name),
            Self::Cargo(package) | Self::Npm(package) => package.state(shell) == State::Fits,
            Self::Debian(programs) => programs.iter().all(|program| program.there(shell)),
            Self::NpmPackages(folder) => install::npm_packages_there(shell, folder),
        }
    }

    /// What, and why.
    fn describe(&self, shell: &Shell) -> String {
        match self {
            Self::Rustup { kind, name } => {
                format!("the Rust {kind} {name}, which rust-toolchain.toml asks for")
            }
            Self::Cargo(package) | Self::Npm(package) => {
                let Package { name, version, why, .. } = package;
                match package.state(shell) {
                    State::Unfit(other) => {
                        format!("{name} {version} ({why}), for the one there is {other}")
                    }
                    State::Fits | State::Missing => format!("{name} {version} ({why})"),
                }
            }
            Self::Debian(programs) => debian::describe(programs, shell),
            Self::NpmPackages(folder) => {
                format!("what {folder}/package.json asks for (tests and measurements)")
            }
        }
    }

    fn install(&self, shell: &Shell, step: &install::Step) -> Result<()> {
        match self {
            Self::Rustup { kind, name } => install::rustup(shell, step, kind, name),
            Self::Cargo(package) => {
                let apart = package.state(shell) != State::Missing;
                install::cargo(shell, step, package, apart)
            }
            Self::Npm(package) => {
                let apart = package.state(shell) != State::Missing;
                install::npm(shell, step, package, apart)
            }
            Self::Debian(programs) => debian::install(shell, step, programs),
            Self::NpmPackages(folder) => install::npm_packages(shell, step, folder),
        }
    }
}

/// All that `needs` come down to, in the order of installation: what stops soonest comes first.
fn tools(shell: &Shell, needs: &[Need]) -> Result<Vec<Tool>> {
    let mut tools = Vec::new();
    let mut add = |tool: Tool| {
        if !tools.contains(&tool) {
            tools.push(tool);
        }
    };
    let programs = debian::programs(needs);
    if !programs.is_empty() {
        add(Tool::Debian(programs));
    }
    for need in needs {
        match need {
            Need::Lints => {
                add(Tool::Rustup { kind: "component", name: "clippy" });
                add(Tool::Rustup { kind: "component", name: "rustfmt" });
            }
            Need::WasmTarget => add(Tool::Rustup { kind: "target", name: install::WASM_TARGET }),
            Need::WasmTools | Need::Trunk => {
                add(Tool::Npm(Package::wasm_opt()));
                add(Tool::Cargo(Package::wasm_bindgen(shell)?));
                if *need == Need::Trunk {
                    add(Tool::Cargo(Package::trunk()));
                }
            }
            Need::Deny => add(Tool::Cargo(Package::deny())),
            Need::WasmPack => {
                add(Tool::Cargo(Package::wasm_bindgen(shell)?));
                add(Tool::Cargo(Package::wasm_pack()));
            }
            Need::Browser(Engine::Firefox) => add(Tool::Cargo(Package::geckodriver())),
            Need::NpmPackages(folder) => add(Tool::NpmPackages(folder)),
            // Debian's.
            Need::Browser(Engine::Chromium | Engine::WebKit)
            | Need::Nginx
            | Need::Caddy
            | Need::Processes
            | Need::Nchan
            | Need::Flask => {}
        }
    }
    Ok(tools)
}

/// Installs what is missing of `needs`. Tells how many tools there are in all.
pub(crate) fn ensure(shell: &Shell, needs: &[Need]) -> Result<usize> {
    let all = tools(shell, needs)?;
    let count = all.len();
    let missing: Vec<Tool> = all.into_iter().filter(|tool| !tool.there(shell)).collect();
    for (index, tool) in missing.iter().enumerate() {
        let step = install::Step { number: index + 1, of: missing.len(), log: shell.log("setup") };
        let start = Instant::now();
        step.say(&tool.describe(shell));
        tool.install(shell, &step)?;
        if !tool.there(shell) {
            return Err(Failure::new(format!(
                "installed without an error, and still not found: {}",
                tool.describe(shell)
            )));
        }
        step.say(&format!("ready after {}", ui::elapsed(start.elapsed())));
    }
    install::clean(shell);
    if needs.contains(&Need::Browser(Engine::WebKit)) {
        browsers::minibrowser()?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Shell {
        Shell::new().expect("the workspace is there")
    }

    #[test]
    fn the_app_alone_needs_no_browser() {
        let tools = tools(&shell(), &[Need::WasmTarget, Need::Trunk]).expect("listed");
        assert_eq!(tools.len(), 4);
        assert!(!tools.iter().any(|tool| matches!(tool, Tool::Debian(_))));
    }

    #[test]
    fn what_two_needs_share_is_listed_once() {
        let tools = tools(&shell(), &[Need::Trunk, Need::WasmPack]).expect("listed");
        let names: Vec<_> = tools
            .iter()
            .map(|tool| match tool {
                Tool::Cargo(package) | Tool::Npm(package) => package.name,
                Tool::Rustup { .. } | Tool::Debian(_) | Tool::NpmPackages(_) => "another",
            })
            .collect();
        assert_eq!(names, ["binaryen", "wasm-bindgen-cli", "trunk", "wasm-pack"]);
    }

    #[test]
    fn an_engine_needs_its_own_driver_alone() {
        let needs = [Need::Browser(Engine::Chromium)];
        let tools = tools(&shell(), &needs).expect("listed");
        let [Tool::Debian(programs)] = tools.as_slice() else { panic!("{tools:?}") };
        assert_eq!(debian::packages(programs), ["chromium", "chromium-driver"]);
    }
}
