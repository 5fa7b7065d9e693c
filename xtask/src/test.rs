//! `cargo xtask test`: every check there is, as a list of steps that go on after a failure.

mod count;
mod steps;
mod work;

use crate::cli;
use crate::failure::{Failure, Result};
use crate::shell::Shell;
use crate::tools::{self, Need};
use crate::ui::{self, Progress};
use count::Counts;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use steps::Step;
use work::{Outcome, Worker};

/// What all steps need.
pub(crate) fn needs(shell: &Shell) -> Result<Vec<Need>> {
    Ok(needs_of(&steps::all(shell, &cli::Test::default())?))
}

fn needs_of(steps: &[Step]) -> Vec<Need> {
    steps.iter().flat_map(Step::needs).collect()
}

/// Every check, or those that are asked for.
pub(crate) fn test(shell: &Shell, options: &cli::Test) -> Result<ExitCode> {
    run(shell, steps::all(shell, options)?, options.name.as_deref())
}

/// Renews the pictures of the app.
pub(crate) fn screenshots(shell: &Shell) -> Result<ExitCode> {
    run(shell, steps::screenshots(shell), None)
}

/// Prints the counts in the very last line, whatever happens once it has begun.
fn run(shell: &Shell, steps: Vec<Step>, test_name: Option<&str>) -> Result<ExitCode> {
    let start = Instant::now();
    let mut report = Report::default();
    let failure = run_steps(shell, steps, test_name, &mut report).err();
    if let Some(failure) = &failure {
        println!("error: {failure}");
        report.counts.failed += 1;
    }
    println!();
    for (step, names) in &report.failed_steps {
        println!("FAIL  {step}");
        for name in names {
            println!("      {name}");
        }
    }
    println!("{} steps in {}", report.steps, ui::elapsed(start.elapsed()));
    println!("{} passed, {} failed", report.counts.passed, report.counts.failed);
    Ok(match failure {
        Some(Failure::Interrupted) => crate::interrupted(),
        Some(_) => ExitCode::FAILURE,
        None if report.counts.failed > 0 => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    })
}

#[derive(Debug, Default)]
struct Report {
    /// Those that ran.
    steps: usize,
    counts: Counts,
    /// With what failed of them.
    failed_steps: Vec<(String, Vec<String>)>,
}

fn run_steps(
    shell: &Shell,
    steps: Vec<Step>,
    test_name: Option<&str>,
    report: &mut Report,
) -> Result<()> {
    tools::ensure(shell, &needs_of(&steps))?;
    let of = steps.len();
    let mut worker = Worker::new(shell, test_name);
    for Step { name, work } in steps {
        report.steps += 1;
        let title = format!("[{:>2}/{of}] {name}", report.steps);
        let mut progress = Progress::started(&title);
        let start = Instant::now();
        let outcome = worker.run(&name, work, |time| progress.tick(time, || running(&title, time)));
        progress.clear();
        let outcome = match outcome {
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => Outcome::failed(failure.to_string()),
            Ok(outcome) => outcome,
        };
        report.add(name, outcome, start.elapsed());
    }
    Ok(())
}

fn running(title: &str, time: Duration) -> String {
    format!("{title} … {}", ui::elapsed(time))
}

impl Report {
    fn add(&mut self, name: String, outcome: Outcome, time: Duration) {
        let Counts { passed, failed } = outcome.counts;
        let word = match (passed, failed) {
            (0, 0) => "skip",
            (_, 0) => "ok  ",
            _ => "FAIL",
        };
        let counts = match (passed, failed) {
            (passed, 0) if passed > 1 => format!("  ({passed} passed)"),
            (passed, failed) if passed + failed > 1 => {
                format!("  ({passed} passed, {failed} failed)")
            }
            _ => String::new(),
        };
        println!("{word}  {:>7}  {name}{counts}", ui::elapsed(time));
        for line in outcome.text.lines() {
            println!("      {line}");
        }
        self.counts.add(outcome.counts);
        if failed > 0 {
            self.failed_steps.push((name, outcome.names));
        }
    }
}
