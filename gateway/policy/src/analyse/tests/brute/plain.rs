//! Rules as a person reads them, and what they say to one question.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use stile_model::code::{About, Handling, Rung};
use stile_model::time::Date;
use stile_model::vocabulary::Recency;

use crate::analyse::Answer;
use crate::decide::Approvers;
use crate::rules::Verb;
use crate::sample::vocabulary;
use crate::set::PolicySet;

/// Year, month and day.
pub type Day = (i16, i8, i8);

/// One field of each class that the targets and kinds below tell apart.
pub static FIELDS: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let mut fields: Vec<Known> = Vec::new();
    let police = vocabulary()
        .categories
        .iter()
        .filter(|category| category.id.agency_kind() == "police");
    for (category, field) in
        police.flat_map(|category| category.fields.iter().map(move |field| (category, field)))
    {
        let known = Known {
            id: field.id.as_str(),
            third_party: field.about == About::ThirdParty,
            dated: category.event.is_some(),
            barred: category.handling == Handling::Barred,
        };
        let class = |known: &Known| {
            (
                TARGETS.map(|target| reaches(target, known.id)),
                known.third_party,
                known.dated,
                known.barred,
            )
        };
        if !fields.iter().any(|own| class(own) == class(&known)) {
            fields.push(known);
        }
    }
    fields
});

/// A field as the vocabulary describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub id: &'static str,
    third_party: bool,
    dated: bool,
    barred: bool,
}

fn reaches(target: &str, field: &str) -> bool {
    target
        .strip_suffix('*')
        .map_or(field == target, |start| field.starts_with(start))
}

const TARGETS: [&str; 6] = [
    "police.*",
    "police.domestic_incident.*",
    "police.domestic_incident.summary",
    "police.domestic_incident.victim_name",
    "police.protective_order.*",
    "police.live_investigation.*",
];
const PURPOSES: &[&str] = &["s47_enquiry", "early_help"];
const CONSENTS: &[&str] = &["refused", "given"];
const SUBJECTS: &[&str] = &["child"];
const HUBS: &[&str] = &["hub-north", "hub-south"];
const ROLES: &[&str] = &[
    "detective_inspector",
    "duty_safeguarding_sergeant",
    "ig_lead",
];
/// Today, the last days and the days after.
pub const DAYS: &[Day] = &[(2026, 11, 22), (2026, 11, 23), (2026, 12, 31), (2027, 1, 1)];
const LASTS: &[Day] = &[(2026, 11, 21), (2026, 11, 22), (2026, 12, 31)];
const BANDS: &[(&str, Recency)] = &[
    ("3 months", Recency::To3m),
    ("12 months", Recency::To12m),
    ("ever", Recency::Older),
];
const AGES: &[Recency] = &[
    Recency::To3m,
    Recency::To12m,
    Recency::To24m,
    Recency::Unknown,
];

pub fn on((year, month, day): Day) -> Date {
    Date::new(year, month, day).unwrap()
}

/// Numbers that look random and are the same each time.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % count
    }

    fn of<T: Copy>(&mut self, words: &[T]) -> T {
        words[self.below(words.len())]
    }

    fn some(&mut self, words: &[&'static str]) -> Vec<&'static str> {
        if self.below(3) > 0 {
            return Vec::new();
        }
        let first = self.below(words.len());
        let second = self.below(words.len());
        let chosen: BTreeSet<_> = [words[first], words[second]].into();
        chosen.into_iter().collect()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub id: String,
    pub verb: Verb,
    target: &'static str,
    pub rung: Rung,
    third_party: bool,
    purpose: Vec<&'static str>,
    consent: Vec<&'static str>,
    subject: Vec<&'static str>,
    hub: Vec<&'static str>,
    within: Option<(&'static str, Recency)>,
    agency: bool,
    roles: Vec<&'static str>,
    any_of: bool,
    code: Option<&'static str>,
    hours: Option<u32>,
    pub until: Option<Day>,
}

/// One question. `unknown` where a thing is not known.
#[derive(Debug, Clone)]
pub struct Question {
    pub field: Known,
    pub purpose: &'static str,
    pub consent: &'static str,
    pub subject: &'static str,
    pub hub: &'static str,
    pub recency: Recency,
}

/// Every question that generated rules can tell apart; hubs that no rule names are `another_hub`.
pub fn grid(named: &BTreeSet<&'static str>) -> Vec<Question> {
    // A word that generated rules never name stands for all such; `unknown` is yet another thing.
    let with = |words: &[&'static str], other: &'static str| -> Vec<&'static str> {
        words.iter().copied().chain([other, "unknown"]).collect()
    };
    let mut questions = Vec::new();
    for field in FIELDS.iter().copied() {
        for purpose in with(PURPOSES, "threshold_enquiry") {
            for consent in with(CONSENTS, "not_sought") {
                for subject in with(SUBJECTS, "sibling") {
                    for hub in named.iter().copied().chain(["another_hub", "unknown"]) {
                        let ages = if field.dated {
                            AGES
                        } else {
                            &[Recency::Unknown][..]
                        };
                        for recency in ages {
                            questions.push(Question {
                                field,
                                purpose,
                                consent,
                                subject,
                                hub,
                                recency: *recency,
                            });
                        }
                    }
                }
            }
        }
    }
    questions
}

impl Rule {
    fn made(id: String, numbers: &mut Numbers) -> Self {
        let verb = numbers.of(&[
            Verb::Share,
            Verb::Share,
            Verb::Share,
            Verb::Ask,
            Verb::Ask,
            Verb::AskAbove,
            Verb::AskAbove,
            Verb::NeverAbove,
            Verb::NeverAbove,
            Verb::Seal,
        ]);
        let grants = verb.grants();
        let mut roles: Vec<&'static str> =
            (0..=numbers.below(2)).map(|_| numbers.of(ROLES)).collect();
        roles.sort_unstable();
        roles.dedup();
        if !verb.asks() {
            roles.clear();
        }
        let timed = grants || numbers.below(3) == 0;
        Self {
            id,
            verb,
            target: numbers.of(&TARGETS),
            rung: match verb {
                Verb::Seal => Rung::None,
                Verb::NeverAbove | Verb::AskAbove => {
                    numbers.of(&[Rung::None, Rung::Known, Rung::Headline, Rung::Summary])
                }
                Verb::Ask | Verb::Share => {
                    numbers.of(&[Rung::Known, Rung::Headline, Rung::Summary, Rung::Detail])
                }
            },
            third_party: numbers.below(6) == 0,
            purpose: numbers.some(PURPOSES),
            consent: numbers.some(CONSENTS),
            subject: numbers.some(SUBJECTS),
            hub: numbers.some(HUBS),
            within: timed.then(|| numbers.of(BANDS)),
            agency: numbers.below(12) == 0,
            any_of: roles.len() > 1 && numbers.below(2) == 0,
            roles,
            code: (matches!(verb, Verb::NeverAbove | Verb::AskAbove) && numbers.below(3) == 0)
                .then(|| numbers.of(&["safe_address", "legal_privilege"])),
            hours: (verb.asks() && numbers.below(4) == 0).then(|| numbers.of(&[4, 48])),
            until: (grants && numbers.below(3) == 0).then(|| numbers.of(LASTS)),
        }
    }

    /// A policy for nobody in particular takes no grant that is for one member, and every cap.
    pub fn serves(&self) -> bool {
        !self.agency || !self.verb.grants()
    }

    fn covers(&self, field: Known) -> bool {
        reaches(self.target, field.id) && (!self.third_party || field.third_party)
    }

    /// What is not known joins a cap and no grant.
    fn meets(&self, listed: &[&str], word: &str) -> bool {
        listed.is_empty() || listed.contains(&word) || (word == "unknown" && !self.verb.grants())
    }

    fn at_any_age(&self, question: &Question, day: Date) -> bool {
        self.serves()
            && self.covers(question.field)
            && self.meets(&self.purpose, question.purpose)
            && self.meets(&self.consent, question.consent)
            && self.meets(&self.subject, question.subject)
            && self.meets(&self.hub, question.hub)
            && (!self.verb.grants() || self.until.is_none_or(|until| day <= on(until)))
    }

    pub fn applies(&self, question: &Question, day: Date) -> bool {
        let age = match (self.within, question.recency) {
            (None, _) => true,
            (Some(_), Recency::Unknown) => !self.verb.grants(),
            (Some((_, last)), age) => age <= last,
        };
        age && self.at_any_age(question, day)
    }

    fn reason(&self) -> &'static str {
        if let Some(code) = self.code {
            code
        } else if !self.consent.is_empty() && !self.consent.contains(&"given") {
            "consent_refused"
        } else if self.third_party {
            "third_party"
        } else {
            "capped"
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "[[rule]]\nid = \"{}\"\n{} = \"{}\"\n",
            self.id,
            self.verb.as_str(),
            self.target
        );
        if self.verb != Verb::Seal {
            let _ = writeln!(text, "as = \"{}\"", self.rung);
        }
        if self.third_party {
            text.push_str("of = \"third_party\"\n");
        }
        if !self.roles.is_empty() {
            let _ = writeln!(text, "approvers = {:?}", self.roles);
        }
        if self.any_of {
            text.push_str("any_of = true\n");
        }
        if let Some(hours) = self.hours {
            let _ = writeln!(text, "approval_hours = {hours}");
        }
        if let Some(code) = self.code {
            let _ = writeln!(text, "code = \"{code}\"");
        }
        let mut when = Vec::new();
        for (key, words) in [
            ("purpose", &self.purpose),
            ("consent", &self.consent),
            ("subject", &self.subject),
            ("hub", &self.hub),
        ] {
            if !words.is_empty() {
                when.push(format!("{key} = {words:?}"));
            }
        }
        if let Some((within, _)) = self.within {
            when.push(format!("within = \"{within}\""));
        }
        if self.agency {
            when.push("agency = [\"riverside-police\"]".to_owned());
        }
        if !when.is_empty() {
            let _ = writeln!(text, "when = {{ {} }}", when.join(", "));
        }
        if let Some((year, month, day)) = self.until {
            let _ = writeln!(text, "until = {year}-{month:02}-{day:02}");
        }
        text.push_str("why = \"x\"\n");
        text
    }
}

/// What a file says to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    pub auto: Rung,
    pub approved: Rung,
    roles: Vec<String>,
    any_of: bool,
    sealed: bool,
    pub code: String,
}

impl Ruled {
    pub fn of(answer: &Answer) -> Self {
        Self {
            auto: answer.auto,
            approved: answer.approved,
            roles: answer
                .approvers
                .roles
                .iter()
                .map(ToString::to_string)
                .collect(),
            any_of: answer.approvers.any_of,
            sealed: answer.sealed,
            code: answer.withhold.to_string(),
        }
    }

    pub fn answer(&self) -> Answer {
        Answer {
            auto: self.auto,
            approved: self.approved,
            approvers: Approvers::default(),
            sealed: self.sealed,
            withhold: self.code.parse().unwrap(),
        }
    }

    pub fn discloses_as(&self, other: &Self) -> bool {
        let bare = |own: &Self| Self {
            code: String::new(),
            ..own.clone()
        };
        bare(self) == bare(other)
    }

    /// Is this much released once exactly these have agreed?
    fn releases(&self, rung: Rung, agreed: usize) -> bool {
        let assents = |role: &String| {
            ROLES
                .iter()
                .position(|known| known == role)
                .is_some_and(|place| agreed & (1 << place) != 0)
        };
        rung <= self.auto
            || (rung <= self.approved
                && if self.any_of {
                    self.roles.iter().any(assents)
                } else {
                    self.roles.iter().all(assents)
                })
    }

    /// Does the other release something that this one does not, whoever has agreed, or show what it
    /// hides?
    pub fn is_exceeded_by(&self, other: &Self) -> bool {
        let rungs = [Rung::Known, Rung::Headline, Rung::Summary, Rung::Detail];
        let released = rungs.iter().any(|rung| {
            (0..8).any(|agreed| other.releases(*rung, agreed) && !self.releases(*rung, agreed))
        });
        released || (self.sealed && !other.sealed)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub until: Option<Day>,
    pub closed: bool,
    pub rules: Vec<Rule>,
}

impl File {
    pub fn made(numbers: &mut Numbers) -> Self {
        loop {
            let count = 2 + numbers.below(6);
            let file = Self {
                until: (numbers.below(4) == 0).then(|| numbers.of(LASTS)),
                closed: numbers.below(6) == 0,
                rules: (0..count)
                    .map(|n| Rule::made(format!("R-{n}"), numbers))
                    .filter(Rule::compiles)
                    .collect(),
            };
            if file.rules.iter().any(Rule::serves) {
                return file.ending();
            }
        }
    }

    /// The same with one to three changes.
    pub fn altered(&self, numbers: &mut Numbers) -> Self {
        let mut file = self.clone();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(file.rules.len());
            let other = Rule::made(file.rules[at].id.clone(), numbers);
            match numbers.below(12) {
                0 => file.until = Some(numbers.of(LASTS)),
                1 => file.until = None,
                2 => file.closed = !file.closed,
                3 if file.rules.len() > 1 => {
                    file.rules.remove(at);
                }
                4 => file.rules.push(Rule::made(
                    format!("S-{}", numbers.below(1_000_000)),
                    numbers,
                )),
                5 => file.rules[at] = other,
                6 if file.rules[at].verb.asks() => {
                    let own = &mut file.rules[at];
                    own.roles = vec![numbers.of(ROLES)];
                    own.any_of = false;
                }
                7 if file.rules[at].roles.len() > 1 => {
                    file.rules[at].any_of = !file.rules[at].any_of;
                }
                8 if file.rules[at].verb.grants() => {
                    file.rules[at].until =
                        numbers.of(&[None, Some((2026, 12, 31)), Some((2026, 11, 22))]);
                }
                9 => file.rules[at].hub = numbers.some(HUBS),
                10 => file.rules[at].consent = other.consent,
                _ if file.rules[at].verb != Verb::Seal => {
                    file.rules[at].rung = numbers.of(&[Rung::Known, Rung::Headline, Rung::Summary]);
                }
                _ => file.rules[at].purpose = other.purpose,
            }
        }
        file.rules.retain(Rule::compiles);
        if file.rules.iter().any(Rule::serves) {
            file.ending()
        } else {
            self.clone()
        }
    }

    pub fn without(&self, id: &str) -> Self {
        let mut file = self.clone();
        file.rules.retain(|rule| rule.id != id);
        file
    }

    pub fn hubs(&self) -> impl Iterator<Item = &'static str> {
        self.rules
            .iter()
            .filter(|rule| rule.serves())
            .flat_map(|rule| rule.hub.iter().copied())
    }

    /// No grant may outlast the file.
    fn ending(mut self) -> Self {
        if let Some(last) = self.until {
            for rule in &mut self.rules {
                rule.until = rule.until.map(|until| until.min(last));
            }
        }
        self
    }

    pub fn text(&self) -> String {
        let mut text =
            "agency = \"police\"\nvocabulary = \"1\"\nsealed_contact = \"detective_inspector\"\n"
                .to_owned();
        if let Some((year, month, day)) = self.until {
            let _ = writeln!(text, "until = {year}-{month:02}-{day:02}");
        }
        if self.closed {
            text.push_str("closed = [\"police.domestic_incident\"]\n");
        }
        let rules: Vec<String> = self.rules.iter().map(Rule::text).collect();
        text + rules.concat().as_str()
    }

    pub fn set(&self) -> PolicySet {
        let text = self.text();
        PolicySet::compile("rules.toml", &text, vocabulary())
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn applying(&self, question: &Question, day: Date) -> Vec<&Rule> {
        self.rules
            .iter()
            .filter(|rule| rule.applies(question, day))
            .collect()
    }

    pub fn hard(&self, question: &Question, day: Date) -> Rung {
        hard(&self.applying(question, day))
    }

    pub fn rule(&self, question: &Question, day: Date) -> Ruled {
        let applying = self.applying(question, day);
        let sealed = applying.iter().any(|rule| rule.verb == Verb::Seal);
        let lapsed = self.until.is_some_and(|until| day > on(until));
        if sealed || lapsed {
            return Ruled {
                auto: Rung::None,
                approved: Rung::None,
                roles: Vec::new(),
                any_of: false,
                sealed,
                code: if lapsed { "policy_expired" } else { "no_rule" }.to_owned(),
            };
        }
        let (auto, approved) = (auto(&applying), approved(&applying));
        let shared = most(&applying, Verb::Share).min(hard(&applying));
        let asking: Vec<&&Rule> = applying
            .iter()
            .filter(|rule| {
                approved > auto
                    && match rule.verb {
                        Verb::Ask => shared < approved && rule.rung >= approved,
                        Verb::AskAbove => rule.rung < approved,
                        Verb::NeverAbove | Verb::Seal | Verb::Share => false,
                    }
            })
            .collect();
        let roles: BTreeSet<String> = asking
            .iter()
            .flat_map(|rule| rule.roles.iter().map(ToString::to_string))
            .collect();
        let roles: Vec<String> = roles.into_iter().collect();
        Ruled {
            any_of: !asking.is_empty()
                && asking.iter().all(|rule| rule.any_of && rule.roles == roles),
            roles,
            auto,
            approved,
            sealed,
            code: self.reason(question, day, auto).to_owned(),
        }
    }

    /// The cap that holds it there, by the weight of its reason; the look-back; no rule.
    fn reason(&self, question: &Question, day: Date, told: Rung) -> &'static str {
        let weight = |code: &str| match code {
            "consent_refused" => 1,
            "third_party" => 2,
            "capped" => 4,
            _ => 3,
        };
        let holding = self.applying(question, day).into_iter().filter(|rule| {
            matches!(rule.verb, Verb::AskAbove | Verb::NeverAbove) && rule.rung <= told
        });
        if let Some(first) = holding.min_by_key(|rule| (weight(rule.reason()), rule.id.clone())) {
            return first.reason();
        }
        let newer: Vec<&Rule> = self
            .rules
            .iter()
            .filter(|rule| rule.at_any_age(question, day))
            .collect();
        if auto(&newer) > told {
            "outside_window"
        } else {
            "no_rule"
        }
    }
}

impl Rule {
    /// Will the reader take it?
    fn compiles(&self) -> bool {
        let alone = Self {
            agency: false,
            ..self.clone()
        };
        let file = File {
            until: None,
            closed: false,
            rules: vec![alone],
        };
        PolicySet::compile("rules.toml", &file.text(), vocabulary()).is_ok()
    }
}

fn most(rules: &[&Rule], verb: Verb) -> Rung {
    rules
        .iter()
        .filter(|rule| rule.verb == verb)
        .map(|rule| rule.rung)
        .max()
        .unwrap_or(Rung::None)
}

fn least(rules: &[&Rule], verb: Verb) -> Rung {
    rules
        .iter()
        .filter(|rule| rule.verb == verb)
        .map(|rule| rule.rung)
        .min()
        .unwrap_or(Rung::Detail)
}

fn hard(rules: &[&Rule]) -> Rung {
    least(rules, Verb::NeverAbove).min(least(rules, Verb::Seal))
}

fn auto(rules: &[&Rule]) -> Rung {
    most(rules, Verb::Share)
        .min(hard(rules))
        .min(least(rules, Verb::AskAbove))
}

fn approved(rules: &[&Rule]) -> Rung {
    most(rules, Verb::Share)
        .max(most(rules, Verb::Ask))
        .min(hard(rules))
}
