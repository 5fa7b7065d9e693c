//! A contender in a browser of its own.

use crate::Options;
use crate::browser::Browser;
use crate::failure::{Failure, Result};
use crate::server::{Report, Server};
use std::time::{Duration, Instant};

/// Opens the page with that query and hands its reports to `take`, until that gives what was wanted.
pub(crate) fn watch<T>(
    options: &Options,
    server: &mut Server,
    query: &str,
    limit: Duration,
    mut take: impl FnMut(Report) -> Result<Option<T>>,
) -> Result<T> {
    let url = format!("http://{}/{query}", server.address);
    let mut browser = Browser::start(options, &url)?;
    server.begin(browser.id());
    let start = Instant::now();
    loop {
        match server.report(Duration::from_millis(100)) {
            Some(Report::Failed(message)) => return Err(Failure::new(message)),
            Some(report) => {
                if let Some(wanted) = take(report)? {
                    return Ok(wanted);
                }
            }
            None if browser.ended() => {
                let log = Browser::log(options);
                return Err(Failure::new(format!("the browser has ended: see {}", log.display())));
            }
            None if start.elapsed() > limit => {
                return Err(Failure::new(format!("no end after {} seconds", limit.as_secs())));
            }
            None => {}
        }
    }
}

/// Fails where a page does not show in the end what it should.
pub(crate) fn same(shown: &str, expected: &str) -> Result<()> {
    if shown == expected {
        Ok(())
    } else {
        Err(Failure::new(format!("it shows\n{shown}\nin place of\n{expected}")))
    }
}
