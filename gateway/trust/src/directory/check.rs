//! The rules a directory keeps, whoever wrote it.

use std::collections::HashSet;

use stile_model::id::{Code, MemberId};
use stile_model::time::Timestamp;

use super::{Agreement, Directory, Member, Reach};
use crate::identity::Role;

/// Longest name, contact, reference and ledger key, in characters.
const LONGEST_TEXT: usize = 200;
/// Longest quorum, in bytes: lines for some hundred members.
const LONGEST_QUORUM: usize = 16 * 1024;

/// Which rule a directory breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryFault {
    /// An agreement ends before it begins.
    #[error("agreement `{0}` ends before it begins")]
    AgreementDates(Code),
    /// Two agreements share an identifier.
    #[error("agreement `{0}` appears twice")]
    DuplicateAgreement(Code),
    /// Two members share a signing or TLS key, so one could pass for the other.
    #[error("member `{0}` has a key that another member has too")]
    DuplicateKey(MemberId),
    /// Two members share an identifier.
    #[error("member `{0}` appears twice")]
    DuplicateMember(MemberId),
    /// It may no longer be worked from.
    #[error("it expired at `{0}`; fetch a newer one")]
    Expired(Timestamp),
    /// A hub that nobody could call: agencies dial hubs, and hubs dial nobody that dials out.
    #[error(
        "member `{0}`: a hub must have an address; only an agency has `endpoint = \"dial_out\"`"
    )]
    HubDialsOut(MemberId),
    /// A hub with an agency kind, or an agency without one.
    #[error("member `{0}`: an agency needs a `kind`, a hub has none")]
    Kind(MemberId),
    /// The document is not a directory.
    #[error("it is not a directory: mistake at line {line}, column {column}")]
    Malformed {
        /// Line of the JSON, from 1.
        line: usize,
        /// Column of the JSON, from 1.
        column: usize,
    },
    /// A member without a pin, which could never connect.
    #[error("member `{0}` has no `tls_pins`")]
    NoPins(MemberId),
    /// An agreement that opens nothing.
    #[error("agreement `{0}` has no `purposes`")]
    NoPurposes(Code),
    /// A quorum that cannot be lines of text.
    #[error("`quorum` must be 1 to 16384 bytes of printable lines")]
    Quorum,
    /// The peer is not, or no longer, a member.
    #[error("`{0}` is not a member")]
    NotAMember(MemberId),
    /// It starts in the future.
    #[error("it was issued at `{0}`, in the future; check the clock")]
    NotYet(Timestamp),
    /// A person among the members.
    #[error("member `{0}`: a member's role is `agency` or `hub`")]
    PersonAsMember(MemberId),
    /// Another content under a version that was in use.
    #[error(
        "its version `{0}` was in use here with another content; put that one back, or have the \
         operator raise `version` and sign it anew"
    )]
    Reissued(u64),
    /// Older than the one held.
    #[error(
        "its version `{found}` is lower than `{minimum}`, the one held; put the newest directory \
         in its place, or have the operator raise `version` and sign it anew"
    )]
    Rollback {
        /// Version found.
        found: u64,
        /// Version held.
        minimum: u64,
    },
    /// A text is empty, too long, or holds control characters.
    #[error("`{key}` of `{of}` must be 1 to 200 printable characters")]
    Text {
        /// The member or agreement.
        of: String,
        /// The key.
        key: &'static str,
    },
    /// An agreement names someone who is not listed.
    #[error("agreement `{agreement}` names `{member}`, which is not a member")]
    UnknownMember {
        /// The agreement.
        agreement: Code,
        /// Whom it names.
        member: MemberId,
    },
    /// It ends before it begins.
    #[error("`valid_until` is not after `issued`")]
    Validity,
    /// An agreement names an agency as hub, or a hub as agency.
    #[error("agreement `{agreement}` names `{member}` as {role}, which it is not")]
    WrongSide {
        /// The agreement.
        agreement: Code,
        /// Whom it names.
        member: MemberId,
        /// As what.
        role: Role,
    },
}

impl DirectoryFault {
    /// Where JSON went wrong, without repeating what it says.
    pub(super) fn malformed(error: &serde_json::Error) -> Self {
        Self::Malformed {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// A fault and the part it is in, by position, so that an author can be shown the line.
#[derive(Debug)]
pub struct Finding {
    pub place: Place,
    pub fault: DirectoryFault,
}

/// A part of a directory.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Agreement(usize),
    Member(usize),
    Whole,
}

impl Directory {
    /// Finds the first rule broken, in the order members, agreements, whole.
    pub(super) fn check(&self) -> Result<(), Finding> {
        let mut seen = Seen::default();
        for (at, member) in self.members.iter().enumerate() {
            let result = check_member(member).and_then(|()| seen.add(member));
            result.map_err(|fault| Finding {
                place: Place::Member(at),
                fault,
            })?;
        }
        let mut ids = HashSet::new();
        for (at, agreement) in self.agreements.iter().enumerate() {
            let result = if ids.insert(&agreement.id) {
                self.check_agreement(agreement)
            } else {
                Err(DirectoryFault::DuplicateAgreement(agreement.id.clone()))
            };
            result.map_err(|fault| Finding {
                place: Place::Agreement(at),
                fault,
            })?;
        }
        if self.valid_until <= self.issued {
            return Err(Finding {
                place: Place::Whole,
                fault: DirectoryFault::Validity,
            });
        }
        if !self.quorum.as_deref().is_none_or(is_lines) {
            return Err(Finding {
                place: Place::Whole,
                fault: DirectoryFault::Quorum,
            });
        }
        Ok(())
    }

    fn check_agreement(&self, agreement: &Agreement) -> Result<(), DirectoryFault> {
        for (id, role) in [
            (&agreement.hub, Role::Hub),
            (&agreement.agency, Role::Agency),
        ] {
            let (agreement, member) = (agreement.id.clone(), id.clone());
            match self.member(id) {
                None => return Err(DirectoryFault::UnknownMember { agreement, member }),
                Some(found) if found.role != role => {
                    return Err(DirectoryFault::WrongSide {
                        agreement,
                        member,
                        role,
                    });
                }
                Some(_) => {}
            }
        }
        if agreement.until < agreement.from {
            return Err(DirectoryFault::AgreementDates(agreement.id.clone()));
        }
        if agreement.purposes.is_empty() {
            return Err(DirectoryFault::NoPurposes(agreement.id.clone()));
        }
        check_text(agreement.id.as_str(), "reference", &agreement.reference)
    }
}

/// Identifiers and keys already taken by earlier members.
#[derive(Default)]
struct Seen<'a> {
    ids: HashSet<&'a MemberId>,
    keys: HashSet<String>,
}

impl<'a> Seen<'a> {
    fn add(&mut self, member: &'a Member) -> Result<(), DirectoryFault> {
        if !self.ids.insert(&member.id) {
            return Err(DirectoryFault::DuplicateMember(member.id.clone()));
        }
        let pins = member.tls_pins.iter().map(ToString::to_string);
        let own = [member.signing_key.kid(), member.ledger_key.clone()];
        for key in pins.chain(own).chain(member.witness_key.clone()) {
            if !self.keys.insert(key) {
                return Err(DirectoryFault::DuplicateKey(member.id.clone()));
            }
        }
        Ok(())
    }
}

fn check_member(member: &Member) -> Result<(), DirectoryFault> {
    match (member.role, &member.kind) {
        (Role::Agency, Some(_)) | (Role::Hub, None) => {}
        (Role::Agency, None) | (Role::Hub, Some(_)) => {
            return Err(DirectoryFault::Kind(member.id.clone()));
        }
        (Role::Person, _) => return Err(DirectoryFault::PersonAsMember(member.id.clone())),
    }
    if member.role == Role::Hub && member.endpoint == Reach::DialsOut {
        return Err(DirectoryFault::HubDialsOut(member.id.clone()));
    }
    if member.tls_pins.is_empty() {
        return Err(DirectoryFault::NoPins(member.id.clone()));
    }
    let id = member.id.as_str();
    check_text(id, "name", &member.name)?;
    check_text(id, "ledger_key", &member.ledger_key)?;
    if let Some(key) = &member.witness_key {
        check_text(id, "witness_key", key)?;
    }
    check_text(id, "contact", &member.contact)
}

fn is_lines(text: &str) -> bool {
    let printable = !text.chars().any(|c| c.is_control() && c != '\n');
    (1..=LONGEST_QUORUM).contains(&text.len()) && printable
}

fn check_text(of: &str, key: &'static str, text: &str) -> Result<(), DirectoryFault> {
    let length = text.chars().count();
    let printable = !text.chars().any(char::is_control) && text.trim() == text;
    if (1..=LONGEST_TEXT).contains(&length) && printable {
        return Ok(());
    }
    Err(DirectoryFault::Text {
        of: of.to_owned(),
        key,
    })
}
