//! The command line of source systems and of finding people in them.

use std::path::PathBuf;

use clap::Subcommand;

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
