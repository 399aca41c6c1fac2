//! A probation system in the manner of nDelius with `OASys`.

use super::{ADULT, AliasPart, CategoryLayout, Fill, Layout, PersonPart as P, Table, c, u};

const LEVELS: &[&str] = &["low", "medium", "high", "very_high"];

pub(super) const LAYOUT: Layout = Layout {
    source: "ndelius",
    system: "nDelius and OASys",
    person: Table {
        name: "offender",
        columns: &[
            (P::Key, "crn"),
            (P::Pnc, "pnc_number"),
            (P::Forename, "first_name"),
            (P::Surname, "surname"),
            (P::Born, "date_of_birth_date"),
            (P::Sex, "gender"),
            (P::Address, "main_address"),
            (P::Postcode, "main_postcode"),
            (P::Phone, "mobile_number"),
            (P::Household, "household_key"),
            (P::Protected, "address_restriction"),
            (P::Sealed, "current_exclusion"),
            (P::Remarks, "offender_notes"),
        ],
    },
    aliases: Some(Table {
        name: "offender_alias",
        columns: &[
            (AliasPart::Key, "alias_id"),
            (AliasPart::Subject, "crn"),
            (AliasPart::Forename, "first_name"),
            (AliasPart::Surname, "surname"),
        ],
    }),
    categories: &[
        CategoryLayout {
            category: "probation.order",
            table: "disposal",
            per_mille: 850,
            ages: ADULT,
            columns: &[
                u("disposal_id", Fill::Key),
                u("crn", Fill::Subject),
                c("disposal_date", "date", Fill::Event(900)),
                c(
                    "disposal_type",
                    "kind",
                    Fill::Choice(&[
                        "community_order",
                        "suspended_sentence",
                        "licence",
                        "post_sentence",
                    ]),
                ),
                c("expected_end", "ends", Fill::Later(700)),
                c(
                    "requirements",
                    "conditions",
                    Fill::Text(&[
                        "120 hours of unpaid work.",
                        "Rehabilitation activity, 20 days. Alcohol monitoring.",
                        "Report weekly. Residence as approved.",
                    ]),
                ),
                c("offender_manager", "officer", Fill::Person),
                u("contact_log", Fill::Notes),
            ],
            provenance: ("court", "fact", "verified"),
        },
        CategoryLayout {
            category: "probation.risk",
            table: "rosh_assessment",
            per_mille: 800,
            ages: ADULT,
            columns: &[
                u("rosh_id", Fill::Key),
                u("crn", Fill::Subject),
                c("assessed_on", "date", Fill::Event(500)),
                c("rosh_level", "level", Fill::Choice(LEVELS)),
                c("risk_children", "to_children", Fill::Choice(LEVELS)),
                c("risk_known_adult", "to_partner", Fill::Choice(LEVELS)),
                u("review_notes", Fill::Notes),
            ],
            provenance: ("probation_officer", "opinion", "verified"),
        },
        CategoryLayout {
            category: "probation.oasys_narrative",
            table: "oasys_section",
            per_mille: 500,
            ages: ADULT,
            columns: &[
                u("section_id", Fill::Key),
                u("crn", Fill::Subject),
                c("completed_on", "date", Fill::Event(500)),
                c(
                    "section_code",
                    "section",
                    Fill::Choice(&[
                        "relationships",
                        "accommodation",
                        "substance_use",
                        "thinking",
                        "risk_summary",
                    ]),
                ),
                c(
                    "evidence_text",
                    "summary",
                    Fill::Text(&[
                        "Lives alone and has steady work.",
                        "Minimises the offence. Accepts the need for the course.",
                    ]),
                ),
                u("assessor_notes", Fill::Notes),
            ],
            provenance: ("probation_officer", "opinion", "verified"),
        },
        CategoryLayout {
            category: "probation.victim_contact",
            table: "victim_contact",
            per_mille: 60,
            ages: ADULT,
            columns: &[
                u("contact_id", Fill::Key),
                u("crn", Fill::Subject),
                c("contact_date", "date", Fill::Event(700)),
                c("victim", "victim_name", Fill::Person),
                c("victim_address", "location", Fill::Place),
                c(
                    "contact_text",
                    "summary",
                    Fill::Text(&["Told of the release date.", "Asked for an exclusion zone."]),
                ),
                u("vlo_notes", Fill::Notes),
            ],
            provenance: ("victim_liaison_officer", "fact", "verified"),
        },
        CategoryLayout {
            category: "probation.mappa",
            table: "mappa_registration",
            per_mille: 50,
            ages: ADULT,
            columns: &[
                u("registration_id", Fill::Key),
                u("crn", Fill::Subject),
                c("registered_on", "date", Fill::Event(900)),
                c(
                    "mappa_level",
                    "level",
                    Fill::Choice(&["level_1", "level_2", "level_3"]),
                ),
                c(
                    "mappa_category",
                    "category",
                    Fill::Choice(&["category_1", "category_2", "category_3", "category_4"]),
                ),
                c(
                    "minutes_text",
                    "summary",
                    Fill::Text(&["Managed by one agency.", "Next meeting agreed."]),
                ),
                u("panel_notes", Fill::Notes),
            ],
            provenance: ("probation_officer", "opinion", "verified"),
        },
    ],
    text_dates: false,
    key_prefix: "X",
};
