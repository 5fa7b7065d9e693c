//! Measures clients in browsers: serves the pages and the stream, starts a browser a trial, prints the figures.
//!
//! No debugger is attached, for that would slow the browser's own `EventSource` down sixfold: each page measures itself
//! and tells its figures by `fetch`. `cargo xtask bench` builds what this needs and starts it.

mod browser;
mod contender;
mod failure;
mod figures;
mod frames;
mod memory;
mod server;
mod stream;
mod throughput;
mod trial;

use browser::Engine;
use failure::{Failure, Result};
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
Usage: bench-server browser|frames|memory --engine ENGINE --browser PROGRAM --web FOLDER --modules FOLDER
                    --pages FOLDER --profiles FOLDER [--rounds N] [--only CONTENDER]...

  browser     events a second and CPU time of each contender
  frames      the length of frames under a flood, with each contender
  memory      growth of our pages' memory over reconnects
  --engine    chromium, firefox or webkit
  --browser   its program
  --web       the pages' scripts
  --modules   what npm installed for them
  --pages     a folder for each page that is built
  --profiles  for the browser's files, which are removed at the end
  --rounds    of which the medians are told [default: 5]
  --only      this contender; may be repeated
";

/// What to measure, and with what.
#[derive(Debug)]
struct Options {
    what: What,
    engine: Engine,
    browser: PathBuf,
    folders: server::Folders,
    profiles: PathBuf,
    rounds: usize,
    only: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Throughput,
    Frames,
    Memory,
}

fn main() -> ExitCode {
    let measured = parse(std::env::args().skip(1)).and_then(|options| match options.what {
        What::Throughput => throughput::measure(&options),
        What::Frames => frames::measure(&options),
        What::Memory => memory::measure(&options),
    });
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Standard error is full of what a display's parts say.
            println!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let what = match arguments.next().as_deref() {
        Some("browser") => What::Throughput,
        Some("frames") => What::Frames,
        Some("memory") => What::Memory,
        _ => return Err(Failure::new(HELP)),
    };
    let mut engine = None;
    let [mut browser, mut web, mut modules, mut pages, mut profiles] =
        [const { None::<PathBuf> }; 5];
    let mut rounds = 5;
    let mut only = Vec::new();
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| Failure::new(format!("{flag} wants a value\n\n{HELP}")))?;
        match flag.as_str() {
            "--engine" => {
                let unknown = || Failure::new(format!("there is no engine {value}\n\n{HELP}"));
                engine = Some(Engine::parse(&value).ok_or_else(unknown)?);
            }
            "--browser" => browser = Some(value.into()),
            "--web" => web = Some(value.into()),
            "--modules" => modules = Some(value.into()),
            "--pages" => pages = Some(value.into()),
            "--profiles" => profiles = Some(value.into()),
            "--rounds" => {
                rounds = value.parse().ok().filter(|rounds| *rounds > 0).ok_or_else(|| {
                    Failure::new(format!("--rounds wants a number from 1 on, not {value}"))
                })?;
            }
            "--only" => only.push(value),
            _ => return Err(Failure::new(format!("there is no flag {flag}\n\n{HELP}"))),
        }
    }
    let missing = |flag: &str| Failure::new(format!("{flag} is missing\n\n{HELP}"));
    let given = |path: Option<PathBuf>, flag: &str| path.ok_or_else(|| missing(flag));
    Ok(Options {
        what,
        engine: engine.ok_or_else(|| missing("--engine"))?,
        browser: given(browser, "--browser")?,
        folders: server::Folders {
            web: given(web, "--web")?,
            modules: given(modules, "--modules")?,
            pages: given(pages, "--pages")?,
        },
        profiles: given(profiles, "--profiles")?,
        rounds,
        only,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDERS: &str = "--engine webkit --browser b --web w --modules m --pages p --profiles o";

    fn parse_line(line: &str) -> Result<Options> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_given_is_taken() {
        let line = format!("browser {FOLDERS} --rounds 3 --only raw --only native");
        let options = parse_line(&line).expect("all is given");
        assert_eq!((options.what, options.rounds), (What::Throughput, 3));
        assert_eq!(options.engine, Engine::WebKit);
        assert_eq!(options.only, ["raw", "native"]);
        let options = parse_line(&format!("memory {FOLDERS}")).expect("all is given");
        assert_eq!((options.what, options.rounds), (What::Memory, 5));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let message = |line: &str| parse_line(line).expect_err(line).to_string();
        assert!(message("").contains("browser|frames|memory"));
        assert!(message("browser --web w").contains("--engine is missing"));
        assert!(message("frames --engine opera").contains("no engine opera"));
        assert!(message("frames --engine firefox").contains("--browser is missing"));
        assert!(message(&format!("browser {FOLDERS} --rounds 0")).contains("from 1 on, not 0"));
        assert!(message(&format!("browser {FOLDERS} --only")).contains("--only wants a value"));
        assert!(message(&format!("browser {FOLDERS} --fast yes")).contains("no flag --fast"));
    }
}
