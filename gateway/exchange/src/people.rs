//! The people of this member: who may do what, by the user name in their certificate.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use stile_model::id::{Code, MemberId, UserId};
use stile_trust::identity::Role;
use stile_trust::peer::Peer;

use crate::error::{ExchangeError, refuse};
use crate::security::Happened;

/// What a person of a member may do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Decides what policy refers to this approver role.
    Approver(Code),
    /// Reads the ledger.
    Auditor,
    /// Decides at the hub on the product.
    DecisionMaker,
    /// Authorises enquiries at the hub.
    HubManager,
    /// Leads information governance: proposes and approves policy, and must be among those who
    /// approve that a category is closed or opened, or that cases are left out.
    IgLead,
    /// Holds cases, proposes and approves their erasure; proposes and approves policy.
    InformationGovernance,
    /// Connects systems and runs the gateway.
    ItAdmin,
    /// Decides whether a possible match is the subject.
    MatchReviewer,
    /// Opens cases and raises enquiries at the hub.
    Researcher,
}

/// A role written in a configuration file is not one of the known ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `researcher`, `hub_manager`, `decision_maker`, `match_reviewer`, `it_admin`, \
     `auditor`, `information_governance`, `ig_lead` or `approver:<role>`"
)]
pub struct DutyError;

impl FromStr for Duty {
    type Err = DutyError;

    fn from_str(text: &str) -> Result<Self, DutyError> {
        match text {
            "auditor" => Ok(Self::Auditor),
            "decision_maker" => Ok(Self::DecisionMaker),
            "hub_manager" => Ok(Self::HubManager),
            "ig_lead" => Ok(Self::IgLead),
            "information_governance" => Ok(Self::InformationGovernance),
            "it_admin" => Ok(Self::ItAdmin),
            "match_reviewer" => Ok(Self::MatchReviewer),
            "researcher" => Ok(Self::Researcher),
            other => other
                .strip_prefix("approver:")
                .and_then(|role| Code::new(role).ok())
                .map(Self::Approver)
                .ok_or(DutyError),
        }
    }
}

/// The people of this member, as its configuration lists them.
#[derive(Debug, Clone)]
pub struct People {
    member: MemberId,
    duties: BTreeMap<UserId, BTreeSet<Duty>>,
    names: BTreeMap<UserId, String>,
    subjects: BTreeMap<String, UserId>,
}

/// A signed-in person of this member.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their user name.
    pub user: UserId,
    /// What they may do.
    pub duties: BTreeSet<Duty>,
}

impl People {
    /// Takes the listed people of `member`.
    pub fn new(
        member: MemberId,
        people: impl IntoIterator<Item = (UserId, BTreeSet<Duty>)>,
    ) -> Self {
        Self {
            member,
            duties: people.into_iter().collect(),
            names: BTreeMap::new(),
            subjects: BTreeMap::new(),
        }
    }

    /// The same people, with the name by which the pages show this user to colleagues.
    pub fn named(mut self, user: UserId, name: impl Into<String>) -> Self {
        self.names.insert(user, name.into());
        self
    }

    /// The same people, with what the identity provider calls this user: never an e-mail address,
    /// which may be given to somebody else one day.
    pub fn known_as(mut self, user: UserId, subject: impl Into<String>) -> Self {
        self.subjects.insert(subject.into(), user);
        self
    }

    /// The person whom the identity provider calls this.
    pub fn of_subject(&self, subject: &str) -> Option<Person> {
        self.listed(self.subjects.get(subject)?).ok()
    }

    /// The name to show for a user; the user name itself when the configuration gives none.
    pub fn name(&self, user: &UserId) -> String {
        let name = self.names.get(user).cloned();
        name.unwrap_or_else(|| user.to_string())
    }

    /// Is this duty listed for this user?
    pub fn has(&self, user: &UserId, duty: &Duty) -> bool {
        self.duties
            .get(user)
            .is_some_and(|duties| duties.contains(duty))
    }

    /// Everybody listed.
    pub fn users(&self) -> impl Iterator<Item = &UserId> {
        self.duties.keys()
    }

    /// The person of this user name, who has proved elsewhere to be it.
    ///
    /// # Errors
    ///
    /// `unknown_person`, when the user is not listed here, or no longer.
    pub fn listed(&self, user: &UserId) -> Result<Person, ExchangeError> {
        let duties = self.duties.get(user).ok_or_else(unknown_person)?;
        Ok(Person {
            user: user.clone(),
            duties: duties.clone(),
        })
    }

    /// The person whose certificate `peer` presented.
    ///
    /// # Errors
    ///
    /// When it is a gateway's certificate, another member's person, or the user is not listed here.
    pub fn person(&self, peer: &Peer) -> Result<Person, ExchangeError> {
        let (Role::Person, Some(user)) = (peer.identity.role, &peer.identity.user) else {
            return Err(refuse(
                "not_a_person",
                403,
                "this address is for people, not gateways",
            ));
        };
        // Another member may have a user of the same name.
        let listed = if peer.identity.member == self.member {
            self.listed(user)
        } else {
            Err(unknown_person())
        };
        if listed.is_err() {
            let member = &peer.identity.member;
            Happened::SignInFailed.tell("unknown_person", Some(member), None);
        }
        listed
    }
}

fn unknown_person() -> ExchangeError {
    refuse(
        "unknown_person",
        403,
        "this user has no role at this member",
    )
}

impl Person {
    /// Refuses unless the person has the duty.
    ///
    /// # Errors
    ///
    /// `role_missing`, naming no person.
    pub fn must(&self, duty: &Duty) -> Result<(), ExchangeError> {
        if self.duties.contains(duty) {
            Ok(())
        } else {
            Err(refuse(
                "role_missing",
                403,
                format!("this needs the role {}", duty.word()),
            ))
        }
    }
}

impl Person {
    /// Refuses unless the person works on the hub's cases; running a gateway is no reason to read
    /// them.
    ///
    /// # Errors
    ///
    /// `role_missing`, naming no person.
    pub fn must_work_on_cases(&self) -> Result<(), ExchangeError> {
        let duties = [Duty::Researcher, Duty::HubManager, Duty::DecisionMaker];
        if duties.iter().any(|duty| self.duties.contains(duty)) {
            Ok(())
        } else {
            Err(refuse(
                "role_missing",
                403,
                "this needs the role `researcher`, `hub_manager` or `decision_maker`",
            ))
        }
    }
}

impl Person {
    /// Refuses unless the person has one of these duties.
    ///
    /// # Errors
    ///
    /// `role_missing`, naming no person.
    pub(crate) fn must_be_one_of(&self, duties: &[Duty]) -> Result<(), ExchangeError> {
        if duties.iter().any(|duty| self.duties.contains(duty)) {
            return Ok(());
        }
        let words: Vec<_> = duties.iter().map(Duty::word).collect();
        let wanted = format!("this needs one of the roles {}", words.join(", "));
        Err(refuse("role_missing", 403, wanted))
    }
}

impl Person {
    /// Refuses unless the person may read the policy and ask questions about it.
    ///
    /// # Errors
    ///
    /// `role_missing`, naming no person.
    pub fn must_read_policy(&self) -> Result<(), ExchangeError> {
        self.must_be_one_of(&[Duty::Auditor, Duty::IgLead, Duty::InformationGovernance])
    }

    /// Refuses unless the person may propose and approve a policy.
    ///
    /// # Errors
    ///
    /// `role_missing`, naming no person.
    pub fn must_change_policy(&self) -> Result<(), ExchangeError> {
        self.must_be_one_of(&[Duty::IgLead, Duty::InformationGovernance])
    }
}

impl Duty {
    fn word(&self) -> String {
        match self {
            Self::Approver(role) => format!("`approver:{role}`"),
            Self::Auditor => "`auditor`".to_owned(),
            Self::DecisionMaker => "`decision_maker`".to_owned(),
            Self::HubManager => "`hub_manager`".to_owned(),
            Self::IgLead => "`ig_lead`".to_owned(),
            Self::InformationGovernance => "`information_governance`".to_owned(),
            Self::ItAdmin => "`it_admin`".to_owned(),
            Self::MatchReviewer => "`match_reviewer`".to_owned(),
            Self::Researcher => "`researcher`".to_owned(),
        }
    }
}
