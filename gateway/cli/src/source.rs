//! `stile source`: prove a connection before it is used, and see how people are found through it.

use std::fs;
use std::path::Path;

use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;
use stile_sources::{CheckReport, IndexMapping, Limits, Mapping, Place, Source as Connected};

use crate::args::Source;
use crate::config::{AgencyConfig, beside};
use crate::keys::named;
use crate::matching;
use crate::output::line;
use crate::policy::read_vocabulary;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When a source cannot be used, or what the command was asked cannot be done; says why.
pub async fn run(command: Source) -> Result<(), Failure> {
    match command {
        Source::Check { config } => check(&AgencyConfig::read(&config)?).await,
        Source::Match {
            config,
            subject,
            json,
        } => matching::show(&AgencyConfig::read(&config)?, &subject, json).await,
        Source::MatchReport {
            config,
            sample,
            plot,
            json,
        } => {
            let config = AgencyConfig::read(&config)?;
            matching::report(&config, &sample, plot.as_deref(), json).await
        }
        Source::MatchTune {
            connect,
            config,
            reason,
            sample,
            out,
        } => {
            let read = AgencyConfig::read(&config)?;
            let asked = matching::Tune {
                connect,
                reason,
                sample,
                file: config,
                out,
            };
            matching::tune(&read, &asked).await
        }
    }
}

async fn check(config: &AgencyConfig) -> Result<(), Failure> {
    let vocabulary = read_vocabulary(&config.parts.vocabulary)?;
    let mapping = read_mapping(&config.sources, &vocabulary, &config.kind)?;
    let mut usable = true;
    for mapped in &mapping.sources {
        let source = Connected::connect(mapped, Limits::default()).await?;
        let report = source.check(&vocabulary).await?;
        tell(&report);
        tell_memory(mapped.index.as_ref(), report.people);
        usable &= report.usable();
    }
    if usable {
        Ok(())
    } else {
        Err("a source cannot be used as it is mapped".into())
    }
}

/// Reads the mapping of an agency of this kind; paths in it are taken relative to its own folder.
///
/// # Errors
///
/// Every mistake of the file with line and column.
pub fn read_mapping(file: &Path, vocabulary: &Vocabulary, kind: &Code) -> Result<Mapping, Failure> {
    let text = fs::read_to_string(file).map_err(|error| named(file, &error))?;
    let mut mapping = Mapping::parse(&file.display().to_string(), &text, vocabulary, kind)?;
    for source in &mut mapping.sources {
        match &mut source.place {
            Place::Mysql { url_file: path }
            | Place::Postgres { url_file: path }
            | Place::Sqlite { path } => *path = beside(file, std::mem::take(path)),
        }
    }
    Ok(mapping)
}

/// Bytes that a person takes in memory, as `docs/matching.md` measures them.
const PERSON_BYTES: u64 = 230;

fn tell_memory(index: Option<&IndexMapping>, people: u64) {
    line(format_args!("{}", memory(index, people)));
}

/// Where people are looked for, and what that would take.
fn memory(index: Option<&IndexMapping>, people: u64) -> String {
    let megabytes = people.saturating_mul(PERSON_BYTES).div_ceil(1_000_000);
    match index {
        None => format!(
            "  people are looked for in the database; held in memory they would take about \
             {megabytes} MB"
        ),
        Some(index) => {
            let most = u64::from(index.memory_max_mb);
            let fits = if megabytes > most {
                ", which is MORE: raise it, or start will be refused"
            } else {
                ""
            };
            format!(
                "  people are held in memory: about {megabytes} MB of `memory_max_mb` {most}{fits}; \
                 refreshed every {} minutes, not checked when {} minutes old",
                index.refresh_min, index.stale_after_min
            )
        }
    }
}

fn tell(report: &CheckReport) {
    line(format_args!(
        "{} ({}): {} people",
        report.name, report.system, report.people
    ));
    for (category, records) in &report.categories {
        let records =
            records.map_or_else(|| "not counted".to_owned(), |records| records.to_string());
        line(format_args!("  {category:<40} {records}"));
    }
    for finding in &report.findings {
        line(format_args!(
            "  MEND {}: {}.{}",
            finding.fault.as_str(),
            finding.table,
            finding.column
        ));
    }
    let read = if report.round_trip {
        "one person was read through every query"
    } else {
        "no person could be read"
    };
    line(format_args!(
        "  {read}; {}",
        if report.usable() {
            "usable"
        } else {
            "NOT usable"
        }
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_people_in_memory_take_and_whether_they_fit() {
        let index = IndexMapping::default();

        assert!(memory(None, 5_000_000).contains("about 1150 MB"));
        assert!(!memory(Some(&index), 4_000_000).contains("MORE"));
        assert!(
            memory(Some(&index), 5_000_000)
                .contains("1150 MB of `memory_max_mb` 1000, which is MORE")
        );
    }
}
