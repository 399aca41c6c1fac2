//! Health.

use super::Told::{Flag, Later, Nothing, Number, Text};
use super::{Event, NOTES, e};
use crate::demo::world::cast::Who::{
    Ayaan, Carys, Daria, Elena, Hodan, Idris, Kacper, Mali, OwenElder, Rhodri, Rhys, Zofia,
};

pub(super) const EVENTS: &[Event] = &[
    e(
        "health.registration",
        Mali,
        1_100,
        &[
            ("practice", Text("Quayside Surgery")),
            ("practice_phone", Text("01632 960700")),
            ("last_seen", Later(1_078)),
        ],
    ),
    e(
        "health.registration",
        Rhys,
        1_100,
        &[
            ("practice", Text("Quayside Surgery")),
            ("practice_phone", Text("01632 960700")),
            ("health_visitor", Text("Ann Visitor")),
            ("last_seen", Later(820)),
        ],
    ),
    e(
        "health.registration",
        Rhodri,
        1_100,
        &[
            ("practice", Text("Quayside Surgery")),
            ("practice_phone", Text("01632 960700")),
            ("health_visitor", Text("Ann Visitor")),
            ("last_seen", Later(950)),
        ],
    ),
    e(
        "health.registration",
        Carys,
        1_100,
        &[
            ("practice", Text("Quayside Surgery")),
            ("practice_phone", Text("01632 960700")),
            ("last_seen", Later(1_080)),
        ],
    ),
    e(
        "health.registration",
        OwenElder,
        2_000,
        &[
            ("practice", Text("Beacon Medical Centre")),
            ("practice_phone", Text("01632 960701")),
        ],
    ),
    e(
        "health.registration",
        Kacper,
        2_000,
        &[("practice", Text("Ferry Road Health Centre"))],
    ),
    e(
        "health.registration",
        Zofia,
        2_000,
        &[("practice", Text("Ferry Road Health Centre"))],
    ),
    e(
        "health.registration",
        Daria,
        700,
        &[("practice", Text("Beacon Medical Centre"))],
    ),
    e(
        "health.registration",
        Elena,
        700,
        &[("practice", Text("Beacon Medical Centre"))],
    ),
    e(
        "health.registration",
        Ayaan,
        330,
        &[
            ("practice", Text("Quayside Surgery")),
            ("health_visitor", Text("Ann Visitor")),
        ],
    ),
    e(
        "health.registration",
        Hodan,
        400,
        &[("practice", Text("Quayside Surgery"))],
    ),
    e(
        "health.registration",
        Idris,
        400,
        &[("practice", Text("Beacon Medical Centre"))],
    ),
    e(
        "health.missed_appointment",
        Rhys,
        33,
        &[
            ("service", Text("health_visiting")),
            ("not_brought", Flag(true)),
            ("count", Number(4)),
            (NOTES, Text("Two letters returned.")),
        ],
    ),
    e(
        "health.missed_appointment",
        Rhodri,
        33,
        &[
            ("service", Text("health_visiting")),
            ("not_brought", Flag(true)),
            ("count", Number(4)),
        ],
    ),
    e(
        "health.missed_appointment",
        Mali,
        96,
        &[
            ("service", Text("paediatrics")),
            ("not_brought", Flag(true)),
            ("count", Number(2)),
        ],
    ),
    e(
        "health.missed_appointment",
        Ayaan,
        26,
        &[
            ("service", Text("health_visiting")),
            ("not_brought", Flag(true)),
            ("count", Number(1)),
        ],
    ),
    e(
        "health.emergency_attendance",
        Mali,
        22,
        &[
            // A code that a clerk used as a notepad: the screen must read codes as well as texts.
            (
                "presentation",
                Text("bruising - ring 07700 900931 not home"),
            ),
            ("concern", Flag(true)),
            ("clinician", Text("Dr Noor Clinician")),
            (
                "summary",
                Text(
                    "Bruise to the left upper arm in the shape of a grip. Said she fell; later said she was pulled. Mother gave 3 Mill Lane (RV4 7QD) as where they sleep now and asked that nobody be told.",
                ),
            ),
        ],
    ),
    e(
        "health.emergency_attendance",
        Mali,
        402,
        &[
            ("presentation", Text("fracture")),
            ("concern", Flag(false)),
            (
                "summary",
                Text("Greenstick fracture of the wrist. Fell from a bed. Explanation accepted."),
            ),
        ],
    ),
    e(
        "health.emergency_attendance",
        Rhodri,
        155,
        &[
            ("presentation", Text("ingestion")),
            ("concern", Flag(false)),
            (
                "summary",
                Text("Swallowed a coin. Passed without treatment."),
            ),
        ],
    ),
    e(
        "health.emergency_attendance",
        Carys,
        21,
        &[
            ("presentation", Text("bruising")),
            ("concern", Flag(true)),
            (
                "summary",
                Text("Bruising to the arm. Disclosed assault by a former partner."),
            ),
        ],
    ),
    e(
        "health.emergency_attendance",
        Kacper,
        230,
        &[
            ("presentation", Text("laceration")),
            ("concern", Flag(false)),
            ("summary", Text("Cut knee at football.")),
        ],
    ),
    e(
        "health.maternity",
        Carys,
        60,
        &[
            ("due", Later(175)),
            ("concern", Text("domestic_abuse")),
            (
                "summary",
                Text(
                    "Booked late at 17 weeks. Came alone and asked for letters not to be sent home.",
                ),
            ),
        ],
    ),
    e(
        "health.mental_health",
        Carys,
        110,
        &[
            ("service", Text("adult_community")),
            ("status", Flag(true)),
            ("risk", Text("some")),
            (
                "summary",
                Text(
                    "Low mood and poor sleep for a year. Frightened of her partner. No thoughts of harming the children.",
                ),
            ),
        ],
    ),
    e(
        "health.mental_health",
        Elena,
        300,
        &[
            ("service", Text("adult_community")),
            ("status", Flag(false)),
            ("risk", Text("none_identified")),
            (
                "summary",
                Text("Talking therapy after the birth. Discharged well."),
            ),
        ],
    ),
    e(
        "health.substance_use",
        OwenElder,
        200,
        &[
            ("substance", Text("cannabis")),
            ("status", Flag(false)),
            ("summary", Text("Attended once. Did not come back.")),
        ],
    ),
    e(
        "health.sexual_health",
        Carys,
        82,
        &[
            ("service", Text("screening")),
            ("summary", Text("Seen alone. Results by hand only.")),
        ],
    ),
    e(
        "health.s_flag",
        Carys,
        20,
        &[
            ("reason", Text("domestic_abuse")),
            (
                "location",
                Text("Rowan House, 3 Mill Lane, Riverside, RV4 7QD"),
            ),
        ],
    ),
    e(
        "health.s_flag",
        Mali,
        20,
        &[
            ("reason", Text("domestic_abuse")),
            (
                "location",
                Text("Rowan House, 3 Mill Lane, Riverside, RV4 7QD"),
            ),
        ],
    ),
    e(
        "health.protected_identity",
        Carys,
        2_000,
        &[
            ("kind", Text("fertility_treatment")),
            ("former_name", Nothing),
            (
                "summary",
                Text("Licensed treatment; see the centre's own file."),
            ),
        ],
    ),
    e(
        "health.service_involvement",
        Carys,
        120,
        &[
            ("service", Text("adult_mental_health")),
            ("ended", Nothing),
            ("phone", Text("01632 960720")),
        ],
    ),
    e(
        "health.drug_treatment",
        OwenElder,
        150,
        &[
            ("service", Text("community")),
            ("summary", Text("Attended twice.")),
        ],
    ),
];
