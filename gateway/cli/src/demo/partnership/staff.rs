//! Who works for the demo's members, and as what.

use stile_model::vocabulary::Vocabulary;

/// The hub's researcher.
pub const RESEARCHER: &str = "j.okafor";
/// The person of every agency who may approve whatever its policy refers.
pub const APPROVER: &str = "s.patel";
/// The person of every member, hub and agency, who asks the ledger and governs information.
pub const AUDITOR: &str = "a.reid";

/// A user and their roles.
pub(super) type Listed = (&'static str, Vec<String>);

pub(super) fn of_hub() -> [Listed; 2] {
    [
        (
            RESEARCHER,
            vec!["researcher".to_owned(), "hub_manager".to_owned()],
        ),
        auditor(),
    ]
}

pub(super) fn of_agency(vocabulary: &Vocabulary) -> [Listed; 2] {
    let approvers = vocabulary.approvers.iter();
    let mut roles: Vec<_> = approvers
        .map(|role| format!("approver:{}", role.code))
        .collect();
    roles.push("match_reviewer".to_owned());
    [(APPROVER, roles), auditor()]
}

fn auditor() -> Listed {
    let roles = ["auditor", "information_governance"];
    (AUDITOR, roles.map(str::to_owned).into())
}
