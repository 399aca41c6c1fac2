//! Which categories each case asks for, and why each is needed.
//!
//! None of them asks for a category of [`super::super::NEVER_ASKED`].

/// Section 47: everything that bears on harm, sealed categories too, since the hub does not know.
pub(super) const RED: &[&str] = &[
    "police.conviction",
    "police.domestic_incident",
    "police.missing_episode",
    "police.allegation",
    "police.intelligence",
    "police.live_investigation",
    "social_care.contact",
    "social_care.assessment",
    "social_care.plan",
    "social_care.legal",
    "social_care.placement",
    "social_care.adoption",
    "health.registration",
    "health.missed_appointment",
    "health.emergency_attendance",
    "health.mental_health",
    "health.substance_use",
    "health.sexual_health",
    "education.roll",
    "education.attendance",
    "education.safeguarding_log",
    "education.disclosure",
    "probation.order",
    "probation.risk",
    "probation.oasys_narrative",
    "probation.mappa",
    "housing.tenancy",
    "housing.homelessness",
    "housing.antisocial_behaviour",
    "housing.refuge",
    "housing.complainant",
    "youth_justice.order",
    "youth_justice.assetplus",
];

/// What the conference needs to plan for the victim's safety.
pub(super) const MARAC: &[&str] = &[
    "police.conviction",
    "police.domestic_incident",
    "police.allegation",
    "social_care.contact",
    "social_care.plan",
    "health.emergency_attendance",
    "health.mental_health",
    "probation.order",
    "probation.risk",
    "housing.tenancy",
    "housing.refuge",
    "youth_justice.order",
    "youth_justice.assetplus",
];

/// Only what shows whether the threshold is near.
pub(super) const THRESHOLD: &[&str] = &[
    "police.domestic_incident",
    "police.conviction",
    "social_care.contact",
    "social_care.plan",
    "health.registration",
    "health.missed_appointment",
    "health.emergency_attendance",
    "education.roll",
    "education.attendance",
    "education.safeguarding_log",
    "housing.tenancy",
    "housing.homelessness",
];

/// What a plan for a child in need starts from.
pub(super) const GREEN: &[&str] = &[
    "social_care.contact",
    "social_care.plan",
    "health.registration",
    "health.missed_appointment",
    "education.roll",
    "education.attendance",
    "housing.tenancy",
    "housing.homelessness",
];

/// What the mother agreed to.
pub(super) const EARLY_HELP: &[&str] = &[
    "social_care.contact",
    "health.registration",
    "health.missed_appointment",
    "housing.tenancy",
];

/// Why a category is needed, in an officer's words.
pub(super) fn necessity(category: &str) -> &'static str {
    NECESSITY
        .iter()
        .find(|(asked, _)| *asked == category)
        .map_or(
            "Needed to see whether this person has had help before and from whom.",
            |(_, why)| why,
        )
}

const NECESSITY: &[(&str, &str)] = &[
    (
        "police.conviction",
        "To know of earlier violence or harm to children by an adult in the home.",
    ),
    (
        "police.domestic_incident",
        "To see how often and how badly there has been violence around the children, and whether it grows.",
    ),
    (
        "police.missing_episode",
        "To know whether a child of the family has been taken or has run away before.",
    ),
    (
        "police.allegation",
        "Earlier reports about this adult and children bear on the risk even without a charge.",
    ),
    (
        "police.intelligence",
        "To know of present danger to the children or to workers who visit.",
    ),
    (
        "police.live_investigation",
        "So that the enquiry does not cut across an investigation.",
    ),
    (
        "social_care.contact",
        "To see earlier worries about the children and what was done about them.",
    ),
    (
        "social_care.assessment",
        "To build on what is already known of the parents' care.",
    ),
    (
        "social_care.plan",
        "To know whether a plan is in force and who leads it.",
    ),
    (
        "social_care.legal",
        "To know of orders that decide who may care for the children.",
    ),
    (
        "social_care.placement",
        "To know whether a child of the family is or was looked after elsewhere.",
    ),
    (
        "social_care.adoption",
        "To be sure that the family's history is complete.",
    ),
    (
        "health.registration",
        "To know who sees the child and when the child was last seen.",
    ),
    (
        "health.missed_appointment",
        "Children not brought to appointments can be a sign of neglect or control.",
    ),
    (
        "health.emergency_attendance",
        "To compare the injury with earlier ones and with how each was explained.",
    ),
    (
        "health.mental_health",
        "To know whether a parent's health affects the children's safety now.",
    ),
    (
        "health.substance_use",
        "To know whether an adult's use of alcohol or drugs affects the children's safety now.",
    ),
    (
        "health.sexual_health",
        "Only if it shows harm to a child of the family.",
    ),
    (
        "education.roll",
        "To know which school can see the child today.",
    ),
    (
        "education.attendance",
        "Absence shows days on which nobody outside the home saw the child.",
    ),
    (
        "education.safeguarding_log",
        "To learn what staff saw and when, in order.",
    ),
    (
        "education.disclosure",
        "The child's own words decide whether to see the child today.",
    ),
    (
        "probation.order",
        "To know whether the adult is supervised, by whom and on what conditions.",
    ),
    (
        "probation.risk",
        "To weigh the danger to the children and to their parent.",
    ),
    (
        "probation.oasys_narrative",
        "To understand what raises the danger from this adult.",
    ),
    (
        "probation.mappa",
        "To join the enquiry to arrangements already made about this adult.",
    ),
    (
        "housing.tenancy",
        "To know who lives with the children and where a visit can be made safely.",
    ),
    (
        "housing.homelessness",
        "To know whether the family has had to move and why.",
    ),
    (
        "housing.antisocial_behaviour",
        "To set reports of noise and violence beside what others saw.",
    ),
    (
        "housing.refuge",
        "To make sure that nobody visits or writes to a place that puts the family in danger.",
    ),
    (
        "housing.complainant",
        "To ask again those who raised the alarm, if they are willing.",
    ),
    (
        "youth_justice.order",
        "To know whether a young person in the home is supervised.",
    ),
    (
        "youth_justice.assetplus",
        "To know of risks to and from a young person in the home.",
    ),
];
