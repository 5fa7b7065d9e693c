//! How long frames get while a page takes a flood of events.

use crate::contender::{self, Contender, FETCH, LEPTOS_USE, NATIVE, RAW};
use crate::failure::{Failure, Result};
use crate::figures::{load, percentile, ratio};
use crate::server::{Frames, Plan, Report, Server};
use crate::{Options, stream, trial};
use std::time::Duration;

const PER_SECOND: u32 = 10_000;
const SECONDS: u32 = 30;
const QUOTES: u32 = PER_SECOND * SECONDS;
/// Who falls behind gets twice as long again.
const LIMIT: Duration = Duration::from_secs(SECONDS as u64 * 3);

/// A frame that is longer than this is seen, in milliseconds.
const LONG: f64 = 50.0;

/// Whose pages are built for it, in names that end with this.
const VARIANT: &str = "-flood";

/// The longest frames of the first over those of the second: the smaller, the better.
const RATIOS: [(&str, &str, &str); 4] = [
    ("worst-frame-vs-leptos-use", NATIVE, LEPTOS_USE),
    ("worst-frame-vs-raw", NATIVE, RAW),
    ("fetch-worst-frame-vs-leptos-use", FETCH, LEPTOS_USE),
    ("fetch-worst-frame-vs-raw", FETCH, RAW),
];

/// Of one contender in one round.
#[derive(Debug, Clone, Copy)]
struct Round {
    came: u32,
    in_order: u32,
    /// The longest, in milliseconds.
    worst: f64,
    /// When that one ended, in seconds after the first quote.
    at: f64,
    /// 99 of 100 are no longer, in milliseconds.
    most: f64,
    long: usize,
    frames: usize,
    /// Of one core's time, by the process that shows the page.
    busy: f64,
}

struct Figures {
    contender: &'static Contender,
    rounds: Vec<Round>,
}

pub(crate) fn measure(options: &Options) -> Result<()> {
    let among = [RAW, LEPTOS_USE, NATIVE, FETCH];
    let mut all: Vec<Figures> = contender::chosen(&among, &options.only)?
        .into_iter()
        .map(|contender| Figures { contender, rounds: Vec::new() })
        .collect();
    let plan = Plan::Paced { quotes: QUOTES, per_second: PER_SECOND };
    let mut server = Server::start(options.folders.clone(), options.engine, plan)?;
    let engine = options.engine.name();
    for number in 1..=options.rounds {
        for figures in &mut all {
            let name = figures.contender.name;
            let round = trial(options, &mut server, figures.contender)
                .map_err(Failure::at(format_args!("{name} in {engine}, round {number}")))?;
            let load = load().unwrap_or_default();
            println!("{engine} round {number}  {name:<12} {}  load {load}", round.line());
            figures.rounds.push(round);
        }
    }
    print(&all, engine);
    Ok(())
}

/// One contender in a browser of its own. Fails where all events came, and it does not show the last of them.
fn trial(options: &Options, server: &mut Server, contender: &Contender) -> Result<Round> {
    let query = format!("{}&frames", contender.query(VARIANT));
    let mut round: Option<Round> = None;
    trial::watch(options, server, &query, LIMIT, |report| match report {
        Report::Frames(frames) => {
            round = Some(Round::new(frames)?);
            Ok(None)
        }
        Report::Shown(text) => {
            let round = round.ok_or_else(|| Failure::new("it shows the end before it came"))?;
            if round.came == QUOTES {
                trial::same(&text, &stream::shown_of_flood(QUOTES))?;
            }
            Ok(Some(round))
        }
        _ => Err(Failure::new("it told what it was not asked for")),
    })
}

impl Round {
    fn new(Frames { measured, all, lengths }: Frames) -> Result<Self> {
        let milliseconds: f64 = lengths.iter().sum();
        if !(measured.milliseconds > 0.0 && milliseconds >= measured.milliseconds) {
            return Err(Failure::new(format!(
                "{} frames of {milliseconds} ms in all do not fill {} ms",
                lengths.len(),
                measured.milliseconds
            )));
        }
        let worst = percentile(lengths.clone(), 100);
        let until_worst =
            lengths.iter().position(|length| *length == worst).unwrap_or_default() + 1;
        Ok(Self {
            came: all,
            in_order: measured.in_order,
            worst,
            at: lengths.iter().take(until_worst).sum::<f64>() / 1e3,
            most: percentile(lengths.clone(), 99),
            long: lengths.iter().filter(|length| **length > LONG).count(),
            frames: lengths.len(),
            busy: measured.cpu.as_secs_f64() * 1e3 / measured.milliseconds,
        })
    }

    fn line(&self) -> String {
        let Self { came, in_order, worst, at, most, long, frames, busy } = self;
        let disorder = if in_order == came { "" } else { ", not all in order" };
        let lost = QUOTES.saturating_sub(*came);
        format!(
            "{came:>8} {lost:>6} {worst:>9.1} {at:>6.1} {most:>8.1} {long:>8} {frames:>7} {:>9.1} %{disorder}",
            busy * 100.0
        )
    }
}

fn print(all: &[Figures], engine: &str) {
    println!();
    println!(
        "{PER_SECOND} events a second for {SECONDS} s in {engine}; of each contender the round of the shortest worst frame"
    );
    println!(
        "contender    received   lost  worst ms   at s  99 % ms  > {LONG} ms  frames  of a core"
    );
    for Figures { contender, rounds } in all {
        let best = rounds.iter().min_by(|this, that| this.worst.total_cmp(&that.worst));
        if let Some(best) = best {
            println!("{:<12} {}  {}", contender.name, best.line(), contender.what);
        }
    }
    let of = |name: &str| all.iter().find(|figures| figures.contender.name == name);
    let worst = |figures: &Figures| figures.rounds.iter().map(|it| it.worst).collect::<Vec<_>>();
    for (title, ours, theirs) in RATIOS {
        if let (Some(ours), Some(theirs)) = (of(ours), of(theirs)) {
            println!("ratio {engine}-{title} {:.2}", ratio(&worst(ours), &worst(theirs)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Measured;

    fn frames(lengths: &[f64]) -> Frames {
        let cpu = Duration::from_millis(25);
        let measured = Measured { in_order: 8, last: 10, milliseconds: 100.0, cpu };
        Frames { measured, all: 9, lengths: lengths.to_vec() }
    }

    #[test]
    fn a_round_tells_its_longest_frames() {
        let round = Round::new(frames(&[16.0, 60.0, 17.0, 50.0])).expect("they fill the time");
        assert_eq!((round.came, round.worst, round.long), (9, 60.0, 1));
        assert_eq!(round.at, 0.076);
        assert_eq!(round.busy, 0.25);
        assert!(round.line().contains("not all in order"));
    }

    #[test]
    fn frames_that_do_not_fill_the_time_are_refused() {
        assert!(Round::new(frames(&[16.0, 17.0])).is_err());
        assert!(Round::new(frames(&[f64::NAN])).is_err());
    }
}
