//! Times taken, and how they are shown.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::output::line;

/// Times of the same thing, measured again and again.
#[derive(Debug, Default)]
pub(super) struct Laps(Vec<Duration>);

impl Laps {
    pub(super) fn add(&mut self, lap: Duration) {
        self.0.push(lap);
    }

    pub(super) fn extend(&mut self, laps: impl IntoIterator<Item = Duration>) {
        self.0.extend(laps);
    }

    pub(super) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time that `percent` of all laps do not exceed (nearest rank); zero when there are none.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }
}

/// Milliseconds with two decimals.
pub(super) fn millis(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1_000.0)
}

/// Mebibytes with one decimal, from kibibytes.
pub(super) fn mebibytes(kib: u32) -> String {
    format!("{:.1}", f64::from(kib) / 1_024.0)
}

/// How many in a second.
pub(super) fn rate(count: usize, wall: Duration) -> f64 {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    f64::from(count) / wall.as_secs_f64().max(1e-9)
}

/// Prints the head of a Markdown table.
pub(super) fn head(columns: &[&str]) {
    row(columns);
    row(&vec!["---"; columns.len()]);
}

/// Prints a row of a Markdown table.
pub(super) fn row(cells: &[impl AsRef<str>]) {
    let mut text = String::from("|");
    for cell in cells {
        let _ = write!(text, " {} |", cell.as_ref());
    }
    line(text);
}

/// Says what the machine is, without its name or anything of its owner's.
pub(super) fn machine(dir: &Path) {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = first("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let memory = first("/proc/meminfo", "MemTotal").unwrap_or_else(|| "unknown".into());
    let build = if cfg!(debug_assertions) {
        "development build: figures say nothing about a release"
    } else {
        "release build"
    };
    line(format_args!(
        "machine: {cores} cores ({cpu}), {memory} of memory, {} file system, {build}",
        file_system(dir).unwrap_or_else(|| "unknown".into()),
    ));
    load("before");
    line("");
}

/// Says how busy the machine is.
pub(super) fn load(when: &str) {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = text.split(' ').next().unwrap_or("unknown");
    line(format_args!("load average {when}: {load}"));
}

/// The value of the first `name: value` line of a file.
pub(super) fn first(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

/// The kind of file system that holds `dir`.
fn file_system(dir: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let holds = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (at, kind) = (words.next()?, words.next()?);
        dir.starts_with(at).then(|| (at.len(), kind.to_owned()))
    });
    holds
        .max_by_key(|(length, _)| *length)
        .map(|(_, kind)| kind)
}

/// Processor time of this process so far, to a hundredth of a second; zero where it is not told.
///
/// Unlike time on the clock it hardly changes with what else the machine is doing.
pub(super) fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    // `utime` and `stime`, proc(5), in ticks of which Linux tells programs a hundred a second.
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
