//! Exact questions about a policy, over everything that can be asked: doubts about its rules, who
//! can see a field, and what a change changes.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use stile_model::code::Rung;
use stile_model::digest::Digest;
use stile_model::id::FieldId;
use stile_model::time::Date;
use stile_policy::{Diff, Finding, PolicySet, Reach, WhoCan, analyse, diff, lint, locate, who_can};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ask::LONGEST;
use super::turns::in_turn;
use crate::agency::Agency;
use crate::api::{Answer, Bare, Caller, Json};
use crate::error::{ExchangeError, refuse};
use crate::people::Person;

/// Rules to check.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskCheck {
    /// Rules somebody is writing; the policy in force when left out.
    #[serde(default)]
    pub rules: Option<String>,
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// SHA-256 of the rules.
    pub rules: Digest,
    /// Everything a person should know, in the order of the rules.
    pub findings: Vec<Finding>,
    /// How far each field of the agency ever goes; without those that the finding
    /// `not_all_looked_at` names.
    pub fields: Vec<Reach>,
}

/// A field to ask about.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskWhoCan {
    /// The field.
    pub field: FieldId,
    /// The least that counts.
    pub at_least: Rung,
    /// The day asked about; today when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// Rules somebody is writing; the policy in force when left out.
    #[serde(default)]
    pub rules: Option<String>,
}

/// Rules to compare.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskDiff {
    /// The rules before; the policy in force when left out.
    #[serde(default)]
    pub old: Option<String>,
    /// The rules after.
    pub new: String,
    /// The first day compared; today when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
}

/// The addresses of this file.
pub(super) fn with_study(face: OpenApiRouter<Arc<Agency>>) -> OpenApiRouter<Arc<Agency>> {
    let asking = OpenApiRouter::new()
        .routes(routes!(check_policy))
        .routes(routes!(who_can_see))
        .routes(routes!(compare_policies))
        .layer(DefaultBodyLimit::max(LONGEST));
    face.merge(asking)
}

/// Doubts about a policy, and how far each field goes.
#[utoipa::path(
    post,
    path = "/api/v1/policy/check",
    request_body = AskCheck,
    responses(
        (status = 200, description = "What a person should know, and how far each field goes", body = Checked),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`policy_refused`"),
    ),
)]
async fn check_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskCheck>,
) -> Answer<Json<Checked>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.check_policy(&person, asked.rules).await?))
}

/// Everybody to whom a field can go, at once or after approval.
#[utoipa::path(
    post,
    path = "/api/v1/policy/who-can",
    request_body = AskWhoCan,
    responses(
        (status = 200, description = "Every question that lets so much out, in few parts", body = WhoCan),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`policy_refused`, `unknown_field`"),
    ),
)]
async fn who_can_see(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskWhoCan>,
) -> Answer<Json<WhoCan>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.who_can_see(&person, asked).await?))
}

/// What a change of rules changes, in every question that can be put.
#[utoipa::path(
    post,
    path = "/api/v1/policy/diff",
    request_body = AskDiff,
    responses(
        (status = 200, description = "Whether more or less is disclosed, and to which questions", body = Diff),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`policy_refused`"),
    ),
)]
async fn compare_policies(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskDiff>,
) -> Answer<Json<Diff>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.compare_policies(&person, asked).await?))
}

impl Agency {
    /// Doubts about a policy, and how far each field goes.
    ///
    /// # Errors
    ///
    /// `role_missing`, `policy_refused`.
    pub async fn check_policy(
        &self,
        person: &Person,
        rules: Option<String>,
    ) -> Result<Checked, ExchangeError> {
        person.must_read_policy()?;
        let today = self.clock.now().date();
        let (policy, text) = match rules {
            Some(text) => (self.policy_asked(Some(text.clone()), today).await?, text),
            None => self.in_force_with_text(),
        };
        let vocabulary = self.governing.ground.vocabulary.clone();
        in_turn(move || {
            let analysis = analyse(&policy, &vocabulary, today);
            let mut findings = lint(policy.rules(), &vocabulary, today);
            findings.extend(analysis.findings);
            locate(&mut findings, &text);
            Checked {
                rules: policy.digest(),
                findings,
                fields: analysis.fields,
            }
        })
        .await
    }

    /// The policy in force and the text it was made from.
    fn in_force_with_text(&self) -> (Arc<PolicySet>, String) {
        let standing = self.governing.standing();
        (Arc::clone(&standing.policy), standing.bundle.rules.clone())
    }

    /// Everybody to whom a field can go, at once or after approval.
    ///
    /// # Errors
    ///
    /// `role_missing`, `policy_refused`, `unknown_field`.
    pub async fn who_can_see(
        &self,
        person: &Person,
        asked: AskWhoCan,
    ) -> Result<WhoCan, ExchangeError> {
        person.must_read_policy()?;
        let today = self.clock.now().date();
        let policy: Arc<PolicySet> = self.policy_asked(asked.rules, today).await?;
        let vocabulary = self.governing.ground.vocabulary.clone();
        let (field, on) = (asked.field, asked.on.unwrap_or(today));
        let found =
            in_turn(move || who_can(&policy, &vocabulary, &field, asked.at_least, on)).await?;
        found.ok_or_else(|| {
            let other = "this agency has no such field; `check` lists its fields";
            refuse("unknown_field", 422, other)
        })
    }

    /// What a change of rules changes, in every question that can be put.
    ///
    /// # Errors
    ///
    /// `role_missing`, `policy_refused`.
    pub async fn compare_policies(
        &self,
        person: &Person,
        asked: AskDiff,
    ) -> Result<Diff, ExchangeError> {
        person.must_read_policy()?;
        let today = self.clock.now().date();
        let old = self.policy_asked(asked.old, today).await?;
        let new = self.policy_asked(Some(asked.new), today).await?;
        let vocabulary = self.governing.ground.vocabulary.clone();
        let on = asked.on.unwrap_or(today);
        in_turn(move || diff(&old, &new, &vocabulary, on)).await
    }
}
