//! Questions about the policy in force, or about texts somebody is still writing: why it rules as it
//! does, and what its cases prove.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use stile_model::time::Date;
use stile_policy::{Cases, Depth, Imagined, PolicySet, TestReport, Trace, explain};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guards::{CASES, Texts};
use super::turns::in_turn;
use crate::agency::Agency;
use crate::api::{Answer, Bare, Caller, Json};
use crate::error::{ExchangeError, refuse};
use crate::people::Person;

/// Longest body: two texts of 1 MiB, each character escaped at worst as two.
pub(super) const LONGEST: usize = 4 * 1024 * 1024 + 4_096;

/// An imagined question.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskExplain {
    /// The question.
    pub question: Imagined,
    /// The day of the question; today when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub on: Option<Date>,
    /// Rules somebody is writing; the policy in force when left out.
    #[serde(default)]
    pub rules: Option<String>,
}

/// Cases to put.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskTest {
    /// Rules somebody is writing; the policy in force when left out.
    #[serde(default)]
    pub rules: Option<String>,
    /// Cases somebody is writing; those of the policy in force when left out.
    #[serde(default)]
    pub cases: Option<String>,
    /// How far the cases are tried.
    pub depth: Depth,
}

/// The addresses of this file.
pub(super) fn with_questions(face: OpenApiRouter<Arc<Agency>>) -> OpenApiRouter<Arc<Agency>> {
    let asking = OpenApiRouter::new()
        .routes(routes!(explain_policy))
        .routes(routes!(test_policy))
        .layer(DefaultBodyLimit::max(LONGEST));
    face.merge(asking)
}

/// Why policy rules as it does on an imagined question, and what would change it.
///
/// For the holder of the information; only `requester` may be shown to whoever asks.
#[utoipa::path(
    post,
    path = "/api/v1/policy/explain",
    request_body = AskExplain,
    responses(
        (status = 200, description = "The rules that apply, which decide, which nearly apply, and what would change it", body = Trace),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`policy_refused`, `unknown_word`"),
    ),
)]
async fn explain_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskExplain>,
) -> Answer<Json<Trace>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.explain_policy(&person, asked).await?))
}

/// What the cases of a policy prove.
///
/// A case that fails is part of the answer, not an error.
#[utoipa::path(
    post,
    path = "/api/v1/policy/test",
    request_body = AskTest,
    responses(
        (status = 200, description = "Every case, what the cases exercise, and which small changes of the rules they would miss", body = TestReport),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`no_cases`"),
        (status = 422, description = "`policy_refused`"),
    ),
)]
async fn test_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(asked): Json<AskTest>,
) -> Answer<Json<TestReport>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.test_policy(&person, asked).await?))
}

impl Agency {
    /// Why policy rules as it does on an imagined question; for the holder of the information.
    ///
    /// # Errors
    ///
    /// `role_missing`, `policy_refused`, `unknown_word`.
    pub async fn explain_policy(
        &self,
        person: &Person,
        asked: AskExplain,
    ) -> Result<Trace, ExchangeError> {
        person.must_read_policy()?;
        let known = asked.question.read(&self.vocabulary)?;
        let today = self.clock.now().date();
        let on = asked.on.unwrap_or(today);
        let policy = self.policy_asked(asked.rules, today).await?;
        let vocabulary = self.governing.ground.vocabulary.clone();
        in_turn(move || explain(&policy, &vocabulary, &known.question(), on)).await
    }

    /// What the cases of a policy prove.
    ///
    /// # Errors
    ///
    /// `role_missing`, `no_cases`, `policy_refused`.
    pub async fn test_policy(
        &self,
        person: &Person,
        asked: AskTest,
    ) -> Result<TestReport, ExchangeError> {
        person.must_read_policy()?;
        let standing = self.governing.standing();
        let cases = asked.cases.or_else(|| standing.bundle.cases.clone());
        let Some(cases) = cases else {
            let none = "the policy in force came without cases; send `cases`";
            return Err(refuse("no_cases", 404, none));
        };
        let today = self.clock.now().date();
        let policy = match asked.rules {
            Some(rules) => self.policy_asked(Some(rules), today).await?,
            None => Arc::clone(&standing.policy),
        };
        let vocabulary = self.governing.ground.vocabulary.clone();
        let tried = move || {
            let cases = Cases::parse(CASES, &cases, &vocabulary)?;
            let mut silent = |_, _| ();
            let depth = asked.depth;
            Ok(TestReport::of(
                &policy,
                &vocabulary,
                &cases,
                today,
                depth,
                &mut silent,
            ))
        };
        in_turn(tried).await?
    }

    /// The policy of these rules, once it has passed the guards; the one in force without any.
    pub(super) async fn policy_asked(
        &self,
        rules: Option<String>,
        today: Date,
    ) -> Result<Arc<PolicySet>, ExchangeError> {
        let Some(rules) = rules else {
            return Ok(self.policy.load_full());
        };
        let ground = self.governing.ground.clone();
        let compiled = move || ground.prove(Texts::of(&rules), today).map(Arc::new);
        in_turn(compiled).await?
    }
}
