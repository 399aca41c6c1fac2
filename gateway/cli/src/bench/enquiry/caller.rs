//! A hub's side of the measurement: signs, sends many at once, and looks at every answer afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};
use stile_exchange::agency::routes::CONFIRMED_HEADER;
use stile_exchange::client::{Client, Reply};
use stile_exchange::clock::Clock;
use stile_exchange::random;
use stile_exchange::server::ALPN;
use stile_exchange::wire::{ENVELOPE_MAX_BYTES, Envelope};
use stile_model::code::CategoryStatus;
use stile_model::enquiry::ENQUIRY_TYP;
use stile_model::id::{MemberId, PartnershipId};
use stile_model::returns::{RETURN_TYP, Return};
use stile_trust::directory::{Directory, Endpoint};
use stile_trust::identity::Identity;
use stile_trust::jws;
use stile_trust::signing::{SigningKey, VerifyingKey};
use stile_trust::tls::{TlsMaterial, client_config};
use tokio::task::JoinSet;

use super::super::figures::processor_time;
use super::questions::Question;
use crate::config::{AgencyConfig, HubConfig};
use crate::demo::partnership::{HUB, PARTNERSHIP};
use crate::people::refusal;
use crate::run::Failure;

const DEADLINE: Duration = Duration::from_mins(1);
const PATH: &str = "/v1/enquiries";

/// What came of many requests.
pub(in crate::bench) struct Volley {
    /// Time of each.
    pub(in crate::bench) laps: Vec<Duration>,
    /// From the first to the last.
    pub(in crate::bench) wall: Duration,
    /// Processor time of both ends.
    pub(super) processor: Duration,
    /// Findings of all returns that a silent source left unchecked.
    pub(super) not_checked: usize,
    replies: Vec<Reply>,
}

/// The hub, as it calls one agency.
pub(in crate::bench) struct Caller {
    agency: MemberId,
    agency_key: VerifyingKey,
    client: Arc<Client>,
    clock: Clock,
    confirmed: AtomicU64,
    hub: MemberId,
    /// None of an agency that dials.
    endpoint: Option<Endpoint>,
    identity: Identity,
    signing: SigningKey,
    tls: TlsMaterial,
}

impl Caller {
    /// Reads the hub's own files; the agency is called at its address.
    pub(in crate::bench) fn of(dir: &Path, agency: &str, clock: &Clock) -> Result<Self, Failure> {
        Self::calling(&own(dir), agency, clock, None)
    }

    /// The same of the hub whose configuration is in `config`.
    pub(in crate::bench) fn of_hub(
        config: &Path,
        agency: &str,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        Self::calling(config, agency, clock, None)
    }

    /// The same, calling an agency that dials out over what it dialled.
    pub(in crate::bench) fn over(
        dir: &Path,
        agency: &str,
        clock: &Clock,
        client: Client,
    ) -> Result<Self, Failure> {
        Self::calling(&own(dir), agency, clock, Some(client))
    }

    fn calling(
        config: &Path,
        agency: &str,
        clock: &Clock,
        client: Option<Client>,
    ) -> Result<Self, Failure> {
        let parts = HubConfig::read(config)?.parts;
        let operator = fs::read_to_string(&parts.directory.operator)?;
        let text = fs::read_to_string(&parts.directory.file)?;
        let operator: VerifyingKey = serde_json::from_str(&operator)?;
        let directory = Directory::verify(text.trim(), &operator, 0, clock.now())?;
        let agency = MemberId::new(agency)?;
        let member = directory.member(&agency).ok_or("no such agency")?;
        let tls = TlsMaterial::load(&parts.tls, clock.now())?;
        let identity = Identity::agency(PartnershipId::new(PARTNERSHIP)?, agency.clone());
        let client = match (client, member.endpoint.endpoint()) {
            (Some(client), _) => client,
            (None, Some(endpoint)) => {
                let config = client_config(&tls, &identity, ALPN, clock.source())?;
                Client::new(endpoint.clone(), config)
            }
            (None, None) => return Err("the agency has no address".into()),
        };
        Ok(Self {
            agency_key: member.signing_key.clone(),
            client: Arc::new(client),
            agency,
            hub: parts.member,
            clock: clock.clone(),
            confirmed: AtomicU64::new(0),
            endpoint: member.endpoint.endpoint().cloned(),
            identity,
            signing: SigningKey::load(&parts.keys.signing)?,
            tls,
        })
    }

    /// The agency's own certificate, for the bare server.
    pub(in crate::bench) fn agency_tls(
        &self,
        dir: &Path,
        clock: &Clock,
    ) -> Result<TlsMaterial, Failure> {
        let file = dir.join(self.agency.as_str()).join("agency.toml");
        let parts = AgencyConfig::read(&file)?.parts;
        Ok(TlsMaterial::load(&parts.tls, clock.now())?)
    }

    /// A caller of another address where the same agency answers.
    pub(in crate::bench) fn client_to(&self, endpoint: Endpoint) -> Result<Client, Failure> {
        let config = client_config(&self.tls, &self.identity, ALPN, self.clock.source())?;
        Ok(Client::new(endpoint, config))
    }

    /// Signs `count` enquiries, each under its own id.
    pub(in crate::bench) fn sign(
        &self,
        question: &Question,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let one = || -> Result<Vec<u8>, Failure> {
            let now = self.clock.now();
            let enquiry =
                question.enquiry(random::enquiry_id()?, (&self.hub, &self.agency), now)?;
            let payload = serde_json::to_vec(&enquiry)?;
            Ok(jws::sign(&self.signing, ENQUIRY_TYP, &payload)?.into_bytes())
        };
        (0..count).map(|_| one()).collect()
    }

    /// Sends one, over a connection of its own where that is wanted, and checks its answer.
    pub(in crate::bench) async fn ask_once(
        &self,
        body: Vec<u8>,
        anew: bool,
    ) -> Result<Duration, Failure> {
        let own = match (&self.endpoint, anew) {
            (Some(endpoint), true) => Arc::new(self.client_to(endpoint.clone())?),
            (Some(_) | None, _) => Arc::clone(&self.client),
        };
        let confirmed = self.confirmed.load(Ordering::Relaxed);
        let headers = [(CONFIRMED_HEADER, confirmed.to_string())];
        let sent = Instant::now();
        let call = own.call(Method::POST, PATH, &headers, body, DEADLINE);
        let reply = call.await?;
        let lap = sent.elapsed();
        if reply.status != StatusCode::OK {
            return Err(refusal(reply.status, &reply.body).into());
        }
        match self.check(&reply)? {
            0 => Ok(lap),
            _ => Err("a category was not checked".into()),
        }
    }

    /// Sends them, `together` at a time, and checks every answer when the last is in.
    pub(in crate::bench) async fn ask(
        &self,
        bodies: Vec<Vec<u8>>,
        together: usize,
    ) -> Result<Volley, Failure> {
        let confirmed = self.confirmed.load(Ordering::Relaxed);
        let mut volley = volley(&self.client, PATH, confirmed, bodies, together).await?;
        for reply in &volley.replies {
            volley.not_checked += self.check(reply)?;
        }
        Ok(volley)
    }

    /// Proves an answer and says how many findings a silent source left unchecked.
    fn check(&self, reply: &Reply) -> Result<usize, Failure> {
        let envelope: Envelope = serde_json::from_slice(&reply.body)?;
        self.confirmed
            .fetch_max(size_in(&envelope.receipt), Ordering::Relaxed);
        let payload = jws::verify(
            &envelope.answer,
            RETURN_TYP,
            &self.agency_key,
            ENVELOPE_MAX_BYTES,
        )?;
        let answer: Return = serde_json::from_slice(&payload)?;
        let findings = answer.findings.iter();
        Ok(findings
            .filter(|finding| finding.status == CategoryStatus::NotChecked)
            .count())
    }
}

/// The configuration of the partnership's hub.
fn own(dir: &Path) -> PathBuf {
    dir.join(HUB).join("hub.toml")
}

/// The ledger's size in a receipt: the second line of its checkpoint. As a hub does, the next
/// enquiries say so and get a proof that the ledger only grew since.
fn size_in(receipt: &str) -> u64 {
    let checkpoint = receipt.split_once("\n\n").map_or("", |(_, rest)| rest);
    let size = checkpoint.lines().nth(1);
    size.and_then(|size| size.parse().ok()).unwrap_or(0)
}

/// Sends requests over one connection, `together` at a time.
///
/// # Errors
///
/// The first call without an answer, or the first answer that is a refusal.
pub(in crate::bench) async fn volley(
    client: &Arc<Client>,
    path: &'static str,
    confirmed: u64,
    bodies: Vec<Vec<u8>>,
    together: usize,
) -> Result<Volley, Failure> {
    let (bodies, next) = (Arc::new(bodies), Arc::new(AtomicUsize::new(0)));
    let mut senders = JoinSet::new();
    let (started, processor) = (Instant::now(), processor_time());
    for _ in 0..together {
        let (client, bodies, next) = (Arc::clone(client), Arc::clone(&bodies), Arc::clone(&next));
        senders.spawn(async move {
            let mut answers = Vec::new();
            while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                let headers = [(CONFIRMED_HEADER, confirmed.to_string())];
                let sent = Instant::now();
                let call = client.call(Method::POST, path, &headers, body.clone(), DEADLINE);
                let reply = call.await?;
                answers.push((sent.elapsed(), reply));
            }
            Ok::<_, stile_exchange::client::ClientError>(answers)
        });
    }
    let mut volley = Volley {
        laps: Vec::new(),
        wall: Duration::ZERO,
        processor: Duration::ZERO,
        not_checked: 0,
        replies: Vec::new(),
    };
    while let Some(answers) = senders.join_next().await {
        for (lap, reply) in answers?? {
            if reply.status != StatusCode::OK {
                return Err(format!("a request was answered {}", reply.status).into());
            }
            volley.laps.push(lap);
            volley.replies.push(reply);
        }
    }
    volley.wall = started.elapsed();
    volley.processor = processor_time().saturating_sub(processor);
    Ok(volley)
}
