//! `cargo xtask bench`: the library beside others of its kind. They and the programs that measure lie in `bench/`, in
//! workspaces of their own; what is printed ends with lines `ratio NAME NUMBER`.

mod pages;

use crate::browsers::Engine;
use crate::cli::{Bench, Trials};
use crate::failure::{Failure, Result};
use crate::load;
use crate::manifest;
use crate::process::{self, End, Group};
use crate::run::must;
use crate::shell::Shell;
use crate::tools::{self, Need};
use pages::Page;
use std::time::Duration;

/// The clients in JavaScript, and what the measured pages share.
const WEB: &str = "bench/web";

const SERVER: &str = "bench-server";

const CHROMIUM: [Engine; 1] = [Engine::Chromium];

/// What the measurements take.
pub(crate) const NEEDS: [Need; 4] =
    [Need::WasmTarget, Need::WasmTools, Need::Browser(Engine::Chromium), Need::NpmPackages(WEB)];

/// A round takes about half a minute on two cores, each trial in it is limited, and this is for what they don't see.
const LIMIT_OF_A_ROUND: Duration = Duration::from_secs(20 * 60);

/// Those whose versions are told with the figures, of Rust.
const VERSIONS: [&str; 6] =
    ["leptos-use-event-source", "codee", "gloo-net", "serde_json", "leptos", "wasm-bindgen"];
/// And of npm.
const NPM_VERSIONS: [&str; 2] = ["eventsource-parser", "@microsoft/fetch-event-source"];

pub(crate) fn run(shell: &Shell, what: &Bench) -> Result<()> {
    match what {
        Bench::Parser => parser(shell),
        Bench::Server(trials) => load::bench(shell, trials),
        Bench::Size => size(shell),
        Bench::Browser(trials) => in_browsers(shell, "browser", &pages::TICKERS, trials, &CHROMIUM),
        Bench::Frames(trials, engines) => {
            let rounds = Some(trials.rounds.unwrap_or(3));
            let trials = Trials { rounds, ..trials.clone() };
            in_browsers(shell, "frames", &pages::FLOODED, &trials, engines)
        }
        Bench::Memory(trials) => in_browsers(shell, "memory", &pages::IMPATIENT, trials, &CHROMIUM),
    }
}

fn parser(shell: &Shell) -> Result<()> {
    let mut cargo = shell.cargo();
    cargo.args(["run", "--release", "--locked", "--manifest-path", "bench/parser/Cargo.toml"]);
    must("the measurement of the parser", &mut cargo)
}

/// The same page with each client.
fn size(shell: &Shell) -> Result<()> {
    tools::ensure(shell, &NEEDS[..2])?;
    let mut sizes = Vec::new();
    for page in &pages::TICKERS {
        sizes.push((page, pages::build(shell, page)?.size(shell)?));
    }
    println!("\n{}", versions(shell)?);
    println!("Bytes of wasm and JavaScript: opt-level 3, LTO, one codegen unit, wasm-opt -O3");
    println!("page             raw   gzip 9  brotli 11");
    for (Page { name, what, .. }, size) in &sizes {
        let pages::Size { raw, gzip, brotli } = size;
        println!("{name:<12} {raw:>7} {gzip:>8} {brotli:>10}  {what}");
    }
    let brotli = |name: &str| {
        let found = sizes.iter().find(|(page, _)| page.name == name);
        // Far below 2^52.
        found.map_or(f64::NAN, |(_, size)| size.brotli as f64)
    };
    for ours in ["native", "fetch"] {
        println!("ratio {ours}-vs-leptos-use {:.3}", brotli(ours) / brotli("leptos-use"));
    }
    Ok(())
}

/// Has the bench server try pages in each engine.
fn in_browsers(
    shell: &Shell,
    what: &str,
    pages: &[Page],
    trials: &Trials,
    engines: &[Engine],
) -> Result<()> {
    let browsers = engines.iter().map(|engine| Need::Browser(*engine));
    tools::ensure(shell, &NEEDS.into_iter().chain(browsers).collect::<Vec<_>>())?;
    for page in pages {
        if trials.only.is_empty() || trials.only.iter().any(|only| page.serves(only)) {
            pages::build(shell, page)?;
        }
    }
    println!("Building the server …");
    let mut cargo = pages::cargo(shell);
    must("cargo build", cargo.args(["--release", "--package", SERVER]))?;

    println!("\n{}", versions(shell)?);
    engines.iter().try_for_each(|engine| in_browser(shell, what, trials, *engine))
}

fn in_browser(shell: &Shell, what: &str, trials: &Trials, engine: Engine) -> Result<()> {
    let browser = engine.program(shell)?;
    // Even this may want a display.
    let version =
        process::output(engine.command(shell, &browser.display().to_string()).arg("--version"));
    println!("{}: {}", engine.name(), version.unwrap_or_default().trim());
    let program = shell.target.join("release").join(SERVER);
    // It starts the browser, so it runs where that can.
    let mut server = engine.command(shell, &program.display().to_string());
    // It tells all on standard output; what makes a display, and what the desktop's parts miss, goes here.
    process::errors_into_log(&mut server, &shell.log(&format!("bench {what} {}", engine.name())))?;
    server.args([what, "--engine", engine.name()]).arg("--browser").arg(browser);
    server.arg("--web").arg(shell.root.join(WEB));
    server.arg("--modules").arg(shell.npm_folder(WEB).join("node_modules"));
    server.arg("--pages").arg(pages::folder(shell)?);
    server.arg("--profiles").arg(shell.folder("bench/profiles")?);
    let rounds = trials.rounds.unwrap_or(5);
    server.args(["--rounds", &rounds.to_string()]);
    server.args(trials.only.iter().flat_map(|name| ["--only", name]));
    // Ends with all of its browsers.
    let end = Group::spawn(&mut server)?.wait(Some(LIMIT_OF_A_ROUND * rounds), |_| {})?;
    match end {
        End::Exited(status) if status.success() => Ok(()),
        // It has told why.
        End::Exited(status) if status.code().is_some() => {
            Err(Failure::Told(format!("{SERVER} failed: {status}")))
        }
        End::Exited(_) | End::TooLong(_) => Err(Failure::new(format!("{SERVER} failed: {end}"))),
    }
}

/// What is measured, in a line.
fn versions(shell: &Shell) -> Result<String> {
    let lock = shell.read("bench/Cargo.lock")?;
    let packages = shell.read(&format!("{WEB}/package.json"))?;
    let of_rust = VERSIONS
        .iter()
        .filter_map(|name| Some(format!("{name} {}", manifest::locked_version(&lock, name)?)));
    let of_npm = NPM_VERSIONS.iter().filter_map(|name| {
        let (_, rest) = packages.split_once(&format!("\"{name}\": \""))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    });
    Ok(of_rust.chain(of_npm).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_told() {
        let shell = Shell::new().expect("the workspace is there");
        let versions = versions(&shell).expect("read");
        assert_eq!(versions.split(", ").count(), VERSIONS.len() + NPM_VERSIONS.len(), "{versions}");
    }

    #[test]
    fn the_measured_pages_take_the_same_tools_as_the_app() {
        let shell = Shell::new().expect("the workspace is there");
        for package in ["wasm-bindgen", "leptos", "serde"] {
            let version =
                |file: &str| manifest::locked_version(&shell.read(file).expect("read"), package);
            assert_eq!(version("bench/Cargo.lock"), version("Cargo.lock"), "{package}");
        }
        let index = shell.read("index.html").expect("read");
        assert!(index.contains(&pages::WASM_FEATURES.join(" ")));
    }

    #[test]
    fn no_rival_is_among_the_dependencies_of_the_product() {
        let shell = Shell::new().expect("the workspace is there");
        let lock = shell.read("Cargo.lock").expect("read");
        assert_eq!(manifest::locked_version(&lock, "leptos-use-event-source"), None);
    }
}
