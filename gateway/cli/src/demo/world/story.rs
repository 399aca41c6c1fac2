//! The cases of the demo, as the hub knows them: whom they are about, why, and what is asked.

mod asks;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use stile_model::code::{ConsentState, Priority};
use stile_model::enquiry::{Ask, Consent};
use stile_model::id::{CaseId, CategoryId, Code, SubjectId};
use stile_model::subject::{self, Address, Born, Identifier, Name, NameKind, Subject};

use super::cast::{CAST, Member, Who};
use super::kind::Kind;
use super::names::Sex;

/// One case with the questions it puts to each agency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// Short name for the command line: `red`.
    pub name: String,
    /// One sentence about it, without personal data.
    pub title: String,
    /// Case number.
    pub case: CaseId,
    /// Kind of case.
    pub case_kind: Code,
    /// The hub's rating.
    pub priority: Priority,
    /// Legal gateway.
    pub purpose: Code,
    /// Consent or coded reason.
    pub consent: Consent,
    /// The people, in order `s1`, `s2`, ….
    pub subjects: Vec<Subject>,
    /// What each agency is asked.
    pub asks: BTreeMap<Kind, Vec<Ask>>,
    /// How far back, in months.
    pub look_back_months: u16,
}

/// The red case: a section 47 enquiry about a child, over all seven agencies.
pub fn story() -> Story {
    tell(&RED)
}

/// Every case of the demo: `red` first, then the smaller ones, then the sealed and the unknown
/// person, whose returns must look the same.
pub fn stories() -> Vec<Story> {
    [
        &RED,
        &MARAC,
        &THRESHOLD,
        &GREEN,
        &EARLY_HELP,
        &SEALED,
        &UNKNOWN,
    ]
    .into_iter()
    .map(tell)
    .collect()
}

/// A case before it is put into the words of the model.
struct Plot {
    name: &'static str,
    title: &'static str,
    case: &'static str,
    case_kind: &'static str,
    priority: Priority,
    purpose: &'static str,
    consent: (ConsentState, &'static str, &'static str),
    subjects: &'static [(&'static str, Person)],
    asks: &'static [&'static str],
    look_back_months: u16,
}

/// Whom a plot is about.
enum Person {
    /// Somebody of the cast.
    Of(Who),
    /// Somebody whom no agency holds.
    Nobody,
}

const RED: Plot = Plot {
    name: "red",
    title: "Injury to a child; partner violence; the family has moved to a secret address",
    case: "MASH-2026-00417",
    case_kind: "significant_harm",
    priority: Priority::Red,
    purpose: "s47_enquiry",
    consent: (
        ConsentState::NotSought,
        "would_prejudice_protection",
        "would_raise_risk",
    ),
    subjects: &[
        ("child", Person::Of(Who::Mali)),
        ("sibling", Person::Of(Who::Rhys)),
        ("sibling", Person::Of(Who::Rhodri)),
        ("parent_carer", Person::Of(Who::Carys)),
        ("person_posing_risk", Person::Of(Who::OwenElder)),
    ],
    asks: asks::RED,
    look_back_months: 24,
};

const MARAC: Plot = Plot {
    name: "marac",
    title: "High-risk domestic abuse conference about the mother of the red case",
    case: "MASH-2026-00421",
    case_kind: "marac",
    priority: Priority::Amber,
    purpose: "marac",
    consent: (ConsentState::Given, "", "would_raise_risk"),
    subjects: &[
        ("victim", Person::Of(Who::Carys)),
        ("person_posing_risk", Person::Of(Who::OwenElder)),
        ("household_member", Person::Of(Who::OwenYounger)),
    ],
    asks: asks::MARAC,
    look_back_months: 24,
};

const THRESHOLD: Plot = Plot {
    name: "threshold",
    title: "A second small worry about a child: is more needed?",
    case: "MASH-2026-00418",
    case_kind: "domestic_abuse_with_children",
    priority: Priority::Amber,
    purpose: "threshold_enquiry",
    consent: (
        ConsentState::NotSought,
        "cannot_reasonably_be_obtained",
        "could_not_be_reached",
    ),
    subjects: &[
        ("child", Person::Of(Who::Daria)),
        ("parent_carer", Person::Of(Who::Elena)),
    ],
    asks: asks::THRESHOLD,
    look_back_months: 12,
};

const GREEN: Plot = Plot {
    name: "green",
    title: "A parent asks for help with an overcrowded home",
    case: "MASH-2026-00419",
    case_kind: "child_in_need",
    priority: Priority::Green,
    purpose: "child_in_need",
    consent: (ConsentState::Given, "", "informed"),
    subjects: &[
        ("child", Person::Of(Who::Kacper)),
        ("parent_carer", Person::Of(Who::Zofia)),
    ],
    asks: asks::GREEN,
    look_back_months: 12,
};

const EARLY_HELP: Plot = Plot {
    name: "early_help",
    title: "A mother agrees to early help for her baby",
    case: "MASH-2026-00420",
    case_kind: "low_level_concern",
    priority: Priority::Green,
    purpose: "early_help",
    consent: (ConsentState::Given, "", "informed"),
    subjects: &[
        ("child", Person::Of(Who::Ayaan)),
        ("parent_carer", Person::Of(Who::Hodan)),
    ],
    asks: asks::EARLY_HELP,
    look_back_months: 12,
};

const SEALED: Plot = Plot {
    name: "sealed",
    title: "A person whom the agencies must not show to exist",
    case: "MASH-2026-00422",
    case_kind: "significant_harm",
    priority: Priority::Red,
    purpose: "s47_enquiry",
    consent: (
        ConsentState::NotSought,
        "would_prejudice_protection",
        "would_raise_risk",
    ),
    subjects: &[("person_posing_risk", Person::Of(Who::Idris))],
    asks: asks::RED,
    look_back_months: 24,
};

const UNKNOWN: Plot = Plot {
    name: "unknown",
    title: "A person whom no agency holds",
    case: "MASH-2026-00423",
    case_kind: "significant_harm",
    priority: Priority::Red,
    purpose: "s47_enquiry",
    consent: (
        ConsentState::NotSought,
        "would_prejudice_protection",
        "would_raise_risk",
    ),
    subjects: &[("person_posing_risk", Person::Nobody)],
    asks: asks::RED,
    look_back_months: 24,
};

/// As like the sealed person as a stranger can be, so that size and shape may be compared.
const NOBODY: (&str, &str, &str, &str) =
    ("Emrys", "Nullwood", "21 Tanner's Row, Riverside", "RV6 3JN");

fn tell(plot: &Plot) -> Story {
    let (state, reason, parents) = plot.consent;
    let subjects = plot
        .subjects
        .iter()
        .zip(1..)
        .map(|((role, person), place)| match person {
            Person::Of(who) => cast_subject(*who, role, place),
            Person::Nobody => nobody(role, place),
        });
    let mut asks: BTreeMap<Kind, Vec<Ask>> = BTreeMap::new();
    for name in plot.asks {
        let category: CategoryId = known(name);
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == category.agency_kind());
        if let Some(kind) = kind {
            let necessity = asks::necessity(name).into();
            asks.entry(kind).or_default().push(Ask {
                category,
                necessity,
            });
        }
    }
    Story {
        name: plot.name.to_owned(),
        title: plot.title.to_owned(),
        case: known(plot.case),
        case_kind: known(plot.case_kind),
        priority: plot.priority,
        purpose: known(plot.purpose),
        consent: Consent {
            state,
            override_reason: (!reason.is_empty()).then(|| known(reason)),
            parents_informed: Some(known(parents)),
        },
        subjects: subjects.collect(),
        asks,
        look_back_months: plot.look_back_months,
    }
}

fn cast_subject(who: Who, role: &str, place: u32) -> Subject {
    let Some(member) = CAST.iter().find(|member| member.who == who) else {
        return nobody(role, place);
    };
    let mut names = vec![name(member.forename, member.surname, NameKind::Current)];
    if !member.former.is_empty() {
        names.push(name(member.forename, member.former, NameKind::Former));
    }
    let numbered = member.nhs_known_to_hub();
    Subject {
        id: known::<SubjectId>(&format!("s{place}")),
        role: known(role),
        names,
        born: Some(Born::Exact(member.born_on())),
        sex: Some(match member.sex {
            Sex::Female => subject::Sex::Female,
            Sex::Male => subject::Sex::Male,
        }),
        addresses: vec![Address {
            line: member.home.0.into(),
            postcode: member.home.1.into(),
        }],
        phones: Some(member.phone)
            .filter(|phone| !phone.is_empty())
            .map(Into::into)
            .into_iter()
            .collect(),
        identifiers: numbered
            .then(|| Identifier {
                scheme: known::<Code>("nhs_number"),
                value: member.nhs().into(),
            })
            .into_iter()
            .collect(),
    }
}

fn nobody(role: &str, place: u32) -> Subject {
    let (forename, surname, line, postcode) = NOBODY;
    Subject {
        id: known::<SubjectId>(&format!("s{place}")),
        role: known(role),
        names: vec![name(forename, surname, NameKind::Current)],
        born: Some(Born::Exact(jiff::civil::date(1985, 11, 7))),
        sex: Some(subject::Sex::Male),
        addresses: vec![Address {
            line: line.into(),
            postcode: postcode.into(),
        }],
        phones: vec!["07700 900939".into()],
        identifiers: Vec::new(),
    }
}

impl Member {
    /// The hub has the children's numbers from the referral, and nobody else's.
    fn nhs_known_to_hub(&self) -> bool {
        matches!(
            self.who,
            Who::Ayaan | Who::Daria | Who::Kacper | Who::Mali | Who::Rhys
        )
    }
}

fn name(forenames: &str, surname: &str, kind: NameKind) -> Name {
    Name {
        forenames: forenames.into(),
        surname: surname.into(),
        kind,
    }
}

/// A word of this file as an identifier.
#[expect(
    clippy::expect_used,
    reason = "every word is a constant of this module; a test tells every story"
)]
fn known<T: std::str::FromStr<Err = stile_model::id::IdError>>(word: &str) -> T {
    word.parse().expect("the demo's own words are well formed")
}
