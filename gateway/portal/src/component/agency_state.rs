//! How far one agency is with its answer.

use super::{Tag, Tint};
use crate::words::Words;

/// How far one agency is with its answer to an enquiry. These states are never folded into one another:
/// "checked, nothing held" is an answer, "not checked" is a gap.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AgencyState {
    /// Everything that was asked is answered.
    Answered,
    /// Something is withheld, cut down or still to come.
    AnsweredInPart,
    /// The agency must say which of its records is meant.
    MatchToConfirm,
    /// The enquiry is on its way, and nothing has come back yet.
    Asked,
    /// Looked, and nothing is held.
    NothingHeld,
    /// Not looked: the reason stands beside it.
    NotChecked,
    /// The agency did not admit the enquiry.
    Refused,
    /// The agency's gateway cannot be reached.
    SystemOffline,
    /// A person of the agency decides.
    WithDecisionMaker,
}

impl AgencyState {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Answered,
        Self::AnsweredInPart,
        Self::MatchToConfirm,
        Self::Asked,
        Self::NothingHeld,
        Self::NotChecked,
        Self::Refused,
        Self::SystemOffline,
        Self::WithDecisionMaker,
    ];

    /// The state in words, tinted.
    pub fn tag(self, words: &Words) -> Tag {
        Tag::new(words.say(self.key()), self.tint())
    }

    /// Key of its words.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Answered => "common-state-answered",
            Self::AnsweredInPart => "common-state-answered-in-part",
            Self::MatchToConfirm => "common-state-match-to-confirm",
            Self::Asked => "common-state-asked",
            Self::NothingHeld => "common-state-nothing-held",
            Self::NotChecked => "common-state-not-checked",
            Self::Refused => "common-state-refused",
            Self::SystemOffline => "common-state-system-offline",
            Self::WithDecisionMaker => "common-state-with-decision-maker",
        }
    }

    const fn tint(self) -> Tint {
        match self {
            Self::Answered => Tint::Green,
            Self::AnsweredInPart => Tint::Yellow,
            Self::MatchToConfirm => Tint::Purple,
            Self::Asked => Tint::Teal,
            Self::NothingHeld => Tint::Grey,
            Self::NotChecked => Tint::Orange,
            Self::Refused | Self::SystemOffline => Tint::Red,
            Self::WithDecisionMaker => Tint::Blue,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::words::{Catalogue, Language};

    #[test]
    fn no_two_states_say_the_same_in_either_language() {
        let catalogue = Catalogue::built_in().unwrap();
        for language in Language::ALL {
            let words = catalogue.words(language);
            let said: BTreeSet<String> =
                AgencyState::ALL.map(|state| words.say(state.key())).into();

            assert_eq!(said.len(), AgencyState::ALL.len(), "{language:?}");
            assert!(
                said.iter().all(|one| !one.starts_with("common-")),
                "{said:?}"
            );
        }
    }
}
