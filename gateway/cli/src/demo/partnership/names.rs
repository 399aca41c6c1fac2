//! What the demo's agencies are called, which rules each starts from, and whom each tells of what is
//! sealed.

use crate::demo::world::Kind;

pub(super) const fn sealed_contact(kind: Kind) -> &'static str {
    match kind {
        Kind::Education => "designated_safeguarding_lead",
        Kind::Health => "caldicott_guardian",
        Kind::Housing => "housing_safeguarding_lead",
        Kind::Police => "detective_inspector",
        Kind::Probation => "senior_probation_officer",
        Kind::SocialCare => "principal_social_worker",
        Kind::YouthJustice => "yot_manager",
    }
}

pub(super) const fn name(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Education => (
            "Riverside Schools",
            "safeguarding in education team, 01632 960012",
        ),
        Kind::Health => (
            "Riverside Health NHS Trust",
            "safeguarding children team, 01632 960013",
        ),
        Kind::Housing => ("Riverside Homes", "housing safeguarding desk, 01632 960014"),
        Kind::Police => ("Riverside Police", "public protection desk, 01632 960015"),
        Kind::Probation => (
            "Riverside Probation",
            "duty probation officer, 01632 960016",
        ),
        Kind::SocialCare => (
            "Riverside Children's Services",
            "front door team, 01632 960017",
        ),
        Kind::YouthJustice => (
            "Riverside Youth Justice Service",
            "duty worker, 01632 960018",
        ),
    }
}

/// The rules an agency of this kind starts from.
pub const fn rules(kind: Kind) -> &'static str {
    match kind {
        Kind::Education => include_str!("../../../../../policies/education/rules.toml"),
        Kind::Health => include_str!("../../../../../policies/health/rules.toml"),
        Kind::Housing => include_str!("../../../../../policies/housing/rules.toml"),
        Kind::Police => include_str!("../../../../../policies/police/rules.toml"),
        Kind::Probation => include_str!("../../../../../policies/probation/rules.toml"),
        Kind::SocialCare => include_str!("../../../../../policies/social_care/rules.toml"),
        Kind::YouthJustice => include_str!("../../../../../policies/youth_justice/rules.toml"),
    }
}

/// The cases an agency of this kind starts from.
pub const fn cases(kind: Kind) -> &'static str {
    match kind {
        Kind::Education => include_str!("../../../../../policies/education/cases.toml"),
        Kind::Health => include_str!("../../../../../policies/health/cases.toml"),
        Kind::Housing => include_str!("../../../../../policies/housing/cases.toml"),
        Kind::Police => include_str!("../../../../../policies/police/cases.toml"),
        Kind::Probation => include_str!("../../../../../policies/probation/cases.toml"),
        Kind::SocialCare => include_str!("../../../../../policies/social_care/cases.toml"),
        Kind::YouthJustice => include_str!("../../../../../policies/youth_justice/cases.toml"),
    }
}
