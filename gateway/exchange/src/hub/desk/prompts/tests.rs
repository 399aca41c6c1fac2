use super::*;
use proptest::prelude::*;
use serde_json::json;

fn vocabulary() -> Vocabulary {
    let text = include_str!("../../../../../../policies/vocabulary.toml");
    Vocabulary::parse("vocabulary.toml", text).unwrap()
}

/// A referral that lacks nothing.
fn whole() -> Referral {
    serde_json::from_value(json!({
        "referrer": {
            "name": "A. Example", "role": "class teacher", "organisation": "Elm School",
            "telephone": "01632 960001", "kind": "school", "may_be_named": "yes", "may_be_told": "yes"
        },
        "channel": "telephone",
        "concern": "Mali came to school with a bruise on her arm and said she was afraid to go home.",
        "immediate_danger": "no",
        "observations": [{"what": "A bruise", "on": "2026-03-11", "knowledge": "first_hand"}],
        "household": "Mother, stepfather, baby brother",
        "parental_responsibility": "Mother",
        "needs": {"language": "Welsh", "interpreter": "no", "disability": "no"},
        "kind": "significant_harm", "priority": "red", "purpose": "s47_enquiry",
        "consent": "not_sought", "override_reason": "would_prejudice_protection",
        "parents_informed": "would_raise_risk",
        "subjects": [{
            "id": "s1", "role": "child", "born": {"exact": "2018-05-09"},
            "names": [{"forenames": "Mali", "surname": "Testwood", "kind": "current"}],
            "addresses": [{"line": "1 Elm Row", "postcode": "ZZ1 1ZZ"}]
        }]
    }))
    .unwrap()
}

fn found(change: impl FnOnce(&mut Referral)) -> Vec<Prompt> {
    let mut referral = whole();
    change(&mut referral);
    prompts(&referral, &vocabulary())
}

#[test]
fn asks_nothing_of_a_referral_that_lacks_nothing() {
    assert_eq!(found(|_| {}), []);
}

#[test]
fn asks_for_everything_it_can_of_an_empty_form() {
    let asked = prompts(&Referral::default(), &vocabulary());

    for prompt in [
        Prompt::ChannelMissing,
        Prompt::ReferrerMissing,
        Prompt::ConcernMissing,
        Prompt::DangerUnanswered,
        Prompt::ObservationMissing,
        Prompt::SubjectMissing,
        Prompt::HouseholdMissing,
        Prompt::ConsentMissing,
        Prompt::DisabilityUnanswered,
    ] {
        assert!(asked.contains(&prompt), "{}", prompt.word());
    }
}

#[test]
fn each_gap_is_named_by_its_own_prompt() {
    assert_eq!(
        found(|r| r.concern = "She is thin.".into()),
        [Prompt::ConcernThin]
    );
    assert_eq!(
        found(|r| r.immediate_danger = Some(Said::Yes)),
        [],
        "it is rated red"
    );
    assert_eq!(
        found(|r| {
            r.immediate_danger = Some(Said::Yes);
            r.priority = Some(Priority::Amber);
        }),
        [Prompt::DangerNotRed]
    );
    assert_eq!(
        found(|r| r.observations[0].knowledge = Some(Knowledge::Reported)),
        [Prompt::ObservationSource]
    );
    assert_eq!(
        found(|r| r.observations[0].on = None),
        [Prompt::ObservationUndated]
    );
    assert_eq!(
        found(|r| r.subjects[0].born = None),
        [Prompt::SubjectBirthMissing]
    );
    assert_eq!(
        found(|r| r.parental_responsibility = "  ".into()),
        [Prompt::ResponsibilityMissing]
    );
    assert_eq!(
        found(|r| r.needs.disability = Some(Said::Yes)),
        [Prompt::DisabilityAccountMissing]
    );
    assert_eq!(
        found(|r| r.referrer.telephone = "".into()),
        [Prompt::ReferrerContactMissing]
    );
}

#[test]
fn a_reason_for_going_without_consent_is_asked_for_unless_nothing_overrides_a_refusal() {
    let code = |text: &str| Some(Code::new(text).unwrap());

    for purpose in ["s47_enquiry", "threshold_enquiry"] {
        let asked = found(|r| {
            r.purpose = code(purpose);
            r.override_reason = None;
        });
        assert_eq!(asked, [Prompt::ConsentReasonMissing]);
    }
    assert_eq!(
        found(|r| {
            r.purpose = code("early_help");
            r.override_reason = None;
        }),
        []
    );
    assert_eq!(
        found(|r| {
            r.purpose = code("threshold_enquiry");
            r.override_reason = code("would_prejudice_protection");
        }),
        []
    );
}

#[test]
fn a_victim_who_is_also_entered_as_posing_risk_is_noticed() {
    let asked = found(|r| {
        for (id, role) in [("s2", "victim"), ("s3", "person_posing_risk")] {
            let mut other = r.subjects[0].clone();
            other.id = id.parse().unwrap();
            other.role = Code::new(role).unwrap();
            r.subjects.push(other);
        }
    });

    assert_eq!(asked, [Prompt::VictimPosingRisk]);
}

#[test]
fn every_prompt_has_its_own_word() {
    let words: BTreeSet<_> = Prompt::ALL.iter().map(|prompt| prompt.word()).collect();

    assert_eq!(words.len(), Prompt::ALL.len());
}

proptest! {
    /// Prompts never stop anybody, and more said is never prompted for as less.
    #[test]
    fn a_longer_account_is_never_called_missing(words in prop::collection::vec("[a-z]{1,9}", 0..30)) {
        let text = words.join(" ");
        let asked = found(|r| r.concern = text.as_str().into());

        prop_assert_eq!(asked.contains(&Prompt::ConcernMissing), words.is_empty());
        prop_assert_eq!(asked.contains(&Prompt::ConcernThin), (1..12).contains(&words.len()));
    }
}
