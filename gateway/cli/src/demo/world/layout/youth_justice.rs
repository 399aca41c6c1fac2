//! A youth offending system in the manner of `ChildView`.

use super::{AliasPart, CategoryLayout, Fill, Layout, PersonPart as P, TEN_UP, Table, c, u};

const LEVELS: &[&str] = &["low", "medium", "high", "very_high"];

pub(super) const LAYOUT: Layout = Layout {
    source: "childview",
    system: "ChildView",
    person: Table {
        name: "cv_client",
        columns: &[
            (P::Key, "client_id"),
            (P::Pnc, "pnc_id"),
            (P::Forename, "forename"),
            (P::Surname, "surname"),
            (P::Born, "birth_date"),
            (P::Sex, "sex"),
            (P::Address, "address"),
            (P::Postcode, "postcode"),
            (P::Phone, "telephone"),
            (P::School, "education_provider"),
            (P::Household, "family_ref"),
            (P::Protected, "address_withheld"),
            (P::Sealed, "restricted_client"),
            (P::Remarks, "client_alerts"),
        ],
    },
    aliases: Some(Table {
        name: "cv_client_alias",
        columns: &[
            (AliasPart::Key, "alias_id"),
            (AliasPart::Subject, "client_id"),
            (AliasPart::Forename, "forename"),
            (AliasPart::Surname, "surname"),
        ],
    }),
    categories: &[
        CategoryLayout {
            category: "youth_justice.order",
            table: "cv_intervention",
            per_mille: 700,
            ages: TEN_UP,
            columns: &[
                u("intervention_id", Fill::Key),
                u("client_id", Fill::Subject),
                c("start_date", "date", Fill::Event(900)),
                c(
                    "programme_code",
                    "kind",
                    Fill::Choice(&[
                        "referral_order",
                        "youth_rehabilitation_order",
                        "detention_training_order",
                        "youth_caution",
                        "diversion",
                    ]),
                ),
                c("end_date", "ends", Fill::Later(365)),
                c(
                    "compliance_code",
                    "compliance",
                    Fill::Choice(&["good", "partial", "breach"]),
                ),
                c("case_manager", "worker", Fill::Person),
                u("session_notes", Fill::Notes),
            ],
            provenance: ("court", "fact", "verified"),
        },
        CategoryLayout {
            category: "youth_justice.assetplus",
            table: "cv_assetplus",
            per_mille: 500,
            ages: TEN_UP,
            columns: &[
                u("assessment_id", Fill::Key),
                u("client_id", Fill::Subject),
                c("signed_off", "date", Fill::Event(600)),
                c("safety_wellbeing", "safety", Fill::Choice(LEVELS)),
                c("risk_serious_harm", "risk_to_others", Fill::Choice(LEVELS)),
                c(
                    "explanation_text",
                    "summary",
                    Fill::Text(&[
                        "Engages when met at school. Peers matter most.",
                        "Calm at home; conflict on the way to school.",
                    ]),
                ),
                u("manager_notes", Fill::Notes),
            ],
            provenance: ("youth_justice_worker", "opinion", "verified"),
        },
        CategoryLayout {
            category: "youth_justice.victim",
            table: "cv_victim",
            per_mille: 150,
            ages: TEN_UP,
            columns: &[
                u("victim_id", Fill::Key),
                u("client_id", Fill::Subject),
                c("contacted_on", "date", Fill::Event(600)),
                c("victim_name", "victim_name", Fill::Person),
                c(
                    "wishes_text",
                    "summary",
                    Fill::Text(&["Would accept a letter.", "Does not wish to take part."]),
                ),
                u("restorative_notes", Fill::Notes),
            ],
            provenance: ("victim_worker", "fact", "self_reported"),
        },
        CategoryLayout {
            category: "youth_justice.intelligence",
            table: "cv_intelligence",
            per_mille: 60,
            ages: TEN_UP,
            columns: &[
                u("report_id", Fill::Key),
                u("client_id", Fill::Subject),
                c("received_on", "date", Fill::Event(400)),
                c(
                    "topic_code",
                    "topic",
                    Fill::Choice(&["exploitation", "weapons", "drugs"]),
                ),
                c(
                    "report_text",
                    "summary",
                    Fill::Text(&[
                        "Seen with older young people at the quay.",
                        "New telephone and clothes.",
                    ]),
                ),
                u("source_notes", Fill::Notes),
            ],
            provenance: ("youth_justice_worker", "allegation", "unverified"),
        },
    ],
    text_dates: false,
    key_prefix: "CV",
};
