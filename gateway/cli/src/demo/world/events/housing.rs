//! Housing.

use super::Told::{Number, Text};
use super::{Event, NOTES, e};
use crate::demo::world::cast::Who::{Carys, Hodan, OwenElder, Zofia};

pub(super) const EVENTS: &[Event] = &[
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
