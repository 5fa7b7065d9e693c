//! How many events a second each contender takes, and at what CPU time of the renderer.

use crate::contender::{self, Contender, FETCH, LEPTOS_USE, NATIVE, PARSER, RAW};
use crate::failure::{Failure, Result};
use crate::figures::{load, median, ratio};
use crate::server::{Measured, Plan, Report, Server};
use crate::{Options, stream, trial};
use std::time::Duration;

const QUOTES: u32 = 400_000;
/// The slowest takes six seconds on two cores.
const LIMIT: Duration = Duration::from_secs(120);

/// What is told in the end: the first against the second.
const RATIOS: [(&str, &str, &str); 4] = [
    ("native-vs-raw", NATIVE, RAW),
    ("native-vs-leptos-use", NATIVE, LEPTOS_USE),
    ("fetch-vs-raw", FETCH, RAW),
    ("fetch-vs-eventsource-parser", FETCH, PARSER),
];

struct Figures {
    contender: &'static Contender,
    /// Of each round.
    per_second: Vec<f64>,
    /// Of each round, in microseconds an event.
    cpu: Vec<f64>,
}

pub(crate) fn measure(options: &Options) -> Result<()> {
    let among = contender::ALL.each_ref().map(|it| it.name);
    let mut all: Vec<Figures> = contender::chosen(&among, &options.only)?
        .into_iter()
        .map(|contender| Figures { contender, per_second: Vec::new(), cpu: Vec::new() })
        .collect();
    let mut server =
        Server::start(options.folders.clone(), options.engine, Plan::Once { quotes: QUOTES })?;
    for round in 1..=options.rounds {
        for figures in &mut all {
            let name = figures.contender.name;
            let measured = trial(options, &mut server, figures.contender)
                .map_err(Failure::at(format_args!("{name}, round {round}")))?;
            let per_second = f64::from(QUOTES) / measured.milliseconds * 1e3;
            let cpu = measured.cpu.as_secs_f64() * 1e6 / f64::from(QUOTES);
            println!("round {round}  {name:<20} {per_second:>9.0} events/s  {cpu:>6.2} us/event");
            figures.per_second.push(per_second);
            figures.cpu.push(cpu);
        }
    }
    print(&all, options.rounds);
    Ok(())
}

/// One contender in a browser of its own. Fails unless it got every event, and shows the last of them.
fn trial(options: &Options, server: &mut Server, contender: &Contender) -> Result<Measured> {
    let mut measured = None;
    trial::watch(options, server, &contender.query(""), LIMIT, |report| match report {
        Report::Measured(report) => {
            measured = Some(checked(report)?);
            Ok(None)
        }
        Report::Shown(text) => {
            trial::same(&text, &stream::shown(QUOTES))?;
            measured.map(Some).ok_or_else(|| Failure::new("it shows the end before it came"))
        }
        _ => Err(Failure::new("it told what it was not asked for")),
    })
}

fn checked(report: Measured) -> Result<Measured> {
    let Measured { in_order, last, milliseconds, cpu } = report;
    if in_order != QUOTES || last != QUOTES {
        return Err(Failure::new(format!(
            "events are missing: {in_order} of {QUOTES} came in order, and {last} was the last"
        )));
    }
    if !(milliseconds > 0.0 && cpu > Duration::ZERO) {
        return Err(Failure::new(format!("it took no time: {milliseconds} ms, CPU {cpu:?}")));
    }
    Ok(report)
}

fn print(all: &[Figures], rounds: usize) {
    println!();
    println!("{QUOTES} events of about 110 bytes, medians of {rounds} rounds");
    if let Some(load) = load() {
        println!(
            "load average {load}: the time on the clock counts where nothing else runs, CPU time anywhere"
        );
    }
    println!("contender             thousand events/s  renderer CPU us/event");
    for Figures { contender, per_second, cpu } in all {
        let (per_second, cpu) = (median(per_second.clone()) / 1e3, median(cpu.clone()));
        println!("{:<20} {per_second:>18.1} {cpu:>22.2}  {}", contender.name, contender.what);
    }
    let of = |name: &str| all.iter().find(|figures| figures.contender.name == name);
    for (title, ours, theirs) in RATIOS {
        if let (Some(ours), Some(theirs)) = (of(ours), of(theirs)) {
            let wall = ratio(&ours.per_second, &theirs.per_second);
            let cpu = ratio(&theirs.cpu, &ours.cpu);
            println!("ratio {title} {wall:.2}");
            println!("ratio {title}-cpu {cpu:.2}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Measured =
        Measured { in_order: QUOTES, last: QUOTES, milliseconds: 2e3, cpu: Duration::from_secs(1) };

    #[test]
    fn only_who_got_every_event_in_order_counts() {
        assert!(checked(WHOLE).is_ok());
        let missing = checked(Measured { in_order: QUOTES - 1, ..WHOLE }).expect_err("missing");
        assert!(missing.to_string().contains("events are missing"), "{missing}");
        assert!(checked(Measured { last: QUOTES - 1, ..WHOLE }).is_err());
    }

    #[test]
    fn figures_that_cannot_be_are_refused() {
        assert!(checked(Measured { milliseconds: f64::NAN, ..WHOLE }).is_err());
        assert!(checked(Measured { milliseconds: 0.0, ..WHOLE }).is_err());
        assert!(checked(Measured { cpu: Duration::ZERO, ..WHOLE }).is_err());
    }
}
