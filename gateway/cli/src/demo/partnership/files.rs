//! The configuration files of the demo's gateways.

use std::fmt::Write as _;

use stile_model::id::MemberId;

use super::PARTNERSHIP;

/// The name of a member's ledger.
pub(super) fn origin(member: &MemberId) -> String {
    format!("{PARTNERSHIP}.example/{member}")
}

/// What the files of both roles have in common.
pub(super) fn common(
    member: &MemberId,
    (peers, people_at): &(String, String),
    own: &str,
    people: &[(&str, Vec<String>)],
) -> String {
    let mut text = format!(
        "partnership = \"{PARTNERSHIP}\"\nmember = \"{member}\"\nvocabulary = \"../vocabulary.toml\"\n{own}\n\
         [listen]\npeers = \"{peers}\"\npeople = \"{people_at}\"\n\n\
         [tls]\nchain = \"chain.pem\"\nkey = \"key.pem\"\nroots = \"../ca/root.pem\"\n\
         issuers = \"../ca/issuing.pem\"\ncrl = \"../ca/crl.pem\"\n\n\
         [keys]\nsigning = \"signing.key\"\nledger = \"ledger.key\"\nepoch = \"epoch.key\"\n\
         pseudonym = \"pseudonym.key\"\nwitness = \"witness.key\"\n\n\
         [directory]\nfile = \"../directory.jws\"\noperator = \"../operator/operator.jwk\"\n\n\
         [store]\ndir = \"store\"\norigin = \"{}\"\nlow_space_mib = 64\nsegment_mib = 16\n\n\
         [ledger]\npublish = \"published\"\nwitness_s = 10\nwitness_wait_ms = 500\n",
        origin(member)
    );
    for (user, roles) in people {
        let roles: Vec<_> = roles.iter().map(|role| format!("\"{role}\"")).collect();
        let _ = write!(
            text,
            "\n[[person]]\nuser = \"{user}\"\nroles = [{}]\n",
            roles.join(", ")
        );
    }
    text
}
