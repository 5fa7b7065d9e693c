//! Which checks there are. Packages and features are read from the manifests, so that none is forgotten.

use super::work::{Suite, Work};
use crate::APP_NEEDS;
use crate::browsers::Engine;
use crate::cli;
use crate::example::{self, Example};
use crate::failure::{Failure, Result};
use crate::load;
use crate::manifest;
use crate::server;
use crate::shell::Shell;
use crate::tools::Need;
use std::process::Command;

/// The one package that is tested inside browsers.
const LIBRARY: &str = "sse-signals";
pub(super) const APP: &str = "sse-signals-app";
/// Nothing but a suite that drives browsers.
pub(super) const END_TO_END: &str = "sse-signals-e2e";
/// What the end-to-end trials call themselves.
const PAGE: &str = "page";
const EXAMPLES: &str = "examples";
const SERVERS: &str = "servers";
/// The features of an example that a server renders and a browser hydrates.
const SSR: &str = "ssr";
const HYDRATE: &str = "hydrate";
/// The example that reads the streams of other servers.
const READER: &str = "plain-wasm";
/// Where npm's packages for the tests are listed: for an example of a server, and for looking at the page.
pub(super) const NODE_SERVER: &str = "examples/servers/node";
pub(super) const AXE: &str = "e2e";

const BENCH_SERVER: [&str; 5] =
    ["--locked", "--manifest-path", "bench/Cargo.toml", "--package", "bench-server"];
const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];
const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) work: Work,
}

impl Step {
    /// What it cannot do without.
    pub(super) fn needs(&self) -> Vec<Need> {
        match &self.work {
            // Small, and there anyway where the toolchain came from rust-toolchain.toml.
            Work::Check(_) | Work::Checks(_) | Work::Tests(_) => {
                vec![Need::Lints, Need::WasmTarget]
            }
            Work::Deny(_) | Work::Advisories(_) => vec![Need::Deny],
            Work::Server => Vec::new(),
            Work::App | Work::Example(_) => APP_NEEDS.to_vec(),
            Work::Library(engine) | Work::ExamplePage(_, engine) => {
                vec![Need::WasmTarget, Need::WasmPack, Need::Browser(*engine)]
            }
            Work::Suite(Suite { engine, name, .. }) if *name == SERVERS => vec![
                Need::Browser(*engine),
                Need::Nginx,
                Need::Caddy,
                Need::Flask,
                Need::NpmPackages(NODE_SERVER),
            ],
            Work::Suite(suite) if suite.name == PAGE => {
                vec![Need::Browser(suite.engine), Need::Processes, Need::NpmPackages(AXE)]
            }
            Work::Suite(suite) => vec![Need::Browser(suite.engine)],
            Work::Pictures(engine) => vec![Need::Browser(*engine)],
        }
    }
}

struct Package {
    /// In the workspace.
    folder: String,
    name: String,
    /// Without `default`.
    features: Vec<String>,
}

/// In order: what fails soonest comes first, and builds that share most stand next to each other.
pub(super) fn all(shell: &Shell, options: &cli::Test) -> Result<Vec<Step>> {
    let packages = packages(shell)?;
    let mut steps = Steps { shell, list: Vec::new() };
    steps.check("format", &["fmt", "--all", "--check"]);
    steps.format_benches();
    steps.deny("licenses, bans, sources", &["bans", "licenses", "sources"], Work::Deny);
    steps.deny("advisories", &["advisories"], Work::Advisories);
    packages.iter().for_each(|package| steps.clippy(package));
    packages.iter().for_each(|package| steps.clippy_wasm(package));
    steps.clippy_bench();
    packages.iter().for_each(|package| steps.docs(package));
    packages.iter().for_each(|package| steps.tests(package));
    steps.tests_bench();
    steps.push("soak for a minute", Work::Checks(load::one_minute(shell)));
    let examples: Vec<_> = packages.iter().filter_map(Package::example).collect();
    steps.browsers(&options.engines, &examples);
    let list = chosen(steps.list, &options.only);
    if list.is_empty() {
        return Err(Failure::Usage(format!("no step is named like {}", options.only.join(" or "))));
    }
    Ok(list)
}

/// What it takes to renew the pictures of the app.
pub(super) fn screenshots(shell: &Shell) -> Vec<Step> {
    let mut steps = Steps { shell, list: Vec::new() };
    steps.push("build the server", Work::Server);
    steps.push("build the app", Work::App);
    steps.push("pictures", Work::Pictures(Engine::Chromium));
    steps.list
}

/// The steps with one of the texts in their name, all if there are none, and the builds that those steps want.
fn chosen(steps: Vec<Step>, only: &[String]) -> Vec<Step> {
    let named = |step: &Step| only.is_empty() || only.iter().any(|text| step.name.contains(text));
    let wanted = |package: &str| steps.iter().any(|step| named(step) && step.work.wants(package));
    let chosen: Vec<bool> =
        steps.iter().map(|step| named(step) || step.work.builds().is_some_and(wanted)).collect();
    steps.into_iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(step, _)| step).collect()
}

fn packages(shell: &Shell) -> Result<Vec<Package>> {
    let folders = manifest::members(&shell.read("Cargo.toml")?);
    if folders.is_empty() {
        return Err(Failure::new("Cargo.toml lists no members"));
    }
    let package = |folder: &String| {
        let file = format!("{folder}/Cargo.toml");
        let text = shell.read(&file)?;
        let name = manifest::package_name(&text)
            .ok_or_else(|| Failure::new(format!("{file} names no package")))?;
        Ok(Package { folder: folder.clone(), name, features: manifest::features(&text) })
    };
    folders.iter().map(package).collect()
}

impl Package {
    /// What there is to build, if it is an example.
    fn example(&self) -> Option<Example> {
        let name = self.folder.strip_prefix(example::FOLDER)?.to_owned();
        let rendered = self.features.iter().any(|feature| feature == SSR);
        Some(Example { name, package: self.name.clone(), rendered })
    }

    /// None of its features, each alone, all together: a name and cargo's flags for each.
    fn feature_sets(&self) -> Vec<(String, Vec<&str>)> {
        if self.features.is_empty() {
            return vec![(String::new(), Vec::new())];
        }
        let mut sets = vec![(" (no features)".to_owned(), vec!["--no-default-features"])];
        // A single one is the same as all together.
        for feature in self.features.iter().filter(|_| self.features.len() > 1) {
            let flags = vec!["--no-default-features", "--features", feature];
            sets.push((format!(" (feature {feature})"), flags));
        }
        sets.push((" (all features)".to_owned(), vec!["--all-features"]));
        sets
    }

    /// None of its features, and all: that each compiles alone, its tests too, is clippy's to say.
    fn tested_sets(&self) -> Vec<(String, Vec<&str>)> {
        let mut sets = self.feature_sets();
        sets.drain(1..sets.len().saturating_sub(1).max(1));
        sets
    }
}

struct Steps<'a> {
    shell: &'a Shell,
    list: Vec<Step>,
}

impl Steps<'_> {
    fn push(&mut self, name: impl Into<String>, work: Work) {
        self.list.push(Step { name: name.into(), work });
    }

    /// A cargo command that counts as one.
    fn check(&mut self, name: impl Into<String>, arguments: &[&str]) {
        let mut command = self.shell.cargo();
        command.args(arguments);
        self.push(name, Work::Check(command));
    }

    fn deny(&mut self, name: &str, checks: &[&str], work: fn(Command) -> Work) {
        let mut command = self.shell.cargo();
        command.args(["deny", "--locked", "check"]).args(checks);
        self.push(name, work(command));
    }

    fn clippy(&mut self, package: &Package) {
        let sets = match package.example() {
            None => package.feature_sets(),
            Some(example) if example.rendered => {
                vec![(format!(" (feature {SSR})"), vec!["--features", SSR])]
            }
            // For browsers: linted there, tests too.
            Some(_) => return,
        };
        for (set, flags) in sets {
            let arguments = ["clippy", "--locked", "--package", &package.name, "--all-targets"];
            let arguments = [&arguments, flags.as_slice(), &DENY_WARNINGS].concat();
            self.check(format!("clippy {}{set}", package.name), &arguments);
        }
    }

    /// Of those that run in browsers.
    fn clippy_wasm(&mut self, package: &Package) {
        let sets = match package.example() {
            Some(example) if example.rendered => {
                vec![(format!(" (feature {HYDRATE})"), vec!["--features", HYDRATE])]
            }
            Some(_) => vec![(String::new(), Vec::new())],
            None if package.name == LIBRARY || package.name == APP => package.feature_sets(),
            None => return,
        };
        for (set, flags) in sets {
            // Tests bring features of their own, so only the last set is linted with them.
            let with_tests = flags.is_empty() || flags == ["--all-features"];
            let tests: &[&str] = if with_tests { &["--all-targets"] } else { &[] };
            let arguments = ["clippy", "--locked", "--package", &package.name];
            let arguments = [&arguments, tests, &flags, &WASM, &DENY_WARNINGS].concat();
            self.check(format!("clippy {} for wasm{set}", package.name), &arguments);
        }
    }

    /// What the library is measured against lies in workspaces of its own.
    fn format_benches(&mut self) {
        for workspace in ["bench", "bench/load", "bench/parser"] {
            let manifest = format!("{workspace}/Cargo.toml");
            let arguments = ["fmt", "--all", "--check", "--manifest-path", &manifest];
            self.check(format!("format {workspace}"), &arguments);
        }
    }

    /// Of the program that measures alone: linting the pages would take building the rivals. It tells all the same
    /// where the lock file is out of date.
    fn clippy_bench(&mut self) {
        let arguments = [&["clippy"], &BENCH_SERVER[..], &["--all-targets"], &DENY_WARNINGS];
        self.check("clippy bench-server", &arguments.concat());
        let arguments = [&["clippy"], &load::PROGRAM[..], &["--all-targets"], &DENY_WARNINGS];
        self.check("clippy load", &arguments.concat());
    }

    fn tests_bench(&mut self) {
        let mut command = self.shell.cargo();
        command.arg("test").args(BENCH_SERVER).arg("--no-fail-fast");
        self.push("tests bench-server", Work::Tests(command));
    }

    fn docs(&mut self, package: &Package) {
        // Read, not called.
        if package.name == END_TO_END || package.example().is_some() {
            return;
        }
        let mut document = |name: String, target: &[&str]| {
            let mut command = self.shell.cargo();
            command.args(["doc", "--locked", "--no-deps", "--all-features"]);
            command.args(["--package", &package.name]);
            command.args(target).env("RUSTDOCFLAGS", "--deny warnings");
            self.push(name, Work::Check(command));
        };
        document(format!("docs {}", package.name), &[]);
        if package.name == LIBRARY {
            document(format!("docs {} for wasm", package.name), &WASM);
        }
    }

    /// Package by package: together, the app's features would be switched on in the library, whose hooks then want
    /// a browser.
    fn tests(&mut self, package: &Package) {
        // They are tested in browsers.
        if package.name == END_TO_END || package.example().is_some_and(|it| it.rendered) {
            return;
        }
        for (set, flags) in package.tested_sets() {
            let mut command = self.shell.cargo();
            command.args(["test", "--locked", "--no-fail-fast", "--package", &package.name]);
            command.args(flags);
            self.push(format!("tests {}{set}", package.name), Work::Tests(command));
        }
    }

    /// Examples and servers of other makes are tried in the first engine alone: they show how the library is used;
    /// how it behaves in each engine is tested apart from them.
    fn browsers(&mut self, engines: &[Engine], examples: &[Example]) {
        let Some(&first) = engines.first() else { return };
        self.push("build the server", Work::Server);
        for engine in engines {
            self.push(format!("tests {LIBRARY} in {}", engine.name()), Work::Library(*engine));
        }
        // After the library's tests, with which they share builds.
        for example in examples {
            let name = format!("build the example {}", example.name);
            self.push(name, Work::Example(example.clone()));
        }
        for example in examples.iter().filter(|example| !example.rendered) {
            let name = format!("tests {} in {}", example.package, first.name());
            self.push(name, Work::ExamplePage(example.clone(), first));
        }
        let packages = examples.iter().map(|example| example.package.clone());
        self.suite("examples", EXAMPLES, first, packages);
        let reader = examples.iter().find(|example| example.name == READER);
        self.suite("other servers", SERVERS, first, reader.map(|it| it.package.clone()));
        self.push("build the app", Work::App);
        for engine in engines {
            self.suite("end to end", PAGE, *engine, [APP.to_owned()]);
        }
    }

    /// Trials of what those packages are built to.
    fn suite(
        &mut self,
        title: &str,
        name: &'static str,
        engine: Engine,
        packages: impl IntoIterator<Item = String>,
    ) {
        let mut wants: Vec<String> = packages.into_iter().collect();
        if !wants.is_empty() {
            wants.push(server::PACKAGE.to_owned());
            let work = Work::Suite(Suite { name, engine, wants });
            self.push(format!("{title} in {}", engine.name()), work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(features: &[&str]) -> Package {
        let features = features.iter().map(|&feature| feature.to_owned()).collect();
        Package { folder: "p".to_owned(), name: "p".to_owned(), features }
    }

    fn flags(features: &[&str]) -> Vec<String> {
        package(features).feature_sets().into_iter().map(|(_, flags)| flags.join(" ")).collect()
    }

    #[test]
    fn tests_run_with_none_of_the_features_and_with_all() {
        let tested = |features: &[&str]| -> Vec<String> {
            package(features).tested_sets().into_iter().map(|(_, flags)| flags.join(" ")).collect()
        };
        assert_eq!(tested(&["a", "b"]), ["--no-default-features", "--all-features"]);
        assert_eq!(tested(&["a"]), ["--no-default-features", "--all-features"]);
        assert_eq!(tested(&[]), [""]);
    }

    #[test]
    fn each_feature_is_checked_alone_and_with_all_others() {
        assert_eq!(
            flags(&["a", "b"]),
            [
                "--no-default-features",
                "--no-default-features --features a",
                "--no-default-features --features b",
                "--all-features",
            ]
        );
    }

    #[test]
    fn few_features_are_not_checked_twice() {
        assert_eq!(flags(&["a"]), ["--no-default-features", "--all-features"]);
        assert_eq!(flags(&[]), [""]);
    }

    #[test]
    fn every_step_has_a_name_of_its_own() {
        let shell = Shell::new().expect("the workspace is there");
        let steps = all(&shell, &cli::Test::default()).expect("steps");
        let mut names: Vec<_> = steps.iter().map(|step| shell.log(&step.name)).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), steps.len());
    }

    #[test]
    fn no_step_changes_the_lock_file() {
        let shell = Shell::new().expect("the workspace is there");
        let steps = all(&shell, &cli::Test::default()).expect("steps");
        // It resolves no versions, and does not know the flag.
        for step in steps.iter().filter(|step| !step.name.starts_with("format")) {
            if let Work::Check(command)
            | Work::Tests(command)
            | Work::Deny(command)
            | Work::Advisories(command) = &step.work
            {
                assert!(command.get_args().any(|argument| argument == "--locked"), "{}", step.name);
            }
        }
    }

    #[test]
    fn a_chosen_step_brings_the_builds_it_wants() {
        let shell = Shell::new().expect("the workspace is there");
        let names = |only: &str| -> Vec<String> {
            let options = cli::Test { only: vec![only.to_owned()], ..cli::Test::default() };
            all(&shell, &options).expect("steps").into_iter().map(|step| step.name).collect()
        };
        let end_to_end = ["build the server", "build the app", "end to end in webkit"];
        assert_eq!(names("end to end in webkit"), end_to_end);
        // Without the examples, which run in the first engine.
        assert_eq!(names("in webkit").len(), 4);
        assert_eq!(
            names("format"),
            ["format", "format bench", "format bench/load", "format bench/parser"]
        );
    }

    #[test]
    fn examples_are_linted_and_built_for_where_they_run_and_tested_once() {
        let shell = Shell::new().expect("the workspace is there");
        let mut steps = Steps { shell: &shell, list: Vec::new() };
        let page = Package { folder: "examples/page".to_owned(), ..package(&[]) };
        let rendered = Package { folder: "examples/twice".to_owned(), ..package(&[SSR, HYDRATE]) };
        let packages = [page, rendered];
        for package in &packages {
            steps.clippy(package);
            steps.clippy_wasm(package);
            steps.docs(package);
            steps.tests(package);
        }
        let examples: Vec<_> = packages.iter().filter_map(Package::example).collect();
        steps.browsers(&[Engine::Firefox, Engine::WebKit], &examples);
        let names: Vec<_> = steps.list.iter().map(|step| step.name.as_str()).collect();
        let natively_and_for_wasm = [
            "clippy p for wasm",
            "tests p",
            "clippy p (feature ssr)",
            "clippy p for wasm (feature hydrate)",
        ];
        assert_eq!(names[..4], natively_and_for_wasm);
        assert!(
            names.contains(&"build the example page") && names.contains(&"build the example twice")
        );
        let in_browsers =
            |name: &&&str| name.starts_with("examples in") || name.starts_with("tests p in");
        let runs: Vec<_> = names.iter().filter(in_browsers).collect();
        assert_eq!(runs, [&"tests p in firefox", &"examples in firefox"]);
    }

    #[test]
    fn pictures_are_of_what_is_built_before() {
        let steps = screenshots(&Shell::new().expect("the workspace is there"));
        let last = steps.last().expect("some");
        assert!(matches!(last.work, Work::Pictures(_)));
        for package in [APP, server::PACKAGE] {
            assert!(last.work.wants(package));
            assert!(steps.iter().any(|step| step.work.builds() == Some(package)));
        }
    }

    #[test]
    fn a_step_that_is_not_there_is_told() {
        let shell = Shell::new().expect("the workspace is there");
        let options = cli::Test { only: vec!["nonsense".to_owned()], ..cli::Test::default() };
        let failure = all(&shell, &options).expect_err("no such step");
        assert!(matches!(failure, Failure::Usage(message) if message.contains("nonsense")));
    }

    #[test]
    fn without_engines_no_step_wants_a_browser() {
        let shell = Shell::new().expect("the workspace is there");
        let options = cli::Test { engines: Vec::new(), ..cli::Test::default() };
        let steps = all(&shell, &options).expect("steps");
        let needs: Vec<_> = steps.iter().flat_map(Step::needs).collect();
        let browsers =
            |need: &Need| matches!(need, Need::Browser(_) | Need::WasmPack | Need::Trunk);
        assert!(needs.contains(&Need::Deny) && !needs.iter().any(browsers));
    }
}
