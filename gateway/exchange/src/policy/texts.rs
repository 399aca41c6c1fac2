//! The texts of a policy in their other forms: canonical, and as a table for spreadsheets.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use stile_model::id::RuleId;
use stile_policy::{export_rules, format_cases, format_rules, import_rules, is_cases};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::LONGEST;
use super::guards::{CASES, RULES};
use super::turns::in_turn;
use crate::agency::Agency;
use crate::api::{Answer, Bare, Caller, Json};
use crate::error::ExchangeError;
use crate::people::Person;

/// The name of a table in messages.
pub(super) const TABLE: &str = "rules.csv";

/// A text to put into its canonical form.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskFormat {
    /// Rules or cases, whichever it is.
    pub text: String,
}

/// A text in another form.
#[derive(Debug, Serialize, ToSchema)]
pub struct Formed {
    /// The text.
    pub text: String,
}

/// Rules to put into a table.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskExport {
    /// Rules somebody is writing; the policy in force when left out.
    #[serde(default)]
    pub rules: Option<String>,
}

/// A table to read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskImport {
    /// The table, as a spreadsheet wrote it.
    pub table: String,
    /// Rules to merge it into, so that their comments stay; none makes new rules.
    #[serde(default)]
    pub into: Option<String>,
}

/// Rules read from a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct FromTable {
    /// The rules in canonical form.
    pub text: String,
    /// Rules that `into` did not have.
    pub added: Vec<RuleId>,
    /// Rules that differ from those of `into`.
    pub changed: Vec<RuleId>,
    /// Rules of `into` that the table does not have.
    pub removed: Vec<RuleId>,
    /// Keys at the top that differ from those of `into`.
    pub keys: Vec<String>,
}

/// The addresses of this file.
pub(super) fn with_texts(face: OpenApiRouter<Arc<Agency>>) -> OpenApiRouter<Arc<Agency>> {
    let asking = OpenApiRouter::new()
        .routes(routes!(format_policy))
        .routes(routes!(export_policy))
        .routes(routes!(import_policy))
        .layer(DefaultBodyLimit::max(LONGEST));
    face.merge(asking)
}

/// Rules or cases in their canonical form; every comment stays.
#[utoipa::path(
    post,
    path = "/api/v1/policy/format",
    request_body = AskFormat,
    responses(
        (status = 200, description = "The same, in canonical form", body = Formed),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`policy_refused`"),
    ),
)]
async fn format_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskFormat>,
) -> Answer<Json<Formed>> {
    agency.policy_reader(&peer)?;
    let formed = in_turn(move || {
        if is_cases(&asked.text) {
            format_cases(CASES, &asked.text)
        } else {
            format_rules(RULES, &asked.text)
        }
    });
    let text = formed.await?.map_err(ExchangeError::from)?;
    Ok(Json(Formed { text }))
}

/// Rules as a table for a spreadsheet: UTF-8 with a mark at its beginning, RFC 4180.
#[utoipa::path(
    post,
    path = "/api/v1/policy/export",
    request_body = AskExport,
    responses(
        (status = 200, description = "One rule a row", body = Formed),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`policy_refused`"),
    ),
)]
async fn export_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskExport>,
) -> Answer<Json<Formed>> {
    agency.policy_reader(&peer)?;
    let rules = match asked.rules {
        Some(rules) => rules,
        None => agency.text_of(None)?.rules,
    };
    let vocabulary = agency.governing.ground.vocabulary.clone();
    let table = in_turn(move || export_rules(RULES, &rules, &vocabulary));
    let text = table.await?.map_err(ExchangeError::from)?;
    Ok(Json(Formed { text }))
}

/// Rules again from a table that a spreadsheet wrote.
///
/// Nothing is proposed or changed: whoever asks reads the rules, and proposes them.
#[utoipa::path(
    post,
    path = "/api/v1/policy/import",
    request_body = AskImport,
    responses(
        (status = 200, description = "The rules, and what differs", body = FromTable),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`policy_refused`"),
    ),
)]
async fn import_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskImport>,
) -> Answer<Json<FromTable>> {
    agency.policy_reader(&peer)?;
    let vocabulary = agency.governing.ground.vocabulary.clone();
    let read = in_turn(move || {
        let into = asked.into.as_deref().map(|text| (RULES, text));
        import_rules(TABLE, asked.table.as_bytes(), &vocabulary, into)
    });
    let read = read.await?.map_err(ExchangeError::from)?;
    Ok(Json(FromTable {
        text: read.text,
        added: read.added,
        changed: read.changed,
        removed: read.removed,
        keys: read.keys,
    }))
}

/// A version in the forms that others read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The version.
    pub version: u64,
    /// Casbin's `model.conf`.
    pub model: String,
    /// Casbin's `policy.csv`.
    pub policy: String,
    /// The rules as sentences, in Markdown.
    pub english: String,
}

impl Agency {
    /// A version as it is published to Casbin, and in plain English; the one in force without
    /// `version`.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_policy`, and why it may not serve.
    pub async fn published_policy(
        &self,
        person: &Person,
        version: Option<u64>,
    ) -> Result<Published, ExchangeError> {
        person.must_read_policy()?;
        let standing = self.governing.standing();
        let in_force = standing.bundle.version;
        let version = version.unwrap_or(in_force);
        let policy = if version == in_force {
            Arc::clone(&standing.policy)
        } else {
            let text = self.text_of(Some(version))?;
            let today = self.clock.now().date();
            self.policy_asked(Some(text.rules), today).await?
        };
        Ok(Published {
            version,
            model: policy.casbin_model().to_owned(),
            policy: policy.casbin_csv().to_owned(),
            english: policy.plain_english().to_owned(),
        })
    }
}
