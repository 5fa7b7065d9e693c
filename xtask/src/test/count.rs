//! How many tests ran, as their own output tells.

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The sum of all `test result: …` lines of libtest and of wasm-bindgen-test.
pub(super) fn count(output: &str) -> Counts {
    let mut sum = Counts::default();
    for line in output.lines() {
        let Some((_, result)) = line.split_once("test result: ") else { continue };
        if let (Some(passed), Some(failed)) = (before(result, " passed"), before(result, " failed"))
        {
            sum.add(Counts { passed, failed });
        }
    }
    sum
}

/// The number before a word.
fn before(text: &str, word: &str) -> Option<u32> {
    text.split_once(word)?.0.split(|char: char| !char.is_ascii_digit()).next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_results_are_summed() {
        let output = "
running 3 tests
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
noise
\u{1b}[2Ktest result: FAILED. 12 passed; 2 failed; 0 ignored; 0 filtered out

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out
";
        assert_eq!(count(output), Counts { passed: 15, failed: 2 });
    }

    #[test]
    fn output_without_results_counts_nothing() {
        assert_eq!(count("error: could not compile\n1 passed; 1 failed"), Counts::default());
        assert_eq!(count("test result: odd"), Counts::default());
    }
}
