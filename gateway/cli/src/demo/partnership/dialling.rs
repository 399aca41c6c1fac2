//! An agency of a demo partnership that dials its hub, instead of being called at its address.

use std::fs;
use std::path::Path;

use stile_model::id::MemberId;
use stile_trust::directory::Directory;
use stile_trust::signing::SigningKey;

use crate::run::Failure;

/// Has the directory of a partnership that is set up, and not running, list this agency as one that
/// dials out, and signs it again; gives the agency's configuration a table `[dial_out]` with these lines.
///
/// # Errors
///
/// When a file cannot be read or written, or the directory does not list the agency.
pub fn dial_out(dir: &Path, member: &MemberId, lines: &str) -> Result<(), Failure> {
    let file = dir.join("directory.toml");
    let text = fs::read_to_string(&file)?;
    let own = format!("id = \"{member}\"\n");
    let (before, entry) = text
        .split_once(&own)
        .ok_or("the directory does not list the agency")?;
    let listed: Vec<&str> = entry.splitn(2, "endpoint = \"").collect();
    let [kept, rest] = listed.as_slice() else {
        return Err("the directory does not say where the agency is".into());
    };
    let (_, rest) = rest.split_once('"').ok_or("the address has no end")?;
    let text = format!("{before}{own}{kept}endpoint = \"dial_out\"{rest}");
    fs::write(&file, &text)?;
    let operator = SigningKey::load(&dir.join("operator/operator.key"))?;
    let directory = Directory::from_toml(&text, "directory.toml")?;
    fs::write(dir.join("directory.jws"), directory.sign(&operator)?)?;
    let file = dir.join(member.as_str()).join("agency.toml");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, format!("{text}\n[dial_out]\n{lines}"))?;
    Ok(())
}
