//! `stile ledger`: verification from bytes alone, by anybody who has the public key.

mod keeping;

use std::fs;
use std::path::Path;

use stile_ledger::{Checkpoint, Vkey};
use stile_store::verify_dir_against;

use crate::args::Ledger;
use crate::output::line;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When the ledger does not verify; says where.
pub async fn run(command: Ledger) -> Result<(), Failure> {
    match command {
        Ledger::Keeping(command) => keeping::run(command).await,
        Ledger::Verify { dir, vkey, earlier } => verify(&dir, &vkey.parse()?, &earlier),
    }
}

fn verify(dir: &Path, vkey: &Vkey, earlier: &[std::path::PathBuf]) -> Result<(), Failure> {
    let mut heads = Vec::new();
    for file in earlier {
        let text = fs::read_to_string(file).map_err(|error| crate::keys::named(file, &error))?;
        heads.push(Checkpoint::open(&text, vkey)?);
    }
    let report = verify_dir_against(dir, vkey, &heads, |_| {})?;
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
            Err("the ledger does not verify; keep every file as it is".into())
        }
    }
}
