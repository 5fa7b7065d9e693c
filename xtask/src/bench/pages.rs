//! The measured pages: the same ticker with each client, all built in the same way.

use crate::app;
use crate::failure::Result;
use crate::run::must;
use crate::shell::Shell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

/// What rustc uses by default, as in index.html.
pub(super) const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

#[derive(Debug)]
pub(super) struct Page {
    /// Of its folder.
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    package: &'static str,
    features: &'static str,
}

const OURS: &str = "ticker-sse-signals";

pub(super) const TICKERS: [Page; 4] = [
    Page { name: "native", what: "ours by EventSource", package: OURS, features: "" },
    Page { name: "fetch", what: "ours by fetch", package: OURS, features: "fetch" },
    Page {
        name: "leptos-use",
        what: "its hook, its JSON codec",
        package: "ticker-leptos-use",
        features: "",
    },
    Page {
        name: "gloo-net",
        what: "its EventSource, serde_json; the same Leptos page",
        package: "ticker-gloo-net",
        features: "",
    },
];

/// For a flood: ours with all that a component may ask for, and the rival with the same page.
pub(super) const FLOODED: [Page; 3] = [
    Page { name: "native-flood", what: "", package: OURS, features: "flood" },
    Page { name: "fetch-flood", what: "", package: OURS, features: "fetch,flood" },
    Page { name: "leptos-use-flood", what: "", package: "ticker-leptos-use", features: "flood" },
];

/// Ours, reconnecting without a delay.
pub(super) const IMPATIENT: [Page; 2] = [
    Page { name: "native-impatient", what: "", package: OURS, features: "impatient" },
    Page { name: "fetch-impatient", what: "", package: OURS, features: "fetch,impatient" },
];

impl Page {
    /// Whether it is built for a contender of that name.
    pub(super) fn serves(&self, contender: &str) -> bool {
        let variants = ["-impatient", "-flood"];
        let name = variants.iter().find_map(|variant| self.name.strip_suffix(variant));
        name.unwrap_or(self.name) == contender
    }
}

/// A page that is built.
#[derive(Debug)]
pub(super) struct Built(PathBuf);

/// Of its files together, in bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) raw: u64,
    pub(super) gzip: u64,
    pub(super) brotli: u64,
}

impl Built {
    pub(super) fn size(&self, shell: &Shell) -> Result<Size> {
        let files = app::measure(shell, &self.0)?;
        Ok(files.iter().fold(Size::default(), |sum, file| Size {
            raw: sum.raw + file.raw,
            gzip: sum.gzip + file.gzip,
            brotli: sum.brotli + file.brotli,
        }))
    }
}

/// Where they are built to, each in a folder of its name.
pub(super) fn folder(shell: &Shell) -> Result<PathBuf> {
    shell.folder("bench/pages")
}

/// `cargo build` in their workspace.
pub(super) fn cargo(shell: &Shell) -> Command {
    let mut cargo = shell.cargo();
    cargo.args(["build", "--quiet", "--locked", "--manifest-path", "bench/Cargo.toml"]);
    cargo
}

/// What trunk does, by hand.
pub(super) fn build(shell: &Shell, page: &Page) -> Result<Built> {
    println!("Building the page {} …", page.name);
    let mut build = cargo(shell);
    build.args(["--target", TARGET, "--profile", PROFILE]);
    build.args(["--package", page.package, "--features", page.features]);
    must("cargo build", &mut build)?;

    let folder = folder(shell)?.join(page.name);
    // A file of another build is not to be measured with it; at first there is none.
    let _ = fs::remove_dir_all(&folder);
    let wasm = shell.target.join(TARGET).join(PROFILE).join(page.package).with_extension("wasm");
    let mut bindgen = shell.command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", "ticker", "--out-dir"]);
    must("wasm-bindgen", bindgen.arg(&folder).arg(wasm))?;
    must("wasm-opt", &mut optimize(shell, &folder.join("ticker_bg.wasm")))?;
    Ok(Built(folder))
}

/// In place.
fn optimize(shell: &Shell, wasm: &Path) -> Command {
    let mut command = shell.command("wasm-opt");
    command.arg("-O3").args(WASM_FEATURES).arg(wasm).arg("--output").arg(wasm);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contender_has_its_page() {
        let [native, ..] = TICKERS;
        let [native_impatient, fetch_impatient] = IMPATIENT;
        assert_eq!(FLOODED.map(|page| page.serves("leptos-use")), [false, false, true]);
        assert!(native.serves("native") && native_impatient.serves("native"));
        assert!(!native.serves("raw") && !fetch_impatient.serves("native"));
    }
}
