//! More hubs in a partnership that was set up with one: each has a certificate and keys of its own and an
//! agreement with the agency. None of them runs; they only ask.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use stile_exchange::clock::Clock;
use stile_model::id::MemberId;
use stile_trust::authority::Authority;
use stile_trust::directory::Directory;
use stile_trust::identity::Identity;
use stile_trust::signing::SigningKey;

use crate::demo::partnership::{HUB, PARTNERSHIP};
use crate::keys::{KeyFiles, card};
use crate::run::Failure;

/// Adds hubs until there are `count`; gives all their names.
pub(super) fn add(
    dir: &Path,
    count: usize,
    agency: &str,
    clock: &Clock,
) -> Result<Vec<String>, Failure> {
    let authority = Authority::open(&dir.join("ca"))?;
    let file = dir.join("directory.toml");
    let mut text = fs::read_to_string(&file)?;
    let mut hubs = vec![HUB.to_owned()];
    let agreement = agreement_with(&text, agency)?;
    for number in 2..=count {
        let name = format!("{HUB}-{number}");
        let listed = one(dir, (&name, number), &authority, clock)?;
        text.push_str(&listed);
        text.push_str(
            &agreement
                .replace(&format!("hub = \"{HUB}\""), &format!("hub = \"{name}\""))
                .replace("id = \"isa_", &format!("id = \"isa_{number}_")),
        );
        hubs.push(name);
    }
    fs::write(&file, &text)?;
    let operator = SigningKey::load(&dir.join("operator/operator.key"))?;
    let directory = Directory::from_toml(&text, "directory.toml")?;
    fs::write(dir.join("directory.jws"), directory.sign(&operator)?)?;
    Ok(hubs)
}

/// The table of the first hub's agreement.
fn agreement_with(directory: &str, agency: &str) -> Result<String, Failure> {
    let mut tables = directory.split("\n[[agreement]]\n").skip(1);
    let ours = format!("agency = \"{agency}\"");
    let found = tables.find(|table| table.contains(&ours));
    let found = found.ok_or("the agency has no agreement")?;
    Ok(format!("\n[[agreement]]\n{found}\n"))
}

/// One more hub's folder, and its lines in the directory.
fn one(
    dir: &Path,
    (name, number): (&str, usize),
    authority: &Authority,
    clock: &Clock,
) -> Result<String, Failure> {
    let folder = dir.join(name);
    fs::create_dir(&folder)?;
    let member = MemberId::new(name)?;
    let identity = Identity::hub(authority.partnership().clone(), member);
    let names = ["127.0.0.1".to_owned()];
    let issued = authority.issue(&identity, &names, 90, clock.now())?;
    issued.save(&folder.join("chain.pem"), &folder.join("key.pem"))?;
    let keys = KeyFiles::in_folder(&folder);
    keys.make()?;
    let config = fs::read_to_string(dir.join(HUB).join("hub.toml"))?;
    fs::write(folder.join("asks.toml"), config.replace(HUB, name))?;
    let origin = format!("{PARTNERSHIP}.example/{name}");
    let card = card(&keys, &origin, &folder.join("chain.pem"))?;
    let mut listed = String::new();
    write!(
        listed,
        "\n[[member]]\nid = \"{name}\"\nrole = \"hub\"\nname = \"Another hub\"\n\
         endpoint = \"https://127.0.0.1:{number}\"\ncontact = \"hub duty desk\"\n{card}\n"
    )?;
    Ok(listed)
}
