//! A small case for the tests of this crate: three agencies, a child and a mother.

use stile_model::code::{CategoryStatus, ConsentState, MatchStatus, Nature, Priority, Rung};
use stile_model::digest::Digest;
use stile_model::enquiry::{Ask, Consent};
use stile_model::id::{Code, EnquiryId, RuleId};
use stile_model::redact::Redacted;
use stile_model::returns::{Finding, Item, Referred, Return, SubjectFinding, Withheld};
use stile_model::subject::{Born, Name, NameKind, Provenance, Shown, Subject};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{Category, Vocabulary};

use crate::sheet::{AgencyAsk, Answer, CaseSheet, Received};

pub(crate) const VOCABULARY: &str = r#"
version = 1
subject_role = [{ code = "child", name = "Child" }, { code = "parent_carer", name = "Parent or carer" }]
officer_role = [{ code = "researcher", name = "Hub researcher" }]
approver = [{ code = "duty_sergeant", name = "Duty sergeant" }]
withhold = [
    { code = "no_rule", name = "No rule lets it out", note = "A rule for this purpose." },
    { code = "safe_address", name = "A safe address", note = "Nothing while the flag stands." },
]
override = [{ code = "would_prejudice_protection", name = "Asking would raise the risk" }]
parents_informed = [{ code = "informed", name = "Parents informed" }]
handling = [
    { code = "official_sensitive", name = "OFFICIAL-SENSITIVE" },
    { code = "no_onward_disclosure", name = "Not to be passed on" },
    { code = "do_not_disclose_to_family", name = "Not to be shown to the family" },
]
outcome = [{ code = "strategy", name = "Strategy discussion" }]
clock = [{ priority = "red", hours = 4, working_hours = false }]

[[purpose]]
code = "s47_enquiry"
name = "Section 47 enquiry"
legal_gateway = ["Children Act 1989 s.47(9)"]
consent = "not_required"
general = { lawful_basis = "UK GDPR Art 6(1)(e)", condition = "DPA 2018 Sch 1 para 18" }
retention = "As the case"

[[agency]]
kind = "police"
name = "Police"
[[agency]]
kind = "health"
name = "Health"
[[agency]]
kind = "housing"
name = "Housing"

[[category]]
id = "police.incident"
title = "Incidents"
handling = "automatic"
event = "date"
field = [
    { name = "date", title = "Date", kind = "date" },
    { name = "summary", title = "What happened", kind = "text" },
    { name = "risk", title = "Risk", kind = "code", groups = { high = "serious", medium = "not serious" } },
    { name = "present", title = "Children present", kind = "flag" },
    { name = "count", title = "Calls", kind = "number" },
    { name = "location", title = "Where", kind = "location" },
    { name = "victim_name", title = "Victim", kind = "person", about = "third_party" },
    { name = "officer", title = "Officer", kind = "person", about = "professional" },
    { name = "desk", title = "Telephone of the desk", kind = "text", about = "professional" },
]

[[category]]
id = "police.intelligence"
title = "Intelligence"
handling = "refer"
event = "date"
field = [{ name = "date", title = "Date", kind = "date" }, { name = "text", title = "Text", kind = "text" }]

[[category]]
id = "health.attendance"
title = "Emergency attendances"
handling = "automatic"
event = "date"
field = [
    { name = "date", title = "Date", kind = "date" },
    { name = "risk", title = "Risk", kind = "code" },
    { name = "note", title = "Note", kind = "text" },
]

[[category]]
id = "housing.refuge"
title = "Refuge"
handling = "sealed"
existence = "closed"
event = "date"
field = [{ name = "date", title = "Date", kind = "date" }, { name = "place", title = "Place", kind = "location" }]

[[category]]
id = "housing.tenancy"
title = "Tenancy"
handling = "automatic"
field = [{ name = "date", title = "Date started", kind = "date" }]

[[category]]
id = "housing.noise"
title = "Noise"
handling = "automatic"
event = "date"
field = [{ name = "date", title = "Date", kind = "date" }, { name = "text", title = "Text", kind = "text" }]

[[case_kind]]
code = "significant_harm"
name = "Significant harm"
priority = "red"
purpose = "s47_enquiry"
categories = ["police.incident"]
"#;

pub(crate) fn vocabulary() -> Vocabulary {
    Vocabulary::parse("sample.toml", VOCABULARY).unwrap()
}

pub(crate) fn category(id: &str) -> Category {
    vocabulary().category(&id.parse().unwrap()).unwrap().clone()
}

pub(crate) fn code(text: &str) -> Code {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn rule() -> RuleId {
    "POL-12".parse().unwrap()
}

fn subject(id: &str, role: &str, forenames: &str) -> Subject {
    Subject {
        id: id.parse().unwrap(),
        role: code(role),
        names: vec![Name {
            forenames: forenames.into(),
            surname: "Testwood".into(),
            kind: NameKind::Current,
        }],
        born: Some(Born::Year(2018)),
        sex: None,
        addresses: Vec::new(),
        phones: Vec::new(),
        identifiers: Vec::new(),
    }
}

pub(crate) fn ask(agency: &str, categories: &[&str]) -> AgencyAsk {
    let asks = categories.iter().map(|category| Ask {
        category: category.parse().unwrap(),
        necessity: "needed to judge the risk".into(),
    });
    AgencyAsk {
        agency: agency.parse().unwrap(),
        asks: asks.collect(),
    }
}

pub(crate) fn sheet() -> CaseSheet {
    CaseSheet {
        case: "MASH-2026-00417".parse().unwrap(),
        kind: code("significant_harm"),
        priority: Priority::Red,
        purpose: code("s47_enquiry"),
        opened: at("2026-03-11T10:14:00Z"),
        due: Some(at("2026-03-11T14:14:00Z")),
        subjects: vec![
            subject("s1", "child", "Mali"),
            subject("s2", "parent_carer", "Carys"),
        ],
        asks: vec![
            ask("police", &["police.incident", "police.intelligence"]),
            ask("health", &["health.attendance"]),
            ask("housing", &["housing.refuge"]),
        ],
        consent: Consent {
            state: ConsentState::NotSought,
            override_reason: Some(code("would_prejudice_protection")),
            parents_informed: Some(code("informed")),
        },
        look_back_months: 12,
        outcome: None,
    }
}

pub(crate) fn shown(field: &str, rung: Rung, value: &str) -> Shown {
    Shown {
        field: field.to_owned(),
        rung,
        value: Redacted::new(value.to_owned()),
        rule: rule(),
    }
}

pub(crate) fn item(reference: &str, fields: Vec<Shown>) -> Item {
    Item {
        reference: reference.to_owned(),
        provenance: Provenance {
            system: "Niche".to_owned(),
            author: code("police_officer"),
            nature: Nature::Fact,
            verification: code("verified"),
        },
        recorded: None,
        grading: None,
        handling: vec![code("official_sensitive")],
        fields,
    }
}

pub(crate) fn finding(
    subject: &str,
    category: &str,
    status: CategoryStatus,
    items: Vec<Item>,
) -> Finding {
    Finding {
        subject: subject.parse().unwrap(),
        category: category.parse().unwrap(),
        status,
        items,
        withheld: Vec::new(),
        referred: None,
        capped: false,
    }
}

pub(crate) fn returned(agency: &str, n: u32, findings: Vec<Finding>) -> Return {
    let found = |id: &str, status, weak: Option<&str>| SubjectFinding {
        subject: id.parse().unwrap(),
        status,
        weak: weak.map(code),
    };
    Return {
        v: 1,
        enquiry: EnquiryId::from_bytes([1; 16]),
        enquiry_digest: Digest::of(b"enquiry"),
        from: agency.parse().unwrap(),
        to: "hub".parse().unwrap(),
        case: "MASH-2026-00417".parse().unwrap(),
        n,
        issued: at("2026-03-11T10:15:00Z"),
        policy: Digest::of(b"policy"),
        vocabulary: Digest::of(b"vocabulary"),
        subjects: vec![
            found("s1", MatchStatus::Confident, None),
            found("s2", MatchStatus::None, Some("name_only")),
        ],
        findings,
        closed: Vec::new(),
        more: false,
    }
}

pub(crate) fn received(agency: &str, answer: Answer) -> Received {
    Received {
        agency: agency.parse().unwrap(),
        agency_name: format!("{agency} of Riverside"),
        contact: format!("{agency} desk, extension 12"),
        kind: code(agency),
        answer,
    }
}

/// Police with an incident, intelligence and something withheld and referred; health with two
/// attendances; housing with a closed category.
pub(crate) fn answers() -> Vec<Received> {
    vec![
        received(
            "police",
            Answer::Returned(vec![returned("police", 1, police())]),
        ),
        received(
            "health",
            Answer::Returned(vec![returned("health", 1, health())]),
        ),
        received(
            "housing",
            Answer::Returned(vec![returned(
                "housing",
                1,
                vec![
                    finding("s1", "housing.refuge", CategoryStatus::NoRecord, Vec::new()),
                    finding("s2", "housing.refuge", CategoryStatus::NoRecord, Vec::new()),
                ],
            )]),
        ),
    ]
}

fn police() -> Vec<Finding> {
    let incident = item(
        "PPN-1",
        vec![
            shown("date", Rung::Detail, "2026-02-24"),
            shown("summary", Rung::Summary, "SECRETINCIDENT shouting"),
            shown("risk", Rung::Detail, "high"),
            shown("victim_name", Rung::Headline, "another person"),
        ],
    );
    let mut guarded = item(
        "PPN-2",
        vec![
            shown("date", Rung::Summary, "2026-02"),
            shown("summary", Rung::Detail, "SECRETGUARDED"),
        ],
    );
    guarded.handling.push(code("do_not_disclose_to_family"));
    let mut graded = item(
        "INT-1",
        vec![
            shown("date", Rung::Headline, "2025"),
            shown("text", Rung::Detail, "SECRETINTEL"),
        ],
    );
    graded.grading = Some("1A P".to_owned());
    let mut incidents = finding(
        "s1",
        "police.incident",
        CategoryStatus::PartlyShared,
        vec![incident, guarded],
    );
    incidents.withheld = vec![Withheld {
        field: "location".to_owned(),
        code: code("safe_address"),
    }];
    incidents.referred = Some(Referred {
        fields: vec!["summary".to_owned()],
        approvers: vec![code("duty_sergeant")],
        due: at("2026-03-11T11:00:00Z"),
    });
    let mother = item(
        "PPN-3",
        vec![shown("summary", Rung::Summary, "SECRETMOTHER")],
    );
    vec![
        incidents,
        finding(
            "s2",
            "police.incident",
            CategoryStatus::Shared,
            vec![mother],
        ),
        finding(
            "s1",
            "police.intelligence",
            CategoryStatus::Shared,
            vec![graded],
        ),
        finding(
            "s2",
            "police.intelligence",
            CategoryStatus::NotChecked,
            Vec::new(),
        ),
    ]
}

fn health() -> Vec<Finding> {
    let first = item(
        "ED-1",
        vec![
            shown("date", Rung::Detail, "2026-02-24"),
            shown("risk", Rung::Detail, "medium"),
        ],
    );
    let second = item("ED-2", vec![shown("note", Rung::Known, "held")]);
    vec![
        finding(
            "s1",
            "health.attendance",
            CategoryStatus::Shared,
            vec![first, second],
        ),
        finding(
            "s2",
            "health.attendance",
            CategoryStatus::NoRecord,
            Vec::new(),
        ),
    ]
}
