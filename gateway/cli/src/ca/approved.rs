//! What the authority's operator approves: who, as what, under which names, with which key. It is typed
//! by the operator, as the member says it, and never taken from the hub.

use std::collections::BTreeSet;

use stile_exchange::enrol::{EnrolmentLine, GatewayRole};
use stile_model::digest::Digest;
use stile_model::id::{MemberId, PartnershipId};
use stile_model::time::Timestamp;
use stile_trust::TrustError;
use stile_trust::authority::{CertificateSummary, Issued};
use stile_trust::identity::Identity;

use crate::run::Failure;

/// What a certificate is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Approved {
    /// The member.
    pub(super) member: MemberId,
    /// What its gateway acts as.
    pub(super) role: GatewayRole,
    /// DNS names and addresses it is reached at, in any order; none for one that only dials out.
    pub(super) names: BTreeSet<String>,
    /// Digest of the public key.
    pub(super) pin: Digest,
}

impl Approved {
    /// For whom the certificate is.
    pub(super) fn identity(&self, partnership: &PartnershipId) -> Identity {
        Identity {
            partnership: partnership.clone(),
            role: self.role.role(),
            member: self.member.clone(),
            user: None,
        }
    }

    /// Refuses a request that the hub shows for somebody else than was approved.
    pub(super) fn is_for(&self, asked: &EnrolmentLine) -> Result<(), Failure> {
        same("the request", "member", &asked.member, &self.member)?;
        same("the request", "role", &asked.role, &self.role)
    }

    /// Refuses names that are not, as a set, those that were approved.
    pub(super) fn has_names(&self, what: &str, names: &[String]) -> Result<(), Failure> {
        let found: BTreeSet<&String> = names.iter().collect();
        if let Some(more) = found.iter().find(|name| !self.names.contains(**name)) {
            return Err(format!(
                "{what} has the name `{more}`, which is not approved with `--name`; ask the member, or refuse it"
            )
            .into());
        }
        if let Some(less) = self.names.iter().find(|name| !found.contains(name)) {
            return Err(
                format!("{what} lacks the name `{less}`, which was given with `--name`").into(),
            );
        }
        Ok(())
    }

    /// Refuses the renewal of a certificate that the register knows otherwise, or that is revoked or
    /// past its end.
    pub(super) fn continues(
        &self,
        held: &Issued,
        partnership: &PartnershipId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if held.revoked_at.is_some() {
            return Err(TrustError::Revoked(held.serial).into());
        }
        if now > held.not_after {
            return Err(TrustError::Expired(held.not_after).into());
        }
        let what = "the certificate that is to be renewed";
        same(what, "holder", &held.uri, &self.identity(partnership))?;
        self.has_names(what, &held.names)
    }

    /// Refuses a certificate of another authority that says anything else than was approved.
    pub(super) fn is_said_by(
        &self,
        chain: &CertificateSummary,
        partnership: &PartnershipId,
    ) -> Result<(), Failure> {
        let what = "the certificate";
        let holder = chain
            .identity
            .as_ref()
            .ok_or("the certificate names no holder")?;
        same(what, "holder", holder, &self.identity(partnership))?;
        same(what, "pin", &chain.spki_digest, &self.pin)?;
        self.has_names(what, &chain.names)
    }
}

fn same(
    what: &str,
    part: &str,
    found: &impl ToString,
    approved: &impl ToString,
) -> Result<(), Failure> {
    let (found, approved) = (found.to_string(), approved.to_string());
    if found == approved {
        return Ok(());
    }
    Err(format!("{what} has the {part} `{found}`, and `{approved}` is approved").into())
}

#[cfg(test)]
mod tests {
    use stile_exchange::enrol::EnrolmentState;
    use stile_trust::authority::{Authority, describe};
    use stile_trust::key::TlsKey;

    use super::*;

    const DAY_S: i64 = 86_400;

    fn now() -> Timestamp {
        "2026-03-11T10:14:00Z".parse().unwrap()
    }

    fn north() -> PartnershipId {
        PartnershipId::new("north").unwrap()
    }

    fn approved(names: &[&str], pin: Digest) -> Approved {
        Approved {
            member: MemberId::new("north-police").unwrap(),
            role: GatewayRole::Agency,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            pin,
        }
    }

    fn asked(member: &str, role: GatewayRole) -> EnrolmentLine {
        EnrolmentLine {
            id: "0011223344556677".parse().unwrap(),
            member: MemberId::new(member).unwrap(),
            role,
            state: EnrolmentState::Waiting,
            since: now(),
            expires: None,
            names: Vec::new(),
            pin: None,
            request: None,
            renews: None,
            other_key: false,
        }
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn said(result: Result<(), Failure>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn refuses_a_request_that_the_hub_shows_for_another_member_or_role() {
        let approved = approved(&[], Digest::of(b"key"));

        approved
            .is_for(&asked("north-police", GatewayRole::Agency))
            .unwrap();
        let other = said(approved.is_for(&asked("north-health", GatewayRole::Agency)));
        let role = said(approved.is_for(&asked("north-police", GatewayRole::Hub)));

        assert_eq!(
            other,
            "the request has the member `north-health`, and `north-police` is approved"
        );
        assert_eq!(
            role,
            "the request has the role `hub`, and `agency` is approved"
        );
    }

    #[test]
    fn names_are_compared_as_a_set_and_any_difference_is_refused() {
        let approved = approved(&["a.example", "10.1.2.3"], Digest::of(b"key"));
        let names = |names: &[&str]| approved.has_names("the request", &owned(names));

        names(&["10.1.2.3", "a.example", "a.example"]).unwrap();
        let more = said(names(&["a.example", "10.1.2.3", "hub.example"]));
        let less = said(names(&["a.example"]));

        assert!(
            more.contains("`hub.example`") && more.contains("not approved"),
            "{more}"
        );
        assert!(less.contains("lacks the name `10.1.2.3`"), "{less}");
        assert!(names(&[]).is_err());
    }

    #[test]
    fn a_renewal_goes_on_from_what_the_register_says_and_from_nothing_revoked_or_ended() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::init(&folder.path().join("ca"), &north(), now()).unwrap();
        let who = approved(&["a.example"], Digest::of(b"next key"));
        let issue = |of: &Approved| {
            let names = owned(&["a.example"]);
            authority
                .issue(&of.identity(&north()), &names, 90, now())
                .unwrap();
            authority.issued().unwrap().pop().unwrap()
        };
        let held = issue(&who);
        let hubs = issue(&Approved {
            role: GatewayRole::Hub,
            ..who.clone()
        });

        who.continues(&held, &north(), now()).unwrap();
        let other = said(who.continues(&hubs, &north(), now()));
        let names = said(approved(&[], who.pin).continues(&held, &north(), now()));
        let ended = said(who.continues(&held, &north(), now().plus_s(91 * DAY_S)));
        authority.revoke(held.serial, now()).unwrap();
        let gone = authority.issued().unwrap().remove(0);
        let revoked = said(who.continues(&gone, &north(), now()));

        assert!(other.contains("stile://north/hub/north-police"), "{other}");
        assert!(names.contains("`a.example`"), "{names}");
        assert!(ended.contains("expired"), "{ended}");
        assert!(revoked.contains("revoked"), "{revoked}");
    }

    #[test]
    fn refuses_a_chain_of_another_holder_key_or_name_than_was_approved() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::init(&folder.path().join("ca"), &north(), now()).unwrap();
        let key = TlsKey::generate().unwrap();
        let who = approved(&["a.example"], key.pin());
        let csr = key.request(&who.identity(&north())).unwrap();
        let chain = |of: &Approved, names: &[&str]| {
            let identity = of.identity(&north());
            let signed = authority.issue_for_request(&csr, &identity, &owned(names), 90, now());
            describe(&signed.unwrap().chain_pem).unwrap()
        };
        let hub = Approved {
            role: GatewayRole::Hub,
            ..who.clone()
        };
        let good = chain(&who, &["a.example"]);

        who.is_said_by(&good, &north()).unwrap();
        let role = said(who.is_said_by(&chain(&hub, &["a.example"]), &north()));
        let more = chain(&who, &["a.example", "b.example"]);
        let more = said(who.is_said_by(&more, &north()));
        let other = approved(&["a.example"], Digest::of(b"another"));
        let other = said(other.is_said_by(&good, &north()));
        let south = said(who.is_said_by(&good, &PartnershipId::new("south").unwrap()));

        assert!(role.contains("stile://north/hub/north-police"), "{role}");
        assert!(more.contains("`b.example`"), "{more}");
        assert!(other.contains("has the pin"), "{other}");
        assert!(
            south.contains("stile://south/agency/north-police"),
            "{south}"
        );
    }
}
