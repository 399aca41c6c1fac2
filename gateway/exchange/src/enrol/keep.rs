//! A gateway keeps its own certificate: renews it in time, ends a change of keys, fetches newer
//! revocation lists, and says in the log when its end comes near.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stile_model::id::MemberId;
use stile_model::problem::Problem;
use stile_model::time::Timestamp;
use stile_trust::TrustError;
use stile_trust::directory::Directory;
use stile_trust::key::TlsKey;
use stile_trust::lifetime::Urgency;
use stile_trust::renewal;
use stile_trust::tls::TlsMaterial;
use tokio::sync::{Notify, watch};

use super::asking::Asking;
use super::{EnrolmentState, Papers, Renewal, Standing};
use crate::client::Client;
use crate::clock::Clock;
use crate::directory::AskedHub;
use crate::error::{ExchangeError, refuse};
use crate::hub::Hub;
use crate::server::stopped;

const PATIENCE: Duration = Duration::from_secs(30);
/// Longest that a token is waited for; one that does as it should takes seconds.
const TOKEN: Duration = Duration::from_mins(1);
const DAY_MS: i64 = 86_400_000;

/// Whom a gateway asks for its certificate.
#[derive(Debug)]
pub enum Asks {
    /// A hub asks itself: the request waits beside those of others.
    Itself(Arc<Hub>),
    /// Nobody: people renew it by hand.
    Nobody,
    /// Another hub.
    Other(Box<AskedHub>),
}

/// What keeping a certificate needs.
#[derive(Debug)]
pub struct KeepingParts {
    /// This member.
    pub me: MemberId,
    /// Who belongs to the partnership.
    pub directory: Arc<ArcSwap<Directory>>,
    /// Our certificate, and everything made of it.
    pub tls: Arc<TlsMaterial>,
    /// Whom to ask.
    pub asks: Asks,
    /// How often to look.
    pub every: Duration,
    /// The clock.
    pub clock: Clock,
}

/// What one look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passed {
    /// The certificate has time, and no key is to change.
    NotDue,
    /// Nobody is asked: it is renewed by hand.
    ByHand,
    /// The request waits for the operator.
    Waiting(Standing),
    /// The operator refused.
    Refused(Standing),
    /// The certificate for the next key is issued, and the directory does not pin that key yet.
    Unpinned(Standing),
    /// A new certificate is in use, until then.
    Renewed(Timestamp),
}

/// Keeps one gateway's certificate.
#[derive(Debug)]
pub struct Keeping {
    parts: KeepingParts,
    /// Ends a wait.
    wake: Notify,
    asking: Asking,
    /// Set once it runs; then no hub is waited for any longer than this says.
    stop: OnceLock<watch::Receiver<bool>>,
}

impl Keeping {
    /// Takes the parts.
    pub fn new(parts: KeepingParts) -> Self {
        Self {
            parts,
            wake: Notify::const_new(),
            asking: Asking::default(),
            stop: OnceLock::new(),
        }
    }

    /// Looks at once, where it waits to look again.
    pub fn look_now(&self) {
        self.wake.notify_one();
    }

    /// Looks every so often until `stop` turns true: then no hub is waited for, but a chain that came is
    /// put in place.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let _ = self.stop.set(stop.clone());
        let mut told: Option<(Urgency, Timestamp)> = None;
        loop {
            match self.fetch_lists().await {
                Ok(_) => {}
                Err(_) if *stop.borrow() => return,
                Err(error) => {
                    tracing::warn!(%error, "no revocation list was fetched from the hub");
                }
            }
            match self.pass(false).await {
                Ok(passed) => say(&passed),
                Err(_) if *stop.borrow() => return,
                Err(error) => {
                    tracing::warn!(%error, "the certificate was not renewed; it is tried again");
                }
            }
            if let Err(error) = self.apart(clear).await {
                tracing::warn!(%error, "the key that was replaced is still in its token; it is tried again");
            }
            told = self.tell(told);
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(self.parts.every) => {}
            }
        }
    }

    /// Asks for the next certificate when it is time, or at once when `now` is true, and puts it in
    /// use when it is issued. A change of keys that is under way is asked for at once; while it waits
    /// for people, the certificate in use is renewed in its time all the same.
    ///
    /// # Errors
    ///
    /// When the hub cannot be reached or refuses, what it sends does not hold, or a file cannot be
    /// written; the certificate in use stays.
    pub async fn pass(&self, now: bool) -> Result<Passed, ExchangeError> {
        let tls = &self.parts.tls;
        let due = self.parts.clock.now() >= tls.lifetime().renewed_from();
        match (self.change().await, due) {
            (Ok(None), false) if !now => return Ok(Passed::NotDue),
            (Ok(None), _) => {}
            (Ok(Some(passed)), false) | (Ok(Some(passed @ Passed::Renewed(_))), true) => {
                return Ok(passed);
            }
            (Ok(Some(passed)), true) => say(&passed),
            (Err(error), false) => return Err(error),
            (Err(error), true) => tracing::warn!(%error, "the change of keys goes no further"),
        }
        let key = self.apart(|tls| renewal::key_in_use(tls.files())).await?;
        self.certify(key, false).await
    }

    /// How a change of keys that is under way goes on; none where there is none.
    async fn change(&self) -> Result<Option<Passed>, ExchangeError> {
        match self.apart(|tls| renewal::next_key(tls.files())).await? {
            Some(key) => self.certify(key, true).await.map(Some),
            None => Ok(None),
        }
    }

    /// Does what may ask a hardware token, which may be slow or hang, away from the threads that answer.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&TlsMaterial) -> Result<T, TrustError> + Send + 'static,
    ) -> Result<T, ExchangeError> {
        let tls = Arc::clone(&self.parts.tls);
        self.asking.ask(TOKEN, move || work(&tls)).await
    }

    /// Asks for a certificate for this key, and puts it in use when it is issued.
    async fn certify(&self, key: TlsKey, changes: bool) -> Result<Passed, ExchangeError> {
        let tls = &self.parts.tls;
        let (request, key) = self
            .apart(move |tls| Ok((key.request(tls.identity())?, key)))
            .await?;
        let Some(standing) = self.ask(Renewal { request }).await? else {
            return Ok(Passed::ByHand);
        };
        match (standing.state, &standing.chain) {
            (EnrolmentState::Issued, Some(chain)) => {
                let peer = tls.vouches(chain, self.parts.clock.now())?;
                if peer.identity != *tls.identity() || peer.spki_digest != key.pin() {
                    return Err(misplaced());
                }
                if changes && !self.is_pinned(&key.pin()) {
                    return Ok(Passed::Unpinned(standing));
                }
                let (chain, now) = (chain.clone(), self.parts.clock.now());
                self.apart(move |tls| put_in_use(tls, &chain, &key, now))
                    .await?;
                Ok(Passed::Renewed(tls.own().not_after))
            }
            (EnrolmentState::Refused, _) => Ok(Passed::Refused(standing)),
            (EnrolmentState::Invited | EnrolmentState::Issued | EnrolmentState::Waiting, _) => {
                Ok(Passed::Waiting(standing))
            }
        }
    }

    /// Fetches the hub's revocation lists and takes newer ones, each issuer's own; says whether there
    /// were any. They are verified with the issuing certificates held here.
    ///
    /// # Errors
    ///
    /// When the hub cannot be reached, or its lists do not hold; those in use stay.
    pub async fn fetch_lists(&self) -> Result<bool, ExchangeError> {
        let Asks::Other(asked) = &self.parts.asks else {
            return Ok(false);
        };
        let client = &*asked.client()?;
        let papers = Box::pin(call(client, Method::GET, "/v1/authority", Vec::new()));
        let papers: Papers = self.unless_stopped(papers).await?;
        let tls = &self.parts.tls;
        let (held, now) = (tls.revocations().load_full(), self.parts.clock.now());
        let offered = renewal::install_lists(tls.files(), &papers.crl, &held, now)?;
        for issuer in &offered.missing {
            tracing::warn!(%issuer, "the hub has no revocation list of an issuing certificate in use here");
        }
        if offered.newer {
            tls.reload_revocations(now)?;
        }
        Ok(offered.newer)
    }

    async fn ask(&self, renewal: Renewal) -> Result<Option<Standing>, ExchangeError> {
        match &self.parts.asks {
            Asks::Itself(hub) => hub.renewal(&self.parts.tls.own(), &renewal).await.map(Some),
            Asks::Nobody => Ok(None),
            Asks::Other(asked) => {
                let (client, body) = (asked.client()?, json(&renewal)?);
                let standing = Box::pin(call(&client, Method::POST, "/v1/renewals", body));
                self.unless_stopped(standing).await.map(Some)
            }
        }
    }

    /// Waits for a hub's answer, as long as this gateway runs.
    async fn unless_stopped<T>(
        &self,
        answer: impl Future<Output = Result<T, ExchangeError>>,
    ) -> Result<T, ExchangeError> {
        let Some(mut stop) = self.stop.get().cloned() else {
            return answer.await;
        };
        tokio::select! {
            biased;
            () = stopped(&mut stop) => Err(given_up()),
            answer = answer => answer,
        }
    }

    fn is_pinned(&self, pin: &stile_model::digest::Digest) -> bool {
        let directory = self.parts.directory.load();
        let member = directory.member(&self.parts.me);
        member.is_some_and(|member| member.tls_pins.contains(pin))
    }

    /// Says once a day how urgent it is, and whenever it becomes more so.
    fn tell(&self, told: Option<(Urgency, Timestamp)>) -> Option<(Urgency, Timestamp)> {
        let (now, lifetime) = (self.parts.clock.now(), self.parts.tls.lifetime());
        let urgency = lifetime.urgency(now)?;
        if let Some((last, at)) = told
            && last == urgency
            && now.since_millis(at) < DAY_MS
        {
            return told;
        }
        let days_left = lifetime.days_left(now);
        let until = lifetime.until;
        match urgency {
            Urgency::Notice | Urgency::Warning => {
                tracing::warn!(%urgency, days_left, %until, "the certificate ends soon and was not renewed");
            }
            Urgency::Alarm | Urgency::Ended => {
                tracing::error!(%urgency, days_left, %until, "the certificate ends and was not renewed");
            }
        }
        Some((urgency, now))
    }
}

fn put_in_use(
    tls: &TlsMaterial,
    chain: &str,
    key: &TlsKey,
    now: Timestamp,
) -> Result<(), TrustError> {
    // What would be refused at the next start must not lie there.
    tls.proves(chain, key, now)?;
    renewal::install(tls.files(), chain)?;
    tls.reload(now).map(|_| ())
}

/// Destroys the key that was replaced in its token, once no handshake is signed with it.
fn clear(tls: &TlsMaterial) -> Result<(), TrustError> {
    renewal::clear(tls.files(), &tls.own().spki_digest)
}

fn say(passed: &Passed) {
    match passed {
        Passed::ByHand | Passed::NotDue => {}
        Passed::Refused(standing) => {
            tracing::warn!(id = %standing.id, "the operator refused to renew the certificate");
        }
        Passed::Renewed(until) => tracing::info!(%until, "the certificate was renewed"),
        Passed::Unpinned(standing) => {
            tracing::info!(pin = %standing.pin, "the next key waits for a directory that pins it");
        }
        Passed::Waiting(standing) => {
            tracing::info!(id = %standing.id, "the renewal waits for the operator");
        }
    }
}

async fn call<T: DeserializeOwned>(
    client: &Client,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<T, ExchangeError> {
    let headers = [("content-type", "application/json".to_owned())];
    let reply = client.call(method, path, &headers, body, PATIENCE).await?;
    if reply.status.is_success() {
        return serde_json::from_slice(&reply.body).map_err(|_| misplaced());
    }
    let problem = serde_json::from_slice::<Problem>(&reply.body);
    let code = problem.map_or_else(|_| "unexplained".to_owned(), |said| said.code().to_owned());
    Err(refuse(
        "renewal_refused",
        502,
        format!(
            "the hub refused: `{code}`, with status {}",
            reply.status.as_u16()
        ),
    ))
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, ExchangeError> {
    serde_json::to_vec(value).map_err(|_| ExchangeError::Stored("request"))
}

fn given_up() -> ExchangeError {
    refuse(
        "renewal_refused",
        503,
        "this gateway stops, and waits for no hub",
    )
}

fn misplaced() -> ExchangeError {
    refuse(
        "renewal_refused",
        502,
        "the hub's answer is not for this gateway's key, or cannot be read",
    )
}
