//! Whether our pages' memory grows over reconnects.

use crate::contender::{FETCH, NATIVE};
use crate::failure::{Failure, Result};
use crate::server::{Plan, Report, Server};
use crate::{Options, trial};
use std::time::Duration;

const RECONNECTS: u32 = 1_000;
const CONNECTIONS: u32 = RECONNECTS + 1;
/// Of each connection.
const QUOTES: u32 = 1_000;
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// Fails if it grows after the first tenth.
pub(crate) fn measure(options: &Options) -> Result<()> {
    let mut server =
        Server::start(options.folders.clone(), options.engine, Plan::Again { quotes: QUOTES })?;
    println!(
        "WebAssembly.Memory after each tenth of {RECONNECTS} reconnects, {QUOTES} events each, in KiB"
    );
    let mut lines = Vec::new();
    let mut grown = Vec::new();
    for name in [NATIVE, FETCH] {
        let chosen = options.only.is_empty() || options.only.iter().any(|only| only == name);
        if !chosen {
            continue;
        }
        let bytes = trial(options, &mut server, name).map_err(Failure::at(name))?;
        let sizes: Vec<String> = bytes.iter().map(|bytes| (bytes / 1024).to_string()).collect();
        println!("{name:<8} {}", sizes.join(" "));
        // Before them stands the size after the first connection.
        let (Some(first), Some(last)) = (bytes.get(1), bytes.last()) else {
            return Err(Failure::new(format!("{name} told no sizes")));
        };
        if last > first {
            grown.push(name);
        }
        // Sizes of memory are far below 2^52.
        lines.push(format!("ratio memory-growth-{name} {:.2}", *last as f64 / *first as f64));
    }
    println!("{}", lines.join("\n"));
    if grown.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!("memory grew: {}", grown.join(", "))))
    }
}

fn trial(options: &Options, server: &mut Server, name: &str) -> Result<Vec<u64>> {
    let query = format!("?wasm={name}-impatient&connections={CONNECTIONS}");
    trial::watch(options, server, &query, LIMIT, |report| match report {
        Report::Memory { in_order, last, bytes } => {
            let all = QUOTES * CONNECTIONS;
            if in_order != all || last != all {
                return Err(Failure::new(format!(
                    "events are missing: {in_order} of {all} came in order, and {last} was the last"
                )));
            }
            Ok(Some(bytes))
        }
        _ => Err(Failure::new("it told what it was not asked for")),
    })
}
