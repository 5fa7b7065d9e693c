//! The examples under `examples/`: which there are, and how each is built.

use crate::shell::Shell;
use std::path::PathBuf;
use std::process::Command;

/// Where they lie in the workspace.
pub(crate) const FOLDER: &str = "examples/";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Example {
    /// Of its folder.
    pub(crate) name: String,
    pub(crate) package: String,
    /// A program for the server, which renders, and one for the browser, which hydrates, from one package.
    pub(crate) rendered: bool,
}

impl Example {
    /// Builds it for tests, unoptimized: what wants to be small is the app. Each command wants the one before.
    pub(crate) fn build(&self, shell: &Shell) -> Vec<Command> {
        if self.rendered { self.build_rendered(shell) } else { vec![self.build_page(shell)] }
    }

    fn build_page(&self, shell: &Shell) -> Command {
        let mut command = crate::app::trunk(shell);
        command.args(["build", "--locked", "--config"]);
        command.arg(format!("{FOLDER}{}/Trunk.toml", self.name));
        command.arg("--dist").arg(folder(shell).join(&self.name));
        command
    }

    /// What cargo-leptos does, by hand.
    fn build_rendered(&self, shell: &Shell) -> Vec<Command> {
        let build = |arguments: &[&str]| {
            let mut command = shell.cargo();
            command.args(["build", "--locked", "--package", &self.package]).args(arguments);
            command
        };
        let wasm = "wasm32-unknown-unknown";
        let module = self.package.replace('-', "_");
        let mut bindings = shell.command("wasm-bindgen");
        bindings.args(["--target", "web", "--no-typescript", "--out-dir"]);
        bindings.arg(folder(shell).join(&self.name).join("pkg"));
        bindings.arg(shell.target.join(wasm).join("debug").join(module).with_extension("wasm"));
        vec![
            build(&["--lib", "--features", "hydrate", "--target", wasm]),
            bindings,
            build(&["--bins", "--features", "ssr"]),
        ]
    }
}

/// Where they are built to, each in a folder of its name.
pub(crate) fn folder(shell: &Shell) -> PathBuf {
    shell.target.join("xtask/examples")
}
