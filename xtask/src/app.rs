//! Building the app with trunk.

use crate::failure::{Failure, Result};
use crate::process;
use crate::shell::Shell;
use std::env;
use std::fs;
use std::io;
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

/// A file's sizes, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Size {
    name: String,
    pub(crate) raw: u64,
    pub(crate) gzip: u64,
    pub(crate) brotli: u64,
}

/// What a browser loads to run the app: a line a file.
pub(crate) fn sizes(shell: &Shell, dist: &Path) -> Result<String> {
    Ok(measure(shell, dist)?.iter().map(Size::line).collect::<Vec<_>>().join("\n"))
}

/// The wasm and JavaScript files in a folder, and in those within. Node.js measures, since npm is there anyway.
pub(crate) fn measure(shell: &Shell, folder: &Path) -> Result<Vec<Size>> {
    let mut files = Vec::new();
    find_code(folder, &mut files)
        .map_err(Failure::at(format_args!("cannot list {}", folder.display())))?;
    files.sort();
    let output = process::output(shell.command("node").args(["-e", MEASURE]).args(files))
        .ok_or_else(|| {
            Failure::new(format!("node could not compress what is in {}", folder.display()))
        })?;
    Ok(output.lines().filter_map(Size::read).collect())
}

fn find_code(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_code(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "wasm" || extension == "js")
        {
            found.push(path);
        }
    }
    Ok(())
}

impl Size {
    /// From a line that node wrote.
    fn read(line: &str) -> Option<Self> {
        let [name, raw, gzip, brotli] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        Some(Self {
            name: name.to_owned(),
            raw: raw.parse().ok()?,
            gzip: gzip.parse().ok()?,
            brotli: brotli.parse().ok()?,
        })
    }

    fn line(&self) -> String {
        let Self { name, raw, gzip, brotli } = self;
        format!("{name}: {raw} bytes raw, {gzip} gzip, {brotli} brotli")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_with_their_unit() {
        let line = Size::read("app_bg.wasm 300 200 100").map(|size| size.line());
        assert_eq!(line.as_deref(), Some("app_bg.wasm: 300 bytes raw, 200 gzip, 100 brotli"));
        assert_eq!(Size::read("app_bg.wasm 300"), None);
    }
}
