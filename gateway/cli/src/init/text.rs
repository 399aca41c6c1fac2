//! What the files say.

use std::fmt::{Display, Write as _};

use stile_model::id::Code;

use super::Plan;
use crate::run::Failure;

/// `agency.toml`.
pub(super) fn agency(plan: &Plan<'_>, kind: &Code) -> Result<String, Failure> {
    let contact = sealed_contact(plan.rules.unwrap_or_default())
        .ok_or_else(|| format!("the rules for `{kind}` name no `sealed_contact`"))?;
    let own = format!(
        "kind = {}\nrules = \"rules.toml\"\nsources = \"sources.toml\"\nsealed_contact = {}\n",
        quoted(kind),
        quoted(&contact)
    );
    Ok(both(plan, "agency", &own))
}

/// `hub.toml`.
pub(super) fn hub(plan: &Plan<'_>) -> String {
    both(plan, "hub", "")
}

/// The approver whom the rules name for what must not be shown to exist.
fn sealed_contact(rules: &str) -> Option<String> {
    let rules: toml::Table = rules.parse().ok()?;
    Some(rules.get("sealed_contact")?.as_str()?.to_owned())
}

fn both(plan: &Plan<'_>, role: &str, own: &str) -> String {
    let asked = plan.asked;
    let mut text = format!(
        "# Made by `stile init`. Every other key, with its unit and bounds, is in the sample\n\
         # config/{role}.toml of the program. Paths are taken from this file's own folder.\n\
         partnership = {}\nmember = {}\nvocabulary = \"vocabulary.toml\"\n{own}\n\
         [listen]\npeers = {}\npeople = {}\n\n\
         [tls]\nchain = \"partnership/chain.pem\"\nkey = \"keys/key.pem\"\n\
         roots = \"partnership/root.pem\"\nissuers = \"partnership/issuing.pem\"\n\
         crl = \"partnership/crl.pem\"\n\n\
         [keys]\nsigning = \"keys/signing.key\"\nledger = \"keys/ledger.key\"\n\
         epoch = \"keys/epoch.key\"\npseudonym = \"keys/pseudonym.key\"\n\
         witness = \"keys/witness.key\"\n\n\
         [directory]\nfile = \"partnership/directory.jws\"\n\
         operator = \"partnership/operator.jwk\"\n\n\
         [store]\ndir = {}\norigin = {}\n",
        quoted(&plan.partnership),
        quoted(&plan.member),
        quoted(&asked.listen),
        quoted(&asked.people),
        quoted(&asked.store.display()),
        quoted(&plan.origin()),
    );
    if let Some(hub) = &plan.renews_at {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n[renewal]\nhub = {}\n", quoted(hub));
    }
    for (user, duties) in &plan.persons {
        let duties: Vec<_> = duties.iter().map(quoted).collect();
        let _ = write!(
            text,
            "\n[[person]]\nuser = {}\nroles = [{}]\n",
            quoted(user),
            duties.join(", ")
        );
    }
    text
}

/// The member's table for the operator's `directory.toml`; `card` has the public keys.
pub(super) fn member(plan: &Plan<'_>, card: &str) -> String {
    let asked = plan.asked;
    let kind = plan.kind.as_ref();
    let kind = kind.map_or_else(String::new, |kind| format!("kind = {}\n", quoted(kind)));
    format!(
        "[[member]]\nid = {}\nrole = {}\n{kind}name = {}\nendpoint = {}\ncontact = {}\n{card}\n",
        quoted(&plan.member),
        quoted(&plan.role()),
        quoted(&asked.name),
        quoted(&plan.endpoint.as_str()),
        quoted(&asked.contact),
    )
}

/// A TOML string.
fn quoted(value: &impl Display) -> String {
    toml::Value::String(value.to_string()).to_string()
}
