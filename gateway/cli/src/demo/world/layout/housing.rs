//! A housing management system in the manner of NEC Housing.

use super::{ADULT, CategoryLayout, Fill, Layout, PersonPart as P, Table, c, u};

pub(super) const LAYOUT: Layout = Layout {
    source: "nec",
    system: "NEC Housing",
    person: Table {
        name: "hou_party",
        columns: &[
            (P::Key, "par_refno"), (P::Forename, "par_forename"), (P::Surname, "par_surname"),
            (P::Born, "par_dob"), (P::Sex, "par_sex"), (P::Address, "adr_line_all"), (P::Postcode, "adr_postcode"),
            (P::Phone, "cde_contact"), (P::Household, "hop_refno"), (P::Protected, "par_safe_address"),
            (P::Sealed, "par_confidential"), (P::Remarks, "par_comments"),
        ],
    },
    aliases: None,
    categories: &[
        CategoryLayout {
            category: "housing.tenancy",
            table: "hou_tenancy",
            per_mille: 600,
            ages: ADULT,
            columns: &[
                u("tcy_refno", Fill::Key), u("tcy_par_refno", Fill::Subject), c("tcy_start", "date", Fill::Event(3_000)),
                c("tcy_type", "status", Fill::Choice(&["secure", "assured", "introductory", "temporary", "ended"])), c("tcy_occupants", "household_size", Fill::Number(1, 7)),
                c("tcy_property", "location", Fill::Place), c("tcy_joint_party", "occupants", Fill::Person), u("tcy_comments", Fill::Notes),
            ],
            provenance: ("housing_officer", "fact", "verified"),
        },
        CategoryLayout {
            category: "housing.homelessness",
            table: "hou_homeless_application",
            per_mille: 80,
            ages: ADULT,
            columns: &[
                u("app_refno", Fill::Key), u("app_par_refno", Fill::Subject), c("app_received", "date", Fill::Event(1_200)),
                c("app_reason", "reason", Fill::Choice(&["domestic_abuse", "eviction", "relationship_breakdown", "overcrowding"])),
                c("app_decision", "decision", Fill::Choice(&["duty_owed", "relief", "no_duty"])),
                c("app_text", "summary", Fill::Text(&["Asked to leave by a relative. Staying with friends.", "Notice served by a private landlord."])), u("app_comments", Fill::Notes),
            ],
            provenance: ("housing_officer", "fact", "self_reported"),
        },
        CategoryLayout {
            category: "housing.antisocial_behaviour",
            table: "hou_asb_case",
            per_mille: 90,
            ages: ADULT,
            columns: &[
                u("asb_refno", Fill::Key), u("asb_par_refno", Fill::Subject), c("asb_opened", "date", Fill::Event(1_200)), u("asb_logged", Fill::Recorded),
                c("asb_type", "kind", Fill::Choice(&["noise", "rubbish", "drugs", "violence", "animals"])), c("asb_action", "action", Fill::Choice(&["warning", "agreement", "injunction", "possession"])),
                c("asb_text", "summary", Fill::Text(&["Loud music after midnight at weekends.", "Bins left on the landing."])), u("asb_complainant", Fill::Notes),
            ],
            provenance: ("housing_officer", "allegation", "unverified"),
        },
        CategoryLayout {
            category: "housing.arrears",
            table: "hou_rent_arrears",
            per_mille: 200,
            ages: ADULT,
            columns: &[
                u("arr_refno", Fill::Key), u("arr_par_refno", Fill::Subject), c("arr_date", "date", Fill::Event(700)), c("arr_balance", "amount", Fill::Number(40, 4_200)),
                c("arr_stage", "action", Fill::Choice(&["reminder", "payment_plan", "notice", "possession"])), u("arr_comments", Fill::Notes),
            ],
            provenance: ("housing_officer", "fact", "verified"),
        },
        CategoryLayout {
            category: "housing.refuge",
            table: "hou_safe_accommodation",
            per_mille: 10,
            ages: ADULT,
            columns: &[
                u("saf_refno", Fill::Key), u("saf_par_refno", Fill::Subject), c("saf_moved_in", "date", Fill::Event(700)), c("saf_property", "location", Fill::Place),
                c("saf_text", "summary", Fill::Text(&["Moved by the domestic abuse service.", "Move arranged at night."])), u("saf_comments", Fill::Notes),
            ],
            provenance: ("housing_officer", "fact", "verified"),
        },
        CategoryLayout {
            category: "housing.complainant",
            table: "hou_asb_complainant",
            per_mille: 60,
            ages: ADULT,
            columns: &[
                u("cmp_refno", Fill::Key), u("cmp_par_refno", Fill::Subject), c("cmp_date", "date", Fill::Event(1_200)), c("cmp_name", "name", Fill::Person),
                c("cmp_address", "location", Fill::Place), u("cmp_comments", Fill::Notes),
            ],
            provenance: ("housing_officer", "allegation", "unverified"),
        },
    ],
    text_dates: false,
    key_prefix: "HP",
};
