//! Every chore of the project: `cargo xtask` lists them.

mod app;
mod bench;
mod browsers;
mod cli;
mod example;
mod failure;
mod load;
mod manifest;
mod process;
#[cfg(test)]
mod prose;
mod run;
mod server;
mod shell;
mod test;
mod tools;
mod ui;

use cli::Command;
use failure::{Failure, Result};
use shell::Shell;
use std::process::ExitCode;
use tools::Need;

fn main() -> ExitCode {
    match chore() {
        Ok(code) => code,
        Err(failure) => {
            if !matches!(failure, Failure::Told(_)) {
                eprintln!("error: {failure}");
            }
            match failure {
                Failure::Usage(_) => ExitCode::from(2),
                Failure::Interrupted => interrupted(),
                Failure::Told(_) | Failure::Failed(_) => ExitCode::FAILURE,
            }
        }
    }
}

/// What a shell reports of a program that SIGINT ended.
fn interrupted() -> ExitCode {
    ExitCode::from(130)
}

fn chore() -> Result<ExitCode> {
    let command = cli::parse(std::env::args().skip(1))?;
    if command == Command::Help {
        print!("{}", cli::HELP);
        return Ok(ExitCode::SUCCESS);
    }
    process::end_children_on_signals()?;
    let shell = Shell::new()?;
    match command {
        Command::Help => {}
        Command::Screenshots => return test::screenshots(&shell),
        Command::Setup => println!("All {} tools are there.", setup(&shell)?),
        Command::Run(options) if options.only_asks_the_server() => {
            return run::ask_the_server(&shell, &options);
        }
        Command::Run(options) => run::run(&shell, &options)?,
        Command::Test(options) => return test::test(&shell, &options),
        Command::Soak { minutes } => load::soak(&shell, minutes)?,
        Command::Bench(what) => bench::run(&shell, &what)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Installs what all commands need. Tells how many tools that are.
fn setup(shell: &Shell) -> Result<usize> {
    let mut needs = test::needs(shell)?;
    needs.extend(bench::NEEDS);
    needs.extend(load::NEEDS);
    tools::ensure(shell, &needs)
}

/// What the app's build takes.
const APP_NEEDS: [Need; 2] = [Need::WasmTarget, Need::Trunk];
