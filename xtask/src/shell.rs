//! Where things are: the workspace, its target folder, and the programs that commands run.

use crate::failure::{Failure, Result};
use crate::process;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every child process is started with.
#[derive(Debug)]
pub(crate) struct Shell {
    /// The workspace's folder.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// Where programs are looked for, ours first.
    path: Vec<PathBuf>,
}

impl Shell {
    pub(crate) fn new() -> Result<Self> {
        // Cargo sets it at run time too; the one from build time serves a binary started by hand.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .ok_or_else(|| Failure::new(format!("{} has no parent folder", manifest.display())))?
            .to_path_buf();
        let target = target_folder(&root)?;
        let tools = target.join("tools");
        // npm puts programs into `bin` on Unix and into the prefix itself on Windows.
        let mut path = vec![tools.join("bin"), tools.join("npm/bin"), tools.join("npm")];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        path.extend(cargo_home().map(|home| home.join("bin")));
        // Where Debian puts servers; a user's PATH may go without.
        path.push(PathBuf::from("/usr/sbin"));
        let shell = Self { root, target, path };
        shell.folder("logs")?;
        Ok(shell)
    }

    /// Where tools go that must not disturb those of the user.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// A folder of ours under the target folder, made if need be.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.target.join("xtask").join(name);
        fs::create_dir_all(&folder)
            .map_err(Failure::at(format_args!("cannot make the folder {}", folder.display())))?;
        Ok(folder)
    }

    /// The file for the output of the step `name`.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        let name: String = name
            .chars()
            .map(|char| if char.is_ascii_alphanumeric() { char } else { '-' })
            .collect();
        self.target.join("xtask/logs").join(name).with_extension("log")
    }

    /// Where the npm packages go that the package.json in a folder of the workspace asks for.
    pub(crate) fn npm_folder(&self, folder: &str) -> PathBuf {
        self.target.join("xtask/npm").join(folder)
    }

    /// A Python that has this module: the user's, or else the system's, for which Debian's packages are.
    pub(crate) fn python_with(&self, module: &str) -> Option<PathBuf> {
        let system = PathBuf::from("/usr/bin/python3");
        self.find("python3").into_iter().chain([system]).find(|python| {
            let script = format!("import {module}");
            process::output(self.command_at(python).args(["-c", &script])).is_some()
        })
    }

    /// The path of a program, `None` if it is nowhere.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        self.path.iter().flat_map(|folder| with_extensions(&folder.join(program))).find(|path| {
            path.metadata().is_ok_and(|metadata| metadata.is_file() && executable(&metadata))
        })
    }

    /// A command that runs `program` in the workspace's folder.
    pub(crate) fn command(&self, program: &str) -> Command {
        self.command_at(&self.find(program).unwrap_or_else(|| PathBuf::from(program)))
    }

    /// A command that runs the program at `path` in the workspace's folder.
    pub(crate) fn command_at(&self, path: &Path) -> Command {
        let mut command = Command::new(path);
        command.current_dir(&self.root);
        command.env("CARGO_TARGET_DIR", &self.target);
        command.env("PATH", env::join_paths(&self.path).unwrap_or_default());
        command
    }

    /// A command with the cargo that runs us.
    pub(crate) fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// The text of a file of the workspace.
    pub(crate) fn read(&self, file: &str) -> Result<String> {
        let path = self.root.join(file);
        fs::read_to_string(&path)
            .map_err(Failure::at(format_args!("cannot read {}", path.display())))
    }
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// Cargo alone knows all the places where it can be set.
fn target_folder(root: &Path) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--format-version=1"]).current_dir(root);
    let metadata = process::output(&mut command)
        .ok_or_else(|| Failure::new("`cargo metadata` failed: run it by hand to see why"))?;
    string_field(&metadata, "target_directory")
        .map(PathBuf::from)
        .ok_or_else(|| Failure::new("`cargo metadata` names no target_directory"))
}

/// The value of the last string field of this name in a JSON text; paths need no more of JSON than this.
fn string_field(json: &str, name: &str) -> Option<String> {
    let (_, rest) = json.rsplit_once(&format!("\"{name}\":\""))?;
    let mut value = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => value.push(chars.next()?),
            other => value.push(other),
        }
    }
}

#[cfg(unix)]
fn executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_: &fs::Metadata) -> bool {
    true
}

/// The names a program may have on this system.
fn with_extensions(path: &Path) -> Vec<PathBuf> {
    if cfg!(windows) {
        ["exe", "cmd", "bat"].map(|extension| path.with_extension(extension)).to_vec()
    } else {
        vec![path.to_path_buf()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_from_json_with_its_escapes() {
        let json = r#"{"packages":[],"target_directory":"C:\\a \"b\"\\target","version":1}"#;
        assert_eq!(string_field(json, "target_directory").as_deref(), Some(r#"C:\a "b"\target"#));
        assert_eq!(string_field(json, "workspace_root"), None);
    }
}
