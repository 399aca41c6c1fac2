//! Signing in at the member's identity provider: there and back again.

use axum::extract::RawQuery;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use stile_exchange::provider::{Pending, Provider, ProviderFault, Vouched};
use stile_exchange::security::Happened;

use super::fields::{Back, step};
use super::leave::LEFT_COOKIE;
use super::step::{STEP_COOKIE, Step};
use super::{begin, safe_back};
use crate::session::Means;
use crate::trouble::{Paged, Trouble};
use crate::visit::{Visit, clear_cookie, cookie, set_cookie};
use crate::words::Language;

/// What went wrong, as the address of the sign-in page says it: `provider=<word>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The provider signed nobody in, or cannot be believed or reached.
    Failed,
    /// The provider knows the person, and this gateway does not.
    Unknown,
    /// The provider did not ask the person anew, or does not say when it did.
    Stale,
    /// No second factor.
    Weak,
}

impl Fault {
    const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Weak => "weak",
        }
    }

    /// Of the address of the sign-in page.
    pub(super) fn of_query(query: Option<&str>) -> Option<Self> {
        let value = value(query, "provider")?;
        let all = [Self::Failed, Self::Unknown, Self::Stale, Self::Weak];
        all.into_iter().find(|fault| fault.word() == value)
    }
}

impl From<ProviderFault> for Fault {
    fn from(fault: ProviderFault) -> Self {
        match fault {
            ProviderFault::TooOld => Self::Stale,
            ProviderFault::TooWeak => Self::Weak,
            ProviderFault::Unidentified => Self::Unknown,
            ProviderFault::NotOurs
            | ProviderFault::Refused
            | ProviderFault::Unreachable
            | ProviderFault::Untrusted => Self::Failed,
        }
    }
}

/// Sends the browser to the provider. Who is signed in here already is asked anew there, and so is
/// whoever comes after somebody who signed out at this browser: the provider may still take them for
/// the one who left.
pub(super) async fn there(visit: Visit, headers: HeaderMap, Back(back): Back) -> Paged {
    let provider = provider(&visit)?;
    let left = cookie(&headers, LEFT_COOKIE).is_some_and(|mark| !mark.is_empty());
    let anew = visit.session.is_some() || left;
    match provider.begin(anew, visit.now()).await {
        Ok((to, pending)) => {
            let language = visit.words.language;
            let step = Step::Provider {
                pending: Box::new(pending),
                back: safe_back(&back).unwrap_or_default().to_owned(),
                language,
            };
            let token = visit.site.steps.keep(step, visit.source(), visit.now())?;
            let mut response = Redirect::to(&to).into_response();
            let cookie = set_cookie(STEP_COOKIE, token.as_str());
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(fault) => Ok(failed(visit.words.language, fault.into())),
    }
}

/// Takes what the browser brings back from the provider.
pub(super) async fn back(visit: Visit, headers: HeaderMap, RawQuery(query): RawQuery) -> Paged {
    let provider = provider(&visit)?;
    let Some((
        token,
        Step::Provider {
            pending,
            back,
            language,
        },
    )) = step(&visit, &headers)
    else {
        return Ok(failed(visit.words.language, Fault::Failed));
    };
    // Good for one answer, right or wrong.
    visit.site.steps.done(&token);
    match vouched(&visit, provider, &pending, query.as_deref()).await {
        Ok(Vouched { subject, shown }) => {
            let Some(person) = visit.site.gateway.people().of_subject(&subject) else {
                tell("unknown_person", &visit);
                return Ok(failed(language, Fault::Unknown));
            };
            begin(&visit, &person.user, Means::Provider, shown, &back).await
        }
        Err(fault) => {
            if let Some(code) = told(fault) {
                tell(code, &visit);
            }
            tracing::info!(%fault, "a sign-in at the identity provider failed");
            Ok(failed(language, fault.into()))
        }
    }
}

/// The code under which a failure is told to whoever watches for misuse; none of an outage, which is
/// nobody's attempt.
const fn told(fault: ProviderFault) -> Option<&'static str> {
    match fault {
        ProviderFault::NotOurs => Some("other_sign_in"),
        ProviderFault::Refused
        | ProviderFault::TooOld
        | ProviderFault::TooWeak
        | ProviderFault::Unidentified
        | ProviderFault::Untrusted => Some("provider_refused"),
        ProviderFault::Unreachable => None,
    }
}

fn tell(code: &'static str, visit: &Visit) {
    Happened::SignInFailed.tell(code, None, Some(visit.source().address()));
}

async fn vouched(
    visit: &Visit,
    provider: &Provider,
    pending: &Pending,
    query: Option<&str>,
) -> Result<Vouched, ProviderFault> {
    let (state, code) = (value(query, "state"), value(query, "code"));
    let state = state.ok_or(ProviderFault::NotOurs)?;
    let code = code.ok_or(ProviderFault::Refused)?;
    provider.finish(pending, &state, &code, visit.now()).await
}

fn provider(visit: &Visit) -> Result<&Provider, Trouble> {
    let provider = visit.site.settings.provider.as_deref();
    provider.ok_or(Trouble::NotFound)
}

fn failed(language: Language, fault: Fault) -> Response {
    let to = format!("{}/sign-in?provider={}", language.prefix(), fault.word());
    let mut response = Redirect::to(&to).into_response();
    let cookie = clear_cookie(STEP_COOKIE);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// A value of an address.
pub(super) fn value(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let found = pairs.find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_of_the_provider_is_not_told_as_somebodys_attempt() {
        assert_eq!(told(ProviderFault::Unreachable), None);
        assert_eq!(told(ProviderFault::NotOurs), Some("other_sign_in"));
        assert_eq!(told(ProviderFault::Untrusted), Some("provider_refused"));
    }
}
