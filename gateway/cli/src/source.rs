//! `stile source`: prove a connection before it is used, and see how people are found through it.

mod init;
mod plan;
mod sample;

use std::fs;
use std::path::Path;

use stile_exchange::clock::Clock;
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;
use stile_sources::{
    CheckFault, CheckFinding, CheckReport, ExtractState, IndexMapping, Mapping,
    Source as Connected, SourceMapping,
};
use stile_trust::tls::outside_config;

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
        Source::Init {
            place,
            name,
            system,
            agency,
            vocabulary,
            out,
        } => {
            let asked = init::Asked {
                place,
                name,
                system,
                agency,
                vocabulary,
                out,
            };
            init::run(asked).await
        }
        Source::Sample { config, json } => sample::run(&AgencyConfig::read(&config)?, json).await,
        Source::Plan {
            config,
            purpose,
            months,
            json,
        } => plan::run(&AgencyConfig::read(&config)?, &purpose, months, json).await,
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
        let source = connect(mapped, &Clock::system()).await?;
        let report = source.check(&vocabulary).await?;
        tell(&report);
        tell_memory(mapped.index.as_ref(), report.people);
        if let Some(extract) = source.extract() {
            line(format_args!("  {}", files(&extract)));
        }
        usable &= report.usable();
    }
    if usable {
        Ok(())
    } else {
        Err("a source cannot be used as it is mapped".into())
    }
}

/// Connects every source of a configuration.
async fn connected(config: &AgencyConfig) -> Result<Vec<Connected>, Failure> {
    let vocabulary = read_vocabulary(&config.parts.vocabulary)?;
    let mapping = read_mapping(&config.sources, &vocabulary, &config.kind)?;
    let mut sources = Vec::new();
    for mapped in &mapping.sources {
        sources.push(connect(mapped, &Clock::system()).await?);
    }
    Ok(sources)
}

/// Connects one source, over TLS where it is reached so.
///
/// # Errors
///
/// When its roots cannot be read, it does not answer, or it can be written.
pub async fn connect(mapped: &SourceMapping, clock: &Clock) -> Result<Connected, Failure> {
    let roots = mapped.place.roots();
    let tls = roots
        .map(|roots| outside_config(roots, clock.source()))
        .transpose()?;
    let connected = Box::pin(Connected::connect_over(mapped, mapped.limits(), tls));
    Ok(connected.await?)
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
        for path in source.place.paths_mut() {
            *path = beside(file, std::mem::take(path));
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

/// How old the files of a source are, and what is wrong with newer ones.
fn files(extract: &ExtractState) -> String {
    let (hours, most) = (extract.age_s / 3_600, extract.age_max_h);
    let wrong = match &extract.problem {
        Some(problem) => format!("; NEWER ONES ARE NOT IN FORCE: {problem}"),
        None => String::new(),
    };
    format!("its files are {hours} hours old; too old at {most} hours{wrong}")
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
        line(format_args!("  {}", mend(finding)));
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
    if report.round_trip && !report.without_row.is_empty() {
        let categories: Vec<_> = report.without_row.iter().map(ToString::to_string).collect();
        line(format_args!(
            "  that person has no record, so that no row was read, in: {}",
            categories.join(", ")
        ));
    }
}

/// One thing to mend, with what comes of it where its code does not tell.
fn mend(finding: &CheckFinding) -> String {
    let (fault, table, column) = (finding.fault, &finding.table, &finding.column);
    let of = finding.category.as_ref().map(ToString::to_string);
    let of = of.unwrap_or_else(|| "people".to_owned());
    let what = match fault {
        CheckFault::NoDate => format!(
            "; {of} has no `date`: every record of it will be withheld and none ever shared"
        ),
        CheckFault::UnreadableDate => format!(
            "; too many values are no dates as mapped ({of}): write `date_format`, or map another \
             column"
        ),
        CheckFault::OddDate => {
            format!("; some values are no dates as mapped ({of}); they count as unknown")
        }
        CheckFault::NeverEmpty => format!(
            "; every row holds it, so that nothing of {of} stands: is it the day on which it began?"
        ),
        CheckFault::DateNotShown => {
            format!("; the day of {of} is read and never shown: map it in `fields`, too")
        }
        CheckFault::Missing
        | CheckFault::NotByKey
        | CheckFault::NotInVocabulary
        | CheckFault::NotIndexed
        | CheckFault::PlanHidden
        | CheckFault::Unreadable
        | CheckFault::WrongType => String::new(),
    };
    format!("MEND {}: {table}.{column}{what}", fault.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_without_a_date_is_said_to_be_withheld_whole() {
        let mut finding = CheckFinding {
            fault: CheckFault::NoDate,
            table: "concern".to_owned(),
            column: "*".to_owned(),
            category: "education.safeguarding_log".parse().ok(),
        };

        assert_eq!(
            mend(&finding),
            "MEND no_date: concern.*; education.safeguarding_log has no `date`: every record of it \
             will be withheld and none ever shared"
        );
        finding.fault = CheckFault::NotIndexed;
        assert_eq!(mend(&finding), "MEND not_indexed: concern.*");
    }

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
