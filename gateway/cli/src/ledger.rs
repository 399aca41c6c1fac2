//! `stile ledger`: verification from bytes alone, by anybody who has the public key, and questions to
//! a running gateway by its auditors.

mod archive;
pub(crate) mod asking;
mod keeping;
mod pack;
mod presence;
mod prove;
mod stating;
mod witnesses;
mod words;

use std::fs;
use std::path::PathBuf;

use stile_ledger::verify::Report;
use stile_ledger::{Checkpoint, Vkey};
use stile_store::{verify_dir_with, verify_postgres};

use crate::args::Ledger;
use crate::output::line;
use crate::people::said;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When the ledger does not verify, saying where; or what the gateway refused.
pub async fn run(command: Ledger) -> Result<(), Failure> {
    match command {
        Ledger::Archive(command) => archive::run(&command).await,
        Ledger::Asking(command) => asking::run(*command).await,
        Ledger::Keeping(command) => keeping::run(command).await,
        Ledger::Presence(command) => presence::run(command).await,
        Ledger::Stating(command) => stating::run(command).await,
        Ledger::Verify {
            dir,
            pack,
            postgres,
            vkey,
            earlier,
            witnesses,
            archives,
        } => {
            let vkey = vkey.parse()?;
            let earlier = heads(&earlier, &vkey)?;
            let witnesses = witnesses.iter().map(|key| key.parse());
            let witnesses = witnesses.collect::<Result<Vec<_>, _>>()?;
            match (dir, pack, postgres) {
                (_, Some(pack), _) => pack::verify(&pack, &vkey, &earlier, &witnesses),
                (Some(dir), None, _) => {
                    told(&verify_dir_with(&dir, &archives, &vkey, &earlier, |_| {})?)
                }
                (None, None, Some(file)) => told(&verify_postgres(&file, &vkey, &earlier, |_| {})?),
                (None, None, None) => Err("give `--dir`, `--pack` or `--postgres`".into()),
            }
        }
        Ledger::Resume {
            connect,
            reason,
            confirm,
        } => witnesses::resume(&connect, said(&reason)?, confirm).await,
        Ledger::Witnesses { connect } => witnesses::show(&connect).await,
    }
}

/// Heads kept from earlier, each signed by this key.
fn heads(files: &[PathBuf], vkey: &Vkey) -> Result<Vec<Checkpoint>, Failure> {
    let mut heads = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).map_err(|error| crate::keys::named(file, &error))?;
        heads.push(Checkpoint::open(&text, vkey)?);
    }
    Ok(heads)
}

fn told(report: &Report) -> Result<(), Failure> {
    match &report.first_bad {
        None => {
            line(format_args!(
                "verified: {} entries, root {}",
                report.entries, report.root
            ));
            Ok(())
        }
        Some(finding) => {
            line(format_args!("NOT VERIFIED: {finding}"));
            if finding.unfinished {
                line(format_args!(
                    "{} entries before it verify; it is a write under way, or one that a crash cut \
                     off, which the gateway's next start takes away",
                    report.entries
                ));
            }
            Err("the ledger does not verify; keep every file as it is".into())
        }
    }
}
