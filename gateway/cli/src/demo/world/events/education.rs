//! Schools.

use super::Told::{Flag, Nothing, Number, Text};
use super::{Event, e};
use crate::demo::world::cast::Who::{Daria, Kacper, Mali, OwenYounger, Rhodri, Rhys};

pub(super) const EVENTS: &[Event] = &[
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
];
