//! Gateways that ask for a certificate: without one by a token, with one to renew it.

use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_trust::TrustError;
use stile_trust::peer::Peer;
use stile_trust::request::CertificateRequest;

use super::kept::{Asked, Enrolment, Renewed, Settled, Step};
use super::{Application, EnrolmentId, EnrolmentState, GatewayRole, Papers, Renewal, Standing};
use crate::account::Source;
use crate::error::{ExchangeError, refuse};
use crate::hub::Hub;

/// Renewals of one member that wait at once: for the key in use, and for keys it changes to.
const WAITING_MOST: usize = 4;

impl Hub {
    /// Takes the request of a gateway that shows a token, or says how it stands. The first request
    /// spends the token; from then on it answers for that key alone.
    ///
    /// # Errors
    ///
    /// `token_refused`, which says no more; `token_spent` when the token was used for another key;
    /// `too_many_attempts`, `request_refused`.
    pub async fn apply(
        &self,
        application: &Application,
        source: Source,
    ) -> Result<Standing, ExchangeError> {
        let now = self.clock.now();
        let Some((id, shown)) = application.token.read() else {
            // Counted like a wrong one, under one name for all.
            self.count_attempt("", source, now)?;
            return Err(token_refused());
        };
        self.count_attempt(id.as_str(), source, now)?;
        let _turn = self.live.enrolling().turn.lock().await;
        let found = self.read_enrolment(&id)?;
        let known = |enrolment: &Enrolment| {
            let token = enrolment.token.as_ref();
            // Spent in time, it goes on to say how its request stands.
            let in_time =
                |expires: Timestamp| now < expires || enrolment.state() != EnrolmentState::Invited;
            token.is_some_and(|token| token.kept.is(&shown) && in_time(token.expires))
        };
        let enrolment = found.filter(known).ok_or_else(token_refused)?;
        let guesses = &self.live.enrolling().guesses;
        guesses.was_right(id.as_str(), source, now);
        let request = read_request(&application.request)?;
        match &enrolment.asked {
            Some(asked) if asked.pin == request.pin() => self.standing(&enrolment, asked.pin),
            Some(_) => Err(refuse(
                "token_spent",
                409,
                "the token was used for another key; ask the operator for a new one",
            )),
            None => {
                let enrolment = Enrolment {
                    asked: Some(asked(&application.request, &request)),
                    since: now,
                    ..enrolment
                };
                self.keep_enrolment(&enrolment, Step::Applied, None).await?;
                self.standing(&enrolment, request.pin())
            }
        }
    }

    /// Takes the request of a member's gateway to renew the certificate that its connection proved, or
    /// says how it stands.
    ///
    /// # Errors
    ///
    /// `untrusted` when the directory does not admit the peer; `request_refused`;
    /// `too_many_attempts` when several keys of the member wait already, or it asks too often.
    pub async fn renewal(&self, peer: &Peer, renewal: &Renewal) -> Result<Standing, ExchangeError> {
        let now = self.clock.now();
        self.admit_and_count(peer, now)?;
        let role =
            GatewayRole::of(peer.identity.role).ok_or(TrustError::WrongRole(peer.identity.role))?;
        let request = read_request(&renewal.request)?;
        let renewed = Renewed {
            serial: peer.serial,
            pin: peer.spki_digest,
        };
        let _turn = self.live.enrolling().turn.lock().await;
        let mut of_member = self.every_enrolment()?;
        of_member.retain(|one| one.member == peer.identity.member && one.role == role);
        let same = |one: &&Enrolment| {
            one.is_again(&renewed, request.pin(), now) && !self.took_back(one, now)
        };
        let issued = |one: &&Enrolment| one.state() == EnrolmentState::Issued;
        let mut again = of_member.iter().filter(same);
        if let Some(one) = again.clone().find(issued).or_else(|| again.next()) {
            return self.standing(one, request.pin());
        }
        check_few(&of_member, &renewed)?;
        let enrolment = Enrolment {
            id: EnrolmentId::draw()?,
            member: peer.identity.member.clone(),
            role,
            names: Vec::new(),
            since: now,
            token: None,
            renews: Some(renewed),
            asked: Some(asked(&renewal.request, &request)),
            settled: None,
        };
        self.keep_enrolment(&enrolment, Step::RenewalApplied, None)
            .await?;
        self.standing(&enrolment, request.pin())
    }

    /// Was the chain that was issued for it revoked since? Nobody could ask for another, else.
    fn took_back(&self, enrolment: &Enrolment, now: Timestamp) -> bool {
        match &enrolment.settled {
            Some(Settled::Issued(chain)) => {
                matches!(self.tls.vouches(chain, now), Err(TrustError::Revoked(_)))
            }
            Some(Settled::Refused) | None => false,
        }
    }

    /// The public papers of the partnership's authority, for a member's gateway.
    ///
    /// # Errors
    ///
    /// `untrusted` when the directory does not admit the peer; `too_many_attempts` when it asks too
    /// often; or a paper cannot be read.
    pub fn papers(&self, peer: &Peer) -> Result<Papers, ExchangeError> {
        self.admit_and_count(peer, self.clock.now())?;
        Ok(self.tls.authority_papers()?.into())
    }

    /// Is the peer a member, that does not ask too often of its certificates, lists and directory?
    pub(crate) fn admit_and_count(&self, peer: &Peer, now: Timestamp) -> Result<(), ExchangeError> {
        let directory = self.directory.load_full();
        directory.check_in_force(now).map_err(TrustError::from)?;
        let member = directory.admits(peer)?;
        self.live.enrolling().pace.step(&member.id, now)
    }

    fn count_attempt(
        &self,
        name: &str,
        source: Source,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let guesses = &self.live.enrolling().guesses;
        guesses.attempt(name, source, now).map_err(|seconds| {
            refuse(
                "too_many_attempts",
                429,
                format!("too many attempts; try again in {seconds} s"),
            )
        })
    }

    fn standing(&self, enrolment: &Enrolment, pin: Digest) -> Result<Standing, ExchangeError> {
        let chain = match &enrolment.settled {
            Some(Settled::Issued(chain)) => Some(chain.clone()),
            Some(Settled::Refused) | None => None,
        };
        let authority = match chain {
            Some(_) => Some(self.tls.authority_papers()?.into()),
            None => None,
        };
        Ok(Standing {
            id: enrolment.id.clone(),
            state: enrolment.state(),
            pin,
            chain,
            authority,
        })
    }
}

/// Refuses when too many requests to renew the same certificate wait already.
fn check_few(of_member: &[Enrolment], renewed: &Renewed) -> Result<(), ExchangeError> {
    let waiting = of_member.iter().filter(|one| {
        one.renews.as_ref() == Some(renewed) && one.state() == EnrolmentState::Waiting
    });
    if waiting.count() < WAITING_MOST {
        return Ok(());
    }
    Err(refuse(
        "too_many_attempts",
        429,
        "several requests to renew this certificate wait already; have the operator settle them",
    ))
}

fn read_request(pem: &str) -> Result<CertificateRequest, ExchangeError> {
    CertificateRequest::read(pem).map_err(|error| refuse("request_refused", 422, error.to_string()))
}

fn asked(pem: &str, request: &CertificateRequest) -> Asked {
    Asked {
        request: pem.to_owned(),
        pin: request.pin(),
    }
}

/// Unknown, wrong and expired are told alike.
fn token_refused() -> ExchangeError {
    refuse(
        "token_refused",
        403,
        "the token is not known here, or its time is over; ask the operator for a new one",
    )
}
