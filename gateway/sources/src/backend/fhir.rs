//! A FHIR R4 server: what a question is about is fetched, put into tables in memory, and asked there.
//!
//! ```text
//! statement -> searches (POST [base]/Patient/_search) -> pages -> resources -> tables -> rows
//! ```
//!
//! Only searches are sent, so nothing is changed there. Searches go in a body and not in an address,
//! which servers write into their logs. What was fetched is gone when the question is answered.

mod bundle;
mod current;
mod flat;
mod search;
mod whose;

use std::sync::Arc;

use futures_util::future::try_join_all;
use rusqlite::params_from_iter;
use rustls::ClientConfig;
use serde_json::Value;

use self::bundle::{sound, taken};
use self::search::Search;
use super::allowance::{AT_ONCE, Allowance, too_many_pages};
use super::memory::Memory;
use super::sqlite::Sqlite;
use super::web::{self, Web, refused};
use super::{Fault, Shape};
use crate::limits::Limits;
use crate::mapping::place::FhirPlace;
use crate::query::{About, Statement};
use crate::value::Cell;

const FHIR_JSON: &str = "application/fhir+json";
/// Most pages of one search.
const PAGES_MAX: usize = 20;

/// One server.
pub(crate) struct Fhir {
    place: FhirPlace,
    web: Web,
    limits: Limits,
}

impl Fhir {
    pub(super) fn open(
        place: &FhirPlace,
        limits: Limits,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self, &'static str> {
        let token = place
            .token_file
            .as_deref()
            .map(|file| super::secret(file, false).and_then(|token| web::bearer(&token)))
            .transpose()?;
        Ok(Self {
            web: Web::new(&place.base, FHIR_JSON, token, tls)?,
            place: place.clone(),
            limits,
        })
    }

    /// It only reads, if it is a server of FHIR R4 at all.
    pub(super) async fn writable(&self) -> Result<Option<String>, Fault> {
        let most = Allowance::new(self.limits);
        let address = self.web.below("/metadata");
        let said = sound(self.web.get(&address, &most).await?)?;
        let is = |key: &str, start: &str| {
            let text = said.get(key).and_then(Value::as_str);
            text.is_some_and(|text| text.starts_with(start))
        };
        if is("resourceType", "CapabilityStatement") && is("fhirVersion", "4.") {
            return Ok(None);
        }
        Err(Fault::Unusable(
            "`base` is not the address of a FHIR R4 server",
        ))
    }

    pub(super) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        let resources = self.fetched(&statement.about).await?;
        let tables = self.tables(&resources)?;
        tables.rows(statement, deadline_ms).await
    }

    pub(super) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        self.tables(&[])?.shapes(statement).await
    }

    /// The searches of a question, one a line.
    pub(super) fn sent(&self, about: &About) -> Result<Vec<String>, Fault> {
        let searches = self.searches(about)?.into_iter();
        let lines = searches.map(|one| format!("POST /{}/_search {}", one.resource, one.body));
        Ok(lines.collect())
    }

    fn searches(&self, about: &About) -> Result<Vec<Search>, Fault> {
        Ok(match about {
            // How many people there are, and how often names occur, is not counted here.
            About::Columns | About::Number => Vec::new(),
            About::Anybody => vec![search::anybody()],
            About::Everybody => return Err(Fault::Unusable(ONE_BY_ONE)),
            // Other names stand in the resources of the people.
            About::Names(keys) | About::People(keys) => search::people(keys),
            About::Records { table, person } => any(search::records(table, person), || {
                refused("a key that cannot be asked for")
            })?,
            About::Search(query) => any(search::candidates(query, &self.place), || Fault::Unasked)?,
        })
    }

    /// Every resource that a question is about, as it is now.
    async fn fetched(&self, about: &About) -> Result<Vec<Value>, Fault> {
        let most = Allowance::new(self.limits);
        let mut resources = Vec::new();
        for some in self.searches(about)?.chunks(AT_ONCE) {
            let found = some.iter().map(|search| self.found(search, &most));
            resources.extend(try_join_all(found).await?.into_iter().flatten());
        }
        let resources = current::current(resources)?;
        whose::understood(&resources, about)?;
        Ok(resources)
    }

    /// Every resource that one search finds, over all its pages.
    async fn found(&self, search: &Search, most: &Allowance) -> Result<Vec<Value>, Fault> {
        let mut resources = Vec::new();
        let address = self.web.below(&format!("/{}/_search", search.resource));
        let body = search.body.clone();
        let first = self.web.post(&address, web::FORM, body, most);
        let mut bundle = sound(first.await?)?;
        let counted = bundle.get("total").and_then(Value::as_u64);
        for page in 1.. {
            let before = resources.len();
            let next = taken(&mut bundle, &mut resources)?;
            most.rows(resources.len() - before)?;
            match next {
                // Any one was wanted.
                _ if search.is_any => return Ok(resources),
                None => break,
                Some(_) if page >= PAGES_MAX => return Err(too_many_pages(PAGES_MAX)),
                Some(next) => bundle = sound(self.web.follow(&next, most).await?)?,
            }
        }
        // A server that ends a list early says so at most by the count it gave at first.
        let of_type =
            |one: &&Value| one.get("resourceType").and_then(Value::as_str) == Some(search.resource);
        let read = resources.iter().filter(of_type).count();
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        if counted.is_some_and(|counted| read < counted) {
            return Err(refused("fewer resources than it counted itself"));
        }
        Ok(resources)
    }

    /// The resources as tables.
    fn tables(&self, resources: &[Value]) -> Result<Sqlite, Fault> {
        let broken = |_| Fault::Refused("memory".to_owned());
        let memory = Memory::new().map_err(broken)?;
        {
            let writer = memory.writer();
            for (table, columns) in self.place.tables() {
                writer
                    .execute_batch(&created(&table, &columns))
                    .map_err(broken)?;
                let rows = flat::rows(&table, &columns, resources, &self.place);
                let marks = vec!["?"; columns.len()].join(", ");
                let insert = format!("INSERT INTO `{table}` VALUES ({marks})");
                let mut insert = writer.prepare(&insert).map_err(broken)?;
                for row in rows {
                    insert.execute(params_from_iter(row)).map_err(broken)?;
                }
            }
        }
        Ok(Sqlite::over(memory, self.limits))
    }
}

const ONE_BY_ONE: &str = "people of a FHIR server are searched for one by one; all of them cannot be \
                          read";

/// One table. Its keys are told apart exactly; all else as a server compares it, without regard to
/// case.
fn created(table: &str, columns: &[String]) -> String {
    let has = |name: &str| columns.iter().any(|column| column == name);
    let mut parts: Vec<_> = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" | "patient" => format!("`{column}`"),
            other => format!("`{other}` COLLATE NOCASE"),
        })
        .collect();
    // One resource may answer several searches, and has been told from its older versions; it may be of
    // several people.
    match (has("id"), has("patient")) {
        (true, true) => parts.push("UNIQUE (`id`, `patient`)".to_owned()),
        (true, false) => parts.push("UNIQUE (`id`)".to_owned()),
        (false, _) => {}
    }
    format!("CREATE TABLE `{table}` ({})", parts.join(", "))
}

/// The searches, if there are any: what was not asked must not be taken for nothing held.
fn any(searches: Vec<Search>, fault: impl FnOnce() -> Fault) -> Result<Vec<Search>, Fault> {
    if searches.is_empty() {
        return Err(fault());
    }
    Ok(searches)
}
