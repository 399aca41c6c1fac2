//! Probation.

use super::Told::{Later, Text};
use super::{Event, e};
use crate::demo::world::cast::Who::OwenElder;

pub(super) const EVENTS: &[Event] = &[
    e(
        "probation.order",
        OwenElder,
        588,
        &[
            ("kind", Text("community_order")),
            ("ends", Later(730)),
            (
                "conditions",
                Text(
                    "Building better relationships programme. 30 days of rehabilitation activity.",
                ),
            ),
            ("officer", Text("Marian Officerton")),
        ],
    ),
    e(
        "probation.risk",
        OwenElder,
        70,
        &[
            ("level", Text("high")),
            ("to_children", Text("medium")),
            ("to_partner", Text("high")),
        ],
    ),
    e(
        "probation.oasys_narrative",
        OwenElder,
        70,
        &[
            ("section", Text("relationships")),
            (
                "summary",
                Text(
                    "Jealous and controlling in the last relationship. Checks telephones. Blames his former partner for the offence. Says he wants to see the children.",
                ),
            ),
        ],
    ),
    e(
        "probation.victim_contact",
        OwenElder,
        45,
        &[
            ("victim_name", Text("Carys Testwood")),
            ("location", Text("Held by the victim liaison unit")),
            (
                "summary",
                Text("Wishes to be told before any change of address or release."),
            ),
        ],
    ),
    e(
        "probation.mappa",
        OwenElder,
        65,
        &[
            ("level", Text("level_2")),
            ("category", Text("category_3")),
            (
                "summary",
                Text("Referred after the arrest. First meeting held."),
            ),
        ],
    ),
    e(
        "probation.risk",
        OwenElder,
        400,
        &[
            ("level", Text("medium")),
            ("to_children", Text("medium")),
            ("to_partner", Text("high")),
        ],
    ),
];
