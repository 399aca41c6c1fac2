//! `stile source match-tune`: rates worked out from decided pairs, shown before they can take effect.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use stile_exchange::agency::{LearnAsked, Learned};
use stile_linkage::{Observed, Shift, WeightsFile};
use stile_model::digest::Digest;
use stile_model::id::Code;

use super::finder::Finder;
use super::report::measure;
use super::sample;
use super::tally::Tally;
use crate::args::Connect;
use crate::config::AgencyConfig;
use crate::keys::named;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

/// A ledger of years is read entry by entry.
const PATIENCE: Duration = Duration::from_mins(10);

/// What the command was asked.
pub struct Tune {
    /// Which gateway, and as whom.
    pub connect: Connect,
    /// Why the ledger is read.
    pub reason: String,
    /// A labelled sample.
    pub sample: Option<PathBuf>,
    /// The agency's configuration file.
    pub file: PathBuf,
    /// The file to write.
    pub out: PathBuf,
}

/// What is proposed, as JSON.
#[derive(Serialize)]
struct Proposed<'a> {
    digest: Digest,
    version: u32,
    learned: &'a Learned,
    shifts: Vec<Shift>,
    /// On the sample: under the rates in force, and under these.
    effect: Option<(Tally, Tally)>,
}

/// Runs the command.
///
/// # Errors
///
/// When the gateway refuses, nothing has been decided yet, the gateway runs under other rates than
/// the configuration names, or the file is there already.
pub async fn run(config: &AgencyConfig, asked: &Tune) -> Result<(), Failure> {
    let desk = Desk::open(&asked.connect.person)?;
    let reason = Code::new(&asked.reason)?.into();
    let path = "/api/v1/matching/learned";
    let learned: Learned = desk
        .post_long(path, &LearnAsked { reason }, PATIENCE)
        .await?;
    let before = config.weights.clone();
    if learned.in_force != Some(before.digest()) {
        return Err(
            "the gateway runs under other rates than the configuration names; start it again first"
                .into(),
        );
    }
    if learned.by_identifier + learned.by_person == 0 {
        return Err("no pair has been decided yet; there is nothing to learn from".into());
    }
    let after = before.next(&Observed {
        by_identifier: learned.by_identifier,
        by_person: learned.by_person,
        seen: learned.seen.clone(),
    });
    let effect = match &asked.sample {
        Some(file) => Some(effect(config, &after, file).await?),
        None => None,
    };
    write(&asked.out, &after)?;
    let proposed = Proposed {
        digest: after.digest(),
        version: after.version,
        learned: &learned,
        shifts: after.shifts_from(&before),
        effect,
    };
    if asked.connect.json {
        output::json(&proposed);
    } else {
        line(proposed.text(&asked.out, &named_in(&asked.file, &asked.out)));
    }
    Ok(())
}

/// The sample under the rates in force, and under those proposed.
async fn effect(
    config: &AgencyConfig,
    after: &WeightsFile,
    file: &Path,
) -> Result<(Tally, Tally), Failure> {
    let sample = sample::read(file)?;
    let finder = Finder::open(config).await?;
    let old = measure(&finder, &sample).await?;
    let finder = finder.under(&after.weights);
    let new = measure(&finder, &sample).await?;
    Ok((old, new))
}

/// How a configuration names the file: paths in it are taken from its own folder.
fn named_in(config: &Path, out: &Path) -> PathBuf {
    let folder = |path: &Path| path.parent().map(Path::to_path_buf);
    match out.file_name() {
        Some(name) if folder(config) == folder(out) => name.into(),
        _ => std::path::absolute(out).unwrap_or_else(|_| out.to_path_buf()),
    }
}

fn write(path: &Path, file: &WeightsFile) -> Result<(), Failure> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let mut made = made.map_err(|error| named(path, &error))?;
    made.write_all(file.to_text().as_bytes())
        .map_err(|error| named(path, &error))
}

impl Proposed<'_> {
    fn text(&self, out: &Path, named: &Path) -> String {
        let Learned {
            by_identifier,
            by_person,
            erased,
            wrong,
            archived,
            ..
        } = self.learned;
        let mut text = format!(
            "pairs known to be one person: {by_identifier} by an identifier, {by_person} by a person's \
             decision\n"
        );
        if erased + wrong > 0 {
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                text,
                "left out: {erased} erased, {wrong} marked as the wrong person"
            );
        }
        if *archived {
            text.push_str("older entries lie in an archive and were not read\n");
        }
        text.push_str(
            "\npart and level                             shipped  in force  proposed    bits\n",
        );
        let moved = self.shifts.iter().filter(|shift| shift.bits.abs() >= 0.005);
        let mut count = 0;
        for shift in moved {
            count += 1;
            let _ = writeln!(
                text,
                "{:<40} {:>9.4} {:>9.4} {:>9.4} {:>+7.2}",
                format!("{}: {}", shift.part, shift.level),
                shift.shipped,
                shift.before,
                shift.after,
                shift.bits
            );
        }
        let same = self.shifts.len().saturating_sub(count);
        let _ = writeln!(text, "{same} levels stay as they are");
        if let Some((old, new)) = &self.effect {
            text.push_str("\non the sample     in force  proposed\n");
            for (what, of) in EFFECTS {
                let _ = writeln!(text, "{what:<17} {:>8} {:>9}", of(old), of(new));
            }
        }
        let _ = write!(
            text,
            "\nversion {} is written to `{}` and changes nothing. To put it in force, let an officer \
             look at it, write this into the agency's configuration, and start the gateway again:\n\n\
             [matching]\nweights = \"{}\"\ndigest = \"{}\"",
            self.version,
            out.display(),
            named.display(),
            self.digest
        );
        text
    }
}

/// Of a tally, what a change of rates may change.
type Effect = (&'static str, fn(&Tally) -> u64);

const EFFECTS: [Effect; 5] = [
    ("confident, right", |tally| tally.confident.right),
    ("confident, wrong", |tally| tally.confident.wrong()),
    ("asked a person", |tally| tally.possible.all),
    ("missed", Tally::missed),
    ("best is right", |tally| tally.first),
];
