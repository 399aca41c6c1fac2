//! What a form or an address carries, read without repeating any of it in an error.

use axum::extract::{FromRequest, FromRequestParts, RawForm, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use stile_exchange::account::Password;

use super::step::{STEP_COOKIE, Step};
use crate::session::Token;
use crate::trouble::Trouble;
use crate::visit::{Visit, cookie};

/// The fields that a form sent, by name.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field's value; empty when it was not sent.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value)
    }

    /// A password.
    pub(super) fn password(&self, name: &str) -> Password {
        Password::new(self.text(name))
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        for (_, value) in &mut self.0 {
            value.zeroize();
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Self, Trouble> {
        let read = RawForm::from_request(request, state).await;
        let RawForm(bytes) = read.map_err(|fault| Trouble::unread(fault.status()))?;
        let fields = form_urlencoded::parse(&bytes);
        Ok(Self(fields.into_owned().collect()))
    }
}

/// Where the person was going: `back` of the address.
pub(super) struct Back(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Back {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        let query = parts.uri.query().unwrap_or_default();
        let back = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "back");
        Ok(Self(
            back.map(|(_, value)| value.into_owned())
                .unwrap_or_default(),
        ))
    }
}

/// The step that the browser's cookie stands for, if it is still good.
pub(super) fn step(visit: &Visit, headers: &HeaderMap) -> Option<(Token, Step)> {
    let token = Token::read(&cookie(headers, STEP_COOKIE)?)?;
    let step = visit.site.steps.at(&token, visit.now())?;
    Some((token, step))
}
