//! A school information system in the manner of SIMS, with dates as the `dd/mm/yyyy` text of an export.

use super::{CHILD, CategoryLayout, Fill, Layout, PersonPart as P, Table, c, u};
use crate::demo::world::places::SCHOOLS;

pub(super) const LAYOUT: Layout = Layout {
    source: "sims",
    system: "SIMS and CPOMS",
    person: Table {
        name: "sims_pupil",
        columns: &[
            (P::Key, "pupil_id"), (P::Upn, "upn"), (P::Surname, "legal_surname"),
            (P::Forename, "legal_forename"), (P::Born, "dob"), (P::Sex, "gender"),
            (P::Address, "home_address"), (P::Postcode, "home_postcode"), (P::Phone, "contact_tel"),
            (P::School, "school"), (P::Household, "family_link"), (P::Protected, "court_order_flag"),
            (P::Sealed, "confidential_flag"), (P::Remarks, "quick_note"),
        ],
    },
    aliases: None,
    categories: &[
        CategoryLayout {
            category: "education.roll",
            table: "sims_enrolment",
            per_mille: 980,
            ages: CHILD,
            columns: &[
                u("enrolment_id", Fill::Key), u("pupil_id", Fill::Subject), c("admitted", "date", Fill::Event(1_500)),
                c("school", "school", Fill::Text(SCHOOLS)), c("nc_year", "year_group", Fill::Number(0, 11)), c("leaving_date", "left", Fill::Later(900)),
                c("dsl_name", "safeguarding_lead", Fill::Person), u("admission_notes", Fill::Notes),
            ],
            provenance: ("school_office", "fact", "verified"),
        },
        CategoryLayout {
            category: "education.attendance",
            table: "sims_attendance_summary",
            per_mille: 900,
            ages: CHILD,
            columns: &[
                u("summary_id", Fill::Key), u("pupil_id", Fill::Subject), c("period_end", "date", Fill::Event(360)),
                c("present_percent", "percent", Fill::Number(68, 100)), c("unauthorised_sessions", "unauthorised", Fill::Number(0, 40)),
                c("pa_flag", "persistent_absence", Fill::Flag(200)), u("register_notes", Fill::Notes),
            ],
            provenance: ("school_office", "fact", "verified"),
        },
        CategoryLayout {
            category: "education.exclusion",
            table: "sims_exclusion",
            per_mille: 70,
            ages: (5, 17),
            columns: &[
                u("exclusion_id", Fill::Key), u("pupil_id", Fill::Subject), c("start_date", "date", Fill::Event(900)),
                c("exclusion_type", "kind", Fill::Choice(&["suspension", "suspension", "permanent"])),
                c("reason_code", "reason", Fill::Choice(&["assault_pupil", "assault_adult", "weapon", "drugs", "disruption", "bullying"])),
                c("days_lost", "days", Fill::Number(1, 10)), u("governor_notes", Fill::Notes),
            ],
            provenance: ("head_teacher", "fact", "verified"),
        },
        CategoryLayout {
            category: "education.sen",
            table: "sims_sen_status",
            per_mille: 160,
            ages: CHILD,
            columns: &[
                u("sen_id", Fill::Key), u("pupil_id", Fill::Subject), c("start_date", "date", Fill::Event(1_500)),
                c("sen_status", "status", Fill::Choice(&["sen_support", "ehc_plan", "none"])),
                c("primary_need", "need", Fill::Choice(&["communication", "learning", "social_emotional", "sensory", "physical"])),
                c("provision_text", "summary", Fill::Text(&["Speech and language group twice a week.", "Teaching assistant in mornings."])), u("senco_notes", Fill::Notes),
            ],
            provenance: ("special_needs_coordinator", "opinion", "verified"),
        },
        CategoryLayout {
            category: "education.safeguarding_log",
            table: "cpoms_incident",
            per_mille: 180,
            ages: CHILD,
            columns: &[
                u("incident_id", Fill::Key), u("pupil_id", Fill::Subject), c("incident_date", "date", Fill::Event(900)), u("logged_date", Fill::Recorded),
                c("category_code", "concern", Fill::Choice(&["injury", "neglect", "behaviour", "attendance", "online", "domestic_abuse"])),
                c("action_code", "action", Fill::Choice(&["monitored", "parent_spoken_to", "referred", "early_help"])),
                c("narrative", "summary", Fill::Text(&["Came without a coat or lunch for the third day.", "Asleep in class after break.", "Unkind messages in a group chat."])),
                c("added_by", "recorded_by", Fill::Person), u("linked_notes", Fill::Notes),
            ],
            provenance: ("designated_safeguarding_lead", "opinion", "unverified"),
        },
        CategoryLayout {
            category: "education.disclosure",
            table: "cpoms_disclosure",
            per_mille: 25,
            ages: CHILD,
            columns: &[
                u("disclosure_id", Fill::Key), u("pupil_id", Fill::Subject), c("said_on", "date", Fill::Event(900)),
                c("disclosure_type", "kind", Fill::Choice(&["disclosure", "counselling"])),
                c("words_used", "summary", Fill::Text(&["Said that things are loud at home.", "Talked about missing a grandparent."])),
                c("heard_by", "told_to", Fill::Person), c("person_named", "named_person", Fill::Person), u("counsellor_notes", Fill::Notes),
            ],
            provenance: ("school_staff", "allegation", "self_reported"),
        },
    ],
    text_dates: true,
    key_prefix: "S",
};
