//! Signing in at an identity provider: `OpenID` Connect, authorization code with PKCE.
//!
//! One issuer, named in the configuration. A person is known by `sub`, or by `tid` and `oid`, never by
//! an e-mail address. What the provider says is believed only after its signature, issuer, audience,
//! nonce and times are checked (the crate `openidconnect`); then second-factor evidence is demanded
//! where the configuration says so. No token is kept, logged, or named in an error.
//!
//! A provider may sign somebody in without asking them anything, because they signed in there this
//! morning. So every sign-in asks for `max_age`, which obliges the provider to say when the person
//! last showed who they are (`auth_time`); that moment, not the present one, is when they are counted
//! as having done so.
//!
//! **Source:** `OpenID` Connect Core 1.0 §3.1, for `max_age` and `auth_time` §3.1.2.1 and §3.1.3.7;
//! RFC 7636 (PKCE); RFC 9700 (security of OAuth 2.0).

mod fetch;
mod party;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use openidconnect::core::{
    CoreAuthPrompt, CoreAuthenticationFlow, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, ErrorResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, TokenResponse,
};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use tokio::sync::{Mutex, Semaphore};

use fetch::Fetcher;
use party::{Claims, Entra, Party, Token};

/// How far the provider's clock may be off, in seconds.
const SKEW_S: i64 = 60;
/// How long what the provider says of itself, its keys among it, is believed without asking again, in
/// seconds: whoever opens our sign-in page again and again asks the provider nothing.
const FOUND_S: i64 = 600;
/// How soon it is asked again when a signature is by a key that is not known, in seconds.
const AGAIN_S: i64 = 30;
/// Sign-ins that may wait for the provider at once.
const AT_ONCE: usize = 16;

/// Signatures by public keys alone: a secret that both sides know proves nothing to a third.
const BELIEVED: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// What identifies a person at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifyBy {
    /// The claim `sub`.
    Subject,
    /// The claims `tid` and `oid`, written `<tid>/<oid>` (Entra ID).
    TenantAndObject,
}

/// The provider, as the configuration names it.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// The one issuer that is believed.
    pub issuer: String,
    /// What this gateway is called there.
    pub client_id: String,
    /// Its secret, if it has one.
    pub secret: Option<Redacted<String>>,
    /// Where the provider sends people back to.
    pub redirect: String,
    /// What identifies a person.
    pub identify_by: IdentifyBy,
    /// When not empty: `amr` must have one of these.
    pub amr: Vec<String>,
    /// When not empty: `acr` must be one of these.
    pub acr: Vec<String>,
    /// Seconds for which a sign-in at the provider counts here without the person being asked again.
    pub max_age_s: i64,
}

/// Somebody whom the provider signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// What the provider calls them.
    pub subject: String,
    /// When they last showed there who they are; never after the present.
    pub shown: Timestamp,
}

/// Why nobody was signed in by the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFault {
    /// The provider could not be reached, or too many wait for it.
    #[error("the identity provider cannot be reached, or does not answer as one")]
    Unreachable,
    /// What came back is not the answer to what was asked.
    #[error("the answer belongs to another sign-in")]
    NotOurs,
    /// The person, or the provider, broke off.
    #[error("the identity provider signed nobody in")]
    Refused,
    /// The token does not hold: signature, issuer, audience, nonce or times.
    #[error("what the identity provider says cannot be believed")]
    Untrusted,
    /// A claim is missing that identifies the person.
    #[error("the identity provider does not say who it is")]
    Unidentified,
    /// The person showed who they are longer ago than was asked for, or the provider does not say
    /// when (`auth_time`).
    #[error("the identity provider does not say that the person signed in there recently enough")]
    TooOld,
    /// There is no evidence of a second factor.
    #[error("the identity provider does not say that a second factor was used")]
    TooWeak,
}

/// An identity provider.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    fetcher: Fetcher,
    places: Semaphore,
    found: Mutex<Option<Found>>,
}

/// What the provider said of itself, and when.
#[derive(Debug, Clone)]
struct Found {
    metadata: Arc<CoreProviderMetadata>,
    at: Timestamp,
}

/// A sign-in that was begun: what to compare the answer with.
#[derive(Debug, Clone)]
pub struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: Arc<PkceCodeVerifier>,
    metadata: Arc<CoreProviderMetadata>,
    /// The earliest moment at which the person may have shown who they are.
    since: Timestamp,
}

impl Provider {
    /// A provider reached over this TLS configuration.
    pub fn new(settings: ProviderSettings, tls: Arc<rustls::ClientConfig>) -> Self {
        Self {
            settings,
            fetcher: Fetcher::new(tls),
            places: Semaphore::new(AT_ONCE),
            found: Mutex::default(),
        }
    }

    /// Begins a sign-in: where to send the browser, and what to keep until it comes back. With `anew`
    /// the provider must ask the person again, however they are signed in there.
    ///
    /// # Errors
    ///
    /// [`ProviderFault::Unreachable`].
    pub async fn begin(
        &self,
        anew: bool,
        now: Timestamp,
    ) -> Result<(String, Pending), ProviderFault> {
        let _place = self
            .places
            .try_acquire()
            .map_err(|_| ProviderFault::Unreachable)?;
        let metadata = self.metadata(FOUND_S, now).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let party = self.party(&metadata)?;
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut asked = party
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge);
        let max_age_s = if anew {
            0
        } else {
            self.settings.max_age_s.max(0)
        };
        asked = asked.set_max_age(Duration::from_secs(max_age_s.unsigned_abs()));
        if anew {
            asked = asked.add_prompt(CoreAuthPrompt::Login);
        }
        let (url, state, nonce) = asked.url();
        let pending = Pending {
            state,
            nonce,
            verifier: Arc::new(verifier),
            metadata,
            since: now.plus_s(-max_age_s),
        };
        Ok((url.to_string(), pending))
    }

    /// Finishes a sign-in with what the browser brought back; gives what the provider calls the person,
    /// and when they last showed there who they are.
    ///
    /// # Errors
    ///
    /// Why nobody is signed in.
    pub async fn finish(
        &self,
        pending: &Pending,
        state: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<Vouched, ProviderFault> {
        if !is_same(pending.state.secret(), state) {
            return Err(ProviderFault::NotOurs);
        }
        let _place = self
            .places
            .try_acquire()
            .map_err(|_| ProviderFault::Unreachable)?;
        let party = self.party(&pending.metadata)?;
        let verifier = PkceCodeVerifier::new(pending.verifier.secret().clone());
        let tokens = party
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| ProviderFault::Unreachable)?
            .set_pkce_verifier(verifier)
            .request_async(&self.fetcher)
            .await
            .map_err(|error| fault_of(&error))?;
        let token = tokens.id_token().ok_or(ProviderFault::Untrusted)?;
        let claims = match self.claims(token, &pending.metadata, &pending.nonce, now) {
            // Perhaps the provider signs with a new key.
            Err(ProviderFault::Untrusted) => {
                let metadata = self.metadata(AGAIN_S, now).await?;
                self.claims(token, &metadata, &pending.nonce, now)?
            }
            known => known?,
        };
        self.must_be_strong(&claims)?;
        let shown = claims.auth_time().map(|at| at.timestamp_millis());
        Ok(Vouched {
            shown: recent(shown, pending.since, now)?,
            subject: self.subject(&claims)?,
        })
    }

    /// What a token says, once its signature, issuer, audience, nonce and times hold.
    fn claims(
        &self,
        token: &Token,
        metadata: &CoreProviderMetadata,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<Claims, ProviderFault> {
        // An earlier present lets a token live on for as long as the clocks may differ.
        let millis = now.plus_s(-SKEW_S).millis();
        let present = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
        let present = SystemTime::UNIX_EPOCH + present;
        let party = self.party(metadata)?;
        let checks = party
            .id_token_verifier()
            .set_time_fn(move || present.into())
            .set_allowed_algs(BELIEVED)
            .set_other_audience_verifier_fn(|_| false);
        let claims = token.claims(&checks, nonce);
        claims.cloned().map_err(|error| untrusted(&error))
    }

    /// What the provider says of itself, not older than `most_s` seconds. Its issuer must be the one of
    /// the configuration, which `openidconnect` checks.
    async fn metadata(
        &self,
        most_s: i64,
        now: Timestamp,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderFault> {
        // Held while it is fetched: many who come at once ask once.
        let mut found = self.found.lock().await;
        if let Some(Found { metadata, at }) = found.as_ref()
            && now.since_millis(*at).abs() < most_s * 1_000
        {
            return Ok(Arc::clone(metadata));
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone());
        let issuer = issuer.map_err(|_| ProviderFault::Unreachable)?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.fetcher).await;
        let metadata = Arc::new(metadata.map_err(|error| {
            tracing::warn!(%error, "the identity provider was not found");
            ProviderFault::Unreachable
        })?);
        *found = Some(Found {
            metadata: Arc::clone(&metadata),
            at: now,
        });
        Ok(metadata)
    }

    fn party(&self, metadata: &CoreProviderMetadata) -> Result<Party, ProviderFault> {
        let redirect = RedirectUrl::new(self.settings.redirect.clone());
        let redirect = redirect.map_err(|_| ProviderFault::Unreachable)?;
        let secret = self.settings.secret.as_ref();
        let secret = secret.map(|secret| ClientSecret::new(secret.reveal().clone()));
        let client_id = ClientId::new(self.settings.client_id.clone());
        let party = Client::from_provider_metadata(metadata.clone(), client_id, secret);
        Ok(party.set_redirect_uri(redirect))
    }

    fn must_be_strong(&self, claims: &Claims) -> Result<(), ProviderFault> {
        let (wanted, acr) = (&self.settings, claims.auth_context_ref());
        let methods = claims.auth_method_refs().cloned().unwrap_or_default();
        let any = |wanted: &String| methods.iter().any(|method| method.as_str() == wanted);
        let amr = wanted.amr.is_empty() || wanted.amr.iter().any(any);
        let acr = wanted.acr.is_empty()
            || acr.is_some_and(|acr| wanted.acr.iter().any(|wanted| wanted == acr.as_str()));
        if amr && acr {
            Ok(())
        } else {
            Err(ProviderFault::TooWeak)
        }
    }

    fn subject(&self, claims: &Claims) -> Result<String, ProviderFault> {
        let Entra { tid, oid } = claims.additional_claims();
        match (self.settings.identify_by, tid, oid) {
            (IdentifyBy::Subject, _, _) => Ok(claims.subject().as_str().to_owned()),
            (IdentifyBy::TenantAndObject, Some(tid), Some(oid)) => Ok(format!("{tid}/{oid}")),
            (IdentifyBy::TenantAndObject, _, _) => Err(ProviderFault::Unidentified),
        }
    }
}

/// When the person showed who they are, if the provider says so and it is since the moment that was
/// asked for, as far as two clocks can tell. A provider whose clock is ahead makes nobody fresher than
/// the present.
fn recent(
    auth_time_ms: Option<i64>,
    since: Timestamp,
    now: Timestamp,
) -> Result<Timestamp, ProviderFault> {
    let shown = auth_time_ms.map(Timestamp::from_millis);
    let shown = shown.ok_or(ProviderFault::TooOld)?;
    if shown < since.plus_s(-SKEW_S) || shown > now.plus_s(SKEW_S) {
        return Err(ProviderFault::TooOld);
    }
    Ok(shown.min(now))
}

/// Says which check failed, and nothing of the token.
/// Why there are no tokens. The error may hold what the provider answered, tokens included: it is not
/// shown.
const fn fault_of<E, T>(error: &RequestTokenError<E, T>) -> ProviderFault
where
    E: std::error::Error + 'static,
    T: ErrorResponse + 'static,
{
    match error {
        RequestTokenError::ServerResponse(_) => ProviderFault::Refused,
        RequestTokenError::Other(_)
        | RequestTokenError::Parse(..)
        | RequestTokenError::Request(_) => ProviderFault::Unreachable,
    }
}

fn untrusted(error: &openidconnect::ClaimsVerificationError) -> ProviderFault {
    use openidconnect::ClaimsVerificationError as Error;
    let check = match error {
        Error::Expired(_) => "expired",
        Error::InvalidAudience(_) => "audience",
        Error::InvalidIssuer(_) => "issuer",
        Error::InvalidNonce(_) => "nonce",
        Error::SignatureVerification(_) => "signature",
        _ => "other",
    };
    tracing::warn!(check, "a token of the identity provider was refused");
    ProviderFault::Untrusted
}

/// Compares without saying by its time how much is alike.
fn is_same(one: &str, other: &str) -> bool {
    use stile_model::digest::Digest;
    Digest::of(one.as_bytes()) == Digest::of(other.as_bytes())
}

#[cfg(test)]
mod tests {
    use openidconnect::StandardErrorResponse;
    use openidconnect::core::CoreErrorResponseType;

    use super::fetch::FetchError;
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000)
    }

    #[test]
    fn a_provider_that_breaks_off_is_not_taken_for_one_that_refuses() {
        let refused = CoreErrorResponseType::InvalidGrant;
        let refused = StandardErrorResponse::new(refused, None, None);
        let of = |error: RequestTokenError<FetchError, _>| fault_of(&error);

        assert_eq!(
            of(RequestTokenError::ServerResponse(refused)),
            ProviderFault::Refused
        );
        for outage in [
            RequestTokenError::Request(FetchError::Deadline),
            RequestTokenError::Other("no body".to_owned()),
        ] {
            assert_eq!(of(outage), ProviderFault::Unreachable);
        }
    }

    #[test]
    fn counts_the_moment_at_the_provider_and_never_one_to_come() {
        let of = |auth: i64| recent(Some(at(auth).millis()), at(0), at(600));

        assert_eq!(of(100), Ok(at(100)));
        assert_eq!(of(-SKEW_S), Ok(at(-SKEW_S)));
        assert_eq!(of(600 + SKEW_S), Ok(at(600)), "their clock is ahead");
    }

    #[test]
    fn rejects_a_sign_in_that_is_too_old_or_to_come_and_a_provider_that_does_not_say_when() {
        let of = |auth: i64| recent(Some(at(auth).millis()), at(0), at(600));

        assert_eq!(of(-SKEW_S - 1), Err(ProviderFault::TooOld));
        assert_eq!(of(600 + SKEW_S + 1), Err(ProviderFault::TooOld));
        assert_eq!(recent(None, at(0), at(600)), Err(ProviderFault::TooOld));
    }
}
