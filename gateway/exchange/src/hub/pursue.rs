//! Pursue one enquiry until nothing more can come: send, wait, try again, ask for later returns.
//!
//! Order of effects: the question is in the hub's ledger before it is sent; an answer is in the
//! hub's ledger before anybody sees it, and is acknowledged to the agency only then.

use std::sync::Arc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use stile_model::id::{EnquiryId, MemberId};
use stile_model::problem::Problem;
use stile_store::{Batch, Tree};

use super::progress::{Sent, State};
use super::receive::Seen;
use super::{Hub, Lane};
use crate::agency::routes::CONFIRMED_HEADER;
use crate::client::{Client, Reply};
use crate::error::ExchangeError;
use crate::wire::Acknowledgement;

/// How long one long poll for a later return lasts.
const POLL_S: u64 = 25;
/// What an agency says when no agreement lets it tell more.
const NOT_AGREED: [&str; 4] = [
    "agreement_expired",
    "agreement_not_started",
    "no_agreement",
    "purpose_not_open",
];

/// What to do next.
enum Next {
    /// Go on with this.
    On(Sent),
    /// Nothing more can come.
    Done,
    /// Try again after a pause.
    Pause(Sent),
}

impl Hub {
    /// Starts pursuing an enquiry unless that is under way already.
    pub(super) async fn pursue(self: &Arc<Self>, id: EnquiryId) {
        // Held until the task is listed, so that it cannot take itself off the list before.
        let mut pursued = self.live.pursued.lock().await;
        if pursued.contains_key(&id) {
            return;
        }
        let hub = Arc::clone(self);
        let task = tokio::spawn(async move {
            if let Err(error) = hub.pursue_to_the_end(id).await {
                tracing::error!(enquiry = %id, %error, "an enquiry is no longer pursued");
            }
            hub.live.pursued.lock().await.remove(&id);
        });
        pursued.insert(id, task);
    }

    /// Stops pursuing; what is unfinished is taken up again by [`Hub::resume`].
    pub async fn rest(&self) {
        let pursued = std::mem::take(&mut *self.live.pursued.lock().await);
        for task in pursued.values() {
            task.abort();
        }
        for (_, task) in pursued {
            // An aborted task says so; what it had recorded stays recorded.
            let _ = task.await;
        }
    }

    /// Takes up every unfinished enquiry again after a restart.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn resume(self: &Arc<Self>) -> Result<usize, ExchangeError> {
        let unfinished = self.unfinished()?;
        for id in &unfinished {
            self.pursue(*id).await;
        }
        Ok(unfinished.len())
    }

    async fn pursue_to_the_end(&self, id: EnquiryId) -> Result<(), ExchangeError> {
        let mut sent = self.sent(id)?;
        let mut pause = self.settings.retry_first;
        loop {
            if sent.enquiry.expires <= self.clock.now() {
                return self.give_up(sent).await;
            }
            sent = match self.ask_once(sent).await? {
                Next::Done => return Ok(()),
                Next::On(sent) => {
                    pause = self.settings.retry_first;
                    sent
                }
                Next::Pause(sent) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(self.settings.retry_longest);
                    sent
                }
            };
        }
    }

    async fn give_up(&self, sent: Sent) -> Result<(), ExchangeError> {
        let state = match &sent.state {
            State::Unreachable {
                code, last_tried, ..
            } => State::Refused {
                code: code.clone(),
                title: format!(
                    "not reached by the time the question expired; last tried {last_tried}"
                ),
            },
            State::InPart => State::Answered,
            State::Answered | State::Refused { .. } | State::Superseded => return Ok(()),
            State::Waiting => State::Refused {
                code: "expired".to_owned(),
                title: "the question expired before an answer came".to_owned(),
            },
        };
        self.set_state(sent, state).await.map(|_| ())
    }

    async fn ask_once(&self, sent: Sent) -> Result<Next, ExchangeError> {
        let seen = self.seen(&sent.enquiry.to)?;
        let lane = if sent.n == 0 { Lane::Ask } else { Lane::Wait };
        if lane == Lane::Ask && self.witnessing.may_release().is_err() {
            return self.unreachable(sent, "ledger_halted").await;
        }
        let reply = match self.client(&sent.enquiry.to, lane).await {
            Ok(client) => match self.call(&client, &sent, seen).await {
                Ok(reply) => reply,
                Err(error) => return self.unreachable(sent, error.code()).await,
            },
            Err(error) => return self.unreachable(sent, error.problem().code()).await,
        };
        match reply.status {
            StatusCode::OK => self.take(sent, &reply, seen).await,
            StatusCode::NO_CONTENT => Ok(Next::On(sent)),
            StatusCode::TOO_MANY_REQUESTS => self.unreachable(sent, "budget_exhausted").await,
            status if status.is_server_error() => self.unreachable(sent, &problem(&reply).0).await,
            _ => self.refused(sent, &reply).await,
        }
    }

    async fn call(
        &self,
        client: &Client,
        sent: &Sent,
        seen: Option<Seen>,
    ) -> Result<Reply, crate::client::ClientError> {
        let confirmed = [(
            CONFIRMED_HEADER,
            seen.map_or(0, |seen| seen.size).to_string(),
        )];
        let deadline = self.settings.agency_deadline;
        if sent.n == 0 {
            let body = sent.jws.clone().into_bytes();
            return client
                .call(Method::POST, "/v1/enquiries", &confirmed, body, deadline)
                .await;
        }
        let path = format!(
            "/v1/enquiries/{}/returns?after={}&wait_s={POLL_S}",
            sent.enquiry.id, sent.n
        );
        let deadline = deadline + Duration::from_secs(POLL_S);
        client
            .call(Method::GET, &path, &confirmed, Vec::new(), deadline)
            .await
    }

    async fn take(
        &self,
        sent: Sent,
        reply: &Reply,
        seen: Option<Seen>,
    ) -> Result<Next, ExchangeError> {
        let (sent, digest) = self.receive(sent, &reply.body, seen).await?;
        if let Some(digest) = digest {
            let word = Acknowledgement {
                enquiry: sent.enquiry.id,
                n: sent.n,
                digest,
            };
            self.acknowledge(&sent.enquiry.to, &word).await;
        }
        Ok(if sent.is_finished() {
            Next::Done
        } else {
            Next::On(sent)
        })
    }

    /// Tells the agency what is held, and keeps that it was heard. Lost words are harmless: the
    /// agency's record stays at "permitted", which says no less than what happened, and the next
    /// reconciliation says them again.
    pub(super) async fn acknowledge(&self, agency: &MemberId, word: &Acknowledgement) -> bool {
        let body = serde_json::to_vec(word).unwrap_or_default();
        let headers = [("content-type", "application/json".to_owned())];
        let Ok(client) = self.client(agency, Lane::Ask).await else {
            return false;
        };
        let wait = self.settings.agency_deadline;
        let said = client
            .call(Method::POST, "/v1/receipts", &headers, body, wait)
            .await;
        match said {
            Ok(reply) if reply.status.is_success() => {
                self.keep_acknowledged(word).await;
                true
            }
            Ok(reply) => {
                tracing::warn!(enquiry = %word.enquiry, status = %reply.status, "an acknowledgement was refused");
                false
            }
            Err(error) => {
                tracing::warn!(enquiry = %word.enquiry, %error, "an acknowledgement was not delivered");
                false
            }
        }
    }

    async fn keep_acknowledged(&self, word: &Acknowledgement) {
        let key = acknowledged_key(word.enquiry, word.n);
        let mark = Batch::put(Tree::Acknowledged, key, Some(b"acknowledged".to_vec()));
        if let Err(error) = self.store.commit(mark).await {
            tracing::warn!(enquiry = %word.enquiry, %error, "it was not kept that an acknowledgement was heard");
        }
    }

    /// Has the agency taken the acknowledgement of this return?
    pub(super) fn was_acknowledged(
        &self,
        enquiry: EnquiryId,
        n: u32,
    ) -> Result<bool, ExchangeError> {
        let key = acknowledged_key(enquiry, n);
        Ok(self.store.get(Tree::Acknowledged, &key)?.is_some())
    }

    async fn unreachable(&self, sent: Sent, code: &str) -> Result<Next, ExchangeError> {
        if sent.n > 0 {
            // The answer so far stands; only the later part is waited for.
            return Ok(Next::Pause(sent));
        }
        let now = self.clock.now();
        let pause = i64::try_from(self.settings.retry_first.as_secs()).unwrap_or(1);
        let state = State::Unreachable {
            code: code.to_owned(),
            last_tried: now,
            next_try: Some(now.plus_s(pause.max(1))),
        };
        Ok(Next::Pause(self.set_state(sent, state).await?))
    }

    async fn refused(&self, sent: Sent, reply: &Reply) -> Result<Next, ExchangeError> {
        let (code, title) = problem(reply);
        if code == "stale" && sent.n == 0 {
            return Ok(Next::On(self.sign_again(&sent).await?));
        }
        if matches!(code.as_str(), "revoked" | "untrusted") {
            // Not the question is refused but the connection, until an operator mends a list.
            return self.unreachable(sent, &code).await;
        }
        if sent.n > 0 && NOT_AGREED.contains(&code.as_str()) {
            // The answer so far stands; more can come once the agreement is renewed.
            return self.unreachable(sent, &code).await;
        }
        self.record_refused(sent, code, title).await?;
        Ok(Next::Done)
    }
}

fn acknowledged_key(enquiry: EnquiryId, n: u32) -> Vec<u8> {
    [enquiry.as_bytes().as_slice(), &n.to_be_bytes()].concat()
}

/// The code and title of a problem, bounded; a body that is none gives its status.
pub(super) fn problem(reply: &Reply) -> (String, String) {
    match serde_json::from_slice::<Problem>(&reply.body) {
        Ok(problem) => {
            let short = |text: &str, most: usize| {
                text.chars()
                    .filter(|c| !c.is_control())
                    .take(most)
                    .collect()
            };
            (short(problem.code(), 40), short(&problem.title, 200))
        }
        Err(_) => (
            "unexplained".to_owned(),
            format!("the agency answered with status {}", reply.status),
        ),
    }
}
