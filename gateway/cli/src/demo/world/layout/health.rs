//! A community and primary care system in the manner of `SystmOne`.

use super::{ADULT, ANY, AliasPart, CategoryLayout, Fill, Layout, PersonPart as P, Table, c, u};
use crate::demo::world::places::SURGERIES;

pub(super) const LAYOUT: Layout = Layout {
    source: "systmone",
    system: "SystmOne",
    person: Table {
        name: "srpatient",
        columns: &[
            (P::Key, "idpatient"), (P::Nhs, "nhsnumber"), (P::Forename, "firstname"),
            (P::Surname, "surname"), (P::Born, "datebirth"), (P::Sex, "gender"),
            (P::Address, "fulladdress"), (P::Postcode, "fullpostcode"), (P::Phone, "contactnumber"),
            (P::School, "schoolname"), (P::Household, "idhousehold"), (P::Protected, "sflag"),
            (P::Sealed, "restrictedrecord"), (P::Remarks, "reminders"),
        ],
    },
    aliases: Some(Table {
        name: "srpatientname",
        columns: &[
            (AliasPart::Key, "rowidentifier"), (AliasPart::Subject, "idpatient"),
            (AliasPart::Forename, "firstname"), (AliasPart::Surname, "surname"),
        ],
    }),
    categories: &[
        CategoryLayout {
            category: "health.registration",
            table: "srregistration",
            per_mille: 940,
            ages: ANY,
            columns: &[
                u("idregistration", Fill::Key), u("idpatient", Fill::Subject), c("dateregistration", "date", Fill::Event(3_000)),
                c("practicename", "practice", Fill::Text(SURGERIES)), c("practicephone", "practice_phone", Fill::Choice(&["01632 960700", "01632 960701", "01632 960702", "01632 960703"])),
                c("healthvisitor", "health_visitor", Fill::Person), c("datelastseen", "last_seen", Fill::Later(700)),
                u("registrationnotes", Fill::Notes),
            ],
            provenance: ("practice_staff", "fact", "verified"),
        },
        CategoryLayout {
            category: "health.missed_appointment",
            table: "srappointmentdna",
            per_mille: 300,
            ages: ANY,
            columns: &[
                u("idappointment", Fill::Key), u("idpatient", Fill::Subject), c("dateappointment", "date", Fill::Event(900)),
                c("clinictype", "service", Fill::Choice(&["general_practice", "health_visiting", "paediatrics", "dental", "therapy"])),
                c("wasnotbrought", "not_brought", Fill::Flag(500)), c("dnacount", "count", Fill::Number(1, 6)),
                u("appointmentnotes", Fill::Notes),
            ],
            provenance: ("practice_staff", "fact", "verified"),
        },
        CategoryLayout {
            category: "health.emergency_attendance",
            table: "sraeattendance",
            per_mille: 260,
            ages: ANY,
            columns: &[
                u("idattendance", Fill::Key), u("idpatient", Fill::Subject), c("datearrival", "date", Fill::Event(1_200)), u("dateletter", Fill::Recorded),
                c("presentingcomplaint", "presentation", Fill::Choice(&["fracture", "burn", "head_injury", "bruising", "laceration", "ingestion", "illness", "illness", "illness"])),
                c("safeguardingconcern", "concern", Fill::Flag(80)),
                c("clinicalnarrative", "summary", Fill::Text(&["Fell from a climbing frame. Explanation fits the injury. Discharged.", "High temperature for two days. Settled with fluids.", "Cut finger while cooking. Closed with strips."])),
                c("seenby", "clinician", Fill::Person), u("triagenotes", Fill::Notes),
            ],
            provenance: ("emergency_clinician", "fact", "verified"),
        },
        CategoryLayout {
            category: "health.maternity",
            table: "srmaternity",
            per_mille: 60,
            ages: (16, 48),
            columns: &[
                u("idpregnancy", Fill::Key), u("idpatient", Fill::Subject), c("datebooking", "date", Fill::Event(2_500)), c("datedelivery", "due", Fill::Later(240)),
                c("concerncode", "concern", Fill::Choice(&["late_booking", "missed_care", "domestic_abuse", "substance_use", "mental_health"])),
                c("bookingnarrative", "summary", Fill::Text(&["Booked at 19 weeks. Routine care since.", "Two community visits missed."])),
                c("namedmidwife", "midwife", Fill::Person), u("maternitynotes", Fill::Notes),
            ],
            provenance: ("midwife", "opinion", "verified"),
        },
        CategoryLayout {
            category: "health.mental_health",
            table: "srmentalhealthreferral",
            per_mille: 110,
            ages: (8, 120),
            columns: &[
                u("idreferral", Fill::Key), u("idpatient", Fill::Subject), c("datereferral", "date", Fill::Event(1_200)),
                c("teamtype", "service", Fill::Choice(&["adult_community", "adult_inpatient", "crisis", "child_community"])),
                c("openreferral", "status", Fill::Flag(400)), c("riskcode", "risk", Fill::Choice(&["none_identified", "some", "high"])),
                c("assessmenttext", "summary", Fill::Text(&["Low mood since losing work. Engages well.", "Anxious; sleeping badly; has support at home."])),
                c("careco", "worker", Fill::Person), u("therapynotes", Fill::Notes),
            ],
            provenance: ("mental_health_clinician", "opinion", "verified"),
        },
        CategoryLayout {
            category: "health.substance_use",
            table: "srsubstanceuse",
            per_mille: 60,
            ages: ADULT,
            columns: &[
                u("idepisode", Fill::Key), u("idpatient", Fill::Subject), c("datestart", "date", Fill::Event(1_200)),
                c("mainsubstance", "substance", Fill::Choice(&["alcohol", "cannabis", "cocaine", "opiates", "other"])),
                c("intreatment", "status", Fill::Flag(500)), c("keyworktext", "summary", Fill::Text(&["Attends weekly. Reducing.", "Missed three keywork sessions."])),
                c("keyworker", "worker", Fill::Person), u("groupnotes", Fill::Notes),
            ],
            provenance: ("drug_and_alcohol_worker", "opinion", "self_reported"),
        },
        CategoryLayout {
            category: "health.sexual_health",
            table: "srsexualhealth",
            per_mille: 40,
            ages: (15, 120),
            columns: &[
                u("idvisit", Fill::Key), u("idpatient", Fill::Subject), c("datevisit", "date", Fill::Event(900)),
                c("clinictype", "service", Fill::Choice(&["contraception", "screening", "termination"])),
                c("visittext", "summary", Fill::Text(&["Routine visit.", "Results given in person."])), u("partnernotes", Fill::Notes),
            ],
            provenance: ("sexual_health_clinician", "fact", "verified"),
        },
        CategoryLayout {
            category: "health.s_flag",
            table: "srsflag",
            per_mille: 6,
            ages: ANY,
            columns: &[
                u("idflag", Fill::Key), u("idpatient", Fill::Subject), c("dateset", "date", Fill::Event(1_200)),
                c("reasoncode", "reason", Fill::Choice(&["domestic_abuse", "trafficking", "adoption"])), c("hiddenaddress", "location", Fill::Place),
                u("flagnotes", Fill::Notes),
            ],
            provenance: ("practice_staff", "fact", "verified"),
        },
        CategoryLayout {
            category: "health.protected_identity",
            table: "srprotectedidentity",
            per_mille: 3,
            ages: ADULT,
            columns: &[
                u("idprotected", Fill::Key), u("idpatient", Fill::Subject), c("dateset", "date", Fill::Event(3_000)),
                c("protectionkind", "kind", Fill::Choice(&["gender_recognition", "fertility_treatment"])), c("previousname", "former_name", Fill::Person),
                c("protectedtext", "summary", Fill::Text(&["Protected information; see the paper file.", "Access only with the named clinician."])), u("protectednotes", Fill::Notes),
            ],
            provenance: ("named_clinician", "fact", "verified"),
        },
    ],
    text_dates: false,
    key_prefix: "TPP",
};
