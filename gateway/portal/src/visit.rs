//! One request of one person: who they are, in which language, and the page they get.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use stile_exchange::account::{Origin, Source};
use stile_exchange::people::Person;
use stile_model::id::UserId;
use stile_model::time::Timestamp;

use crate::layout;
use crate::sent::{Fate, Sent};
use crate::session::{COOKIE, Look, Means, Session, Spent, Token};
use crate::site::Site;
use crate::trouble::{Paged, Trouble};
use crate::words::{Language, Words};

/// Name of the cookie by which a browser is known where somebody signed in before.
const KNOWN_COOKIE: &str = "__Host-stile-known";

/// A request that a door admitted.
#[derive(Debug, Clone)]
pub struct Visit {
    /// What all pages share.
    pub site: Arc<Site>,
    /// Who asks; nobody at doors open to anyone.
    pub person: Option<Person>,
    /// The session, if there is one; one that is over, too.
    pub token: Option<Token>,
    /// The words of the page's language.
    pub words: Words,
    /// The path without its language: `/cases/MASH-2026-00417`.
    pub path: String,
    /// Where the request comes from; none in tests that open no socket.
    pub source: Option<Source>,
    /// What the browser holds of people who signed in at it before; empty where it holds nothing.
    pub(crate) known: String,
    /// The session while it is going on.
    pub(crate) session: Option<Session>,
    /// Did the connection show the person's certificate?
    pub(crate) certified: bool,
    /// The nonce that this request spent.
    spent: Arc<Mutex<Option<String>>>,
}

/// A [`Visit`] of somebody: the door demanded it.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The visit.
    pub visit: Visit,
    /// Who asks.
    pub person: Person,
}

impl std::ops::Deref for Signed {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

/// The token that a browser had before it got a new one, and the cookie with the new one.
pub(crate) type Begun = (Option<Token>, HeaderValue);

/// Who is asking: by the connection's certificate where it has one, else by the cookie. A certificate
/// without a session gets one, for its forms; its cookie comes back beside the visit.
pub(crate) fn arrive(
    site: Arc<Site>,
    request: &Request,
) -> Result<(Visit, Option<Begun>), Trouble> {
    let (language, path) = Language::of_path(request.uri().path());
    let now = site.gateway.now();
    let mut token = cookie(request.headers(), COOKIE).and_then(|text| Token::read(&text));
    let mut session = token.as_ref().and_then(|token| {
        let look = if is_by_itself(request.headers()) {
            site.sessions.look_quietly(token, now)
        } else {
            site.sessions.look(token, now)
        };
        match look {
            Look::Here(session) => Some(session),
            Look::Over(_) | Look::Unknown => None,
        }
    });
    let mut begun = None;
    let proven = site.gateway.person_by_certificate(request.extensions());
    let certified = proven.is_some();
    let person = match proven.transpose()? {
        Some(proven) => {
            if session.as_ref().is_none_or(|of| of.user != proven.user) {
                let fresh = Token::draw()?;
                let means = Means::Certificate;
                let (sessions, user) = (&site.sessions, proven.user.clone());
                sessions.begin(token.as_ref(), &fresh, user, means, now);
                session = match site.sessions.look(&fresh, now) {
                    Look::Here(session) => Some(session),
                    Look::Over(_) | Look::Unknown => None,
                };
                let cookie = set_cookie(COOKIE, fresh.as_str());
                begun = Some((token.replace(fresh), cookie));
            }
            Some(proven)
        }
        None => match session.as_ref() {
            Some(of) => still_signed_in(&site, of)?,
            None => None,
        },
    };
    let session = session.filter(|_| person.is_some());
    let visit = Visit {
        words: site.catalogue.words(language),
        path: path.to_owned(),
        source: request.extensions().get::<Source>().copied(),
        known: cookie(request.headers(), KNOWN_COOKIE).unwrap_or_default(),
        spent: Arc::default(),
        certified,
        person,
        session,
        token,
        site,
    };
    Ok((visit, begun))
}

/// The person of a session without a certificate. Nobody who was taken off the list, whose account was
/// changed since, or who signed in by a certificate that is not shown now.
fn still_signed_in(site: &Site, session: &Session) -> Result<Option<Person>, Trouble> {
    let stands = match session.means {
        Means::Account(footing) => site.gateway.accounts().footing(&session.user)? == Some(footing),
        Means::Certificate => false,
        Means::Provider => true,
    };
    let person = site.gateway.people().listed(&session.user).ok();
    Ok(person.filter(|_| stands))
}

/// Does a page ask by itself, without anybody at the keyboard? Browsers say what a request is for.
fn is_by_itself(headers: &HeaderMap) -> bool {
    let purpose = headers.get("sec-fetch-dest");
    purpose.is_some_and(|purpose| purpose != "document")
}

/// What gives a browser a cookie that only this host sees, and no script.
pub(crate) fn set_cookie(name: &str, value: &str) -> HeaderValue {
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax");
    // Base64url and constants only.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// The same for what the browser holds until it is told otherwise, a year at most: who signed in at it.
pub(crate) fn set_known(value: &str) -> HeaderValue {
    let text =
        format!("{KNOWN_COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// What takes a cookie from a browser.
pub(crate) fn clear_cookie(name: &str) -> HeaderValue {
    let text = format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// A cookie, as the browser sent it.
pub(crate) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter();
    sent.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}

impl Visit {
    pub(crate) fn of_nobody(site: Arc<Site>, uri: &Uri) -> Self {
        let (language, path) = Language::of_path(uri.path());
        Self {
            words: site.catalogue.words(language),
            path: path.to_owned(),
            person: None,
            token: None,
            source: None,
            known: String::new(),
            session: None,
            certified: false,
            spent: Arc::default(),
            site,
        }
    }

    /// What is left of a form whose handler failed: what was refused may be sent again as it is, and
    /// what nobody knows the outcome of is kept.
    pub(crate) async fn ended_badly(&self, trouble: Trouble, sent: &Sent) -> (Trouble, Fate) {
        let number = self.spent().clone();
        let (Some(token), Some(nonce)) = (&self.token, number) else {
            let is_lost = matches!(trouble, Trouble::Foreign | Trouble::TooLong);
            let is_broken = trouble.status().is_server_error();
            let fate = if self.person.is_some() && (is_lost || is_broken) {
                sent.keep(self).await
            } else {
                Fate::Nothing
            };
            return (trouble, fate);
        };
        let trouble = trouble.after_taking();
        if trouble == Trouble::Unsure {
            return (trouble, sent.keep(self).await);
        }
        self.site.sessions.give_back(token, &nonce);
        (trouble, Fate::Nothing)
    }

    /// What the clock says.
    pub fn now(&self) -> Timestamp {
        self.site.gateway.now()
    }

    /// A path of this site in the page's language: `/cases` or `/cy/cases`.
    pub fn to(&self, path: &str) -> String {
        match (self.words.language.prefix(), path) {
            ("", path) => path.to_owned(),
            (prefix, "/") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}{path}"),
        }
    }

    /// After a form: go and look at this page.
    pub fn go(&self, path: &str) -> Response {
        Redirect::to(&self.to(path)).into_response()
    }

    /// A page with this title and body inside the layout.
    ///
    /// # Errors
    ///
    /// When a template fails.
    pub fn page(&self, title: &str, body: &impl Template) -> Paged {
        layout::page(self, title, &body.render()?)
    }

    /// The number of a form, good once.
    ///
    /// # Errors
    ///
    /// When there is no session or no randomness.
    pub fn nonce(&self) -> Result<String, Trouble> {
        let token = self.token.as_ref().ok_or(Trouble::NotAllowed)?;
        let session = self.session.as_ref().ok_or(Trouble::NotAllowed)?;
        let nonce = self.site.nonces.draw(&session.user)?;
        let issued = self.site.sessions.issue(token, nonce);
        let nonce = issued.ok_or(Trouble::NotAllowed)?;
        Ok(nonce.as_str().to_owned())
    }

    /// Uses up a form's number. Call it once everything else about the form is right: where the page is
    /// shown again with errors, it needs a number of its own.
    ///
    /// The page to which the handler then sends the person is where a form that is sent twice leads,
    /// too.
    ///
    /// # Errors
    ///
    /// [`Trouble::AlreadySent`], or [`Trouble::Answered`] where it is known what came of it;
    /// [`Trouble::Foreign`] for a number that this session never had, or forgot.
    pub fn spend(&self, nonce: &str) -> Result<(), Trouble> {
        let token = self.token.as_ref().ok_or(Trouble::NotAllowed)?;
        match self.site.sessions.spend(token, nonce) {
            Spent::First => {
                *self.spent() = Some(nonce.to_owned());
                Ok(())
            }
            Spent::Again(Some(answer)) => Err(Trouble::Answered(answer)),
            Spent::Again(None) => Err(Trouble::AlreadySent),
            Spent::Unknown => Err(Trouble::Foreign),
        }
    }

    /// Demands that the person has shown a moment ago who they are: before something is approved,
    /// exported, or a policy changed. In a handler's first line: they sign in again and come back, and
    /// a form they sent is kept meanwhile.
    ///
    /// # Errors
    ///
    /// [`Trouble::NotFresh`].
    pub fn must_be_fresh(&self) -> Result<(), Trouble> {
        let sessions = &self.site.sessions;
        let session = self.session.as_ref();
        let fresh = session.is_some_and(|session| sessions.is_fresh(session, self.now()));
        if self.certified || fresh {
            Ok(())
        } else {
            Err(Trouble::NotFresh)
        }
    }

    /// Where the attempt to sign in comes from, and who signed in at this browser before.
    pub(crate) fn origin(&self) -> Origin<'_> {
        Origin {
            source: self.source(),
            cookie: &self.known,
        }
    }

    /// Where the request comes from; all that come from nowhere are one.
    pub(crate) fn source(&self) -> Source {
        let nowhere = std::net::IpAddr::from([0, 0, 0, 0]);
        self.source.unwrap_or_else(|| Source::of(nowhere))
    }

    /// The browser has another token, and this user: their forms come along. Where that fails they are
    /// lost, and the sign-in is not.
    pub(crate) async fn take_along(&self, before: &Token, after: &Token, user: &UserId) {
        let forms = self.site.gateway.late_forms();
        let handed = forms.hand_over(before.secret(), after.secret(), user);
        if let Err(error) = handed.await {
            tracing::error!(%error, "forms that were kept could not be handed over");
        }
    }

    pub(crate) fn remember_answer(&self, response: &Response) {
        let location = response.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        if response.status() == StatusCode::SEE_OTHER
            && let (Some(token), Some(nonce), Some(location)) =
                (&self.token, self.spent().as_ref(), location)
        {
            self.site.sessions.answered(token, nonce, location);
        }
    }

    fn spent(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        // Only a door puts it there; without one nobody is let in.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Trouble::NotFound)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Signed {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let person = visit.person.clone().ok_or(Trouble::NotAllowed)?;
        Ok(Self { visit, person })
    }
}
