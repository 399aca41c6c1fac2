//! Social care, health, education and housing.

use super::Told::{Flag, Later, Nothing, Number, Text};
use super::{Event, NOTES, e};
use crate::demo::world::cast::Who::{
    Ayaan, Carys, Daria, Elena, Hodan, Idris, Kacper, Mali, OwenElder, OwenYounger, Rhodri, Rhys,
    Zofia,
};

pub(super) const EVENTS: &[Event] = &[
    e(
        "social_care.contact",
        Mali,
        28,
        &[
            ("reason", Text("domestic_abuse")),
            ("outcome", Text("strategy_discussion")),
            ("referrer", Text("Gwen Complainant")),
            ("worker", Text("Joan Duty")),
            (
                "summary",
                Text(
                    "A neighbour rang in tears: shouting every night, and the girl outside in the cold in her nightclothes.",
                ),
            ),
        ],
    ),
    e(
        "social_care.contact",
        Mali,
        300,
        &[
            ("reason", Text("neglect")),
            ("outcome", Text("assessment")),
            ("referrer", Text("Riverside Primary School")),
            (
                "summary",
                Text("Often late, often hungry. Mother said to be very low."),
            ),
        ],
    ),
    e(
        "social_care.contact",
        Rhys,
        28,
        &[
            ("reason", Text("domestic_abuse")),
            ("outcome", Text("strategy_discussion")),
            ("referrer", Text("Gwen Complainant")),
            ("summary", Text("Sibling in the same household.")),
        ],
    ),
    e(
        "social_care.contact",
        Rhodri,
        28,
        &[
            ("reason", Text("domestic_abuse")),
            ("outcome", Text("strategy_discussion")),
            ("referrer", Text("Gwen Complainant")),
            ("summary", Text("Sibling in the same household.")),
        ],
    ),
    e(
        "social_care.contact",
        OwenYounger,
        72,
        &[
            ("reason", Text("exploitation")),
            ("outcome", Text("early_help")),
            (
                "summary",
                Text("Found after a night away. Father not worried."),
            ),
        ],
    ),
    e(
        "social_care.contact",
        Kacper,
        40,
        &[
            ("reason", Text("child_behaviour")),
            ("outcome", Text("early_help")),
            (
                "summary",
                Text(
                    "Mother asks for help since the birth of a cousin's baby in the home: no sleep, no space.",
                ),
            ),
        ],
    ),
    e(
        "social_care.contact",
        Daria,
        62,
        &[
            ("reason", Text("domestic_abuse")),
            ("outcome", Text("advice")),
            (
                "summary",
                Text("Notice from police after an argument. Child asleep at the time."),
            ),
        ],
    ),
    e(
        "social_care.contact",
        Daria,
        12,
        &[
            ("reason", Text("neglect")),
            ("outcome", Text("no_further_action")),
            ("summary", Text("School says she comes without a coat.")),
        ],
    ),
    e(
        "social_care.contact",
        Ayaan,
        15,
        &[
            ("reason", Text("homelessness")),
            ("outcome", Text("early_help")),
            ("summary", Text("Mother asks for help with a damp flat.")),
        ],
    ),
    e(
        "social_care.contact",
        Idris,
        90,
        &[
            ("reason", Text("exploitation")),
            ("outcome", Text("advice")),
        ],
    ),
    e(
        "social_care.assessment",
        Mali,
        250,
        &[
            ("kind", Text("child_in_need")),
            ("outcome", Text("child_in_need_plan")),
            ("worker", Text("Bola Assessor")),
            (
                "summary",
                Text(
                    "Mother loving and tired. The partner was present at every visit and answered for her. The child would not speak while he was in the room.",
                ),
            ),
        ],
    ),
    e(
        "social_care.assessment",
        Kacper,
        500,
        &[
            ("kind", Text("child_in_need")),
            ("outcome", Text("no_further_action")),
            ("summary", Text("Basic care is good.")),
        ],
    ),
    e(
        "social_care.plan",
        Mali,
        240,
        &[
            ("kind", Text("child_in_need")),
            ("category", Nothing),
            ("ended", Nothing),
            ("review", Later(270)),
            ("worker", Text("Bola Assessor")),
        ],
    ),
    e(
        "social_care.legal",
        Mali,
        16,
        &[
            ("kind", Text("advice")),
            ("order", Text("none")),
            (
                "summary",
                Text(
                    "Legal gateway meeting asked whether the threshold for an emergency order is met.",
                ),
            ),
        ],
    ),
    e(
        "social_care.placement",
        Rhodri,
        20,
        &[
            ("kind", Text("foster_care")),
            ("location", Text("5 Larkfield Close, Otherton, OV2 1AA")),
            ("carer_name", Text("Fiona Carerly")),
        ],
    ),
    e(
        "social_care.adoption",
        Carys,
        3_000,
        &[
            (
                "summary",
                Text("Adult adopted as a child; asked for her birth records."),
            ),
            ("former_name", Text("Cerys Birthname")),
            ("birth_family", Text("Delyth Birthname")),
        ],
    ),
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
        "education.roll",
        Mali,
        900,
        &[
            ("school", Text("Riverside Primary School")),
            ("year_group", Number(3)),
            ("left", Nothing),
            ("safeguarding_lead", Text("Ms Priya Leadwell")),
        ],
    ),
    e(
        "education.roll",
        Rhys,
        180,
        &[
            ("school", Text("Riverside Primary School")),
            ("year_group", Number(0)),
            ("left", Nothing),
            ("safeguarding_lead", Text("Ms Priya Leadwell")),
        ],
    ),
    e(
        "education.roll",
        Rhodri,
        180,
        &[
            ("school", Text("Riverside Primary School")),
            ("year_group", Number(0)),
            ("left", Nothing),
            ("safeguarding_lead", Text("Ms Priya Leadwell")),
        ],
    ),
    e(
        "education.roll",
        OwenYounger,
        1_600,
        &[
            ("school", Text("Beacon Academy")),
            ("year_group", Number(11)),
            ("left", Nothing),
        ],
    ),
    e(
        "education.roll",
        Kacper,
        1_200,
        &[
            ("school", Text("Heron Park Primary School")),
            ("year_group", Number(4)),
            ("left", Nothing),
        ],
    ),
    e(
        "education.roll",
        Daria,
        500,
        &[
            ("school", Text("St Brigid's Primary School")),
            ("year_group", Number(1)),
            ("left", Nothing),
        ],
    ),
    e(
        "education.attendance",
        Mali,
        30,
        &[
            ("percent", Number(71)),
            ("unauthorised", Number(34)),
            ("persistent_absence", Flag(true)),
        ],
    ),
    e(
        "education.attendance",
        Rhys,
        30,
        &[
            ("percent", Number(78)),
            ("unauthorised", Number(22)),
            ("persistent_absence", Flag(true)),
        ],
    ),
    e(
        "education.attendance",
        OwenYounger,
        30,
        &[
            ("percent", Number(84)),
            ("unauthorised", Number(19)),
            ("persistent_absence", Flag(true)),
        ],
    ),
    e(
        "education.attendance",
        Kacper,
        30,
        &[
            ("percent", Number(94)),
            ("unauthorised", Number(2)),
            ("persistent_absence", Flag(false)),
        ],
    ),
    e(
        "education.attendance",
        Daria,
        30,
        &[
            ("percent", Number(88)),
            ("unauthorised", Number(9)),
            ("persistent_absence", Flag(true)),
        ],
    ),
    e(
        "education.exclusion",
        OwenYounger,
        52,
        &[
            ("kind", Text("suspension")),
            ("reason", Text("assault_pupil")),
            ("days", Number(3)),
        ],
    ),
    e(
        "education.sen",
        Rhys,
        100,
        &[
            ("status", Text("sen_support")),
            ("need", Text("communication")),
            (
                "summary",
                Text("Says single words. Speech therapy asked for."),
            ),
        ],
    ),
    e(
        "education.safeguarding_log",
        Mali,
        24,
        &[
            ("concern", Text("injury")),
            ("action", Text("referred")),
            ("recorded_by", Text("Ms Priya Leadwell")),
            (
                "summary",
                Text(
                    "Bruise on the arm seen at PE. Pulled her sleeve down. Said it was nothing, then that she must not say.",
                ),
            ),
        ],
    ),
    e(
        "education.safeguarding_log",
        Mali,
        97,
        &[
            ("concern", Text("attendance")),
            ("action", Text("parent_spoken_to")),
            ("recorded_by", Text("Ms Priya Leadwell")),
            (
                "summary",
                Text("Absent eight days. Mother said by telephone that the car had broken."),
            ),
        ],
    ),
    e(
        "education.safeguarding_log",
        Daria,
        11,
        &[
            ("concern", Text("neglect")),
            ("action", Text("early_help")),
            (
                "summary",
                Text("No coat for a week. Coat found from lost property."),
            ),
        ],
    ),
    e(
        "education.disclosure",
        Mali,
        23,
        &[
            ("kind", Text("disclosure")),
            ("told_to", Text("Mr Ben Classroom")),
            ("named_person", Text("Owen Sampleford")),
            (
                "summary",
                Text(
                    "He pulls my arm when Mam is out. I put the twins behind the bed when he shouts.",
                ),
            ),
        ],
    ),
    e(
        "housing.tenancy",
        OwenElder,
        2_300,
        &[
            ("status", Text("secure")),
            ("household_size", Number(2)),
            ("location", Text("14 Alder Row, Riverside, RV1 2AB")),
            ("occupants", Text("Owen Sampleford")),
        ],
    ),
    e(
        "housing.tenancy",
        Carys,
        20,
        &[
            ("status", Text("temporary")),
            ("household_size", Number(4)),
            (
                "location",
                Text("Rowan House, 3 Mill Lane, Riverside, RV4 7QD"),
            ),
            ("occupants", Text("Mali, Rhys and Rhodri Testwood")),
        ],
    ),
    e(
        "housing.tenancy",
        Zofia,
        1_400,
        &[
            ("status", Text("assured")),
            ("household_size", Number(6)),
            ("location", Text("27 Heron Road, Riverside, RV2 4PL")),
            ("occupants", Text("Kacper Nowakowski-Hughes")),
        ],
    ),
    e(
        "housing.tenancy",
        Hodan,
        380,
        &[
            ("status", Text("introductory")),
            ("household_size", Number(2)),
            ("location", Text("8 Lark Rise, Riverside, RV5 2GH")),
            ("occupants", Text("Ayaan Tusaale")),
        ],
    ),
    e(
        "housing.homelessness",
        Carys,
        19,
        &[
            ("reason", Text("domestic_abuse")),
            ("decision", Text("relief")),
            (
                "summary",
                Text(
                    "Left with three children and two bags after an assault. Placed the same night.",
                ),
            ),
        ],
    ),
    e(
        "housing.antisocial_behaviour",
        OwenElder,
        56,
        &[
            ("kind", Text("noise")),
            ("action", Text("warning")),
            (
                "summary",
                Text(
                    "Shouting and banging late at night, children heard crying. Third report from the same caller.",
                ),
            ),
            (NOTES, Text("Complainant: Gwen Complainant, 16 Alder Row.")),
        ],
    ),
    e(
        "housing.arrears",
        OwenElder,
        41,
        &[("amount", Number(1_284)), ("action", Text("notice"))],
    ),
    e(
        "housing.refuge",
        Carys,
        20,
        &[
            (
                "location",
                Text("Rowan House, 3 Mill Lane, Riverside, RV4 7QD"),
            ),
            (
                "summary",
                Text("Moved at night by the domestic abuse service."),
            ),
        ],
    ),
    e(
        "housing.complainant",
        OwenElder,
        56,
        &[
            ("name", Text("Gwen Complainant")),
            ("location", Text("16 Alder Row, Riverside, RV1 2AB")),
        ],
    ),
];
