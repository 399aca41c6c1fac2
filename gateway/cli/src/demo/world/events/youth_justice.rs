//! Youth justice.

use super::Told::{Later, Text};
use super::{Event, e};
use crate::demo::world::cast::Who::OwenYounger;

pub(super) const EVENTS: &[Event] = &[
    e(
        "youth_justice.order",
        OwenYounger,
        190,
        &[
            ("kind", Text("youth_caution")),
            ("ends", Later(92)),
            ("compliance", Text("good")),
            ("worker", Text("Sam Caseworthy")),
        ],
    ),
    e(
        "youth_justice.assetplus",
        OwenYounger,
        180,
        &[
            ("safety", Text("medium")),
            ("risk_to_others", Text("low")),
            (
                "summary",
                Text("Afraid of his father's temper. Does better at school than at home."),
            ),
        ],
    ),
    e(
        "youth_justice.victim",
        OwenYounger,
        170,
        &[
            ("victim_name", Text("Pat Shopkeeper")),
            ("summary", Text("Would accept a letter.")),
        ],
    ),
    e(
        "youth_justice.intelligence",
        OwenYounger,
        60,
        &[
            ("topic", Text("exploitation")),
            (
                "summary",
                Text("Seen carrying parcels for older people at the quay."),
            ),
        ],
    ),
    e(
        "youth_justice.order",
        OwenYounger,
        420,
        &[
            ("kind", Text("diversion")),
            ("ends", Later(60)),
            ("compliance", Text("partial")),
        ],
    ),
];
