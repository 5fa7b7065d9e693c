//! Browsers that are not as usual.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use fantoccini::wd::Capabilities;
use serde_json::json;

use crate::config::Config;

/// What a trial wants of its browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Each window's page has a process of its own, and the browser outlives the end of one.
    ProcessPerWindow,
    /// The page is no secure context: it has an origin by plain HTTP that is not this machine's.
    InsecureContext,
    /// The certificate is one that nobody vouches for.
    AnyCertificate,
}

/// Ends with its first process otherwise, for geckodriver wishes so.
const FIREFOX: &str = "#!/bin/sh
unset MOZ_CRASHREPORTER_SHUTDOWN
firefox=$(command -v firefox || command -v firefox-esr)
exec \"$firefox\" \"$@\"
";

impl Wish {
    /// Adds what makes the browser so.
    pub(crate) fn put_into(
        self,
        capabilities: &mut Capabilities,
        config: &Config,
        proxy: SocketAddr,
    ) {
        match self {
            Self::ProcessPerWindow if config.engine == "firefox" => {
                let options = capabilities.entry("moz:firefoxOptions").or_insert_with(|| json!({}));
                options["binary"] = firefox().display().to_string().into();
                // Pages of one origin share four processes by default.
                options["prefs"]["dom.ipc.processCount.webIsolated"] = 64.into();
                options["prefs"]["dom.ipc.processPrelaunch.enabled"] = false.into();
            }
            // The others do so by themselves.
            Self::ProcessPerWindow => {}
            Self::InsecureContext => {
                let proxy = json!({ "proxyType": "manual", "httpProxy": proxy.to_string() });
                capabilities.insert("proxy".to_owned(), proxy);
            }
            Self::AnyCertificate => {
                capabilities.insert("acceptInsecureCerts".to_owned(), true.into());
            }
        }
    }
}

/// A program that starts Firefox.
fn firefox() -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("firefox");
    fs::write(&program, FIREFOX).expect("a script can be written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let may_run = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&program, may_run).expect("a script can be made to run");
    }
    program
}
