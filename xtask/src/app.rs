//! Building the app with trunk.

use crate::failure::{Failure, Result};
use crate::process;
use crate::shell::Shell;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// trunk, building the release app into the folder `dist`.
pub(crate) fn build(shell: &Shell, dist: &Path) -> Command {
    let mut command = trunk(shell);
    command.args(["build", "--release", "--locked", "--dist"]).arg(dist);
    command
}

pub(crate) fn trunk(shell: &Shell) -> Command {
    let mut command = shell.command("trunk");
    command.env("TRUNK_SKIP_VERSION_CHECK", "true");
    // trunk reads NO_COLOR as a boolean and ends at its usual value, 1.
    if env::var_os("NO_COLOR").is_some() {
        command.env("NO_COLOR", "true");
    }
    // That is for the server; trunk would log by it too.
    command.env_remove("RUST_LOG");
    command
}

/// Compresses each file given, and writes its name and sizes in bytes: raw, gzip at 9, brotli at 11.
const MEASURE: &str = "
const { gzipSync, brotliCompressSync } = require('zlib');
for (const path of process.argv.slice(1)) {
  const raw = require('fs').readFileSync(path);
  const sizes = [raw, gzipSync(raw, { level: 9 }), brotliCompressSync(raw)].map((it) => it.length);
  console.log(require('path').basename(path), ...sizes);
}";

/// What a browser loads to run the app: a line a file. Node.js measures, since npm is there anyway.
pub(crate) fn sizes(shell: &Shell, dist: &Path) -> Result<String> {
    let failed = || Failure::at(format!("cannot list {}", dist.display()));
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(dist).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        if path.extension().is_some_and(|extension| extension == "wasm" || extension == "js") {
            files.push(path);
        }
    }
    files.sort();
    let output = process::output(shell.command("node").args(["-e", MEASURE]).args(files))
        .ok_or_else(|| Failure::new("node could not compress the app's files"))?;
    Ok(output.lines().filter_map(size_line).collect::<Vec<_>>().join("\n"))
}

fn size_line(line: &str) -> Option<String> {
    let [name, raw, gzip, brotli] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
    Some(format!("{name}: {raw} bytes raw, {gzip} gzip, {brotli} brotli"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_with_their_unit() {
        let line = size_line("app_bg.wasm 300 200 100");
        assert_eq!(line.as_deref(), Some("app_bg.wasm: 300 bytes raw, 200 gzip, 100 brotli"));
        assert_eq!(size_line("app_bg.wasm 300"), None);
    }
}
