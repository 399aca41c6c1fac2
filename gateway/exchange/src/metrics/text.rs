//! The Prometheus text format.

use std::collections::BTreeSet;
use std::fmt::{Display, Write as _};

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, until the process ends.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by upper bound, with a sum.
    Histogram,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A page of metrics.
#[derive(Debug, Clone, Default)]
pub struct Text {
    body: String,
    named: BTreeSet<&'static str>,
}

impl Text {
    /// Begins the metric `name`; its samples follow.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) {
        if self.named.insert(name) {
            // Writing into a String cannot fail.
            let _ = writeln!(
                self.body,
                "# HELP {name} {help}\n# TYPE {name} {}",
                kind.as_str()
            );
        }
    }

    /// One sample.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.body.push_str(name);
        let mut before = '{';
        for (label, text) in labels {
            let _ = write!(self.body, "{before}{label}=\"{}\"", escaped(text));
            before = ',';
        }
        if !labels.is_empty() {
            self.body.push('}');
        }
        let _ = writeln!(self.body, " {value}");
    }

    /// A gauge with one sample.
    pub fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Kind::Gauge, help);
        self.sample(name, &[], value);
    }

    /// A counter with one sample.
    pub fn counter(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Kind::Counter, help);
        self.sample(name, &[], value);
    }

    /// The whole page.
    pub fn finish(self) -> String {
        self.body
    }
}

/// Yes is 1 and no is 0.
pub(super) fn bit(yes: bool) -> u8 {
    u8::from(yes)
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}
