//! Who works for the demo's members, and as what.

use stile_model::vocabulary::Vocabulary;

/// The hub's researcher.
pub const RESEARCHER: &str = "j.okafor";
/// The person of every agency who may approve whatever its policy refers.
pub const APPROVER: &str = "s.patel";
/// The person of every member, hub and agency, who asks the ledger and governs information.
pub const AUDITOR: &str = "a.reid";

/// The second information-governance officer of every agency.
pub const OFFICER: &str = "t.byrne";
/// The information-governance lead of every agency.
pub const LEAD: &str = "d.marsh";
/// The hub's second manager, who works no case of their own.
pub const MANAGER: &str = "m.hughes";
/// Who decides at the hub on the product.
pub const DECIDER: &str = "r.singh";
/// Who runs the gateway of every member.
pub const IT: &str = "k.doyle";

/// A user and their roles.
pub(super) type Listed = (&'static str, Vec<String>);

pub(super) fn of_hub() -> [Listed; 5] {
    [
        (
            RESEARCHER,
            vec!["researcher".to_owned(), "hub_manager".to_owned()],
        ),
        (MANAGER, one("hub_manager")),
        (DECIDER, one("decision_maker")),
        auditor(),
        (IT, one("it_admin")),
    ]
}

pub(super) fn of_agency(vocabulary: &Vocabulary) -> [Listed; 5] {
    let approvers = vocabulary.approvers.iter();
    let mut roles: Vec<_> = approvers
        .map(|role| format!("approver:{}", role.code))
        .collect();
    roles.push("match_reviewer".to_owned());
    [
        (APPROVER, roles),
        auditor(),
        (OFFICER, one("information_governance")),
        (LEAD, one("ig_lead")),
        (IT, one("it_admin")),
    ]
}

fn one(role: &str) -> Vec<String> {
    vec![role.to_owned()]
}

fn auditor() -> Listed {
    let roles = ["auditor", "information_governance"];
    (AUDITOR, roles.map(str::to_owned).into())
}
