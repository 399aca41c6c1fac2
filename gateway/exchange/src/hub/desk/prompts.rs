//! What a referral lacks, and why it matters: prompts, never a block.

use std::collections::BTreeSet;

use stile_model::code::{ConsentRule, ConsentState, Priority};
use stile_model::id::Code;
use stile_model::subject::Subject;
use stile_model::vocabulary::Vocabulary;

use super::referral::{Knowledge, Observation, Referral, Said, is_blank};

/// Words below which an account of a worry is thin.
const THIN_WORDS: usize = 12;

// One list rather than an enum, its words and its fields, which must be kept alike.
macro_rules! prompts {
    ($($(#[doc = $doc:literal])+ $prompt:ident = $word:literal, $field:literal;)+) => {
        /// One thing that is missing or thin; the page says in words why it matters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Prompt {
            $($(#[doc = $doc])+ $prompt,)+
        }

        impl Prompt {
            /// Every prompt, in the order of the form.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$prompt),+];

            /// Its code: `concern_thin`.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$prompt => $word,)+
                }
            }

            /// The field of the referral that answers it: `referrer.name`.
            pub const fn field(self) -> &'static str {
                match self {
                    $(Self::$prompt => $field,)+
                }
            }
        }
    };
}

prompts! {
    /// How it came.
    ChannelMissing = "channel_missing", "channel";
    /// Nobody is named who can be asked again.
    ReferrerMissing = "referrer_missing", "referrer.name";
    /// The kind of referrer decides what they may be told.
    ReferrerKindMissing = "referrer_kind_missing", "referrer.kind";
    /// A practitioner's organisation.
    OrganisationMissing = "organisation_missing", "referrer.organisation";
    /// Neither telephone nor e-mail.
    ReferrerContactMissing = "referrer_contact_missing", "referrer.telephone";
    /// Whether the family may learn who referred.
    MayBeNamedUnanswered = "may_be_named_unanswered", "referrer.may_be_named";
    /// Whether they may be told what became of it.
    MayBeToldUnanswered = "may_be_told_unanswered", "referrer.may_be_told";
    /// What they are worried about.
    ConcernMissing = "concern_missing", "concern";
    /// A few words say too little to decide on.
    ConcernThin = "concern_thin", "concern";
    /// Whether somebody is in danger now.
    DangerUnanswered = "danger_unanswered", "immediate_danger";
    /// In danger now, and not rated red.
    DangerNotRed = "danger_not_red", "priority";
    /// What was seen.
    ObservationMissing = "observation_missing", "observations";
    /// When it was seen.
    ObservationUndated = "observation_undated", "observations.on";
    /// First-hand or reported.
    ObservationOrigin = "observation_origin", "observations.knowledge";
    /// Who reported it.
    ObservationSource = "observation_source", "observations.reported_by";
    /// Nobody is named whom it is about.
    SubjectMissing = "subject_missing", "subjects";
    /// Nobody is a child, an unborn child, an adult at risk or a victim.
    SubjectAtRiskMissing = "subject_at_risk_missing", "subjects.role";
    /// Somebody without a name.
    SubjectUnnamed = "subject_unnamed", "subjects.names";
    /// Somebody without a date of birth, however rough.
    SubjectBirthMissing = "subject_birth_missing", "subjects.born";
    /// Nobody has an address.
    AddressMissing = "address_missing", "subjects.addresses";
    /// Somebody is both a victim and a person posing risk.
    VictimPosingRisk = "victim_posing_risk", "subjects.role";
    /// Who lives in the home.
    HouseholdMissing = "household_missing", "household";
    /// Who has parental responsibility.
    ResponsibilityMissing = "responsibility_missing", "parental_responsibility";
    /// Whether parents were told, or why not.
    ParentsInformedMissing = "parents_informed_missing", "parents_informed";
    /// What was said about consent.
    ConsentMissing = "consent_missing", "consent";
    /// Why it goes ahead without consent, where the purpose wants it.
    ConsentReasonMissing = "consent_reason_missing", "override_reason";
    /// Language of the home.
    LanguageMissing = "language_missing", "needs.language";
    /// Whether an interpreter is needed.
    InterpreterUnanswered = "interpreter_unanswered", "needs.interpreter";
    /// Whether anybody is disabled.
    DisabilityUnanswered = "disability_unanswered", "needs.disability";
    /// Which needs.
    DisabilityAccountMissing = "disability_account_missing", "needs.account";
}

/// What is missing or thin, in the order of the form; empty when nothing is.
pub fn prompts(referral: &Referral, vocabulary: &Vocabulary) -> Vec<Prompt> {
    let found: BTreeSet<Prompt> = about_referrer(referral)
        .into_iter()
        .chain(about_concern(referral))
        .chain(about_people(referral))
        .chain(about_consent(referral, vocabulary))
        .chain(about_needs(referral))
        .filter_map(|(prompt, is_wanting)| is_wanting.then_some(prompt))
        .collect();
    found.into_iter().collect()
}

fn about_referrer(referral: &Referral) -> Vec<(Prompt, bool)> {
    let who = &referral.referrer;
    let kind = who.kind.as_ref().map(Code::as_str);
    let private = kind.is_some_and(|kind| ["family", "public", "self"].contains(&kind));
    vec![
        (Prompt::ChannelMissing, referral.channel.is_none()),
        (Prompt::ReferrerMissing, is_blank(&who.name)),
        (Prompt::ReferrerKindMissing, kind.is_none()),
        (
            Prompt::OrganisationMissing,
            kind.is_some() && !private && is_blank(&who.organisation),
        ),
        (
            Prompt::ReferrerContactMissing,
            is_blank(&who.telephone) && is_blank(&who.email),
        ),
        (Prompt::MayBeNamedUnanswered, who.may_be_named.is_none()),
        (Prompt::MayBeToldUnanswered, who.may_be_told.is_none()),
    ]
}

fn about_concern(referral: &Referral) -> Vec<(Prompt, bool)> {
    let words = referral.concern.reveal().split_whitespace().count();
    let any = |is: fn(&Observation) -> bool| referral.observations.iter().any(is);
    vec![
        (Prompt::ConcernMissing, words == 0),
        (Prompt::ConcernThin, (1..THIN_WORDS).contains(&words)),
        (
            Prompt::DangerUnanswered,
            referral.immediate_danger.is_none(),
        ),
        (
            Prompt::DangerNotRed,
            referral.immediate_danger == Some(Said::Yes)
                && referral.priority != Some(Priority::Red),
        ),
        (
            Prompt::ObservationMissing,
            referral
                .observations
                .iter()
                .all(|seen| is_blank(&seen.what)),
        ),
        (
            Prompt::ObservationUndated,
            any(|seen| seen.on.is_none() && is_blank(&seen.when)),
        ),
        (
            Prompt::ObservationOrigin,
            any(|seen| seen.knowledge.is_none()),
        ),
        (
            Prompt::ObservationSource,
            any(|seen| seen.knowledge == Some(Knowledge::Reported) && is_blank(&seen.reported_by)),
        ),
    ]
}

fn about_people(referral: &Referral) -> Vec<(Prompt, bool)> {
    let people = &referral.subjects;
    let some = !people.is_empty();
    let any = |is: fn(&Subject) -> bool| people.iter().any(is);
    vec![
        (Prompt::SubjectMissing, !some),
        (Prompt::SubjectAtRiskMissing, some && !any(is_at_risk)),
        (Prompt::SubjectUnnamed, any(is_unnamed)),
        (
            Prompt::SubjectBirthMissing,
            any(|subject| subject.born.is_none()),
        ),
        (
            Prompt::AddressMissing,
            some && people.iter().all(|subject| subject.addresses.is_empty()),
        ),
        (Prompt::VictimPosingRisk, is_conflated(people)),
        (Prompt::HouseholdMissing, is_blank(&referral.household)),
        (
            Prompt::ResponsibilityMissing,
            any(is_young) && is_blank(&referral.parental_responsibility),
        ),
        (
            Prompt::ParentsInformedMissing,
            any(is_young) && referral.parents_informed.is_none(),
        ),
    ]
}

fn about_consent(referral: &Referral, vocabulary: &Vocabulary) -> Vec<(Prompt, bool)> {
    let purpose = referral.purpose.as_ref();
    let rule = purpose
        .and_then(|code| vocabulary.purpose(code))
        .map(|purpose| purpose.consent);
    // Where consent is required nothing overrides a refusal. Elsewhere the condition for going without
    // it needs its reason on record, even where the purpose does not ask for consent.
    let wanted = rule != Some(ConsentRule::Required);
    let without = referral
        .consent
        .is_some_and(|state| state != ConsentState::Given);
    vec![
        (Prompt::ConsentMissing, referral.consent.is_none()),
        (
            Prompt::ConsentReasonMissing,
            without && wanted && referral.override_reason.is_none(),
        ),
    ]
}

fn about_needs(referral: &Referral) -> Vec<(Prompt, bool)> {
    let needs = &referral.needs;
    vec![
        (Prompt::LanguageMissing, is_blank(&needs.language)),
        (Prompt::InterpreterUnanswered, needs.interpreter.is_none()),
        (Prompt::DisabilityUnanswered, needs.disability.is_none()),
        (
            Prompt::DisabilityAccountMissing,
            needs.disability == Some(Said::Yes) && is_blank(&needs.account),
        ),
    ]
}

fn is_at_risk(subject: &Subject) -> bool {
    ["adult_at_risk", "child", "sibling", "unborn", "victim"].contains(&subject.role.as_str())
}

fn is_young(subject: &Subject) -> bool {
    ["child", "sibling", "unborn"].contains(&subject.role.as_str())
}

/// An unborn child need not have a name.
fn is_unnamed(subject: &Subject) -> bool {
    subject.role.as_str() != "unborn"
        && subject
            .names
            .iter()
            .all(|name| is_blank(&name.forenames) && is_blank(&name.surname))
}

/// Is one of those who pose risk named and born exactly as one of the victims?
fn is_conflated(people: &[Subject]) -> bool {
    let of = |role: &'static str| {
        people
            .iter()
            .filter(move |subject| subject.role.as_str() == role && !is_unnamed(subject))
    };
    of("person_posing_risk")
        .any(|one| of("victim").any(|other| one.names == other.names && one.born == other.born))
}

#[cfg(test)]
mod tests;
