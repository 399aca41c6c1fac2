//! One case at the real hub, over its API as a researcher uses it.

use std::time::{Duration, Instant};

use hyper::StatusCode;
use serde_json::json;
use stile_cli::demo::partnership::member;
use stile_cli::demo::world::{Kind, Story};
use stile_exchange::client::Reply;
use stile_exchange::hub::{AgencyProgress, CaseProgress, OpenCase, State};
use stile_model::id::CaseId;
use stile_product::Product;

use crate::PATIENCE;
use crate::caller::Caller;

/// A case of the hub.
pub struct Matter {
    /// Its number.
    pub case: CaseId,
    /// What it is opened with.
    pub opening: OpenCase,
    look_back_months: u16,
}

impl Matter {
    /// A story under a number of its own.
    pub fn of(story: &Story, number: &str) -> Self {
        let case = CaseId::new(number).unwrap();
        Self {
            opening: OpenCase {
                id: case.clone(),
                kind: story.case_kind.clone(),
                priority: story.priority,
                purpose: story.purpose.clone(),
                consent: story.consent.clone(),
                subjects: story.subjects.clone(),
            },
            case,
            look_back_months: story.look_back_months,
        }
    }

    /// Opens it; gives the answer as it comes.
    pub async fn open(&self, desk: &Caller) -> Reply {
        desk.post("/api/v1/cases", &self.opening).await.unwrap()
    }

    /// Asks these agencies for these categories; gives the answer as it comes.
    pub async fn ask(&self, desk: &Caller, asks: &[(Kind, &[&str])]) -> Reply {
        let why = "needed to see whether the child is safe";
        let agencies: Vec<_> = asks
            .iter()
            .map(|(kind, categories)| {
                let asks: Vec<_> = categories
                    .iter()
                    .map(|category| json!({ "category": category, "necessity": why }))
                    .collect();
                json!({ "agency": member(*kind).unwrap(), "asks": asks })
            })
            .collect();
        let raise = json!({
            "agencies": agencies,
            "look_back_months": self.look_back_months,
            "expires_in_h": 72,
        });
        let path = format!("/api/v1/cases/{}/enquiries", self.case);
        desk.post(&path, &raise).await.unwrap()
    }

    /// Opens it and asks, both of which must be taken.
    pub async fn raise(&self, desk: &Caller, asks: &[(Kind, &[&str])]) {
        let opened = self.open(desk).await;
        assert_eq!(opened.status, StatusCode::CREATED, "{:?}", opened.body);
        let asked = self.ask(desk, asks).await;
        assert_eq!(asked.status, StatusCode::ACCEPTED, "{:?}", asked.body);
    }

    /// Where each agency stands now.
    pub async fn progress(&self, desk: &Caller) -> Vec<AgencyProgress> {
        let path = format!("/api/v1/cases/{}/progress", self.case);
        desk.read::<CaseProgress>(&path).await.agencies
    }

    /// Waits until the one agency asked no longer is only waited for.
    pub async fn settled(&self, desk: &Caller) -> State {
        let mut lines = self
            .until(desk, |lines| {
                lines.iter().all(|line| line.state != State::Waiting)
            })
            .await;
        assert_eq!(lines.len(), 1, "one agency was asked");
        lines.remove(0).state
    }

    /// Waits until the agencies stand as wanted.
    pub async fn until(
        &self,
        desk: &Caller,
        wanted: impl Fn(&[AgencyProgress]) -> bool,
    ) -> Vec<AgencyProgress> {
        let started = Instant::now();
        loop {
            let lines = self.progress(desk).await;
            if wanted(&lines) {
                return lines;
            }
            assert!(started.elapsed() < PATIENCE, "still {lines:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The product for its decision maker.
    pub async fn product(&self, desk: &Caller) -> Product {
        desk.read(&format!("/api/v1/cases/{}/product", self.case))
            .await
    }
}
