//! What is asked: the story's child, or its whole family.

use stile_model::enquiry::{Enquiry, Officer};
use stile_model::id::{Code, EnquiryId, MemberId, PartnershipId, UserId};
use stile_model::time::Timestamp;

use crate::demo::partnership::{PARTNERSHIP, RESEARCHER};
use crate::demo::world::{Kind, Story, story};
use crate::run::Failure;

const ASKS: usize = 3;

/// One question, asked again and again under new ids.
pub(in crate::bench) struct Question {
    /// For the table: `1 person, 3 categories`.
    pub(in crate::bench) name: String,
    story: Story,
}

impl Question {
    /// The child, three categories.
    pub(in crate::bench) fn one_child() -> Result<Self, Failure> {
        let mut story = story();
        story.subjects.truncate(1);
        if let Some(asks) = story.asks.get_mut(&Kind::Police) {
            asks.truncate(ASKS);
        }
        Self::of(story)
    }

    /// Everybody of the red case, everything the police are asked.
    pub(in crate::bench) fn whole_family() -> Result<Self, Failure> {
        Self::of(story())
    }

    fn of(story: Story) -> Result<Self, Failure> {
        let people = story.subjects.len();
        let asks = story.asks.get(&Kind::Police).map_or(0, Vec::len);
        if people == 0 || asks == 0 {
            return Err("the story asks the police nothing".into());
        }
        let person = if people == 1 { "person" } else { "people" };
        Ok(Self {
            name: format!("{people} {person}, {asks} categories"),
            story,
        })
    }

    /// The enquiry from a hub to an agency.
    pub(in crate::bench) fn enquiry(
        &self,
        id: EnquiryId,
        (hub, agency): (&MemberId, &MemberId),
        now: Timestamp,
    ) -> Result<Enquiry, Failure> {
        Ok(Enquiry {
            v: 1,
            id,
            partnership: PartnershipId::new(PARTNERSHIP)?,
            from: hub.clone(),
            to: agency.clone(),
            case: self.story.case.clone(),
            case_kind: self.story.case_kind.clone(),
            priority: self.story.priority,
            purpose: self.story.purpose.clone(),
            consent: self.story.consent.clone(),
            subjects: self.story.subjects.clone(),
            asks: self
                .story
                .asks
                .get(&Kind::Police)
                .cloned()
                .unwrap_or_default(),
            look_back_months: self.story.look_back_months,
            requester: Officer {
                user: UserId::new(RESEARCHER)?,
                role: Code::new("researcher")?,
            },
            authoriser: None,
            issued: now,
            expires: now.plus_s(3_600),
        })
    }
}
