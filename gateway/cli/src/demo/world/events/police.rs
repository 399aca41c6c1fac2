//! Police.

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
        "police.conviction",
        OwenElder,
        4_200,
        &[("offence", Text("theft")), ("disposal", Text("discharge"))],
    ),
    e(
        "police.protective_order",
        OwenElder,
        40,
        &[
            ("kind", Text("domestic_abuse_protection_order")),
            ("ends", Later(90)),
            ("protected_person", Text("Carys Testwood")),
            (
                "conditions",
                Text("Not to go to the family's home or to the school."),
            ),
        ],
    ),
    e(
        "police.intelligence_conditions",
        OwenElder,
        25,
        &[
            ("topic", Text("weapons")),
            (GRADING, Text("1A C")),
            ("summary", Text("Said to have asked for a knife.")),
        ],
    ),
    e(
        "police.covert_source",
        OwenElder,
        900,
        &[("status", Text("ended"))],
    ),
];
