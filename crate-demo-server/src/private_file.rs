//! Files that nobody else should be able to read.

use std::io;
use std::path::Path;

/// Says in the log of the server that others can read it, and what to do.
///
/// # Errors
///
/// What the system says if the file can't be looked at.
#[cfg(unix)]
pub(crate) fn warn_if_open(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    /// Read by the file's group, or by everyone.
    const OTHERS_READ: u32 = 0o044;
    if std::fs::metadata(path)?.permissions().mode() & OTHERS_READ != 0 {
        tracing::warn!("other users of this machine can read {0}: chmod 600 {0}", path.display());
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn warn_if_open(_: &Path) -> io::Result<()> {
    Ok(())
}
