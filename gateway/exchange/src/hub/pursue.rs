//! Pursue one enquiry until nothing more can come: send, wait, try again, ask for later returns.
//!
//! Order of effects: the question is in the hub's ledger before it is sent; an answer is in the
//! hub's ledger before anybody sees it, and is acknowledged to the agency only then.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::RETRY_AFTER;
use hyper::{Method, StatusCode};
use stile_model::id::{EnquiryId, MemberId};
use stile_model::problem::Problem;
use stile_model::time::Timestamp;
use stile_store::{Batch, Tree};
use tokio::time::Instant;

use super::progress::{Sent, State};
use super::receive::Seen;
use super::{Hub, Lane};
use crate::agency::routes::CONFIRMED_HEADER;
use crate::client::{Client, Reply};
use crate::dial::Pause;
use crate::error::ExchangeError;
use crate::random;
use crate::trace::Step;
use crate::wire::Acknowledgement;

/// How long one long poll for a later return lasts.
const POLL_S: u64 = 25;
/// An agency that says sooner than this that there is nothing new has not waited for it.
const WAITED: Duration = Duration::from_secs(1);
/// What was signed a shorter time ago is too old nowhere, unless a clock is wrong.
const JUST_SIGNED_MS: i64 = 60_000;
/// What an agency says when no agreement lets it tell more.
const NOT_AGREED: [&str; 4] = [
    "agreement_expired",
    "agreement_not_started",
    "no_agreement",
    "purpose_not_open",
];

/// What to do next.
enum Next {
    /// Ask this at once, as if it had been asked first.
    Again(Sent),
    /// Go on with this: the agency answers.
    On(Sent),
    /// Nothing more can come.
    Done,
    /// There is no room; try again after this long, as the agency said, or longer.
    Later(Sent, Duration),
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
        let pursuit = async move {
            if let Err(error) = hub.pursue_to_the_end(id).await {
                tracing::error!(enquiry = %id, %error, "an enquiry is no longer pursued");
            }
            hub.live.pursued.lock().await.remove(&id);
        };
        let task = tokio::spawn(self.traces.carry(pursuit));
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
        let mut pause = Pause::new(self.settings.retry_first, self.settings.retry_longest);
        loop {
            let id = sent.enquiry.id;
            sent = match self.go_on(sent, &mut pause).await {
                Ok(None) => return Ok(()),
                Ok(Some(sent)) => sent,
                Err(ExchangeError::Unrecorded(error)) => {
                    tracing::error!(enquiry = %id, %error, "an enquiry goes no further, and is tried again");
                    self.read_again(id, &mut pause).await?
                }
                Err(error) => return Err(error),
            };
        }
    }

    /// What is held of an enquiry, after a pause: a store that is full, or away, comes back.
    async fn read_again(&self, id: EnquiryId, pause: &mut Pause) -> Result<Sent, ExchangeError> {
        loop {
            tokio::time::sleep(pause.after(chance())).await;
            match self.sent_or_signed_again(id) {
                Err(ExchangeError::Unrecorded(error)) => {
                    tracing::warn!(enquiry = %id, %error, "an enquiry cannot be read, and is tried again");
                }
                other => return other,
            }
        }
    }

    /// Asks once, and pauses where that is next; none when nothing more can come.
    async fn go_on(&self, sent: Sent, pause: &mut Pause) -> Result<Option<Sent>, ExchangeError> {
        if sent.is_finished() {
            return Ok(None);
        }
        if sent.enquiry.expires <= self.clock.now() {
            return self.give_up(sent).await.map(|()| None);
        }
        Ok(match self.ask_once(sent).await? {
            Next::Done => None,
            Next::Again(sent) => Some(sent),
            Next::On(sent) => {
                pause.start_over();
                Some(sent)
            }
            Next::Later(sent, said) => {
                let wait = pause.no_sooner(said, chance());
                let sent = self.busy(sent, wait).await?;
                tokio::time::sleep(wait).await;
                Some(sent)
            }
            Next::Pause(sent) => {
                tokio::time::sleep(pause.after(chance())).await;
                Some(sent)
            }
        })
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
            State::Busy { .. } | State::Waiting => State::Refused {
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
        let asked = Instant::now();
        let reply = match self.client(&sent.enquiry.to, lane).await {
            Ok(client) => match self.call(&client, &sent, seen).await {
                Ok(reply) => reply,
                Err(error) => return self.unreachable(sent, error.code()).await,
            },
            Err(error) => return self.unreachable(sent, error.problem().code()).await,
        };
        match reply.status {
            StatusCode::OK => self.take(sent, &reply, seen).await,
            StatusCode::NO_CONTENT if asked.elapsed() < WAITED => Ok(Next::Pause(sent)),
            StatusCode::NO_CONTENT => Ok(Next::On(sent)),
            StatusCode::TOO_MANY_REQUESTS => self.unreachable(sent, "budget_exhausted").await,
            StatusCode::SERVICE_UNAVAILABLE if sent.n == 0 && problem(&reply).0 == BUSY => {
                Ok(Next::Later(sent, said_wait(&reply)))
            }
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
        let confirmed = seen.map_or(0, |seen| seen.size).to_string();
        let mut headers = vec![(CONFIRMED_HEADER, confirmed)];
        let deadline = self.settings.agency_deadline;
        if sent.n == 0 {
            let span = self.traces.begin(Step::Ask).with(&sent.enquiry.to);
            span.about(sent.enquiry.subjects.len());
            headers.extend(span.traceparent());
            let body = sent.jws.clone().into_bytes();
            let reply = client.call(Method::POST, "/v1/enquiries", &headers, body, deadline);
            let reply = reply.await;
            span.heard(&reply);
            return reply;
        }
        let path = format!(
            "/v1/enquiries/{}/returns?after={}&wait_s={POLL_S}",
            sent.enquiry.id, sent.n
        );
        let deadline = deadline + Duration::from_secs(POLL_S);
        client
            .call(Method::GET, &path, &headers, Vec::new(), deadline)
            .await
    }

    async fn take(
        &self,
        sent: Sent,
        reply: &Reply,
        seen: Option<Seen>,
    ) -> Result<Next, ExchangeError> {
        let is_first = sent.n == 0;
        let received = self.receive(sent, &reply.body, seen);
        let (sent, digest) = if is_first {
            self.traces.step(Step::Receive, received).await?
        } else {
            // Hours later, when a person has decided: no part of how long an answer took.
            received.await?
        };
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

    /// Keeps that the agency has no room, and when it is asked again. Written at every try, since
    /// people are shown when the next one is; the pause doubles, so these become few.
    async fn busy(&self, sent: Sent, wait: Duration) -> Result<Sent, ExchangeError> {
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let next_try = Timestamp::from_millis(self.clock.now().millis().saturating_add(millis));
        self.set_state(sent, State::Busy { next_try }).await
    }

    async fn refused(&self, sent: Sent, reply: &Reply) -> Result<Next, ExchangeError> {
        let (code, title) = problem(reply);
        if code == "stale" && sent.n == 0 {
            let age = self.clock.now().since_millis(sent.enquiry.issued);
            if age < JUST_SIGNED_MS {
                // The clocks differ: what is signed now is too old there, too.
                return self.unreachable(sent, &code).await;
            }
            return Ok(Next::Again(self.sign_again(&sent).await?));
        }
        if matches!(code.as_str(), "from_the_future" | "revoked" | "untrusted") {
            // It passes: the agency's clock comes to the date, and an operator mends a list.
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

/// The code with which an agency says that it has no room.
const BUSY: &str = "busy";

/// How long an answer says to wait before asking again; nothing where it says nothing readable.
fn said_wait(reply: &Reply) -> Duration {
    let said = reply.headers.get(RETRY_AFTER);
    let said = said.and_then(|value| value.to_str().ok()?.parse().ok());
    said.map_or(Duration::ZERO, Duration::from_secs)
}

/// What varies pauses; without randomness all are of the same, longest, length.
fn chance() -> u32 {
    random::bytes().map_or(u32::MAX, u32::from_be_bytes)
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

#[cfg(test)]
mod tests;
