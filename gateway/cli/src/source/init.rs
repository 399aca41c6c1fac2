//! `stile source init`: a first mapping for a database, for a person to read and mend.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use stile_exchange::clock::Clock;
use stile_model::id::Code;
use stile_sources::mapping::place::{OdbcDialect, OdbcPlace};
use stile_sources::{Place, SourceMapping};

use crate::args::NewPlace;
use crate::keys::named;
use crate::output::{line, problem};
use crate::policy::read_vocabulary;
use crate::run::Failure;

/// What is asked.
pub struct Asked {
    pub place: NewPlace,
    pub name: Code,
    pub system: String,
    pub agency: Code,
    pub vocabulary: PathBuf,
    pub out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
///
/// When the database does not answer, can be written to, or holds nothing that looks like people; when
/// the file is there already.
pub async fn run(asked: Asked) -> Result<(), Failure> {
    let vocabulary = read_vocabulary(&asked.vocabulary)?;
    let known = vocabulary
        .agencies
        .iter()
        .map(|agency| agency.kind.as_str());
    if !known.clone().any(|kind| kind == asked.agency.as_str()) {
        let known: Vec<_> = known.collect();
        let problem = format!(
            "`{}` is no kind of agency; allowed: {}",
            asked.agency,
            known.join(", ")
        );
        return Err(problem.into());
    }
    let mapping = SourceMapping::unmapped(asked.name.as_str(), &asked.system, place(asked.place)?);
    let source = super::connect(&mapping, &Clock::system()).await?;
    let proposal = source.propose(&vocabulary, &asked.agency).await?;
    match &asked.out {
        None => line(proposal.text.trim_end()),
        Some(file) => {
            let mut options = OpenOptions::new();
            let opened = options.write(true).create_new(true).open(file);
            let mut opened = opened.map_err(|error| named(file, &error))?;
            opened
                .write_all(proposal.text.as_bytes())
                .map_err(|error| named(file, &error))?;
        }
    }
    // Beside what is printed, which may go into a file.
    problem(format_args!(
        "{} tables looked at; {} lines to confirm, {} left out; then run `stile source check`",
        proposal.tables, proposal.to_confirm, proposal.left_out
    ));
    if proposal.unrecognised > 0 {
        problem(format_args!(
            "{} tables lead to people and look like no category: they stand at the end, and nothing in \
             them is shared until they are mapped by hand",
            proposal.unrecognised
        ));
    }
    Ok(())
}

fn place(new: NewPlace) -> Result<Place, Failure> {
    let odbc = |connection_file: Option<PathBuf>, dialect: OdbcDialect| {
        connection_file.map(|connection_file| {
            Place::Odbc(OdbcPlace {
                connection_file,
                dialect,
            })
        })
    };
    let places = [
        new.postgres.map(|url_file| Place::Postgres { url_file }),
        new.mysql.map(|url_file| Place::Mysql { url_file }),
        new.sqlite.map(|path| Place::Sqlite { path }),
        odbc(new.odbc_postgres, OdbcDialect::Postgres),
        odbc(new.odbc_mysql, OdbcDialect::Mysql),
    ];
    let place = places.into_iter().flatten().next();
    // The command line asks for one of them.
    place.ok_or_else(|| "say where the database is, such as with `--postgres`".into())
}
