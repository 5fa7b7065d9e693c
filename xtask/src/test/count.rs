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

/// The tests that failed, and those of a browser that began and did not end: the runner only says that time is up.
pub(super) fn in_trouble(output: &str) -> Vec<String> {
    let verdicts: Vec<(&str, &str)> = output.lines().filter_map(verdict).collect();
    let failed = verdicts.iter().filter(|(_, verdict)| verdict.starts_with("FAIL"));
    let mut names: Vec<String> = failed.map(|(name, _)| format!("{name} failed")).collect();
    if output.contains("Failed to detect test as having been run") {
        let begun = output.lines().filter_map(|line| line.trim().strip_prefix("Invoking test: "));
        let unended = begun.filter(|begun| !verdicts.iter().any(|(name, _)| name == begun));
        names.extend(unended.map(|name| format!("{name} did not end")));
    }
    names
}

/// A test's name and what came of it, from `test name ... ok`.
fn verdict(line: &str) -> Option<(&str, &str)> {
    line.trim().strip_prefix("test ")?.rsplit_once(" ... ")
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

    #[test]
    fn failed_tests_are_named() {
        let output = "
test one::works ... ok
test two::breaks ... FAILED
test in a browser ... FAIL
test chromium: the page opens ... FAILED (2.1 s)
test result: FAILED. 1 passed; 3 failed
";
        let names =
            ["two::breaks failed", "in a browser failed", "chromium: the page opens failed"];
        assert_eq!(in_trouble(output), names);
    }

    #[test]
    fn what_a_browser_does_not_bring_to_an_end_is_named() {
        let output = "
test a::done ... ok
Failed to detect test as having been run. It might have timed out.
console output:
    Invoking test: a::done
    Invoking test: a::hangs
";
        assert_eq!(in_trouble(output), ["a::hangs did not end"]);
        assert_eq!(in_trouble("    Invoking test: a::begun"), Vec::<String>::new(), "it goes on");
    }
}
