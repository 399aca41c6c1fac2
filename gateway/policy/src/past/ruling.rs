//! Why a past enquiry was answered as it was, field by field.

use serde::{Deserialize, Serialize};
use stile_model::id::{FieldId, SubjectId};
use stile_model::vocabulary::{Recency, Vocabulary};
use utoipa::ToSchema;

use super::PastEnquiry;
use crate::decide::Decision;
use crate::explain::explain;
use crate::record::RuleGround;
use crate::replay::Said;
use crate::set::PolicySet;

/// What policy said of one field for one person, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PastRuling {
    /// The person, by place.
    pub subject: SubjectId,
    /// The field.
    pub field: FieldId,
    /// For records of these ages.
    pub recencies: Vec<Recency>,
    /// What it said.
    pub said: Said,
    /// The rules that decided, with their grounds.
    pub rules: Vec<RuleGround>,
    /// Which rules applied, which decided and what would have changed it, in plain English; for the
    /// holder alone.
    pub explanation: String,
}

/// What these rules said to every question of a past enquiry, on the day it was ruled on.
pub fn rulings(set: &PolicySet, past: &PastEnquiry, vocabulary: &Vocabulary) -> Vec<PastRuling> {
    let on = past.ruled.date();
    let mut rulings: Vec<PastRuling> = Vec::new();
    for (subject, question) in past.questions(vocabulary) {
        let decision = set.rule(&question, on);
        let (said, rules) = (said(&decision), grounds(set, &decision));
        let same = rulings.iter_mut().rev().find(|one| {
            one.subject == subject.id
                && one.field == *question.field
                && one.said == said
                && one.rules == rules
        });
        if let Some(same) = same {
            same.recencies.push(question.recency);
            continue;
        }
        rulings.push(PastRuling {
            subject: subject.id.clone(),
            field: question.field.clone(),
            recencies: vec![question.recency],
            said,
            rules,
            explanation: explain(set, vocabulary, &question, on).plain_english(),
        });
    }
    rulings
}

fn said(decision: &Decision) -> Said {
    Said {
        auto: decision.auto,
        approved: decision.approved,
        approvers: decision.approvers.roles.clone(),
        any_of: decision.approvers.any_of,
        sealed: decision.sealed,
        withhold: decision.withhold.clone(),
    }
}

fn grounds(set: &PolicySet, decision: &Decision) -> Vec<RuleGround> {
    let rules = decision.rules.iter();
    rules
        .filter_map(|id| set.rules().rule(id))
        .map(RuleGround::of)
        .collect()
}

#[cfg(test)]
mod tests {
    use stile_model::code::Rung;

    use super::*;
    use crate::sample::{RULES, past, set, vocabulary};

    #[test]
    fn names_what_was_said_of_each_field_by_which_rule_and_why() {
        let told = rulings(&set(RULES), &past(1, |_| ()), vocabulary());

        let of = |field: &str| {
            let mut fields = told.iter();
            let found =
                fields.find(|one| one.field.name() == field && one.subject.as_str() == "s1");
            found.unwrap()
        };
        let date = of("date");
        assert_eq!(date.said.auto, Rung::Detail);
        assert_eq!(date.recencies.len(), 4, "{date:?}");
        assert_eq!(date.rules[0].rule.as_str(), "A-1");
        assert_eq!(date.rules[0].why, "Children Act 1989 s.47(9)");
        assert!(date.explanation.contains("A-1"), "{}", date.explanation);
        let victim = of("victim_name");
        assert_eq!(victim.said.withhold.as_str(), "third_party");
        assert!(victim.rules.iter().any(|one| one.rule.as_str() == "C-1"));
    }

    #[test]
    fn says_nothing_of_a_category_the_vocabulary_does_not_have() {
        let stranger = past(1, |past| {
            past.categories = vec!["police.horoscope".parse().unwrap()];
        });

        assert!(rulings(&set(RULES), &stranger, vocabulary()).is_empty());
    }
}
