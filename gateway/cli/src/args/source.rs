//! The command line of source systems and of finding people in them.

use std::path::PathBuf;

use clap::Subcommand;
use stile_model::id::Code;

use super::Connect;

/// Sources.
#[derive(Debug, Subcommand)]
pub enum Source {
    /// Prove each connection: read-only, columns, types, indexes. Prints counts only.
    Check {
        /// The agency's configuration.
        #[arg(short, long)]
        config: PathBuf,
    },
    /// Propose a mapping for a database of which nothing is mapped yet.
    ///
    /// Goes by the names and types of its tables and columns, and of dates kept as text by how some are
    /// written. Lines to look at are marked; what is only likely is left out behind `#? `.
    Init {
        /// Where it is.
        #[command(flatten)]
        place: NewPlace,
        /// What it is to be called in the mapping: a to z, 0 to 9 and _.
        #[arg(long)]
        name: Code,
        /// What the agency calls it, such as `Niche RMS`.
        #[arg(long)]
        system: String,
        /// The kind of agency, such as `police`.
        #[arg(long, value_name = "KIND")]
        agency: Code,
        /// The partnership's vocabulary.
        #[arg(
            long,
            env = "STILE_VOCABULARY",
            value_name = "FILE",
            default_value = "policies/vocabulary.toml"
        )]
        vocabulary: PathBuf,
        /// The file to write; it must not be there yet. Printed when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show what some rows of each mapped column look like: counts and shapes, never a value.
    Sample {
        /// The agency's configuration.
        #[arg(short, long)]
        config: PathBuf,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Show the exact statements that an enquiry for a purpose would run, and how the database would
    /// run them.
    ///
    /// Reads nobody: stand-ins take the place of what would be asked. Which fields a purpose may show
    /// is taken from the rules that the configuration names; rules approved since are in the store.
    Plan {
        /// The agency's configuration.
        #[arg(short, long)]
        config: PathBuf,
        /// The purpose, as a code.
        #[arg(long, value_name = "CODE")]
        purpose: Code,
        /// How far back the enquiry looks, in months.
        #[arg(long, value_name = "MONTHS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(1..=1200))]
        months: u16,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Show what the gateway would make of a person: who fits, how well, and why.
    ///
    /// Reads only, and tells nobody. People whom a source marks as sealed are left out, as they are
    /// of every answer. What is shown is personal data of the agency.
    Match {
        /// The agency's configuration.
        #[arg(short, long)]
        config: PathBuf,
        /// The person, as a `[[subjects]]` entry of `case.toml` or as JSON; `-` reads the standard
        /// input. Never written in the command line, which others could read.
        #[arg(value_name = "FILE")]
        subject: PathBuf,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Measure matching on people of whom it is known which record is theirs.
    ///
    /// The sample is a CSV file, one person a line, with these columns, of which any but the last
    /// may be left out: `forenames`, `surname`, `former_surname`, `born` (`2018-05-09`, `2018-05` or
    /// `2018`), `sex`, `address`, `postcode`, `phone`, `nhs_number`, `upn`, and `record`: the
    /// source's own key of the right record, or nothing when the person is not held. Where several
    /// sources are connected, `source` names the one whose key it is. Counts only are printed.
    MatchReport {
        /// The agency's configuration.
        #[arg(short, long)]
        config: PathBuf,
        /// The labelled sample.
        #[arg(long, value_name = "FILE")]
        sample: PathBuf,
        /// Draw the calibration as an SVG picture into this file.
        #[arg(long, value_name = "FILE")]
        plot: Option<PathBuf>,
        /// Print JSON instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Work out rates of matching from decided pairs, and show what they would change.
    ///
    /// Counts, in the gateway's ledger, how the parts of records agree that a person of the agency, or
    /// an identifier with check digits, showed to be one person. Writes a file and changes nothing: it
    /// takes effect when the configuration names the file and its digest and the gateway starts.
    MatchTune {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The agency's configuration.
        #[arg(short, long)]
        config: PathBuf,
        /// Why the ledger is read, as a code.
        #[arg(long, default_value = "audit")]
        reason: String,
        /// A labelled sample, as for `match-report`, to show the effect on.
        #[arg(long, value_name = "FILE")]
        sample: Option<PathBuf>,
        /// The file to write; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// A database of which nothing is mapped yet.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct NewPlace {
    /// `PostgreSQL`: the file that holds its URL.
    #[arg(long, value_name = "URL_FILE")]
    pub postgres: Option<PathBuf>,
    /// `MySQL` or `MariaDB`: the file that holds its URL.
    #[arg(long, value_name = "URL_FILE")]
    pub mysql: Option<PathBuf>,
    /// `SQLite`: the database file.
    #[arg(long, value_name = "FILE")]
    pub sqlite: Option<PathBuf>,
    /// A database behind ODBC that speaks the SQL of `PostgreSQL`: the file with the connection string.
    #[arg(long, value_name = "FILE")]
    pub odbc_postgres: Option<PathBuf>,
    /// The same with the SQL of `MySQL` or `MariaDB`.
    #[arg(long, value_name = "FILE")]
    pub odbc_mysql: Option<PathBuf>,
}
