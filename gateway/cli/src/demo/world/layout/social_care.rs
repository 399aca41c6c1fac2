//! A children's social care system in the manner of Liquidlogic LCS.

use super::{ANY, AliasPart, CHILD, CategoryLayout, Fill, Layout, PersonPart as P, Table, c, u};

pub(super) const LAYOUT: Layout = Layout {
    source: "lcs",
    system: "Liquidlogic LCS",
    person: Table {
        name: "lcs_person",
        columns: &[
            (P::Key, "person_id"), (P::Forename, "first_name"), (P::Surname, "last_name"),
            (P::Born, "date_of_birth"), (P::Sex, "gender"), (P::Address, "current_address"),
            (P::Postcode, "post_code"), (P::Phone, "telephone"), (P::School, "school_name"),
            (P::Nhs, "nhs_no"), (P::Upn, "upn"), (P::Household, "family_id"),
            (P::Protected, "address_restricted"), (P::Sealed, "adoption_restricted"),
            (P::Remarks, "hazard_notes"),
        ],
    },
    aliases: Some(Table {
        name: "lcs_person_name",
        columns: &[
            (AliasPart::Key, "name_id"), (AliasPart::Subject, "person_id"),
            (AliasPart::Forename, "first_name"), (AliasPart::Surname, "last_name"),
        ],
    }),
    categories: &[
        CategoryLayout {
            category: "social_care.contact",
            table: "lcs_contact",
            per_mille: 420,
            ages: ANY,
            columns: &[
                u("contact_id", Fill::Key), u("person_id", Fill::Subject),
                c("contact_date", "date", Fill::Event(1_500)), u("input_date", Fill::Recorded),
                c("reason_code", "reason", Fill::Choice(&["physical_abuse", "emotional_abuse", "neglect", "domestic_abuse", "exploitation", "parental_mental_health", "parental_substance_use", "child_behaviour", "homelessness"])),
                c("outcome_code", "outcome", Fill::Choice(&["no_further_action", "advice", "early_help", "assessment", "strategy_discussion"])),
                c("contact_details", "summary", Fill::Text(&["School worried about attendance and tiredness.", "Health visitor could not gain entry twice.", "Parent asked for help with routines and housing."])),
                c("allocated_worker", "worker", Fill::Person), c("referrer_name", "referrer", Fill::Person),
                u("case_notes", Fill::Notes),
            ],
            provenance: ("social_worker", "opinion", "unverified"),
        },
        CategoryLayout {
            category: "social_care.assessment",
            table: "lcs_assessment",
            per_mille: 160,
            ages: CHILD,
            columns: &[
                u("assessment_id", Fill::Key), u("person_id", Fill::Subject),
                c("completed_date", "date", Fill::Event(1_500)), u("input_date", Fill::Recorded),
                c("assessment_type", "kind", Fill::Choice(&["child_in_need", "section_47", "parenting", "pre_birth"])),
                c("outcome_code", "outcome", Fill::Choice(&["no_further_action", "child_in_need_plan", "child_protection_conference", "step_down"])),
                c("analysis_text", "summary", Fill::Text(&["Basic care is good. Parents need help to agree about routines.", "Home conditions improved during the assessment."])),
                c("assessor_name", "worker", Fill::Person), u("supervision_notes", Fill::Notes),
            ],
            provenance: ("social_worker", "opinion", "verified"),
        },
        CategoryLayout {
            category: "social_care.plan",
            table: "lcs_plan",
            per_mille: 90,
            ages: CHILD,
            columns: &[
                u("plan_id", Fill::Key), u("person_id", Fill::Subject),
                c("start_date", "date", Fill::Event(1_200)),
                c("plan_type", "kind", Fill::Choice(&["child_in_need", "child_in_need", "child_protection", "looked_after"])),
                c("abuse_category", "category", Fill::Choice(&["physical", "emotional", "neglect"])),
                c("end_date", "ended", Fill::Later(300)), c("review_date", "review", Fill::Later(180)),
                c("lead_worker", "worker", Fill::Person), u("core_group_notes", Fill::Notes),
            ],
            provenance: ("social_worker", "fact", "verified"),
        },
        CategoryLayout {
            category: "social_care.legal",
            table: "lcs_legal_status",
            per_mille: 30,
            ages: CHILD,
            columns: &[
                u("legal_id", Fill::Key), u("person_id", Fill::Subject), c("status_date", "date", Fill::Event(1_200)),
                c("proceedings_type", "kind", Fill::Choice(&["care", "supervision", "private_law", "advice"])),
                c("order_code", "order", Fill::Choice(&["care_order", "interim_care_order", "supervision_order", "none"])),
                c("legal_text", "summary", Fill::Text(&["Legal gateway meeting held.", "Pre-proceedings letter sent."])),
                u("counsel_notes", Fill::Notes),
            ],
            provenance: ("solicitor", "opinion", "verified"),
        },
        CategoryLayout {
            category: "social_care.placement",
            table: "lcs_placement",
            per_mille: 25,
            ages: CHILD,
            columns: &[
                u("placement_id", Fill::Key), u("person_id", Fill::Subject), c("placed_on", "date", Fill::Event(1_200)),
                c("placement_type", "kind", Fill::Choice(&["foster_care", "kinship", "residential"])),
                c("placement_address", "location", Fill::Place), c("carer", "carer_name", Fill::Person),
                u("contact_notes", Fill::Notes),
            ],
            provenance: ("social_worker", "fact", "verified"),
        },
        CategoryLayout {
            category: "social_care.adoption",
            table: "lcs_adoption",
            per_mille: 5,
            ages: CHILD,
            columns: &[
                u("adoption_id", Fill::Key), u("person_id", Fill::Subject), c("order_date", "date", Fill::Event(3_000)),
                c("adoption_text", "summary", Fill::Text(&["Adoption order made.", "Matching panel agreed."])),
                c("birth_name", "former_name", Fill::Person), c("birth_parent", "birth_family", Fill::Person),
                u("panel_notes", Fill::Notes),
            ],
            provenance: ("social_worker", "fact", "verified"),
        },
    ],
    text_dates: false,
    key_prefix: "P",
};
