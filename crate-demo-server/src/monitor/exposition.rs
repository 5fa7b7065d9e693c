//! Writes the text format of Prometheus.

use std::fmt::{Display, Write as _};

use crate::stats::Histogram;

/// What all names begin with.
const PREFIX: &str = "sse_signals_";

/// The text so far.
#[derive(Debug, Default)]
pub(super) struct Exposition(String);

/// What a family of samples is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Exposition {
    /// Begins a family; its samples follow.
    pub(super) fn family(&mut self, kind: Kind, name: &str, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.line(format_args!("# HELP {PREFIX}{name} {help}"));
        self.line(format_args!("# TYPE {PREFIX}{name} {kind}"));
    }

    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.line(format_args!("{PREFIX}{name}{labels} {value}"));
    }

    /// A family of one sample.
    pub(super) fn one(&mut self, kind: Kind, name: &str, help: &str, value: impl Display) {
        self.family(kind, name, help);
        self.sample(name, &[], value);
    }

    pub(super) fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(Kind::Histogram, name, help);
        let (bucket, mut count) = (format!("{name}_bucket"), 0);
        for (bound, within) in histogram.buckets() {
            count += within;
            let bound = bound.map_or_else(|| "+Inf".to_owned(), |seconds| seconds.to_string());
            self.sample(&bucket, &[("le", &bound)], count);
        }
        self.sample(&format!("{name}_sum"), &[], histogram.sum().as_secs_f64());
        self.sample(&format!("{name}_count"), &[], count);
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn label_values_are_escaped() {
        let mut text = Exposition::default();
        text.sample("x", &[("a", "\"\\n\n"), ("b", "ä")], 1);
        assert_eq!(text.into_text(), "sse_signals_x{a=\"\\\"\\\\n\\n\",b=\"ä\"} 1\n");
    }

    #[test]
    fn the_buckets_of_a_histogram_hold_all_below_them() {
        let histogram = Histogram::new();
        for milliseconds in [0, 1, 2, 400, 60_000] {
            histogram.record(Duration::from_millis(milliseconds));
        }
        let mut text = Exposition::default();
        text.histogram("x_seconds", "Some.", &histogram);
        let text = text.into_text();
        for line in [
            "# TYPE sse_signals_x_seconds histogram",
            "sse_signals_x_seconds_bucket{le=\"0.0001\"} 1",
            "sse_signals_x_seconds_bucket{le=\"0.001\"} 2",
            "sse_signals_x_seconds_bucket{le=\"0.0025\"} 3",
            "sse_signals_x_seconds_bucket{le=\"0.5\"} 4",
            "sse_signals_x_seconds_bucket{le=\"2.5\"} 4",
            "sse_signals_x_seconds_bucket{le=\"+Inf\"} 5",
            "sse_signals_x_seconds_sum 60.403",
            "sse_signals_x_seconds_count 5",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in {text}");
        }
    }
}
