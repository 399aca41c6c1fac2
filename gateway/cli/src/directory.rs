//! `stile directory`: the signed list of members and agreements.

use std::fs;
use std::path::Path;

use stile_exchange::clock::Clock;
use stile_exchange::witness::policy_of;
use stile_trust::directory::Directory as Members;
use stile_trust::signing::{SigningKey, VerifyingKey};

use crate::args::Directory;
use crate::output::line;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// What could not be made, with file, line and column where a file is wrong.
pub fn run(command: Directory) -> Result<(), Failure> {
    match command {
        Directory::Init { dir } => init(&dir),
        Directory::Show { file, operator } => show(&file, &operator),
        Directory::Sign { file, key, out } => sign(&file, &key, &out),
    }
}

fn init(dir: &Path) -> Result<(), Failure> {
    fs::create_dir_all(dir)?;
    let key = SigningKey::generate()?;
    key.save(&dir.join("operator.key"))?;
    fs::write(
        dir.join("operator.jwk"),
        serde_json::to_string_pretty(key.verifying_key())?,
    )?;
    line(format_args!(
        "made the operator's key in {}; give operator.jwk to every member",
        dir.display()
    ));
    Ok(())
}

fn sign(file: &Path, key: &Path, out: &Path) -> Result<(), Failure> {
    let directory = Members::from_toml(&fs::read_to_string(file)?, &file.display().to_string())?;
    policy_of(&directory).map_err(|error| {
        format!(
            "{}: the ledger keys, witness keys or `quorum`: {error}",
            file.display()
        )
    })?;
    let signed = directory.sign(&SigningKey::load(key)?)?;
    fs::write(out, signed)?;
    line(format_args!(
        "signed version {} with {} members and {} agreements, valid until {}",
        directory.version,
        directory.members.len(),
        directory.agreements.len(),
        directory.valid_until
    ));
    Ok(())
}

fn show(file: &Path, operator: &Path) -> Result<(), Failure> {
    let key: VerifyingKey = serde_json::from_str(&fs::read_to_string(operator)?)?;
    let text = fs::read_to_string(file)?;
    let directory = Members::verify(text.trim(), &key, 0, Clock::system().now())?;
    line(format_args!(
        "`{}`, version {}, valid until {}",
        directory.partnership, directory.version, directory.valid_until
    ));
    for member in &directory.members {
        let kind = member.kind.as_ref().map_or("hub", |kind| kind.as_str());
        line(format_args!(
            "  {:<24} {:<16} {}  {}",
            member.id,
            kind,
            member.endpoint.as_str(),
            member.name
        ));
    }
    for agreement in &directory.agreements {
        let purposes: Vec<_> = agreement
            .purposes
            .iter()
            .map(stile_model::id::Code::as_str)
            .collect();
        line(format_args!(
            "  {} may ask {} until {} for {}",
            agreement.hub,
            agreement.agency,
            agreement.until,
            purposes.join(", ")
        ));
    }
    Ok(())
}
