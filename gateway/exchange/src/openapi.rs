//! The published description of each HTTP face: `OpenAPI` 3.1, generated from the handlers.
//!
//! A route is registered together with its description, so none exists undocumented. Handlers name
//! only the refusals of their own; what every address may answer is added here once.

use axum::http::header;
use axum::response::IntoResponse;
use stile_model::problem::Problem;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::security::{SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
};
use utoipa::{PartialSchema, ToSchema};

use crate::api::no_store;

const PROBLEM: &str = "application/problem+json";

/// What all addresses of a face have in common.
pub(crate) struct Face {
    /// Its name.
    pub(crate) title: &'static str,
    /// What it is for, and who may use it.
    pub(crate) about: &'static str,
    /// Codes with which any address may refuse the caller, status 403.
    pub(crate) callers: &'static [&'static str],
}

/// Said of a face for those who show a certificate.
const SIGN_IN: &str = "\n\n\
    HTTP/2 over mutual TLS 1.3: the client certificate is the sign-in, and nothing is open without one. ";

/// Said of a face at which nobody shows a certificate.
const OPEN: &str = "\n\n\
    HTTP/2 over TLS 1.3: the gateway shows its certificate, and whoever calls shows none. ";

/// Said of every face.
const CONVENTIONS: &str = "\
    Keys that are not documented are refused, in bodies and in queries. \
    Instants are RFC 3339 in UTC, with milliseconds; dates are ISO 8601; durations name their unit in the key. \
    Every answer forbids caches to keep it.\n\n\
    A refusal is a problem document (RFC 9457) whose `type` ends in one of the codes listed under its status. \
    Codes are stable; titles are for people and may change. No problem carries personal data, \
    or repeats what was sent. An address that is not listed answers 404 `not_found`, \
    another method 405 `method_not_allowed`.";

impl Face {
    /// A document with no addresses yet.
    pub(crate) fn document(&self) -> OpenApi {
        self.document_of(SIGN_IN)
    }

    /// The same for a face at which nobody shows a certificate.
    pub(crate) fn open_document(&self) -> OpenApi {
        let mut document = self.document_of(OPEN);
        document.security = None;
        if let Some(components) = &mut document.components {
            components.security_schemes.clear();
        }
        document
    }

    fn document_of(&self, sign_in: &str) -> OpenApi {
        let info = InfoBuilder::new()
            .title(self.title)
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(format!("{}{sign_in}{CONVENTIONS}", self.about)))
            .license(Some(
                LicenseBuilder::new()
                    .name("Apache License 2.0")
                    .identifier(Some("Apache-2.0"))
                    .build(),
            ))
            .build();
        let certificate = SecurityScheme::MutualTls {
            description: Some("A certificate of the partnership's authority, not revoked.".into()),
            deprecated: None,
            extensions: None,
        };
        let mut problem = vec![(Problem::name().into_owned(), Problem::schema())];
        Problem::schemas(&mut problem);
        let components = ComponentsBuilder::new()
            .schemas_from_iter(problem)
            .security_scheme("certificate", certificate);
        OpenApiBuilder::new()
            .info(info)
            .components(Some(components.build()))
            .security(Some([SecurityRequirement::new::<_, _, String>(
                "certificate",
                [],
            )]))
            .build()
    }

    /// The finished document as JSON: what any address may refuse, added to each.
    pub(crate) fn finish(&self, mut document: OpenApi) -> String {
        // What the router writes for "the rest of the address" is no OpenAPI template.
        let paths = std::mem::take(&mut document.paths.paths);
        let plain = |(path, item): (String, _)| (path.replace("{*", "{"), item);
        document.paths.paths = paths.into_iter().map(plain).collect();
        for item in document.paths.paths.values_mut() {
            for (operation, writes) in [(&mut item.get, false), (&mut item.post, true)] {
                if let Some(operation) = operation {
                    self.refusals(operation, writes);
                }
            }
        }
        document
            .to_pretty_json()
            .map(|text| text + "\n")
            .unwrap_or_default()
    }

    fn refusals(&self, operation: &mut Operation, writes: bool) {
        let body = operation.request_body.is_some();
        add(operation, 400, &["malformed"]);
        add(operation, 403, self.callers);
        add(operation, 408, &["too_slow"]);
        if body && !operation.responses.responses.contains_key("413") {
            add(operation, 413, &["body_too_large"]);
        }
        add(operation, 500, &["internal"]);
        if writes {
            add(operation, 503, &["disk_full", "unrecorded"]);
        }
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response
                && status.as_str() >= "400"
                // A standard may say what a refusal looks like.
                && response.content.is_empty()
            {
                let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
                response.content = [(PROBLEM.to_owned(), problem.into())].into_iter().collect();
            }
        }
    }
}

/// Adds codes to what an operation says of a status.
fn add(operation: &mut Operation, status: u16, codes: &[&str]) {
    let response = operation
        .responses
        .responses
        .entry(status.to_string())
        .or_insert_with(|| RefOr::T(Response::new("")));
    let RefOr::T(response) = response else { return };
    let mut said: Vec<_> = response
        .description
        .split(", ")
        .map(ToOwned::to_owned)
        .collect();
    said.extend(codes.iter().map(|code| format!("`{code}`")));
    said.retain(|code| !code.is_empty());
    said.sort();
    said.dedup();
    response.description = said.join(", ");
}

/// A finished document as an answer.
pub(crate) fn served(document: &'static str) -> axum::response::Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    no_store((headers, document).into_response())
}
