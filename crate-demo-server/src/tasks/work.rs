//! The work itself, piece by piece.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use sse_signals_feed::TaskKind;

/// Bytes between two looks at whether to go on: some milliseconds at most. A multiple of 256.
const CHUNK: usize = 256 * 1024;
/// Odd numbers between two such looks.
const SEGMENT: usize = 64 * 1024;

/// How far a job is; shared by who works and who waits.
#[derive(Debug, Default)]
pub(super) struct Progress {
    done: AtomicU64,
    is_stopped: AtomicBool,
}

impl Progress {
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Has the work end at its next look.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// None if the work is to end.
    fn advance(&self, done: u64) -> Option<()> {
        self.done.store(done, Ordering::Relaxed);
        (!self.is_stopped()).then_some(())
    }
}

/// The result; none if it was stopped.
pub(super) fn run(kind: TaskKind, size: u64, progress: &Progress) -> Option<String> {
    match kind {
        TaskKind::Checksum => checksum(size, progress),
        TaskKind::Primes => primes_below(size, progress).map(|count| count.to_string()),
    }
}

/// The SHA-256, in hexadecimal digits, of so many bytes that count from 0 to 255 and begin anew.
fn checksum(bytes: u64, progress: &Progress) -> Option<String> {
    let chunk: Vec<u8> = (0..=u8::MAX).cycle().take(CHUNK).collect();
    let mut hash = Sha256::new();
    let mut done = 0;
    while done < bytes {
        let length = (bytes - done).min(CHUNK as u64);
        hash.update(&chunk[..length as usize]);
        done += length;
        progress.advance(done)?;
    }
    Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// How many primes there are below `end`, by the sieve of Eratosthenes, one segment of the odd numbers at a time.
fn primes_below(end: u64, progress: &Progress) -> Option<u64> {
    // With the smallest of each one's odd multiples that is not crossed out yet.
    let mut crossing: Vec<(u64, u64)> = small_primes(end.isqrt());
    let mut count = u64::from(end > 2);
    let mut is_crossed = vec![false; SEGMENT];
    let mut start = 3;
    while start < end {
        let stop = (start + 2 * SEGMENT as u64).min(end);
        let segment = &mut is_crossed[..(stop - start).div_ceil(2) as usize];
        segment.fill(false);
        for (prime, multiple) in &mut crossing {
            while *multiple < stop {
                segment[((*multiple - start) / 2) as usize] = true;
                *multiple += 2 * *prime;
            }
        }
        count += segment.iter().filter(|is_crossed| !**is_crossed).count() as u64;
        start += 2 * SEGMENT as u64;
        progress.advance(stop)?;
    }
    progress.advance(end)?;
    Some(count)
}

/// The odd primes up to `last`, each with its square.
fn small_primes(last: u64) -> Vec<(u64, u64)> {
    let mut primes: Vec<(u64, u64)> = Vec::new();
    for number in (3..=last).step_by(2) {
        let divides = |(prime, _): &(u64, u64)| number.is_multiple_of(*prime);
        let mut candidates = primes.iter().take_while(|(_, square)| *square <= number);
        if !candidates.any(divides) {
            primes.push((number, number * number));
        }
    }
    primes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(kind: TaskKind, size: u64) -> String {
        let progress = Progress::default();
        let result = run(kind, size, &progress).expect("it is not stopped");
        assert_eq!(progress.done(), size);
        result
    }

    #[test]
    fn the_checksums_are_those_that_sha256sum_has() {
        for (bytes, expected) in [
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (256, "40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880"),
            (1_000_000, "67870dfc9c64e7aa270a3f7e8051ae65d207f93fc3df04d7572e6365af69cd0d"),
        ] {
            assert_eq!(result(TaskKind::Checksum, bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn primes_are_counted_as_everybody_counts_them() {
        for (below, expected) in [
            (1, "0"),
            (2, "0"),
            (3, "1"),
            (4, "2"),
            (5, "2"),
            (6, "3"),
            (9, "4"),
            (10, "4"),
            (100, "25"),
            (1_000_000, "78498"),
            (10_000_000, "664579"),
        ] {
            assert_eq!(result(TaskKind::Primes, below), expected, "{below}");
        }
    }

    #[test]
    fn the_seams_of_segments_are_counted_once() {
        let mut count = 0;
        let around = 2 * SEGMENT as u64;
        let is_prime = |number: u64| (2..=number.isqrt()).all(|it| !number.is_multiple_of(it));
        for below in 3..around + 100 {
            count += u64::from(is_prime(below - 1));
            if below >= around - 100 {
                assert_eq!(primes_below(below, &Progress::default()), Some(count), "{below}");
            }
        }
    }

    #[test]
    fn work_that_is_stopped_ends_after_one_chunk() {
        for (kind, chunk) in
            [(TaskKind::Checksum, CHUNK as u64), (TaskKind::Primes, 2 * SEGMENT as u64 + 3)]
        {
            let progress = Progress::default();
            progress.stop();
            assert_eq!(run(kind, 1_000_000_000, &progress), None);
            assert_eq!(progress.done(), chunk);
        }
    }
}
