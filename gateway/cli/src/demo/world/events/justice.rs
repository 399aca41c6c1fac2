//! Police, probation and youth justice.

use super::Told::{Flag, Later, Nothing, Text};
use super::{Event, GRADING, NOTES, SEALED, e};
use crate::demo::world::cast::Who::{
    Carys, Elena, Idris, Mali, OwenElder, OwenYounger, Rhodri, Rhys,
};

pub(super) const EVENTS: &[Event] = &[
    e(
        "police.conviction",
        OwenElder,
        590,
        &[
            ("offence", Text("assault")),
            ("disposal", Text("community_order")),
            ("court", Text("Riverside Magistrates' Court")),
        ],
    ),
    e(
        "police.conviction",
        OwenElder,
        2_900,
        &[
            ("offence", Text("public_order")),
            ("disposal", Text("fine")),
            ("court", Text("Riverside Magistrates' Court")),
        ],
    ),
    e(
        "police.conviction",
        OwenYounger,
        200,
        &[
            ("offence", Text("criminal_damage")),
            ("disposal", Text("caution")),
            ("court", Text("Riverside Youth Court")),
        ],
    ),
    e(
        "police.domestic_incident",
        OwenElder,
        21,
        &[
            (
                "summary",
                Text(
                    "Forced the door and struck his former partner on the arm while the children were upstairs. Arrested at the scene. Children seen and spoken to; the eldest was crying.",
                ),
            ),
            ("risk", Text("high")),
            ("role", Text("suspect")),
            ("children_present", Flag(true)),
            ("outcome", Text("charge")),
            ("location", Text("14 Alder Row, Riverside, RV1 2AB")),
            ("victim_name", Text("Carys Testwood")),
            (SEALED, Flag(false)),
        ],
    ),
    e(
        "police.domestic_incident",
        OwenElder,
        190,
        &[
            (
                "summary",
                Text(
                    "Shouting and a thrown plate reported by a neighbour. No injury. He left before officers came and was spoken to next day.",
                ),
            ),
            ("risk", Text("medium")),
            ("role", Text("suspect")),
            ("children_present", Flag(true)),
            ("outcome", Text("advice")),
            ("location", Text("14 Alder Row, Riverside, RV1 2AB")),
            ("victim_name", Text("Carys Testwood")),
            (SEALED, Flag(false)),
        ],
    ),
    e(
        "police.domestic_incident",
        Carys,
        21,
        &[
            (
                "summary",
                Text(
                    "Struck on the arm by her former partner, bruising seen. She and the children have left and are now at Rowan House, 3 Mill Lane, Riverside RV4 7QD; call only on 07700 900931. She fears he will look for them.",
                ),
            ),
            ("risk", Text("high")),
            ("role", Text("victim")),
            ("children_present", Flag(true)),
            ("outcome", Text("charge")),
            ("location", Text("14 Alder Row, Riverside, RV1 2AB")),
            ("victim_name", Text("Carys Testwood")),
            (SEALED, Flag(false)),
        ],
    ),
    e(
        "police.domestic_incident",
        Carys,
        9,
        &[
            (
                "summary",
                Text(
                    "Officers from another area helped with a move. This entry is restricted to the domestic abuse unit.",
                ),
            ),
            ("risk", Text("high")),
            ("role", Text("victim")),
            (SEALED, Flag(true)),
        ],
    ),
    e(
        "police.domestic_incident",
        Mali,
        21,
        &[
            (
                "summary",
                Text(
                    "Was upstairs with her brothers and heard everything. Said she hid the twins behind the bed.",
                ),
            ),
            ("risk", Text("high")),
            ("role", Text("child_present")),
            ("children_present", Flag(true)),
            ("outcome", Text("charge")),
            ("location", Text("14 Alder Row, Riverside, RV1 2AB")),
            ("victim_name", Text("Carys Testwood")),
            (SEALED, Flag(false)),
        ],
    ),
    e(
        "police.domestic_incident",
        Rhys,
        190,
        &[
            (
                "summary",
                Text("Child asleep in the house. Seen safe and well."),
            ),
            ("risk", Text("medium")),
            ("role", Text("child_present")),
            ("children_present", Flag(true)),
            ("outcome", Text("advice")),
            ("victim_name", Text("Carys Testwood")),
            (SEALED, Flag(false)),
        ],
    ),
    e(
        "police.domestic_incident",
        Elena,
        64,
        &[
            (
                "summary",
                Text("Argument about money overheard through the wall. Nobody hurt. Child asleep."),
            ),
            ("risk", Text("standard")),
            ("role", Text("victim")),
            ("children_present", Flag(true)),
            ("outcome", Text("advice")),
            (SEALED, Flag(false)),
        ],
    ),
    e(
        "police.missing_episode",
        OwenYounger,
        75,
        &[
            ("returned", Later(1)),
            ("risk", Text("medium")),
            (
                "summary",
                Text(
                    "Did not come home from school. Found next morning near the quay with older people.",
                ),
            ),
        ],
    ),
    e(
        "police.missing_episode",
        Mali,
        44,
        &[
            ("returned", Later(1)),
            ("risk", Text("low")),
            (
                "summary",
                Text(
                    "Not returned by her mother's former partner at the agreed time. Found with him the same night.",
                ),
            ),
            ("found_at", Text("14 Alder Row, Riverside, RV1 2AB")),
        ],
    ),
    e(
        "police.allegation",
        OwenElder,
        130,
        &[
            ("kind", Text("physical")),
            ("status", Text("no_further_action")),
            ("complainant_name", Text("Gwen Complainant")),
            (
                "summary",
                Text(
                    "Said to have dragged a child by the arm in the front garden. No injury found at the visit.",
                ),
            ),
        ],
    ),
    e(
        "police.intelligence",
        OwenElder,
        35,
        &[
            ("topic", Text("drugs")),
            (GRADING, Text("2B P")),
            (SEALED, Flag(false)),
            (
                "summary",
                Text(
                    "Said to store cannabis for others in the shed and to let callers in while children are there.",
                ),
            ),
            (NOTES, Text("Source registered; see the covert file.")),
        ],
    ),
    e(
        "police.intelligence",
        OwenElder,
        18,
        &[
            ("topic", Text("weapons")),
            (GRADING, Text("1A C")),
            (SEALED, Flag(true)),
            (
                "summary",
                Text("Said to be asking where his former partner has gone."),
            ),
            (NOTES, Text("Handling conditions apply.")),
        ],
    ),
    e(
        "police.intelligence",
        Idris,
        140,
        &[
            ("topic", Text("violence")),
            (GRADING, Text("1A C")),
            (SEALED, Flag(true)),
        ],
    ),
    e(
        "police.conviction",
        Idris,
        700,
        &[("offence", Text("theft")), ("disposal", Text("fine"))],
    ),
    e(
        "police.live_investigation",
        OwenElder,
        12,
        &[
            ("offence", Text("drug_supply")),
            (
                "summary",
                Text("Premises under observation. Warrant planned."),
            ),
            ("bail_address", Nothing),
        ],
    ),
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
        "police.missing_episode",
        Rhodri,
        310,
        &[
            ("returned", Later(0)),
            ("risk", Text("low")),
            (
                "summary",
                Text("Wandered from the garden and was found by a neighbour within the hour."),
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
    e(
        "police.conviction",
        OwenElder,
        4_200,
        &[("offence", Text("theft")), ("disposal", Text("discharge"))],
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
