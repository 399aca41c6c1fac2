//! A story of the demo put to a hub through its researcher's desk.

use std::time::Instant;

use stile_cli::demo::partnership::member;
use stile_cli::demo::world::Story;
use stile_cli::people::Desk;
use stile_exchange::hub::{AgencyAsk, Case, CaseProgress, OpenCase, Raise, Raised, State};

use crate::PATIENCE;

/// Opens the story's case and asks every agency of it.
pub async fn raise(desk: &Desk, story: &Story) {
    let matter = OpenCase {
        id: story.case.clone(),
        kind: story.case_kind.clone(),
        priority: story.priority,
        purpose: story.purpose.clone(),
        consent: story.consent.clone(),
        subjects: story.subjects.clone(),
    };
    let _: Case = desk.post("/api/v1/cases", &matter).await.unwrap();
    let agencies = story.asks.iter().map(|(kind, asks)| AgencyAsk {
        agency: member(*kind).unwrap(),
        asks: asks.clone(),
    });
    let raise = Raise {
        agencies: agencies.collect(),
        look_back_months: story.look_back_months,
        expires_in_h: 72,
    };
    let path = format!("/api/v1/cases/{}/enquiries", story.case);
    let _: Raised = desk.post(&path, &raise).await.unwrap();
}

/// Waits until every agency of the story's case stands where `enough` wants it.
pub async fn wait_for(desk: &Desk, story: &Story, enough: impl Fn(&State) -> bool) {
    let begun = Instant::now();
    let mut after = 0;
    loop {
        let path = format!(
            "/api/v1/cases/{}/progress?after={after}&wait_s=2",
            story.case
        );
        let progress: CaseProgress = desk.get(&path, PATIENCE).await.unwrap();
        assert_eq!(progress.agencies.len(), story.asks.len());
        let waited_for: Vec<_> = progress
            .agencies
            .iter()
            .filter(|agency| !enough(&agency.state))
            .collect();
        if waited_for.is_empty() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{}: {waited_for:?}", story.case);
        after = progress.version;
    }
}

/// It has given an answer, if perhaps not all of it.
pub fn has_answered(state: &State) -> bool {
    matches!(state, State::Answered | State::InPart)
}
