//! Thousands of clients over raw TCP. `cargo xtask bench server` and `cargo xtask soak` build what this needs, and start
//! it.

mod bench;
mod contenders;
// As the other measurements have it.
#[path = "../../server/src/failure.rs"]
mod failure;
mod process;
mod publisher;
mod readers;
mod rivals;
mod soak;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use bench::Plan;
use contenders::Programs;
use failure::{Failure, Result};

const HELP: &str = "\
Usage: load bench --server PROGRAM --scratch FOLDER [--nginx PROGRAM --nchan MODULE] [--better-sse FOLDER]
                  [--rounds N] [--clients N] [--idle N]
       load soak --server PROGRAM --seconds N [--clients N] [--seed N]
       load serve axum-sse|bare-writes PORT

  --server      the program that is measured
  --scratch     a folder for what the servers write
  --nginx       with --nchan, its module: takes part
  --better-sse  a folder with server.mjs and what npm installed for it: takes part
  --rounds      of which the medians are told [default: 3]
  --clients     that events are delivered to [default: 1000]
  --idle        clients that do nothing, and come back after a restart [default: 5000]

  --seconds     for which clients come and go [default: 60]
  --clients     that do so [default: 2000]
  --seed        of all that is random [default: of the clock]
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let done = match arguments.next().as_deref() {
        Some("bench") => bench(arguments),
        Some("soak") => soak(arguments),
        Some("serve") => serve(arguments),
        _ => Err(Failure::new(HELP)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn serve(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let name = arguments.next().unwrap_or_default();
    rivals::serve(&name, number("PORT", &arguments.next().unwrap_or_default())?)
}

fn bench(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let [mut server, mut scratch, mut nginx, mut module, mut better_sse] =
        [const { None::<PathBuf> }; 5];
    let mut plan = Plan { rounds: 3, clients: 1_000, idle: 5_000 };
    while let Some(flag) = arguments.next() {
        let value = value(&flag, &mut arguments)?;
        match flag.as_str() {
            "--server" => server = Some(value.into()),
            "--scratch" => scratch = Some(value.into()),
            "--nginx" => nginx = Some(value.into()),
            "--nchan" => module = Some(value.into()),
            "--better-sse" => better_sse = Some(value.into()),
            "--rounds" => plan.rounds = number(&flag, &value)?,
            "--clients" => plan.clients = number(&flag, &value)?,
            "--idle" => plan.idle = number(&flag, &value)?,
            _ => return Err(Failure::new(format!("there is no flag {flag}\n\n{HELP}"))),
        }
    }
    let programs = Programs {
        server: given(server, "--server")?,
        scratch: given(scratch, "--scratch")?,
        nchan: nginx.zip(module),
        better_sse,
    };
    process::allow_open_files()?;
    run(bench::run(&programs, &plan))
}

fn soak(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut plan = soak::Plan { seconds: 60, clients: 2_000, seed: clock.as_secs() };
    let mut server = None::<PathBuf>;
    while let Some(flag) = arguments.next() {
        let value = value(&flag, &mut arguments)?;
        match flag.as_str() {
            "--server" => server = Some(value.into()),
            "--seconds" => plan.seconds = number(&flag, &value)?,
            "--clients" => plan.clients = number(&flag, &value)?,
            "--seed" => plan.seed = number(&flag, &value)?,
            _ => return Err(Failure::new(format!("there is no flag {flag}\n\n{HELP}"))),
        }
    }
    process::allow_open_files()?;
    run(soak::run(&given(server, "--server")?, &plan))
}

fn value(flag: &str, arguments: &mut impl Iterator<Item = String>) -> Result<String> {
    let missing = || Failure::new(format!("{flag} wants a value\n\n{HELP}"));
    arguments.next().ok_or_else(missing)
}

fn given(path: Option<PathBuf>, flag: &str) -> Result<PathBuf> {
    path.ok_or_else(|| Failure::new(format!("{flag} is missing\n\n{HELP}")))
}

fn run(measured: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::at("tokio"))?.block_on(measured)
}

fn number<N: std::str::FromStr + PartialOrd + Default>(flag: &str, value: &str) -> Result<N> {
    let number = value.parse().ok().filter(|number| *number > N::default());
    number.ok_or_else(|| Failure::new(format!("{flag} wants a number from 1 on, not {value}")))
}
