//! The configuration files of the demo's gateways.

use std::fmt::Write as _;

use stile_model::id::MemberId;

use super::{HUB, PARTNERSHIP, Seat};

/// The name of a member's ledger.
pub(super) fn origin(member: &MemberId) -> String {
    format!("{PARTNERSHIP}.example/{member}")
}

/// What a member's pages are called in a browser: `hub.localhost`, `police.localhost`. Browsers take
/// every such name for this machine, and keep the cookies of each apart, which they do not for ports.
pub(super) fn host(member: &MemberId) -> String {
    let short = member.as_str();
    let short = short
        .strip_prefix(PARTNERSHIP)
        .map_or(short, |rest| rest.trim_start_matches('-'));
    format!("{short}.localhost")
}

/// The lines of the directory's quorum: one other member, at least, has cosigned what is relied on.
pub(super) fn quorum(seats: &[Seat]) -> String {
    let ids: Vec<_> = seats.iter().map(|seat| seat.member.as_str()).collect();
    format!(
        "group members any {HUB} {}\nquorum members\n",
        ids.join(" ")
    )
}

/// Where a gateway of the demo listens.
pub(super) struct Ports {
    /// For other gateways.
    pub(super) peers: String,
    /// For people with certificates.
    pub(super) people: String,
    /// For browsers.
    pub(super) pages: u16,
}

/// What the files of both roles have in common.
pub(super) fn common(
    member: &MemberId,
    ports: &Ports,
    own: &str,
    people: &[(&str, Vec<String>)],
) -> String {
    let Ports {
        peers,
        people: people_at,
        pages,
    } = ports;
    let mut text = format!(
        "partnership = \"{PARTNERSHIP}\"\nmember = \"{member}\"\nvocabulary = \"../vocabulary.toml\"\n{own}\n\
         [listen]\npeers = \"{peers}\"\npeople = \"{people_at}\"\n\n\
         [tls]\nchain = \"chain.pem\"\nkey = \"key.pem\"\nroots = \"../ca/root.pem\"\n\
         issuers = \"../ca/issuing.pem\"\ncrl = \"../ca/crl.pem\"\n\n\
         [keys]\nsigning = \"signing.key\"\nledger = \"ledger.key\"\nepoch = \"epoch.key\"\n\
         pseudonym = \"pseudonym.key\"\nwitness = \"witness.key\"\n\n\
         [directory]\nfile = \"../directory.jws\"\noperator = \"../operator/operator.jwk\"\n\n\
         [store]\ndir = \"store\"\norigin = \"{}\"\nlow_space_mib = 64\nsegment_mib = 16\n\n\
         [pages]\nlisten = \"127.0.0.1:{pages}\"\norigin = \"https://{}:{pages}\"\n\
         chain = \"chain.pem\"\nkey = \"key.pem\"\n\n\
         [ledger]\npublish = \"published\"\nwitness_s = 10\nwitness_wait_ms = 500\n",
        origin(member),
        host(member)
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
