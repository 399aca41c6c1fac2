//! What this gateway is connected to, and how long its papers last: for the people who run it.
//!
//! Counts and times only; nothing of anybody's data.

use stile_model::id::{CategoryId, MemberId};
use stile_model::time::{Date, Timestamp};
use stile_store::Health;

use crate::dial::{DialFault, Dialled, LineStanding, Lines};
use crate::error::ExchangeError;
use crate::gateway::Gateway;
use crate::hub::DeliveryStanding;
use crate::people::{Duty, Person};
use crate::reconcile::Reconciliations;
use crate::witness::{Resume, Resumed, Witnesses};

/// The state of a gateway as its own IT sees it.
#[derive(Debug, Clone)]
pub struct Connections {
    /// When it was looked at.
    pub now: Timestamp,
    /// The certificate that other gateways see.
    pub certificate: Certificate,
    /// The revocation list.
    pub revocations: Revocations,
    /// The signed list of members.
    pub directory: DirectoryState,
    /// The agreements that name this member.
    pub agreements: Vec<AgreementLine>,
    /// Connected systems; none of a hub.
    pub sources: Vec<SourceState>,
    /// The rules in force; none of a hub.
    pub policy: Option<PolicyState>,
    /// Hubs that this agency dials, or agencies that dial this hub.
    pub dialled: Vec<DialledState>,
    /// Systems that get copies, and how their deliveries stand; none of an agency.
    pub deliveries: Vec<DeliveryStanding>,
    /// The record.
    pub store: StoreState,
}

/// A certificate, by its public parts.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Whose: `stile://riverside/agency/riverside-police`.
    pub holder: String,
    /// Its serial.
    pub serial: String,
    /// Its last instant.
    pub until: Timestamp,
}

/// A list of revoked certificates.
#[derive(Debug, Clone)]
pub struct Revocations {
    /// When it was made.
    pub issued: Timestamp,
    /// From when on nobody is believed unless there is a newer one.
    pub expires: Timestamp,
    /// How many certificates it names.
    pub revoked: usize,
}

/// The directory in use.
#[derive(Debug, Clone)]
pub struct DirectoryState {
    /// Its version.
    pub version: u64,
    /// Members listed.
    pub members: usize,
    /// Until when it may be worked from.
    pub valid_until: Timestamp,
}

/// An agreement that names this member.
#[derive(Debug, Clone)]
pub struct AgreementLine {
    /// Where the signed document is.
    pub reference: String,
    /// The other side, by name.
    pub with: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
    /// Purposes it opens.
    pub purposes: usize,
}

/// A member with whom the connections are made by dial-out.
#[derive(Debug, Clone)]
pub struct DialledState {
    /// The other side, by name.
    pub with: String,
    /// Connections over which the hub can call now.
    pub open: usize,
    /// How many there should be, where this gateway dials; none where it is dialled.
    pub wanted: Option<usize>,
    /// When the newest was made, since this gateway started.
    pub since: Option<Timestamp>,
    /// Why the last try failed, if it did: `hung_up`, `not_trusted`, `unreachable` or
    /// `wrong_protocol`.
    pub fault: Option<&'static str>,
}

/// A connected system.
#[derive(Debug, Clone)]
pub struct SourceState {
    /// The mapping's name for it.
    pub name: String,
    /// The agency's name for it.
    pub system: String,
    /// Categories it holds.
    pub categories: Vec<CategoryId>,
    /// Is it left alone for a while because it failed several times?
    pub resting: bool,
    /// Whether its people are held in memory, and from when; none where they are looked for in the
    /// database.
    pub held: Option<HeldState>,
    /// How its files stand, where it is a copy that another system puts there as files; none where a
    /// database or a server is asked.
    pub files: Option<FilesState>,
}

/// The files of a source that is a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesState {
    /// Seconds since the oldest of the files in force was written.
    pub age_s: u64,
    /// Hours after which nothing is answered from them.
    pub age_max_h: u32,
    /// Why newer files are not in force, by file and line; none while all is well.
    pub problem: Option<String>,
}

impl FilesState {
    /// Is nothing answered from them, because they are too old?
    pub fn too_old(&self) -> bool {
        self.age_s > u64::from(self.age_max_h) * 3_600
    }
}

/// People held in memory.
#[derive(Debug, Clone)]
pub struct HeldState {
    /// When they were last read.
    pub read: Timestamp,
    /// How many.
    pub people: usize,
}

/// The rules in force.
#[derive(Debug, Clone)]
pub struct PolicyState {
    /// Digest of the rules, lower-case hexadecimal.
    pub digest: String,
    /// Their last day, where they have one.
    pub until: Option<Date>,
    /// Does nothing leave by itself, because Casbin did not confirm a ruling?
    pub suspended: bool,
}

/// The durable record.
#[derive(Debug, Clone)]
pub struct StoreState {
    /// Entries in the ledger.
    pub entries: u64,
    /// Entries in the archive.
    pub archived: u64,
    /// What the check since the start has found.
    pub health: Soundness,
    /// Has writing failed for good?
    pub poisoned: bool,
}

/// What the check of the store's files since the start has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Soundness {
    /// It is still being read.
    Checking,
    /// Recorded bytes are not what was written; nothing is released.
    Damaged,
    /// The index is wrong; it is made anew at the next start, and holds no truth.
    IndexDamaged,
    /// All of it holds.
    Sound,
    /// The database checks its own files.
    Unchecked,
}

impl Soundness {
    fn of(health: &Health) -> Self {
        match health {
            Health::Checking { .. } => Self::Checking,
            Health::Damaged { .. } => Self::Damaged,
            Health::IndexDamaged { .. } => Self::IndexDamaged,
            Health::Sound { .. } => Self::Sound,
            _ => Self::Unchecked,
        }
    }

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Damaged => "damaged",
            Self::IndexDamaged => "index-damaged",
            Self::Sound => "sound",
            Self::Unchecked => "unchecked",
        }
    }
}

impl Gateway {
    /// What this gateway is connected to.
    ///
    /// # Errors
    ///
    /// `role_missing`: for `it_admin`, `auditor`, `information_governance` and `ig_lead`; or when the
    /// deliveries cannot be read.
    pub fn connections(&self, person: &Person) -> Result<Connections, ExchangeError> {
        person.must_be_one_of(&[
            Duty::ItAdmin,
            Duty::Auditor,
            Duty::InformationGovernance,
            Duty::IgLead,
        ])?;
        let material = self.witnessing().tls();
        let (own, listed) = (material.own(), material.revocations().load());
        let directory = self.directory();
        let (sources, policy) = match self {
            Self::Agency(agency) => (agency.source_states(), Some(agency.policy_state())),
            Self::Hub(_) => (Vec::new(), None),
        };
        let deliveries = match self {
            Self::Agency(_) => Vec::new(),
            Self::Hub(hub) => hub.delivery_standings()?,
        };
        let store = self.store();
        Ok(Connections {
            now: self.now(),
            certificate: Certificate {
                holder: own.identity.to_string(),
                serial: own.serial.to_string(),
                until: own.not_after,
            },
            revocations: Revocations {
                issued: listed.issued(),
                expires: listed.expires(),
                revoked: listed.len(),
            },
            directory: DirectoryState {
                version: directory.version,
                members: directory.members.len(),
                valid_until: directory.valid_until,
            },
            agreements: self.agreements(),
            dialled: self.dialled(),
            sources,
            policy,
            deliveries,
            store: StoreState {
                entries: store.head().size,
                archived: store.archived(),
                health: Soundness::of(&store.health()),
                poisoned: store.is_poisoned(),
            },
        })
    }

    fn dialled(&self) -> Vec<DialledState> {
        match self {
            Self::Agency(agency) => {
                let state = |one: Dialled| DialledState {
                    with: self.name_of(&one.hub),
                    open: one.open,
                    wanted: Some(one.wanted),
                    since: one.since,
                    fault: one.fault.map(DialFault::word),
                };
                agency.dialling().all().into_iter().map(state).collect()
            }
            Self::Hub(hub) => {
                let state = |one: LineStanding| DialledState {
                    with: self.name_of(&one.member),
                    open: one.open,
                    wanted: None,
                    since: one.since,
                    fault: None,
                };
                let standings = hub.witnessing.lines().map(Lines::standings);
                standings.into_iter().flatten().map(state).collect()
            }
        }
    }

    fn agreements(&self) -> Vec<AgreementLine> {
        let (directory, me) = (self.directory(), self.me());
        let ours = directory.agreements.iter();
        let ours = ours.filter(|one| one.hub == *me || one.agency == *me);
        let line = |one: &stile_trust::directory::Agreement| {
            let other = if one.hub == *me {
                &one.agency
            } else {
                &one.hub
            };
            AgreementLine {
                reference: one.reference.clone(),
                with: self.name_of(other),
                from: one.from,
                until: one.until,
                purposes: one.purposes.len(),
            }
        };
        ours.map(line).collect()
    }

    /// How the witnesses stand to this ledger.
    ///
    /// # Errors
    ///
    /// When the directory is not in force.
    pub fn witnesses(&self) -> Result<Witnesses, ExchangeError> {
        self.witnessing().witnesses()
    }

    /// Shows a halt, and ends it when the order confirms exactly that one.
    ///
    /// # Errors
    ///
    /// `role_missing`, `not_halted`, `reason_missing`, `confirm_differs`.
    pub async fn resume_releases(
        &self,
        person: &Person,
        order: &Resume,
    ) -> Result<Resumed, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        self.witnessing().resume(person, order).await
    }

    /// How the last reconciliation with each counterpart came out.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn reconciled(&self, person: &Person) -> Result<Reconciliations, ExchangeError> {
        match self {
            Self::Agency(agency) => agency.reconciliations(person),
            Self::Hub(hub) => hub.reconciliations(person),
        }
    }

    /// A member's name in the directory; its id when it is not listed (any more).
    pub fn member_name(&self, member: &MemberId) -> String {
        self.name_of(member)
    }
}
