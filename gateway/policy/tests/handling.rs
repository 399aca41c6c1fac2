//! The default handling of every kind of information, held against every template.
//!
//! ```text
//! A  some question gets at least a headline at once
//! S  a summary or an indicator: never the subject's own detail at once
//! R  nothing at once, whatever is asked; a named person may agree
//! X  not shown to exist, whatever is asked
//! N  nothing to anybody, whatever is asked and whoever agrees
//! ```
//!
//! "Whatever is asked" is every question there is: of the words that no rule about a field tells
//! apart, one stands for all.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use stile_model::code::{About, ConsentState, Existence, FieldKind, Handling, Priority, Rung};
use stile_model::id::Code;
use stile_model::time::Date;
use stile_model::vocabulary::{AgeBand, Category, Field, Recency, Vocabulary};
use stile_policy::{Decision, PolicySet, Question, Rule, Rules, parse_rules};

/// Each category of the vocabulary with its default: one letter, or two where it depends on what is
/// asked. The first seven kinds are what hubs hold and withhold today; the last two follow them.
const TABLE: &[(&str, &str)] = &[
    ("police.conviction", "AS"),
    ("police.domestic_incident", "A"),
    ("police.missing_episode", "A"),
    ("police.protective_order", "A"),
    ("police.allegation", "R"),
    ("police.intelligence", "R"),
    ("police.intelligence_conditions", "X"),
    ("police.live_investigation", "X"),
    ("police.covert_source", "X"),
    ("social_care.contact", "A"),
    ("social_care.assessment", "A"),
    ("social_care.plan", "A"),
    ("social_care.legal_status", "A"),
    ("social_care.legal", "R"),
    ("social_care.placement", "X"),
    ("social_care.adoption", "X"),
    ("health.registration", "A"),
    ("health.missed_appointment", "A"),
    ("health.emergency_attendance", "AS"),
    ("health.maternity", "AS"),
    ("health.service_involvement", "S"),
    ("health.mental_health", "R"),
    ("health.substance_use", "R"),
    ("health.drug_treatment", "X"),
    ("health.sexual_health", "X"),
    ("health.s_flag", "X"),
    ("health.protected_identity", "N"),
    ("education.roll", "A"),
    ("education.attendance", "A"),
    ("education.exclusion", "A"),
    ("education.sen", "A"),
    ("education.safeguarding_log", "S"),
    ("education.disclosure", "R"),
    ("probation.order", "A"),
    ("probation.risk", "A"),
    ("probation.oasys_narrative", "R"),
    ("probation.victim_contact", "X"),
    ("probation.mappa", "R"),
    ("housing.tenancy", "A"),
    ("housing.homelessness", "A"),
    ("housing.antisocial_behaviour", "AS"),
    ("housing.arrears", "AS"),
    ("housing.refuge", "X"),
    ("housing.complainant", "N"),
    ("youth_justice.order", "A"),
    ("youth_justice.assetplus", "AS"),
    ("youth_justice.victim", "X"),
    ("youth_justice.intelligence", "X"),
    ("domestic_abuse_service.support", "S"),
    ("domestic_abuse_service.risk", "A"),
    ("domestic_abuse_service.child", "S"),
    ("domestic_abuse_service.safety_plan", "R"),
    ("domestic_abuse_service.disclosure", "R"),
    ("domestic_abuse_service.behaviour_change", "A"),
    ("domestic_abuse_service.accommodation", "X"),
    ("adult_social_care.concern", "A"),
    ("adult_social_care.enquiry", "A"),
    ("adult_social_care.assessment", "S"),
    ("adult_social_care.care_plan", "A"),
    ("adult_social_care.capacity", "R"),
    ("adult_social_care.legal", "R"),
    ("adult_social_care.safe_placement", "X"),
    ("adult_social_care.whistleblower", "N"),
];

/// The handling that the vocabulary may give for a letter of the table.
fn fits(letters: &str, handling: Handling) -> bool {
    letters.chars().any(|letter| {
        handling
            == match letter {
                'A' => Handling::Automatic,
                'S' => Handling::Summary,
                'R' => Handling::Refer,
                'X' => Handling::Sealed,
                'N' => Handling::Barred,
                other => panic!("`{other}` is no letter of the table"),
            }
    })
}

fn read(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("policies/{path}: {error}"))
}

fn vocabulary() -> &'static Vocabulary {
    static READ: OnceLock<Vocabulary> = OnceLock::new();
    READ.get_or_init(|| Vocabulary::parse("vocabulary.toml", &read("vocabulary.toml")).unwrap())
}

fn today() -> Date {
    Date::new(2026, 11, 22).unwrap()
}

/// A template in force, with its rules as read.
struct Template {
    rules: Rules,
    policy: PolicySet,
}

fn templates() -> &'static BTreeMap<String, Template> {
    static READ: OnceLock<BTreeMap<String, Template>> = OnceLock::new();
    READ.get_or_init(|| {
        let template = |kind: &Code| {
            let (name, text) = (
                format!("policies/{kind}/rules.toml"),
                read(&format!("{kind}/rules.toml")),
            );
            let policy = PolicySet::activate(&name, &text, vocabulary(), kind, today(), 3);
            Template {
                rules: parse_rules(&name, &text, vocabulary()).unwrap(),
                policy: policy.unwrap_or_else(|error| panic!("{error}")),
            }
        };
        let kinds = vocabulary().agencies.iter();
        kinds
            .map(|agency| (agency.kind.to_string(), template(&agency.kind)))
            .collect()
    })
}

fn template(category: &Category) -> &'static Template {
    &templates()[category.id.agency_kind()]
}

/// One word of each dimension.
#[derive(Debug, Clone)]
struct Asked {
    purpose: Code,
    priority: Option<Priority>,
    consent: Option<ConsentState>,
    subject: Option<Code>,
    age: AgeBand,
    recency: Recency,
    requester: Option<Code>,
}

/// Of `words`, one for each class that `rules` tell apart.
fn classes<'a, T>(
    words: Vec<T>,
    rules: &[&'a Rule],
    says: impl Fn(&'a Rule, &T) -> bool,
) -> Vec<T> {
    let mut seen = BTreeSet::new();
    words
        .into_iter()
        .filter(|word| {
            let class: Vec<bool> = rules.iter().map(|rule| says(rule, word)).collect();
            seen.insert(class)
        })
        .collect()
}

/// Every question about `field`, up to words that no rule about it tells apart. The words that a test
/// below speaks of stand first, so that they stand for their class.
fn questions(rules: &Rules, field: &Field) -> Vec<Asked> {
    let about: Vec<&Rule> = rules
        .rules
        .iter()
        .filter(|rule| rule.covers(field))
        .collect();
    let known = vocabulary();
    let coded = |word: &str| Code::new(word).unwrap();
    let first = ["a_purpose_nobody_knows", "early_help", "child_in_need"].map(coded);
    let purposes = known.purposes.iter().map(|purpose| purpose.code.clone());
    let purposes = classes(
        first.into_iter().chain(purposes).collect(),
        &about,
        |rule, word| rule.when.purpose.contains(word),
    );
    let priorities = [Priority::Blue]
        .into_iter()
        .chain(Priority::ALL.iter().copied());
    let priorities = classes_or_unknown(priorities, &about, |rule, word| {
        rule.when.priority.contains(word)
    });
    let consents = [ConsentState::Refused]
        .into_iter()
        .chain(ConsentState::ALL.iter().copied());
    let consents = classes_or_unknown(consents, &about, |rule, word| {
        rule.when.consent.contains(word)
    });
    let people = known.subject_roles.iter().map(|term| term.code.clone());
    let people = [coded("victim")].into_iter().chain(people);
    let subjects = classes_or_unknown(people, &about, |rule, word| {
        rule.when.subject.contains(word)
    });
    let officers = known.officer_roles.iter().map(|term| term.code.clone());
    let requesters = classes_or_unknown(officers, &about, |rule, word| {
        rule.when.requester.contains(word)
    });
    // Of these two the word for what is not known is one of the words, and stands for itself.
    let mut ages = classes(AgeBand::ALL.to_vec(), &about, |rule, word| {
        rule.when.age.contains(word)
    });
    ages.push(AgeBand::Unknown);
    let mut recencies = classes(Recency::ALL.to_vec(), &about, |rule, word| {
        rule.when.within.is_some_and(|within| *word <= within)
    });
    recencies.push(Recency::Unknown);

    let mut asked = Vec::new();
    for purpose in &purposes {
        for priority in &priorities {
            for consent in &consents {
                for subject in &subjects {
                    for age in &ages {
                        for recency in &recencies {
                            asked.extend(requesters.iter().map(|requester| Asked {
                                purpose: purpose.clone(),
                                priority: *priority,
                                consent: *consent,
                                subject: subject.clone(),
                                age: *age,
                                recency: *recency,
                                requester: requester.clone(),
                            }));
                        }
                    }
                }
            }
        }
    }
    asked
}

/// One of each class of known words, and the value that is not known.
fn classes_or_unknown<'a, T>(
    words: impl IntoIterator<Item = T>,
    rules: &[&'a Rule],
    says: impl Fn(&'a Rule, &T) -> bool,
) -> Vec<Option<T>> {
    let known = classes(words.into_iter().collect(), rules, says);
    known.into_iter().map(Some).chain([None]).collect()
}

impl Asked {
    fn ruling(&self, template: &Template, field: &Field) -> Decision {
        let question = Question {
            field: &field.id,
            purpose: &self.purpose,
            priority: self.priority,
            consent: self.consent,
            subject_role: self.subject.as_ref(),
            age: self.age,
            recency: self.recency,
            requester: self.requester.as_ref(),
            hub: None,
        };
        template.policy.rule(&question, today())
    }
}

/// Every ruling on every field of a category, with the question.
fn rulings(category: &Category) -> impl Iterator<Item = (&Field, Asked, Decision)> {
    rulings_on(category, |_| true)
}

/// Every ruling on those fields of a category.
fn rulings_on(
    category: &Category,
    fields: impl Fn(&Field) -> bool,
) -> impl Iterator<Item = (&Field, Asked, Decision)> {
    let template = template(category);
    let fields: Vec<&Field> = category
        .fields
        .iter()
        .filter(|field| fields(field))
        .collect();
    fields.into_iter().flat_map(move |field| {
        questions(&template.rules, field)
            .into_iter()
            .map(move |asked| {
                let ruling = asked.ruling(template, field);
                (field, asked, ruling)
            })
    })
}

fn of(letters: char) -> impl Iterator<Item = &'static Category> {
    TABLE
        .iter()
        .filter(move |(_, own)| own.contains(letters))
        .map(|(name, _)| vocabulary().category(&name.parse().unwrap()).unwrap())
}

#[test]
fn the_table_names_every_category_once_as_the_vocabulary_handles_it() {
    let table: BTreeMap<&str, &str> = TABLE.iter().copied().collect();
    assert_eq!(table.len(), TABLE.len(), "a category is in the table twice");

    for category in &vocabulary().categories {
        let letters = table
            .get(category.id.as_str())
            .unwrap_or_else(|| panic!("the table lacks `{}`", category.id));
        assert!(
            fits(letters, category.handling),
            "{}: {letters}",
            category.id
        );
        let shut = matches!(category.handling, Handling::Sealed | Handling::Barred);
        assert_eq!(
            shut,
            category.existence == Existence::Closed,
            "{}: what is sealed or barred is closed, and nothing else",
            category.id
        );
    }
    assert_eq!(table.len(), vocabulary().categories.len());
}

#[test]
fn gives_a_headline_at_once_where_the_default_is_automatic() {
    for category in of('A') {
        let given = rulings(category).any(|(_, _, ruling)| ruling.auto >= Rung::Headline);

        assert!(given, "{} never gives a headline", category.id);
    }
}

#[test]
fn gives_no_detail_about_a_person_at_once_where_the_default_is_a_summary() {
    let only = |category: &&Category| !TABLE.contains(&(category.id.as_str(), "AS"));
    for category in of('S').filter(only) {
        let mut given = Rung::None;
        for (field, asked, ruling) in rulings(category) {
            given = given.max(ruling.auto);
            let whole = ruling.auto == Rung::Detail && field.about == About::Subject;
            assert!(!whole, "{}: {asked:?}", field.id);
        }
        assert!(given >= Rung::Known, "{} never gives anything", category.id);
    }
}

#[test]
fn gives_nothing_at_once_where_a_person_decides() {
    for category in of('R') {
        let mut referred = false;
        for (field, asked, ruling) in rulings(category) {
            assert_eq!(ruling.auto, Rung::None, "{}: {asked:?}", field.id);
            assert_eq!(
                ruling.approved > Rung::None,
                !ruling.approvers.roles.is_empty(),
                "{}: {asked:?}",
                field.id
            );
            referred |= ruling.approved > Rung::None;
        }
        assert!(referred, "{} is never put to a person", category.id);
    }
}

#[test]
fn shows_no_existence_of_what_is_sealed_and_alerts_somebody() {
    for category in of('X') {
        for (field, asked, ruling) in rulings(category) {
            assert!(ruling.sealed, "{}: {asked:?}", field.id);
            assert_eq!(ruling.approved, Rung::None, "{}: {asked:?}", field.id);
            assert_eq!(
                ruling.withhold.as_str(),
                "no_rule",
                "{}: {asked:?}",
                field.id
            );
        }
        let contact = template(category).policy.sealed_contact(&category.id);
        assert!(contact.is_some(), "{} alerts nobody", category.id);
    }
}

#[test]
fn gives_nothing_to_anybody_of_what_a_statute_bars() {
    for category in of('N') {
        for (field, asked, ruling) in rulings(category) {
            assert_eq!(ruling.approved, Rung::None, "{}: {asked:?}", field.id);
            assert!(ruling.auto == Rung::None && ruling.approvers.roles.is_empty());
            assert_eq!(
                ruling.withhold.as_str(),
                "statutory_bar",
                "{}: {asked:?}",
                field.id
            );
        }
    }
}

#[test]
fn names_no_other_person_and_nothing_of_who_complained() {
    let others = |field: &Field| matches!(field.about, About::Complainant | About::ThirdParty);
    let mut seen = BTreeSet::new();
    for category in &vocabulary().categories {
        for (field, asked, ruling) in rulings_on(category, others) {
            let most = if field.about == About::Complainant {
                Rung::None
            } else {
                Rung::Headline
            };
            seen.insert(field.id.clone());
            assert!(ruling.approved <= most, "{}: {asked:?}", field.id);
        }
    }
    assert!(seen.len() > 15, "only {} fields", seen.len());
}

#[test]
fn never_tells_where_a_victim_is() {
    let place = |field: &Field| field.kind == FieldKind::Location;
    let mut seen = 0;
    for category in &vocabulary().categories {
        for (field, asked, ruling) in rulings_on(category, place) {
            let victim = |role: &Code| role.as_str() == "victim";
            if asked.subject.as_ref().is_none_or(victim) {
                seen += 1;
                assert_eq!(ruling.approved, Rung::None, "{}: {asked:?}", field.id);
            }
        }
    }
    assert!(seen > 100, "only {seen} questions");
}

#[test]
fn gives_nothing_on_a_refusal_below_the_threshold_and_nothing_for_a_case_rated_blue() {
    let refused = [ConsentState::Refused, ConsentState::Withdrawn];
    for category in &vocabulary().categories {
        for (field, asked, ruling) in rulings(category) {
            let below = ["child_in_need", "early_help"].contains(&asked.purpose.as_str());
            let no = asked
                .consent
                .is_none_or(|consent| refused.contains(&consent));
            let blue = asked
                .priority
                .is_none_or(|priority| priority == Priority::Blue);
            if (below && no) || blue {
                assert_eq!(ruling.approved, Rung::None, "{}: {asked:?}", field.id);
            }
        }
    }
}

#[test]
fn gives_nothing_for_a_purpose_that_the_vocabulary_does_not_have() {
    for category in &vocabulary().categories {
        for (field, asked, ruling) in rulings(category) {
            if vocabulary().purpose(&asked.purpose).is_none() {
                assert_eq!(ruling.approved, Rung::None, "{}: {asked:?}", field.id);
            }
        }
    }
}

#[test]
fn every_template_answers_the_forums_of_adults_and_of_domestic_abuse() {
    for (kind, template) in templates() {
        for purpose in [
            "marac",
            "adult_safeguarding",
            "s47_enquiry",
            "threshold_enquiry",
        ] {
            let speaks = template.rules.rules.iter().any(|rule| {
                rule.verb.grants()
                    && rule
                        .when
                        .purpose
                        .iter()
                        .any(|code| code.as_str() == purpose)
            });
            assert!(speaks, "{kind} says nothing for {purpose}");
        }
    }
}

#[test]
fn every_rule_names_its_source_and_who_looks_after_it_and_every_grant_its_purpose() {
    const SOURCES: &[&str] = &[
        " s.",
        " Sch ",
        " ss.",
        " Art ",
        " Part ",
        " Regulations ",
        " Rules ",
        " Act ",
        "uidance",
        " v ",
        "onfidentiality",
        "Common-law",
        "3x5x2",
        "NICE",
        "Code of Practice",
        "Working Together",
        "Keeping Children Safe",
        "Child Protection Information Sharing",
        "NHS restricted",
    ];
    for (kind, template) in templates() {
        for rule in &template.rules.rules {
            let named = SOURCES.iter().any(|source| rule.why.contains(source));
            assert!(named, "{kind} {}: `{}` names no source", rule.id, rule.why);
            assert!(rule.owner.is_some(), "{kind} {} has no owner", rule.id);
            assert!(
                !rule.verb.grants() || !rule.when.purpose.is_empty(),
                "{kind} {} grants for every purpose",
                rule.id
            );
        }
    }
}
