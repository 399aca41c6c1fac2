//! `stile store`: the tables in the database that replicas share.

use std::path::Path;

use stile_ledger::Vkey;
use stile_store::{migrate_postgres, rebuild_postgres};

use crate::args::Store;
use crate::output::line;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When the database cannot be reached or refuses, naming its file.
pub fn run(command: Store) -> Result<(), Failure> {
    match command {
        Store::Migrate {
            postgres,
            rebuild,
            vkey,
        } => {
            let vkey = vkey.map(|text| text.parse()).transpose()?;
            migrate(&postgres, vkey.as_ref().filter(|_| rebuild))
        }
    }
}

fn migrate(file: &Path, rebuild: Option<&Vkey>) -> Result<(), Failure> {
    let about = |error| -> Failure { format!("{}: {error}", file.display()).into() };
    if migrate_postgres(file).map_err(about)? {
        line(format_args!("made the ledger's tables"));
    } else {
        line(format_args!("the ledger's tables are there"));
    }
    if let Some(vkey) = rebuild {
        rebuild_postgres(file, vkey, |_| {}).map_err(about)?;
        line(format_args!("made the rows anew from the verified frames"));
    }
    Ok(())
}
