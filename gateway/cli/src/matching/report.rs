//! `stile source match-report`: calibration and errors on people of whom the truth is known.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Serialize;
use stile_model::subject::PersonRow;

use super::finder::{Finder, Looked, Outcome};
use super::plot;
use super::sample::{self, Labelled};
use super::tally::{Held, Said, Seen, Split, Tally, WANTED, real};
use crate::config::AgencyConfig;
use crate::keys::named;
use crate::output::{self, line};
use crate::run::Failure;

/// What is reported, as JSON.
#[derive(Serialize)]
struct Report<'a> {
    tally: &'a Tally,
    missed: u64,
    confident_right_at_least: f64,
    large_enough: bool,
}

/// Runs the command.
///
/// # Errors
///
/// When the sample cannot be read, a system does not answer, or the picture cannot be written.
pub async fn run(
    config: &AgencyConfig,
    file: &Path,
    picture: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    let sample = sample::read(file)?;
    let finder = Finder::open(config).await?;
    let tally = measure(&finder, &sample).await?;
    if let Some(picture) = picture {
        fs::write(picture, plot::svg(&tally)).map_err(|error| named(picture, &error))?;
    }
    if json {
        let at_least = tally.confident.at_least();
        output::json(&Report {
            tally: &tally,
            missed: tally.missed(),
            confident_right_at_least: at_least,
            large_enough: at_least >= WANTED,
        });
    } else {
        line(text(&tally));
    }
    Ok(())
}

/// Looks for everybody of a sample.
///
/// # Errors
///
/// When the sample does not tell whose keys its records are, or a system does not answer.
pub(super) async fn measure(finder: &Finder, sample: &[Labelled]) -> Result<Tally, Failure> {
    sample::check(sample, &finder.connected())?;
    let mut seen = Vec::with_capacity(sample.len());
    for labelled in sample {
        let looked = finder.look(&labelled.subject).await?;
        seen.push(judged(labelled, &looked));
    }
    Ok(Tally::of(&seen))
}

fn judged(labelled: &Labelled, looked: &Looked) -> Seen {
    let is_theirs = |place: &usize| {
        let row = looked.rows.get(*place);
        let of_source = |row: &PersonRow| {
            labelled
                .source
                .as_ref()
                .is_none_or(|one| *one == row.source)
        };
        row.is_some_and(|row| Some(&row.key) == labelled.record.as_ref() && of_source(row))
    };
    let best = looked.candidates.first();
    let outcome = match looked.outcome {
        Outcome::Confident => Said::Confident,
        Outcome::Possible => Said::Possible,
        Outcome::None { .. } => Said::None,
    };
    let shown = match outcome {
        Said::Confident => looked.candidates.get(..1),
        Said::Possible => Some(looked.candidates.as_slice()),
        Said::None => None,
    };
    let shown = shown.unwrap_or_default();
    let held = match labelled.record {
        None => Held::No,
        Some(_) if (0..looked.rows.len()).any(|place| is_theirs(&place)) => Held::Fetched,
        Some(_) => Held::Unfetched,
    };
    Seen {
        held,
        outcome,
        best_right: best.is_some_and(|best| best.rows.iter().any(is_theirs)),
        listed: shown.iter().any(|found| found.rows.iter().any(is_theirs)),
        probability: best.map(|best| best.probability),
        guard: best.and_then(|best| best.guard),
    }
}

fn text(tally: &Tally) -> String {
    let Tally {
        people,
        held,
        confident,
        possible,
        possible_held,
        none,
        ..
    } = tally;
    let mut text = format!(
        "{people} people, {held} of them held\n\n\
         outcome     people  right  wrong  right, at least (95 %)\n"
    );
    for (name, split) in [
        ("confident", confident),
        ("possible", possible),
        ("none", none),
    ] {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            text,
            "{name:<10} {:>7} {:>6} {:>6}  {}",
            split.all,
            split.right,
            split.wrong(),
            percent(split.at_least())
        );
    }
    let _ = write!(
        text,
        "\nshare put before a person        {} of everybody, {} of those held\n\
         best candidate is the right one  {} of those held\n\
         missed                           {} of those held ({}), {} of them never fetched\n",
        share(possible.all, *people),
        share(*possible_held, *held),
        share(tally.first, *held),
        tally.missed(),
        share(tally.missed(), *held),
        tally.not_fetched,
    );
    if !tally.guards.is_empty() {
        text.push_str(
            "\nput before a person because                                    people  right\n",
        );
        for (guard, Split { all, right }) in &tally.guards {
            let _ = writeln!(text, "{guard:<62} {all:>6} {right:>6}");
        }
    }
    text.push_str("\nprobability  people      said    were right (95 % bounds)\n");
    for band in &tally.calibration {
        let seen = share(band.split.right, band.split.all);
        let _ = writeln!(
            text,
            "up to {:<5} {:>7} {:>9} {seen:>9}  {} to {}",
            band.up_to,
            band.split.all,
            percent(band.said),
            percent(band.bounds.0),
            percent(band.bounds.1)
        );
    }
    text.push_str(&warning(*confident));
    text.trim_end().to_owned()
}

/// What the sample cannot show.
fn warning(confident: Split) -> String {
    if confident.at_least() >= WANTED {
        return String::new();
    }
    if confident.wrong() > 0 {
        return format!(
            "\nSTOP: {} confident matches are wrong. Set `answer.always_human = true` until it is \
             understood why.\n",
            confident.wrong()
        );
    }
    format!(
        "\nNOT SHOWN: that {} of confident matches are right. All {} were; it takes about {:.0} clean \
         ones to say so.\n",
        percent(WANTED),
        confident.all,
        Tally::needed()
    )
}

pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    percent(real(part) / real(whole))
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_a_small_sample_cannot_show_and_stops_at_a_wrong_one() {
        let clean = Split {
            all: 400,
            right: 400,
        };
        let wrong = Split {
            all: 40_000,
            right: 39_900,
        };
        let enough = Split {
            all: 5_000,
            right: 5_000,
        };

        assert!(warning(clean).contains("All 400 were"));
        assert!(warning(wrong).starts_with("\nSTOP: 100"));
        assert_eq!(warning(enough), "");
    }
}
