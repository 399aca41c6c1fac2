//! Cases: just enough to bind every enquiry to one matter, purpose and set of people.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::code::Priority;
use stile_model::enquiry::{Consent, SUBJECTS_MAX};
use stile_model::id::{CaseId, Code, UserId};
use stile_model::subject::Subject;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::{Batch, PendingEntry, Tree};
use utoipa::openapi::schema::{ObjectBuilder, RefBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::Hub;
use super::desk::is_reserved;
use crate::error::{ExchangeError, refuse};
use crate::evidence::counts;
use crate::people::{Duty, Person};

/// What a researcher gives to open a case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenCase {
    /// The hub's own number.
    pub id: CaseId,
    /// Kind of case.
    pub kind: Code,
    /// Rating.
    pub priority: Priority,
    /// Legal gateway.
    pub purpose: Code,
    /// Consent or coded reason.
    pub consent: Consent,
    /// The people, 1 to 12.
    #[schema(min_items = 1, max_items = 12)]
    pub subjects: Vec<Subject>,
}

/// A case as the hub keeps it, sealed under its own key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// What it was opened with.
    #[serde(flatten)]
    pub matter: OpenCase,
    /// When the clock started: receipt at the hub.
    pub opened: Timestamp,
    /// When an answer is due, if the priority has a clock.
    pub due: Option<Timestamp>,
    /// Who opened it.
    pub opened_by: UserId,
}

impl PartialSchema for Case {
    /// The keys of [`OpenCase`] and of the hub in one closed object: an `allOf` of closed objects
    /// would accept nothing.
    fn schema() -> RefOr<Schema> {
        let own = [
            (
                "opened",
                text_in_utc("When the clock started: receipt at the hub.", false),
            ),
            (
                "due",
                text_in_utc("When an answer is due, if the priority has a clock.", true),
            ),
            (
                "opened_by",
                RefOr::Ref(
                    RefBuilder::new()
                        .ref_location_from_schema_name(UserId::name())
                        .description(Some("Who opened it."))
                        .build(),
                ),
            ),
        ];
        let RefOr::T(Schema::Object(mut case)) = OpenCase::schema() else {
            return OpenCase::schema();
        };
        case.description = Some("A case as the hub keeps it.".to_owned());
        for (key, schema) in own {
            case.properties.insert(key.to_owned(), schema);
        }
        case.required
            .extend(["opened", "opened_by"].map(ToOwned::to_owned));
        Schema::Object(case).into()
    }
}

impl ToSchema for Case {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((UserId::name().into(), UserId::schema()));
        OpenCase::schemas(schemas);
    }
}

fn text_in_utc(description: &str, or_null: bool) -> RefOr<Schema> {
    let kinds = if or_null {
        vec![Type::String, Type::Null]
    } else {
        vec![Type::String]
    };
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter(kinds))
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some(description))
        .into()
}

impl Hub {
    /// Opens a case.
    ///
    /// # Errors
    ///
    /// `case_exists`, or which word or bound does not fit; nothing is kept.
    pub async fn open_case(
        &self,
        person: &Person,
        matter: OpenCase,
    ) -> Result<Case, ExchangeError> {
        person.must(&Duty::Researcher)?;
        let now = self.clock.now();
        let case = self.new_case(person, matter, now)?;
        let batch = self.opening(person, &case, now)?;
        self.commit_opening(batch, &case).await
    }

    /// That the people of a case were taken down, and by whom.
    pub(super) fn opened(
        &self,
        person: &Person,
        case: &Case,
        now: Timestamp,
    ) -> Result<PendingEntry, ExchangeError> {
        let OpenCase {
            id,
            purpose,
            consent,
            subjects,
            ..
        } = &case.matter;
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: consent.override_reason.clone(),
            counts: counts(&[("subjects", subjects.len())]),
            ..self
                .scribe()
                .of_case(EntryKind::CaseOpened, id, purpose, now)
        };
        let body = serde_json::to_vec(&case.matter).map_err(|_| ExchangeError::Stored("case"))?;
        Ok(PendingEntry {
            entry,
            body,
            case: Some(id.clone()),
            subjects: crate::subjects::keys_of_all(subjects),
        })
    }

    /// The case for somebody who reads it: the reading is recorded before it is shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or that the reading could not be recorded.
    pub async fn read_case(&self, person: &Person, id: &CaseId) -> Result<Case, ExchangeError> {
        person.must_work_on_cases()?;
        let case = self.case(id)?;
        let pending = self.case_read(person, &case, "case", self.clock.now())?;
        let batch = Batch {
            entries: vec![pending],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(case)
    }

    /// The case of this number.
    ///
    /// # Errors
    ///
    /// `unknown_case`.
    pub fn case(&self, id: &CaseId) -> Result<Case, ExchangeError> {
        let bytes = self.store.get(Tree::Cases, id.as_str().as_bytes())?;
        let bytes =
            bytes.ok_or_else(|| refuse("unknown_case", 404, "there is no case of this number"))?;
        serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("case"))
    }

    pub(super) fn check_matter(&self, matter: &OpenCase) -> Result<(), ExchangeError> {
        let unknown = |part: &str| {
            refuse(
                "unknown_word",
                422,
                format!("`{part}` is not in the partnership's vocabulary"),
            )
        };
        if is_reserved(&matter.id) {
            return Err(refuse(
                "out_of_bounds",
                422,
                "a case number must not begin with `DRAFT-`",
            ));
        }
        if self.vocabulary.case_kind(&matter.kind).is_none() {
            return Err(unknown("kind"));
        }
        if self.vocabulary.purpose(&matter.purpose).is_none() {
            return Err(unknown("purpose"));
        }
        let over = matter.consent.override_reason.as_ref();
        if over.is_some_and(|code| !Vocabulary::has(&self.vocabulary.overrides, code)) {
            return Err(unknown("consent.override_reason"));
        }
        if matter.subjects.is_empty() || matter.subjects.len() > SUBJECTS_MAX {
            return Err(refuse(
                "out_of_bounds",
                422,
                "a case is about 1 to 12 people",
            ));
        }
        for (place, subject) in matter.subjects.iter().enumerate() {
            if !Vocabulary::has(&self.vocabulary.subject_roles, &subject.role) {
                return Err(unknown(&format!("subjects[{place}].role")));
            }
        }
        Ok(())
    }
}
