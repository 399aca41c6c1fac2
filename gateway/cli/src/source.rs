//! `stile source`: prove a connection before it is used.

use std::fs;
use std::path::Path;

use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;
use stile_sources::{CheckReport, Limits, Mapping, Place, Source as Connected};

use crate::args::Source;
use crate::config::{AgencyConfig, beside};
use crate::keys::named;
use crate::output::line;
use crate::policy::read_vocabulary;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When a source cannot be used; says why.
pub async fn run(command: Source) -> Result<(), Failure> {
    let Source::Check { config } = command;
    let config = AgencyConfig::read(&config)?;
    let vocabulary = read_vocabulary(&config.parts.vocabulary)?;
    let mapping = read_mapping(&config.sources, &vocabulary, &config.kind)?;
    let mut usable = true;
    for mapped in &mapping.sources {
        let source = Connected::connect(mapped, Limits::default()).await?;
        let report = source.check(&vocabulary).await?;
        tell(&report);
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
