//! What a decision record lacks.

use std::fmt;

use stile_model::code::ConsentState;
use stile_model::enquiry::Enquiry;
use stile_model::vocabulary::{LegalGround, Purpose, Regime};

use super::Parties;

/// One field that cannot be filled. As a text it names the field and says who can fill it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordGap {
    /// No organisation of this name asks.
    Organisation,
    /// Nothing is asked for.
    Data,
    /// It is not said why something is needed.
    Necessity,
    /// The holder has no name.
    HeldBy,
    /// The purpose is not in the vocabulary.
    Purpose,
    /// The purpose has no lawful basis for any agency.
    LawfulBasis,
    /// The purpose rests on DPA 2018 Part 3 alone, and the holder is no competent authority.
    PartThree,
    /// The purpose names no statute.
    LegalPower,
    /// The purpose has no condition for special-category data or sensitive processing.
    Condition,
    /// The condition needs consent or a coded reason, and there is neither.
    WithoutConsent,
    /// It is not said how long it is kept.
    Retention,
    /// No agreement is named.
    Agreement,
}

impl RecordGap {
    /// Every field, in the order of the form.
    pub const ALL: &[Self] = &[
        Self::Organisation,
        Self::Data,
        Self::Necessity,
        Self::HeldBy,
        Self::Purpose,
        Self::LawfulBasis,
        Self::PartThree,
        Self::LegalPower,
        Self::Condition,
        Self::WithoutConsent,
        Self::Retention,
        Self::Agreement,
    ];

    /// The field, as the record names it.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Condition => "condition",
            Self::Data => "data",
            Self::HeldBy => "held_by",
            Self::LawfulBasis => "lawful_basis",
            Self::LegalPower => "legal_power",
            Self::Necessity => "necessity",
            Self::Organisation => "organisation",
            Self::PartThree => "part_3",
            Self::Purpose => "purpose",
            Self::Retention => "retention",
            Self::WithoutConsent => "without_consent",
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Agreement | Self::HeldBy | Self::Organisation => {
                "the partnership's directory names it"
            }
            Self::Condition | Self::LawfulBasis => {
                "the vocabulary's purpose needs `general` or `law_enforcement`"
            }
            Self::Data | Self::Necessity => "the hub says it in `asks`",
            Self::LegalPower => "the vocabulary's purpose needs `legal_gateway`",
            Self::PartThree => {
                "this purpose is law-enforcement processing only, and this agency is no competent \
                 authority: ask under another purpose"
            }
            Self::Purpose => "the vocabulary does not have it",
            Self::Retention => "the vocabulary's purpose needs `retention`",
            Self::WithoutConsent => {
                "without consent the condition needs a coded `consent.override_reason`"
            }
        }
    }

    fn is_open(
        self,
        enquiry: &Enquiry,
        purpose: Option<&Purpose>,
        ground: Option<(Regime, &LegalGround)>,
        parties: &Parties<'_>,
    ) -> bool {
        let empty = |text: &str| text.trim().is_empty();
        let of_purpose = |lacks: fn(&Purpose) -> bool| purpose.is_some_and(lacks);
        let for_nobody =
            |purpose: &Purpose| purpose.general.is_none() && purpose.law_enforcement.is_none();
        let of_ground =
            |lacks: &dyn Fn(&LegalGround) -> bool| ground.is_some_and(|(_, ground)| lacks(ground));
        let excused = enquiry.consent.state == ConsentState::Given
            || enquiry.consent.override_reason.is_some();
        match self {
            Self::Agreement => empty(parties.agreement),
            Self::Condition => of_ground(&|ground| empty(&ground.condition)),
            Self::Data => enquiry.asks.is_empty(),
            Self::HeldBy => empty(parties.holder) || parties.kind.is_none(),
            Self::LawfulBasis => {
                of_purpose(for_nobody) || of_ground(&|ground| empty(&ground.lawful_basis))
            }
            Self::LegalPower => of_purpose(|purpose| {
                let mut gateways = purpose.legal_gateway.iter();
                gateways.all(|gateway| gateway.trim().is_empty())
            }),
            Self::Necessity => enquiry.asks.iter().any(|ask| empty(ask.necessity.reveal())),
            Self::Organisation => empty(parties.requester),
            Self::PartThree => {
                ground.is_none()
                    && parties.kind.is_some()
                    && of_purpose(|purpose| purpose.law_enforcement.is_some())
            }
            Self::Purpose => purpose.is_none(),
            Self::Retention => of_purpose(|purpose| purpose.retention.trim().is_empty()),
            Self::WithoutConsent => !excused && of_ground(&|ground| ground.reason_without_consent),
        }
    }
}

impl fmt::Display for RecordGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", self.field(), self.remedy())
    }
}

/// Everything that is missing, in the order of the form.
pub(super) fn all(
    enquiry: &Enquiry,
    purpose: Option<&Purpose>,
    ground: Option<(Regime, &LegalGround)>,
    parties: &Parties<'_>,
) -> Vec<RecordGap> {
    let gaps = RecordGap::ALL.iter().copied();
    gaps.filter(|gap| gap.is_open(enquiry, purpose, ground, parties))
        .collect()
}
