//! Measures the event stream parser beside other crates: `cargo run --release`.
//!
//! All contenders take turns in one process, so that what disturbs the machine disturbs them alike. Each reads every
//! event's type, data and last event ID, and all must count the same. The figures are medians over the rounds; a ratio is the
//! median of the ratios within the rounds.

mod contenders;
mod streams;

use std::hint::black_box;
use std::time::Duration;

use bytes::Bytes;
use cpu_time::ThreadTime;

use contenders::{CONTENDERS, Contender, Totals};
use streams::STREAMS;

/// Bytes: within a block, what a network packet carries, what a proxy or a file hands over at once.
const CHUNKS: [usize; 3] = [64, 1_460, 64 * 1024];
/// Of each stream.
const BYTES: usize = 1 << 20;
const ROUNDS: usize = 41;
/// What one contender runs for in one round, at least.
const TURN: Duration = Duration::from_millis(1);

/// One stream in chunks of one size: MB/s by contender and round.
struct Cell {
    stream: &'static str,
    chunk: usize,
    rates: Vec<Vec<f64>>,
}

fn main() {
    // A stream, or a number of rounds, for profilers: `parser-bench ticks 1`.
    let mut args = std::env::args().skip(1);
    let only = args.next();
    let rounds = args.next().map_or(ROUNDS, |rounds| rounds.parse().expect("a number of rounds"));

    println!("MB/s, medians of {rounds} rounds\n");
    print!("{:<24}", "");
    for chunk in CHUNKS {
        print!("{chunk:>9} B");
    }
    println!();
    let mut cells = Vec::new();
    for recipe in STREAMS {
        if only.as_deref().is_some_and(|only| only != recipe.name) {
            continue;
        }
        let bytes = Bytes::from((recipe.make)(BYTES));
        let row: Vec<_> = CHUNKS.map(|chunk| measure(recipe.name, &bytes, chunk, rounds)).into();
        let events = (CONTENDERS[0].read)(std::slice::from_ref(&bytes)).events;
        println!("{}: {}, {} B an event", recipe.name, recipe.what, bytes.len() / events);
        for (index, contender) in CONTENDERS.iter().enumerate() {
            print!("  {:<22}", contender.label());
            for cell in &row {
                print!("{:>11.0}", median(&cell.rates[index]));
            }
            println!();
        }
        cells.extend(row);
    }
    if only.is_none() {
        println!();
        summary(&cells);
    }
}

fn measure(name: &'static str, stream: &Bytes, chunk: usize, rounds: usize) -> Cell {
    let chunks: Vec<Bytes> = (0..stream.len())
        .step_by(chunk)
        .map(|start| stream.slice(start..stream.len().min(start + chunk)))
        .collect();
    let expected = (CONTENDERS[0].read)(&chunks);
    let runs: Vec<u32> = CONTENDERS
        .iter()
        .map(|contender| {
            let start = ThreadTime::now();
            let totals = (contender.read)(&chunks);
            check(contender, name, chunk, totals, expected);
            (TURN.as_secs_f64() / start.elapsed().as_secs_f64()).ceil() as u32
        })
        .collect();
    let mut rates = vec![Vec::new(); CONTENDERS.len()];
    for round in 0..rounds {
        for turn in 0..CONTENDERS.len() {
            let index = (round + turn) % CONTENDERS.len();
            let start = ThreadTime::now();
            for _ in 0..runs[index] {
                black_box((CONTENDERS[index].read)(black_box(&chunks)));
            }
            let seconds = start.elapsed().as_secs_f64();
            rates[index].push(stream.len() as f64 * f64::from(runs[index]) / seconds / 1e6);
        }
    }
    Cell { stream: name, chunk, rates }
}

fn check(contender: &Contender, stream: &str, chunk: usize, totals: Totals, expected: Totals) {
    let same = if contender.parses { totals == expected } else { totals.events == expected.events };
    assert!(
        same,
        "{} read {totals:?} of {stream} in chunks of {chunk} B, not {expected:?}",
        contender.label()
    );
}

fn summary(cells: &[Cell]) {
    let cell = |stream, chunk| {
        cells
            .iter()
            .find(|cell| cell.stream == stream && cell.chunk == chunk)
            .expect("was measured")
    };
    let ticks = cell("ticks", 1_460);
    let worst = cells.iter().map(Cell::against_fastest).min_by(f64::total_cmp).unwrap_or(f64::NAN);
    println!("ratio ticks-1460-vs-fastest {:.2}", ticks.against_fastest());
    println!("ratio tokens-1460-vs-fastest {:.2}", cell("tokens", 1_460).against_fastest());
    println!("ratio worst-cell-vs-fastest {worst:.2}");
    let lines = CONTENDERS.iter().position(|contender| !contender.parses).expect("one only splits");
    println!("ratio ticks-1460-vs-memchr {:.2}", ticks.against(lines));
}

impl Cell {
    /// How many times as fast ours is: the first contender.
    fn against(&self, other: usize) -> f64 {
        let ratios: Vec<f64> = self.rates[0]
            .iter()
            .zip(&self.rates[other])
            .map(|(ours, other)| ours / other)
            .collect();
        median(&ratios)
    }

    /// Against the fastest of the other crates that parse.
    fn against_fastest(&self) -> f64 {
        (1..CONTENDERS.len())
            .filter(|&other| CONTENDERS[other].parses)
            .map(|other| self.against(other))
            .min_by(f64::total_cmp)
            .expect("there are others")
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
