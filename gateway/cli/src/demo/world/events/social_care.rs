//! Children's social care.

use super::Told::{Later, Nothing, Text};
use super::{Event, e};
use crate::demo::world::cast::Who::{
    Ayaan, Carys, Daria, Idris, Kacper, Mali, OwenYounger, Rhodri, Rhys,
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
        "social_care.legal_status",
        Mali,
        200,
        &[
            ("order", Text("child_arrangements_order")),
            ("parental_responsibility", Text("both_parents")),
            ("ends", Nothing),
        ],
    ),
];
