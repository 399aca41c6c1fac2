//! What the tests of this crate share: the partnership's own vocabulary and short rules over it.

use std::sync::LazyLock;

use stile_model::code::{ConsentState, Priority};
use stile_model::digest::Digest;
use stile_model::enquiry::{Ask, Consent, Enquiry, Officer};
use stile_model::id::{Code, EnquiryId, FieldId, MemberId};
use stile_model::subject::{Born, Name, NameKind, Subject};
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::{AgeBand, Recency, Vocabulary};

use crate::decide::{Decision, Question};
use crate::error::PolicyError;
use crate::past::PastEnquiry;
use crate::set::PolicySet;

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let text = include_str!("../../../policies/vocabulary.toml");
    Vocabulary::parse("policies/vocabulary.toml", text).unwrap_or_else(|error| panic!("{error}"))
});

pub fn vocabulary() -> &'static Vocabulary {
    &VOCABULARY
}

pub fn today() -> Date {
    Date::new(2026, 11, 22).unwrap()
}

/// A police file with these rules.
pub fn file(rules: &str) -> String {
    format!(
        "agency = \"police\"\nvocabulary = \"1\"\nsealed_contact = \"detective_inspector\"\n{rules}"
    )
}

pub fn compile(rules: &str) -> Result<PolicySet, PolicyError> {
    PolicySet::compile("rules.toml", &file(rules), vocabulary())
}

pub fn set(rules: &str) -> PolicySet {
    compile(rules).unwrap_or_else(|error| panic!("{error}"))
}

/// A question with everything known: a red section 47 enquiry about a child, two months back.
#[derive(Debug, Clone)]
pub struct Asked {
    pub field: FieldId,
    pub purpose: Code,
    pub priority: Option<Priority>,
    pub consent: Option<ConsentState>,
    pub subject: Option<Code>,
    pub age: AgeBand,
    pub recency: Recency,
    pub requester: Option<Code>,
    pub hub: Option<MemberId>,
}

impl Asked {
    pub fn of(field: &str) -> Self {
        Self {
            field: field.parse().unwrap(),
            purpose: Code::new("s47_enquiry").unwrap(),
            priority: Some(Priority::Red),
            consent: Some(ConsentState::NotSought),
            subject: Some(Code::new("child").unwrap()),
            age: AgeBand::Age5To9,
            recency: Recency::To3m,
            requester: Some(Code::new("researcher").unwrap()),
            hub: Some(MemberId::new("hub-northshire").unwrap()),
        }
    }

    pub fn question(&self) -> Question<'_> {
        Question {
            field: &self.field,
            purpose: &self.purpose,
            priority: self.priority,
            consent: self.consent,
            subject_role: self.subject.as_ref(),
            age: self.age,
            recency: self.recency,
            requester: self.requester.as_ref(),
            hub: self.hub.as_ref(),
        }
    }

    pub fn of_set(&self, set: &PolicySet) -> Decision {
        set.rule(&self.question(), today())
    }
}

/// One rule of each verb, with conditions on several dimensions.
pub const RULES: &str = r#"
[[rule]]
id = "A-1"
share = "police.domestic_incident.date"
as = "exact"
when = { purpose = ["s47_enquiry"], within = "24 months" }
why = "Children Act 1989 s.47(9)"

[[rule]]
id = "A-2"
ask = "police.domestic_incident.summary"
as = "full"
approver = "duty_safeguarding_sergeant"
when = { purpose = ["s47_enquiry"], priority = ["red", "amber"], within = "24 months" }
why = "Children Act 1989 s.47(9)"

[[rule]]
id = "A-3"
share = "police.domestic_incident.*"
as = "headline"
when = { purpose = ["s47_enquiry", "threshold_enquiry"], hub = ["hub-northshire"], within = "60 months" }
why = "Children Act 1989 s.47(9)"

[[rule]]
id = "C-1"
never_above = "police.*"
of = "third_party"
as = "known"
why = "UK GDPR Art 5(1)(c)"

[[rule]]
id = "C-2"
never_above = "police.*"
as = "none"
when = { consent = ["refused", "withdrawn"], purpose = ["early_help", "threshold_enquiry"] }
why = "Haringey"

[[rule]]
id = "C-3"
ask_above = "police.domestic_incident.*"
as = "known"
approver = "detective_inspector"
when = { subject = ["victim"] }
why = "A person weighs it"

[[rule]]
id = "X-1"
seal = "police.live_investigation.*"
why = "Criminal Procedure and Investigations Act 1996"
"#;

/// A red section 47 enquiry to the police about a child and a person posing risk.
pub fn enquiry() -> Enquiry {
    let subject = |id: &str, role: &str, born: Born| Subject {
        id: id.parse().unwrap(),
        role: Code::new(role).unwrap(),
        names: vec![Name {
            forenames: "Mali".into(),
            surname: "Testwood".into(),
            kind: NameKind::Current,
        }],
        born: Some(born),
        sex: None,
        addresses: Vec::new(),
        phones: Vec::new(),
        identifiers: Vec::new(),
    };
    let issued: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
    Enquiry {
        v: 1,
        id: EnquiryId::from_bytes([7; 16]),
        partnership: "northshire".parse().unwrap(),
        from: "hub-northshire".parse().unwrap(),
        to: "north-police".parse().unwrap(),
        case: "MASH-2026-00417".parse().unwrap(),
        case_kind: Code::new("significant_harm").unwrap(),
        priority: Priority::Red,
        purpose: Code::new("s47_enquiry").unwrap(),
        consent: Consent {
            state: ConsentState::NotSought,
            override_reason: Some(Code::new("would_prejudice_protection").unwrap()),
            parents_informed: None,
        },
        subjects: vec![
            subject("s1", "child", Born::Exact(Date::new(2018, 5, 9).unwrap())),
            subject("s2", "person_posing_risk", Born::Year(1990)),
        ],
        asks: vec![Ask {
            category: "police.domestic_incident".parse().unwrap(),
            necessity: "Recent incidents decide whether the child is safe tonight".into(),
        }],
        look_back_months: 24,
        requester: Officer {
            user: "j.okafor".parse().unwrap(),
            role: Code::new("researcher").unwrap(),
        },
        authoriser: None,
        issued,
        expires: issued.plus_s(72 * 3_600),
    }
}

/// That enquiry as policy saw it, as the `n`th of many.
pub fn past(n: u8, change: impl FnOnce(&mut PastEnquiry)) -> PastEnquiry {
    let enquiry = enquiry();
    let mut past = PastEnquiry::of(&enquiry, Digest::of(b"rules"), enquiry.issued);
    past.id = EnquiryId::from_bytes([n; 16]);
    change(&mut past);
    past
}
