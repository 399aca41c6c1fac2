//! A document with something in every field, and in every field that a person or an agency can fill a
//! mark and text that is a command to the typesetter.

use serde_json::{Value, json};
use stile_product::{Audience, Document, Language};

/// What means something in the typesetter's own language.
const COMMANDS: &str = "#panic(\"x\") *b* $x$ `y` <t> @r \\ //";

/// One for each field that is printed; found again without the blanks of the layout.
pub const MARKS: [&str; 39] = [
    "qhub",
    "qorigin",
    "qkind",
    "qpurpose",
    "qpower",
    "qoverride",
    "qparents",
    "qoutcome",
    "qname",
    "qrole",
    "qnotice",
    "qagency",
    "qtitle",
    "qfield",
    "qvalue",
    "qsystem",
    "qauthor",
    "qverif",
    "qgrading",
    "qmark",
    "qref",
    "qstatus",
    "qmatch",
    "qweak",
    "qfound",
    "qpoint",
    "qsays",
    "qwhat",
    "qwhy",
    "qchange",
    "qasked",
    "qgap",
    "qlater",
    "qnorecord",
    "qcontact",
    "qknown",
    "qcategory",
    "qborn",
    "qrule",
];

fn q(mark: &str) -> String {
    format!("q{mark} {COMMANDS}")
}

fn word(code: &str, mark: &str) -> Value {
    json!({ "code": code, "words": q(mark) })
}

/// A document for `audience` with `events` items.
pub fn document(audience: Audience, language: Language, events: usize) -> Document {
    let whole = matches!(audience, Audience::DecisionMaker | Audience::ReceivingTeam);
    let product = product(audience, whole, events);
    let document = json!({
        "v": 1,
        "language": language,
        "hub": q("hub"),
        "number": 7,
        "recipient": { "role": "Team manager", "name": "s-2001" },
        "ledger": { "origin": q("origin"), "size": 4711, "root": "ab".repeat(32) },
        "product_digest": "cd".repeat(32),
        "presence": presence(audience),
        "product": product,
    });
    serde_json::from_value(document).unwrap()
}

fn presence(audience: Audience) -> Value {
    let line = |found: Value| {
        json!({
            "agency_name": "Health", "subject_name": q("name"), "found": found,
            "checked": "2026-02-24T21:00:00.000Z",
        })
    };
    match audience {
        Audience::DecisionMaker => json!([
            line(word("known", "known")),
            line(json!({ "code": "no_match", "words": "No token match (not absence)" })),
        ]),
        _ => json!([]),
    }
}

fn product(audience: Audience, whole: bool, events: usize) -> Value {
    let feedback = audience == Audience::ReferrerFeedback;
    let only = |value: Value| if whole { value } else { json!(null) };
    let listed = |value: Value| if whole { value } else { json!([]) };
    json!({
        "v": 1,
        "marking": "OFFICIAL-SENSITIVE",
        "audience": audience,
        "case": "MASH-2026-00417",
        "made": "2026-02-24T22:40:00.000Z",
        "opened": "2026-02-24T18:40:00.000Z",
        "due": only(json!("2026-02-24T22:40:00.000Z")),
        "kind": only(word("neglect", "kind")),
        "priority": only(json!("red")),
        "purpose": only(word("s47_enquiry", "purpose")),
        "legal_gateway": listed(json!([q("power")])),
        "look_back_months": only(json!(24)),
        "consent": only(json!({
            "state": "not_sought",
            "override_reason": word("danger", "override"),
            "parents_informed": word("informed", "parents"),
        })),
        "outcome": if whole || feedback { word("strategy", "outcome") } else { json!(null) },
        "subjects": if feedback { json!([]) } else { json!([
            { "id": "s1", "name": q("name"), "role": word("child", "role"), "born": q("born") },
        ]) },
        "notices": [q("notice")],
        "counts": only(json!({
            "agencies": 3, "answered": 2, "items": events, "withheld": 1, "referred": 1, "gaps": 1,
            "no_record": 1, "set_aside": 0,
        })),
        "chronology": if feedback { json!([]) } else { (0..events).map(event).collect::<Value>() },
        "agencies": listed(json!([agency()])),
        "agreements": listed(json!([comparison()])),
        "contradictions": listed(json!([comparison()])),
        "withheld": listed(json!([{
            "agency": "police", "agency_name": q("agency"), "subject": "s1",
            "subject_name": q("name"), "category": "police.incident", "title": q("title"),
            "what": q("what"), "why": word("no_rule", "why"), "would_change": q("change"),
        }])),
        "referred": listed(json!([{
            "agency": "police", "agency_name": q("agency"), "subject": "s1",
            "subject_name": q("name"), "category": "police.incident", "title": q("title"),
            "fields": [q("field")], "approvers": [word("sergeant", "asked")],
            "due": "2026-02-25T09:00:00.000Z", "overdue": true,
        }])),
        "gaps": listed(json!([{
            "agency": "housing", "agency_name": "Housing", "what": q("gap"),
            "subject_name": q("name"), "why": word("unreachable", "later"),
            "next": "2026-02-25T09:00:00.000Z",
        }])),
        "no_record": listed(json!([{
            "agency": "health", "agency_name": "Health", "subject": "s1",
            "subject_name": q("name"), "category": "health.registration", "title": q("category"),
            "words": q("norecord"),
        }])),
        "contacts": if feedback { json!([]) } else { json!([
            { "agency": "police", "agency_name": q("agency"), "contact": q("contact") },
        ]) },
    })
}

fn event(place: usize) -> Value {
    let agency = ["Police", "Health", "Housing", "Education", "Probation"][place % 5];
    json!({
        "when": format!("2025-{:02}-{:02}", place % 12 + 1, place % 28 + 1),
        "precision": "day",
        "agency": agency.to_lowercase(),
        "agency_name": format!("{agency} {}", q("agency")),
        "subject": "s1",
        "subject_name": q("name"),
        "category": "police.incident",
        "title": q("title"),
        "fields": [
            { "field": "summary", "title": q("field"), "rung": "detail", "value": q("value"),
              "rule": "QRULE-04" },
            { "field": "note", "title": "What happened", "rung": "detail", "rule": "QRULE-05",
              "value": "Officers attended. The child was present and had no visible injury; the mother said that it was not the first time, and asked for help to change the locks." },
        ],
        "provenance": {
            "system": q("system"), "author": q("author"), "nature": "allegation",
            "verification": q("verif"), "grading": q("grading"), "recorded": "2025-01-02",
            "handling": [word("official_sensitive", "mark")], "reference": q("ref"),
        },
    })
}

fn agency() -> Value {
    json!({
        "agency": "police", "name": q("agency"), "kind": "police",
        "status": word("answered", "status"), "last_return": 1, "more": true, "policy": null,
        "matches": [{
            "subject": "s1", "subject_name": q("name"), "status": "confident",
            "words": q("match"), "weak": word("name_only", "weak"),
        }],
        "findings": [{
            "subject": "s1", "subject_name": q("name"), "category": "police.incident",
            "title": q("title"), "status": "shared", "words": q("found"), "items": 3,
            "capped": true,
        }],
    })
}

fn comparison() -> Value {
    json!({
        "subject": "s1", "subject_name": q("name"), "point": q("point"),
        "says": [["Police", q("says")], ["Health", q("says")]],
    })
}
