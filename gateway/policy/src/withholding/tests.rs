use stile_model::code::{Existence, Rung};
use stile_model::id::CategoryId;

use super::*;
use crate::sample::{Asked, file, today, vocabulary};
use crate::set::PolicySet;

fn police() -> Code {
    Code::new("police").unwrap()
}

fn category(id: &str) -> CategoryId {
    CategoryId::new(id).unwrap()
}

/// Proved as a policy that is to serve is.
fn proved(before: &str, kind: &Code) -> PolicySet {
    let text = withholding(before, vocabulary(), kind);
    PolicySet::activate_for(None, "rules.toml", &text, vocabulary(), kind, today(), 7)
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const HIDING: &str = "closed = [\"police.conviction\", \"police.gone\"]\n\
    [[rule]]\nid = \"A\"\nseal = \"police.domestic_incident.summary\"\n\
    when = { subject = [\"word_that_is_gone\"] }\napprover = \"detective_inspector\"\n\
    why = \"Children Act 1989 s.47(9)\"\n\
    [[rule]]\nid = \"B\"\nseal = \"police.gone.*\"\nwhy = \"Children Act 1989 s.47(9)\"\n\
    [[rule]]\nid = \"C\"\nshare = \"police.domestic_incident.date\"\nas = \"exact\"\n\
    why = \"Children Act 1989 s.47(9)\"\n";

#[test]
fn what_was_closed_or_sealed_stays_hidden_and_nothing_leaves() {
    let policy = proved(&file(HIDING), &police());

    for hidden in ["police.conviction", "police.domestic_incident"] {
        assert_eq!(policy.existence(&category(hidden)), Existence::Closed);
    }
    let sealed = category("police.domestic_incident");
    let contact = policy.sealed_contact(&sealed).map(Code::as_str);
    assert_eq!(contact, Some("detective_inspector"));
    for field in own(vocabulary(), &police()).flat_map(|one| &one.fields) {
        let asked = Asked::of(field.id.as_str());
        let decision = policy.rule(&asked.question(), today());
        assert_eq!(decision.approved, Rung::None, "{}", field.id);
    }
}

#[test]
fn hides_nothing_more_than_the_vocabulary_where_the_rules_hid_nothing() {
    let policy = proved("", &police());

    for one in own(vocabulary(), &police()) {
        assert_eq!(policy.existence(&one.id), one.existence, "{}", one.id);
    }
}

#[test]
fn hides_everything_where_the_rules_before_cannot_be_read() {
    for torn in [
        "[[rule",
        "agency = \"police\"\nclosed = \"police.conviction\"\n",
        "closed = [7]\n",
        "rule = \"police.*\"\n",
        "rule = [\"police.*\"]\n",
        "[[rule]]\nid = \"A\"\nseal = [\"police.domestic_incident.*\"]\n",
    ] {
        let policy = proved(torn, &police());

        for one in own(vocabulary(), &police()) {
            let existence = policy.existence(&one.id);
            assert_eq!(existence, Existence::Closed, "{} after {torn}", one.id);
        }
    }
}

#[test]
fn tells_a_hit_to_the_role_that_the_first_rule_by_its_id_names() {
    let seal = |id: &str, named: &str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nseal = \"police.domestic_incident.*\"\n{named}\nwhy = \"Safety\"\n"
        )
    };
    let text = file(
        &[
            seal("C", "approver = \"detective_inspector\""),
            seal("B", "approvers = [\"ig_lead\"]"),
            seal("A", ""),
        ]
        .concat(),
    );
    let sealed = category("police.domestic_incident");
    let before = PolicySet::compile("rules.toml", &text, vocabulary()).unwrap();

    let after = proved(&text, &police());

    assert_eq!(before.sealed_contact(&sealed).unwrap().as_str(), "ig_lead");
    assert_eq!(
        after.sealed_contact(&sealed),
        before.sealed_contact(&sealed)
    );
}

#[test]
fn what_a_template_seals_stays_hidden_in_every_kind_of_agency() {
    for agency in &vocabulary().agencies {
        let path = format!(
            "{}/../../policies/{}/rules.toml",
            env!("CARGO_MANIFEST_DIR"),
            agency.kind
        );
        let text = std::fs::read_to_string(path).unwrap();
        let before = PolicySet::compile("rules.toml", &text, vocabulary()).unwrap();
        let after = proved(&text, &agency.kind);

        let seals = before.rules().rules.iter();
        let seals = seals.filter(|rule| rule.verb == crate::rules::Verb::Seal);
        for rule in seals {
            for one in own(vocabulary(), &agency.kind) {
                if one.fields.iter().any(|field| rule.target.covers(&field.id)) {
                    assert_eq!(after.existence(&one.id), Existence::Closed, "{}", one.id);
                    let told = (
                        after.sealed_contact(&one.id),
                        before.sealed_contact(&one.id),
                    );
                    assert_eq!(told.0, told.1, "{}", one.id);
                }
            }
        }
    }
}
