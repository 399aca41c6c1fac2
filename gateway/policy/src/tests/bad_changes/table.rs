//! The bad changes, what makes each bad, and which net must catch it.

use super::edits::Files;

/// What stands between a change and its coming into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    /// A scenario case fails.
    Cases,
    /// The comparison with the policy in force says that more is disclosed.
    Comparison,
    /// The rules are not read, or a new finding is reported.
    Reading,
}

impl Net {
    pub const ALL: &[Self] = &[Self::Cases, Self::Comparison, Self::Reading];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::Comparison => "comparison",
            Self::Reading => "reading",
        }
    }
}

/// One change of one template.
pub struct Change {
    pub name: &'static str,
    pub kind: &'static str,
    /// What was in force, where it is not the template as shipped.
    pub before: fn(&mut Files),
    pub edit: fn(&mut Files),
    /// Each of these nets must catch it.
    pub nets: &'static [Net],
    /// Fields that the comparison must name.
    pub fields: &'static [&'static str],
}

const AS_SHIPPED: fn(&mut Files) = |_| ();
const READING: &[Net] = &[Net::Reading];
const MORE: &[Net] = &[Net::Comparison];
const CASES: &[Net] = &[Net::Cases];

const fn bad(
    kind: &'static str,
    name: &'static str,
    nets: &'static [Net],
    fields: &'static [&'static str],
    edit: fn(&mut Files),
) -> Change {
    Change {
        name,
        kind,
        before: AS_SHIPPED,
        edit,
        nets,
        fields,
    }
}

/// Changes that disclose nothing else: no net may hold them.
pub const REWORDED: &[Change] = &[
    bad("police", "another ground in other words", CASES, &[], |f| {
        f.within(
            "S47-04",
            "Children Act 1989 s.47(9)",
            "Children Act 1989 s.47(9) and (11)",
        );
    }),
    bad("police", "a comment in other words", CASES, &[], |f| {
        f.anywhere("# --- Limits", "# --- The limits");
    }),
];

pub const CHANGES: &[Change] = &[
    bad(
        "police",
        "look-back widened to ten years",
        &[Net::Cases, Net::Comparison],
        &["police.domestic_incident.date"],
        |f| {
            f.within("S47-01", "24 months", "120 months");
        },
    ),
    bad(
        "police",
        "cap on third parties dropped",
        &[Net::Cases, Net::Comparison],
        &["police.domestic_incident.victim_name"],
        |f| {
            f.drop("THIRD-01");
        },
    ),
    bad(
        "police",
        "place of an incident told about the person posing risk",
        &[Net::Cases, Net::Comparison],
        &["police.domestic_incident.location"],
        |f| {
            f.drop("PLACE-02");
        },
    ),
    bad(
        "police",
        "a place told to a MARAC",
        &[Net::Cases, Net::Comparison],
        &["police.domestic_incident.location"],
        |f| {
            f.drop("PLACE-03");
        },
    ),
    bad(
        "health",
        "telephone of a victim's practice told",
        &[Net::Cases, Net::Comparison],
        &["health.registration.practice_phone"],
        |f| {
            f.drop("PLACE-02");
        },
    ),
    bad(
        "education",
        "a refusal below the threshold no longer weighed by a person",
        &[Net::Cases, Net::Comparison],
        &["education.roll.school"],
        |f| {
            f.drop("CONSENT-03");
        },
    ),
    bad(
        "police",
        "share in place of ask",
        &[Net::Cases, Net::Comparison],
        &["police.domestic_incident.summary"],
        |f| {
            f.within("S47-04", "ask =", "share =");
            f.without_line("S47-04", "approver");
        },
    ),
    bad("police", "misspelt purpose in a cap", READING, &[], |f| {
        f.within("CONSENT-01", "early_help", "early_halp");
    }),
    bad(
        "police",
        "rule that outlasts the agreement",
        READING,
        &[],
        |f| {
            f.anywhere("# until = 2027-03-31 ", "until = 2027-03-31 # ");
            f.within("S47-01", "why =", "until = 2028-03-31\nwhy =");
        },
    ),
    bad(
        "police",
        "seal taken away",
        &[Net::Cases, Net::Comparison],
        &["police.live_investigation.summary"],
        |f| {
            f.drop("SEAL-01");
        },
    ),
    bad(
        "housing",
        "seal weakened to an open refusal",
        MORE,
        &["housing.refuge.date"],
        |f| {
            f.within("SEAL-01", "seal =", "never_above =");
            f.within(
                "SEAL-01",
                "approver = \"domestic_abuse_coordinator\"",
                "as = \"none\"",
            );
        },
    ),
    bad(
        "police",
        "cap raised by one rung",
        MORE,
        &["police.domestic_incident.victim_name"],
        |f| {
            f.within("THIRD-01", "headline", "summary");
        },
    ),
    bad(
        "police",
        "consent no longer needed for child in need",
        &[Net::Cases, Net::Comparison],
        &["police.domestic_incident.date"],
        |f| {
            f.within("CIN-01", "consent = [\"given\"], ", "");
        },
    ),
    bad(
        "police",
        "grant over every category of the force",
        READING,
        &[],
        |f| {
            f.within("S47-10", "police.domestic_incident.*", "police.*");
        },
    ),
    bad(
        "police",
        "full detail of a whole category",
        READING,
        &[],
        |f| {
            f.within("S47-10", "headline", "detail");
        },
    ),
    bad(
        "probation",
        "one of two approvers taken away",
        MORE,
        &["probation.mappa.level"],
        |f| {
            f.within(
                "S47-30",
                "approvers = [\"mappa_coordinator\", \"senior_probation_officer\"]",
                "approver = \"senior_probation_officer\"",
            );
        },
    ),
    bad(
        "probation",
        "any one of two approvers is enough",
        MORE,
        &["probation.mappa.level"],
        |f| {
            f.within("S47-30", "approvers =", "any_of = true\napprovers =");
        },
    ),
    bad(
        "police",
        "allegations decided further down",
        &[Net::Cases, Net::Comparison],
        &["police.allegation.summary"],
        |f| {
            f.within(
                "S47-40",
                "detective_inspector",
                "duty_safeguarding_sergeant",
            );
        },
    ),
    bad("health", "what a statute bars let out", READING, &[], |f| {
        f.add("id = \"S47-99\"\nask = \"health.protected_identity.*\"\nas = \"known\"\napprover = \"caldicott_guardian\"\nwhen = { purpose = [\"s47_enquiry\"], within = \"24 months\" }\nwhy = \"Children Act 1989 s.47(9)\"\nclause = \"3.1\"\nowner = \"Caldicott Guardian\"\n");
    }),
    bad(
        "police",
        "conditions on intelligence let out",
        READING,
        &[],
        |f| {
            f.add("id = \"S47-99\"\nshare = \"police.intelligence_conditions.*\"\nas = \"summary\"\nwhen = { purpose = [\"s47_enquiry\"], within = \"24 months\" }\nwhy = \"Children Act 1989 s.47(9)\"\nclause = \"3.1\"\nowner = \"Head of public protection\"\n");
        },
    ),
    Change {
        name: "existence of intelligence opened",
        kind: "police",
        before: |f| {
            f.anywhere(
                "sealed_contact =",
                "closed = [\"police.intelligence\"]\nsealed_contact =",
            );
        },
        edit: |f| f.anywhere("closed = [\"police.intelligence\"]\n", ""),
        nets: MORE,
        fields: &[],
    },
    bad(
        "police",
        "victims' convictions with those of who poses a risk",
        MORE,
        &["police.conviction.offence"],
        |f| {
            f.within(
                "MARAC-21",
                "[\"person_posing_risk\"]",
                "[\"person_posing_risk\", \"victim\"]",
            );
        },
    ),
    Change {
        name: "every hub in place of one",
        kind: "police",
        before: |f| {
            f.within("S47-50", "within =", "hub = [\"hub-northshire\"], within =");
            f.drop_cases("police.intelligence");
        },
        edit: |f| f.within("S47-50", "hub = [\"hub-northshire\"], ", ""),
        nets: MORE,
        fields: &["police.intelligence.summary"],
    },
    bad(
        "adult_social_care",
        "every officer in place of managers",
        MORE,
        &["adult_social_care.legal.summary"],
        |f| {
            f.within(
                "ASG-50",
                ", requester = [\"hub_manager\", \"decision_maker\"]",
                "",
            );
        },
    ),
    bad("police", "two rules of one name", READING, &[], |f| {
        f.within("S47-02", "\"S47-02\"", "\"S47-01\"");
    }),
    bad(
        "police",
        "a later grant meant to beat a cap",
        READING,
        &[],
        |f| {
            f.add("id = \"S47-99\"\nshare = \"police.domestic_incident.victim_name\"\nas = \"name\"\nwhen = { purpose = [\"s47_enquiry\"], within = \"24 months\" }\nwhy = \"Children Act 1989 s.47(9)\"\nclause = \"3.1\"\nowner = \"Head of public protection\"\n");
        },
    ),
    bad("police", "two rules run together", READING, &[], |f| {
        f.within("THIRD-02", "[[rule]]\n", "");
    }),
    bad(
        "police",
        "cap made a comment",
        &[Net::Cases, Net::Comparison],
        &["police.allegation.complainant_name"],
        |f| {
            f.comment("THIRD-02");
        },
    ),
    bad(
        "police",
        "condition of a cap made a comment",
        CASES,
        &[],
        |f| {
            f.within("BLUE-01", "when =", "# when =");
        },
    ),
    bad("police", "smart quotes", READING, &[], |f| {
        f.within("THIRD-01", "\"headline\"", "\u{201c}headline\u{201d}");
    }),
    bad(
        "police",
        "byte order mark in the middle",
        READING,
        &[],
        |f| {
            f.within("THIRD-01", "[[rule]]", "\u{feff}[[rule]]");
        },
    ),
    bad(
        "police",
        "invisible character in a purpose",
        READING,
        &[],
        |f| {
            f.within("CONSENT-01", "early_help", "early_help\u{200b}");
        },
    ),
    bad(
        "police",
        "rules for another vocabulary",
        READING,
        &[],
        |f| {
            f.anywhere("vocabulary = \"1\"", "vocabulary = \"2\"");
        },
    ),
    bad(
        "police",
        "cap and its cases taken away together",
        MORE,
        &["police.allegation.complainant_name"],
        |f| {
            f.drop("THIRD-02");
            f.drop_cases("complain");
        },
    ),
    bad(
        "police",
        "an age group forgotten",
        &[Net::Cases, Net::Comparison],
        &["police.conviction.offence"],
        |f| {
            f.within("JUV-01", "\"age_0_to_4\", \"age_5_to_9\"", "\"age_0_to_4\"");
        },
    ),
    bad(
        "police",
        "cap without its kind withholds from children at risk",
        CASES,
        &[],
        |f| {
            f.without_line("THIRD-02", "of");
        },
    ),
    bad(
        "police",
        "cap on places turned to dates",
        MORE,
        &["police.domestic_incident.location"],
        |f| {
            f.within("PLACE-01", "\"location\"", "\"date\"");
        },
    ),
    bad(
        "police",
        "rule that has ended already",
        &[Net::Cases, Net::Reading],
        &[],
        |f| {
            f.within("S47-04", "why =", "until = 2026-01-31\nwhy =");
        },
    ),
    bad("police", "rung word of another kind", READING, &[], |f| {
        f.within("S47-01", "exact", "redacted");
    }),
    bad(
        "police",
        "convictions for a threshold enquiry",
        MORE,
        &["police.conviction.offence"],
        |f| {
            f.within(
                "S47-31",
                "\"s47_enquiry\"]",
                "\"s47_enquiry\", \"threshold_enquiry\"]",
            );
        },
    ),
    bad(
        "police",
        "intelligence asked for in any case",
        &[Net::Cases, Net::Comparison],
        &["police.intelligence.summary"],
        |f| {
            f.within("S47-50", "priority = [\"red\"], ", "");
        },
    ),
    bad(
        "police",
        "cap turned to another rating",
        &[Net::Cases, Net::Comparison],
        &["police.domestic_incident.date"],
        |f| {
            f.within("BLUE-01", "\"blue\"", "\"green\"");
        },
    ),
    bad(
        "police",
        "refusal by consent told as another reason",
        CASES,
        &[],
        |f| {
            f.within(
                "CONSENT-01",
                "code = \"consent_refused\"",
                "code = \"capped\"",
            );
        },
    ),
    bad(
        "police",
        "misspelt key in place of a condition",
        READING,
        &[],
        |f| {
            f.within("S47-50", "when =", "wehn =");
        },
    ),
    bad("police", "grant without a look-back", READING, &[], |f| {
        f.within("S47-01", ", within = \"24 months\"", "");
    }),
    bad(
        "police",
        "condition with nothing in it",
        READING,
        &[],
        |f| {
            f.within("CONSENT-01", "[\"refused\", \"withdrawn\"]", "[]");
        },
    ),
    bad("police", "another agency's field", READING, &[], |f| {
        f.within(
            "S47-06",
            "police.domestic_incident.role",
            "health.registration.practice",
        );
    }),
];
