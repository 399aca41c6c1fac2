//! What somebody sent, held beside the request until it is clear that it arrived: where it cannot be
//! taken now, it is kept for them, and where it cannot be kept, they are told.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use stile_exchange::late::KEPT_BYTES_MOST;
use stile_model::id::UserId;

use crate::session::{COOKIE, Look, Token};
use crate::trouble::Trouble;
use crate::visit::{Visit, set_cookie};

/// The hidden field of every form that carries its nonce.
pub(crate) const NONCE_FIELD: &str = "nonce";
/// The hidden field by which a form that was kept says that it is that one.
pub(crate) const KEPT_FIELD: &str = "kept-form";

/// What became of what somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is kept for them.
    Kept,
    /// It could not be kept.
    Lost,
    /// Nothing was typed that would have to be kept.
    Nothing,
    /// It holds passwords, which no page writes out again.
    Passwords,
}

impl Fate {
    /// As the address of the sign-in page says it: `form=<word>`.
    pub(crate) const fn word(self) -> Option<&'static str> {
        match self {
            Self::Kept => Some("kept"),
            Self::Lost => Some("lost"),
            Self::Nothing => None,
            Self::Passwords => Some("passwords"),
        }
    }

    /// Of the address of the sign-in page.
    pub(crate) fn of_word(word: &str) -> Self {
        let all = [Self::Kept, Self::Lost, Self::Passwords];
        let found = all.into_iter().find(|fate| fate.word() == Some(word));
        found.unwrap_or(Self::Nothing)
    }
}

/// What was asked for.
pub(crate) struct Sent {
    method: Method,
    uri: Uri,
    form: Option<Bytes>,
    /// It is a form that cannot be held, being too long.
    too_long: bool,
}

impl Sent {
    /// Reads a form that is short enough to be kept; anything else goes on unread.
    ///
    /// # Errors
    ///
    /// [`Trouble::NotTheForm`] when it ends before it is whole.
    pub(crate) async fn of(request: Request) -> Result<(Self, Request), Trouble> {
        let (parts, body) = request.into_parts();
        let length = form_length(&parts);
        let mut sent = Self {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            form: None,
            too_long: length.is_some_and(|length| length > KEPT_BYTES_MOST),
        };
        if length.is_none() || sent.too_long {
            return Ok((sent, Request::from_parts(parts, body)));
        }
        let read = to_bytes(body, KEPT_BYTES_MOST).await;
        let bytes = read.map_err(|_| Trouble::NotTheForm)?;
        sent.form = Some(bytes.clone());
        Ok((sent, Request::from_parts(parts, Body::from(bytes))))
    }

    /// How it was asked.
    pub(crate) const fn method(&self) -> &Method {
        &self.method
    }

    /// To the page where people show who they are, and back. A form is kept meanwhile.
    pub(crate) async fn to_sign_in(&self, visit: &Visit) -> Response {
        let prefix = visit.words.language.prefix();
        if self.method != Method::POST {
            let back: String = form_urlencoded::byte_serialize(self.path().as_bytes()).collect();
            return Redirect::to(&format!("{prefix}/sign-in?back={back}")).into_response();
        }
        let mut visit = visit.clone();
        // A browser without a token gets one to find its form again by.
        let begun = match visit.token {
            Some(_) => None,
            None => Token::draw().ok(),
        };
        if begun.is_some() {
            visit.token.clone_from(&begun);
        }
        let fate = self.keep(&visit).await;
        let asked = fate.word().map(|word| format!("?form={word}"));
        let to = format!("{prefix}/sign-in{}", asked.unwrap_or_default());
        let mut response = Redirect::to(&to).into_response();
        if let (Some(token), Fate::Kept) = (begun, fate) {
            let cookie = set_cookie(COOKIE, token.as_str());
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Keeps what was typed for whoever typed it.
    pub(crate) async fn keep(&self, visit: &Visit) -> Fate {
        if self.too_long {
            return Fate::Lost;
        }
        let Some(form) = self.form.as_ref().filter(|form| says_something(form)) else {
            return Fate::Nothing;
        };
        if holds_passwords(&visit.path) {
            return Fate::Passwords;
        }
        let (Some(token), Some(owner)) = (&visit.token, owner(visit, form)) else {
            return Fate::Lost;
        };
        let forms = visit.site.gateway.late_forms();
        let kept = forms.keep(token.secret(), &owner, &self.path(), form).await;
        match kept {
            Ok(true) => Fate::Kept,
            Ok(false) => Fate::Lost,
            Err(error) => {
                tracing::error!(%error, "a form could not be kept");
                Fate::Lost
            }
        }
    }

    /// A form that was kept has arrived where it was going.
    pub(crate) async fn arrived(&self, visit: &Visit) {
        let handle = self.form.as_ref().and_then(|form| field(form, KEPT_FIELD));
        let (Some(token), Some(handle)) = (&visit.token, handle) else {
            return;
        };
        let forms = visit.site.gateway.late_forms();
        if let Err(error) = forms.forget(token.secret(), Some(&handle)).await {
            tracing::error!(%error, "a form that arrived is still kept");
        }
    }

    fn path(&self) -> String {
        let path = self.uri.path_and_query();
        path.map_or("/", |path| path.as_str()).to_owned()
    }
}

/// Whose form it is: of whoever is signed in, else of the session that ended, else of the user for
/// whom this gateway made it.
fn owner(visit: &Visit, form: &[u8]) -> Option<UserId> {
    if let Some(person) = &visit.person {
        return Some(person.user.clone());
    }
    let look = |token| visit.site.sessions.look_quietly(token, visit.now());
    match visit.token.as_ref().map_or(Look::Unknown, look) {
        Look::Here(session) => Some(session.user),
        Look::Over(user) => Some(user),
        Look::Unknown => {
            let nonce = field(form, NONCE_FIELD)?;
            let mut users = visit.site.gateway.people().users();
            users
                .find(|user| visit.site.nonces.is_of(&nonce, user))
                .cloned()
        }
    }
}

/// The fields of a form that was kept, without those that belonged to its sending.
pub(crate) fn fields(body: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(body.as_bytes())
        .filter(|(name, _)| name != NONCE_FIELD && name != KEPT_FIELD)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// Did anybody type or choose something?
fn says_something(form: &[u8]) -> bool {
    let own = [NONCE_FIELD, KEPT_FIELD];
    form_urlencoded::parse(form)
        .any(|(name, value)| !own.contains(&name.as_ref()) && !value.trim().is_empty())
}

fn field(form: &[u8], wanted: &str) -> Option<String> {
    let found = form_urlencoded::parse(form).find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.into_owned())
}

/// Forms about one's own account and of signing in.
fn holds_passwords(path: &str) -> bool {
    ["/account", "/sign-in", "/sign-out"].iter().any(|of| {
        path == *of
            || path
                .strip_prefix(of)
                .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// The length of a form as its sender says it; none for anything else.
fn form_length(parts: &Parts) -> Option<usize> {
    let text = |name| {
        let value = parts.headers.get(name);
        value.and_then(|value| value.to_str().ok())
    };
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let is_form =
        parts.method == Method::POST && kind.starts_with("application/x-www-form-urlencoded");
    let length = text(header::CONTENT_LENGTH).filter(|_| is_form)?;
    length.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_gives_its_fields_again_without_what_belonged_to_its_sending() {
        let fields = fields("nonce=old&why=Is+the+child+safe%3F&ask=police&ask=health&kept-form=1");

        let expected = [
            ("why", "Is the child safe?"),
            ("ask", "police"),
            ("ask", "health"),
        ];
        assert_eq!(
            fields,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_form_with_nothing_but_its_number_has_nothing_to_lose() {
        assert!(!says_something(b"nonce=abc&kept-form=1&why=++"));
        assert!(!says_something(b""));
        assert!(says_something(b"nonce=abc&why=a"));
    }

    #[test]
    fn forms_with_passwords_are_told_by_their_path() {
        for (path, has) in [
            ("/account/password", true),
            ("/sign-in", true),
            ("/accounts-of-others", false),
            ("/cases/MASH-2026-00417", false),
        ] {
            assert_eq!(holds_passwords(path), has, "{path}");
        }
    }

    #[test]
    fn the_sign_in_page_reads_the_word_that_was_written_for_it() {
        for fate in [Fate::Kept, Fate::Lost, Fate::Passwords] {
            assert_eq!(Fate::of_word(fate.word().unwrap()), fate);
        }
        assert_eq!(Fate::of_word("<script>"), Fate::Nothing);
    }
}
