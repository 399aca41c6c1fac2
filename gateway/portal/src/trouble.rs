//! What went wrong, on its way to becoming a page.
//!
//! A handler knows what is wrong and not how its page looks; so the answer carries the trouble, and the
//! door that let the visitor in makes the page.

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stile_exchange::error::ExchangeError;

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A form was sent twice; nothing was done the second time.
    AlreadySent,
    /// A form was sent twice; what came of the first is at this path.
    Answered(String),
    /// A form is not of this session, or too old; nothing was done.
    Foreign,
    /// The person may not open this.
    NotAllowed,
    /// There is no such page.
    NotFound,
    /// The person must show again who they are, before this is done.
    NotFresh,
    /// What was sent is not what the form sends.
    NotTheForm,
    /// The page is there, and not for this method.
    NotThisWay,
    /// What was sent comes from a page of another site.
    OtherSite,
    /// A use case refused, with the code and the words of its problem.
    Refused {
        /// Stable code; `docs/reference/problems.md`.
        code: String,
        /// HTTP status.
        status: u16,
        /// One line for people, in English.
        title: String,
    },
    /// What was sent is longer than anything that is taken.
    TooLong,
    /// Something here broke after a form was taken: it may be done, or not.
    Unsure,
    /// Something here is broken.
    Broken,
}

impl Trouble {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::AlreadySent | Self::Foreign => StatusCode::CONFLICT,
            Self::Answered(_) | Self::NotFresh => StatusCode::SEE_OTHER,
            Self::NotAllowed | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotTheForm => StatusCode::BAD_REQUEST,
            Self::NotThisWay => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused { status, .. } => {
                StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Self::Broken | Self::Unsure => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word of its messages: `common-trouble-<word>` and `common-trouble-<word>-what`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::AlreadySent | Self::Answered(_) => "already-sent",
            Self::Foreign => "foreign",
            Self::NotAllowed | Self::NotFresh => "not-allowed",
            Self::NotFound => "not-found",
            Self::NotTheForm => "not-the-form",
            Self::NotThisWay => "not-this-way",
            Self::OtherSite => "other-site",
            Self::Refused { .. } => "refused",
            Self::TooLong => "too-long",
            Self::Unsure => "unsure",
            Self::Broken => "broken",
        }
    }

    /// What an answer says that is an error without a page: no such method, a part of an address that is
    /// no case number, a body that is too long.
    pub(crate) fn of_blank(method: &Method, response: &Response) -> Option<Self> {
        let status = response.status();
        let kind = response.headers().get(header::CONTENT_TYPE);
        let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if is_page || !(status.is_client_error() || status.is_server_error()) {
            return None;
        }
        Some(match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::NotThisWay,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLong,
            StatusCode::FORBIDDEN => Self::OtherSite,
            _ if status.is_server_error() => Self::Broken,
            _ if method.is_safe() => Self::NotFound,
            _ => Self::NotTheForm,
        })
    }

    /// Why a form could not be read.
    pub(crate) fn unread(status: StatusCode) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            Self::TooLong
        } else {
            Self::NotTheForm
        }
    }

    /// The same after a form was taken: nobody can say any more that nothing was done.
    pub(crate) fn after_taking(self) -> Self {
        if self.status().is_server_error() {
            Self::Unsure
        } else {
            self
        }
    }
}

impl From<Trouble> for Response {
    fn from(trouble: Trouble) -> Self {
        trouble.into_response()
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ExchangeError> for Trouble {
    fn from(error: ExchangeError) -> Self {
        let problem = error.problem();
        if problem.status >= 500 {
            tracing::error!(code = problem.code(), %error, "a page could not be made");
        }
        match problem.code() {
            "role_missing" | "unknown_person" => Self::NotAllowed,
            code => Self::Refused {
                code: code.to_owned(),
                status: problem.status,
                title: problem.title.clone(),
            },
        }
    }
}

impl From<askama::Error> for Trouble {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be made");
        Self::Broken
    }
}

/// A refusal that the page of the form can show above it, with everything that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: String,
    status: StatusCode,
    title: String,
}

impl Refusal {
    /// The refusal behind this error.
    ///
    /// # Errors
    ///
    /// The trouble itself where no form helps: somebody who may not, or something broken.
    pub(crate) fn of(error: ExchangeError) -> Result<Self, Trouble> {
        match Trouble::from(error) {
            Trouble::Refused {
                code,
                status,
                title,
            } if status < 500 => Ok(Self {
                code,
                status: StatusCode::from_u16(status).unwrap_or(StatusCode::CONFLICT),
                title,
            }),
            other => Err(other),
        }
    }

    /// Its stable code.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What is said above the form.
    pub(crate) fn said(&self) -> String {
        format!("{} ({})", self.title, self.code)
    }

    /// The page with the form, under the status of the refusal.
    pub(crate) fn on(&self, page: Response) -> Response {
        let mut page = page;
        *page.status_mut() = self.status;
        page
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            code: refusal.code,
            status: refusal.status.as_u16(),
            title: refusal.title,
        }
    }
}

/// What a page's handler gives.
pub type Paged = Result<Response, Trouble>;

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(status: u16) -> Response {
        StatusCode::from_u16(status).unwrap().into_response()
    }

    #[test]
    fn every_error_without_a_page_gets_one() {
        for (status, method, trouble) in [
            (404, Method::GET, Trouble::NotFound),
            (400, Method::GET, Trouble::NotFound),
            (400, Method::POST, Trouble::NotTheForm),
            (405, Method::POST, Trouble::NotThisWay),
            (413, Method::POST, Trouble::TooLong),
            (415, Method::POST, Trouble::NotTheForm),
            (422, Method::POST, Trouble::NotTheForm),
            (500, Method::GET, Trouble::Broken),
            (503, Method::GET, Trouble::Broken),
        ] {
            let found = Trouble::of_blank(&method, &blank(status));
            assert_eq!(found, Some(trouble), "{method} {status}");
        }
    }

    #[test]
    fn pages_and_answers_that_are_no_errors_stay_as_they_are() {
        let page = (StatusCode::NOT_FOUND, axum::response::Html("no")).into_response();

        assert_eq!(Trouble::of_blank(&Method::GET, &page), None);
        for status in [200, 204, 303, 304] {
            assert_eq!(Trouble::of_blank(&Method::GET, &blank(status)), None);
        }
    }

    #[test]
    fn only_what_breaks_after_a_form_was_taken_is_uncertain() {
        assert_eq!(Trouble::Broken.after_taking(), Trouble::Unsure);
        assert_eq!(Trouble::AlreadySent.after_taking(), Trouble::AlreadySent);
    }
}
