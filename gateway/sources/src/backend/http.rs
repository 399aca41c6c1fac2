//! A server of JSON: what a question is about is fetched, put into tables in memory, and asked there.
//!
//! ```text
//! statement -> calls -> pages -> nodes (JSONPath, RFC 9535) -> tables -> rows
//! ```
//!
//! Only the requests that the mapping names are sent. Whether they change something there cannot be
//! asked, so the account behind the header decides. What was fetched is gone when the question is
//! answered.

mod calls;
mod flat;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::try_join_all;
use rustls::ClientConfig;
use serde_json::Value;
use stile_model::subject::CandidateQuery;

use self::calls::{Call, Calls};
use self::flat::Flat;
use super::allowance::{Allowance, too_many_pages};
use super::sqlite::Sqlite;
use super::web::{self, Web};
use super::{Fault, Shape};
use crate::limits::Limits;
use crate::mapping::place::HttpPlace;
use crate::mapping::place::http::{Answer, Paging};
use crate::mapping::{PersonMapping, SourceMapping};
use crate::name::Dialect;
use crate::query::{self, About, Statement};
use crate::value::Cell;

/// Most pages of one call.
const PAGES_MAX: usize = 20;
/// Calls of one question that are under way at once.
const AT_ONCE: usize = 4;

/// One server.
pub(crate) struct Http {
    web: Web,
    calls: Calls,
    flat: Flat,
    person: PersonMapping,
    limits: Limits,
}

/// An answer with what it was asked for.
struct Fetched {
    /// The table whose request it was.
    owner: String,
    /// The key of the person who was asked for.
    key: Option<String>,
    answer: Value,
}

impl Http {
    pub(super) fn open(
        mapping: &SourceMapping,
        place: &HttpPlace,
        limits: Limits,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self, &'static str> {
        let header = place
            .header_file
            .as_deref()
            .map(|file| super::secret(file, false).and_then(|line| web::header(&line)))
            .transpose()?;
        Ok(Self {
            web: Web::new(&place.base, web::JSON, header, tls)?,
            calls: Calls::new(mapping, place),
            flat: Flat::new(mapping, place),
            person: mapping.person.clone(),
            limits,
        })
    }

    /// Does the mapping name a request that asks for nobody in particular?
    pub(super) fn can_be_tried(&self) -> bool {
        let calls = self.calls.about(&About::Anybody);
        calls.is_ok_and(|calls| !calls.is_empty())
    }

    /// It answers, where it can be asked at all; what else the account could do there, it does not say.
    pub(super) async fn writable(&self) -> Result<Option<String>, Fault> {
        self.fetched(&About::Anybody).await.map(|_| None)
    }

    pub(super) async fn rows(
        &self,
        statement: &Statement,
        deadline_ms: u64,
    ) -> Result<Vec<Vec<Cell>>, Fault> {
        let fetched = self.fetched(&statement.about).await?;
        let tables = Sqlite::over(self.flat.tables(&fetched, &statement.about)?, self.limits);
        tables.rows(statement, deadline_ms).await
    }

    pub(super) async fn shapes(&self, statement: &Statement) -> Result<Vec<Shape>, Fault> {
        let tables = Sqlite::over(self.flat.tables(&[], &statement.about)?, self.limits);
        tables.shapes(statement).await
    }

    /// The requests of a question, one a line, each without its further pages.
    pub(super) fn sent_for(&self, about: &About) -> Result<Vec<String>, Fault> {
        let calls = self.calls.about(about)?;
        let lines = calls.iter().map(|call| match call.written(None) {
            (path, None) => format!("GET {path}"),
            (path, Some((_, body))) => format!("POST {path} {body}"),
        });
        Ok(lines.collect())
    }

    /// Every answer that a question is about.
    async fn fetched(&self, about: &About) -> Result<Vec<Fetched>, Fault> {
        let most = Allowance::new(self.limits);
        let fetched = self.called(self.calls.about(about)?, &most).await?;
        match about {
            About::Search(query) => self.completed(query, fetched, &most).await,
            About::Anybody
            | About::Columns
            | About::Everybody
            | About::Number
            | About::People(_)
            | About::Records { .. } => Ok(fetched),
        }
    }

    /// Where other names come by requests of their own: with those of whom they may decide about, and
    /// with whoever was found by another name. Without them somebody who is held by a former name
    /// would be taken for nobody.
    async fn completed(
        &self,
        query: &CandidateQuery,
        mut fetched: Vec<Fetched>,
        most: &Allowance,
    ) -> Result<Vec<Fetched>, Fault> {
        let Some((people, names)) = self.calls.apart() else {
            return Ok(fetched);
        };
        let found = self.flat.people_in(&fetched)?;
        let mut others = self.flat.named_in(&fetched)?;
        others.retain(|key| !found.contains(key));
        let unsure = self.unsure(query, &fetched, names, found).await?;
        // Each of them is a call: a search that brings half the town is refused, not carried out.
        let people_max = self.limits.candidates;
        if unsure.len() + others.len() > usize::try_from(people_max).unwrap_or(usize::MAX) {
            let what = format!("more than {people_max} people whose other names must be read");
            return Err(Fault::TooMuch(what));
        }
        let unread = calls::of_each(people, &others).collect();
        fetched.extend(self.called(unread, most).await?);
        let wanted = calls::of_each(names, unsure.union(&others)).collect();
        fetched.extend(self.called(wanted, most).await?);
        Ok(fetched)
    }

    /// Of those `found`, whom another name may make fit.
    async fn unsure(
        &self,
        query: &CandidateQuery,
        fetched: &[Fetched],
        names: &Answer,
        found: BTreeSet<String>,
    ) -> Result<BTreeSet<String>, Fault> {
        let person = &self.person;
        // By another name alone; those were found already where other names are searched.
        let whole = person
            .aliases
            .as_ref()
            .is_some_and(|a| a.forename.is_some());
        let both = query.known.surname && query.known.forename;
        if names.search.is_empty() && whole && both {
            return Ok(found);
        }
        let Some(statement) = query::fitting_in_part(person, query, Dialect::Sqlite) else {
            return Ok(BTreeSet::new());
        };
        let about = About::Search(Box::new(query.clone()));
        let tables = Sqlite::over(self.flat.tables(fetched, &about)?, self.limits);
        let rows = tables.rows(&statement, self.limits.deadline_ms).await?;
        let keys = rows.into_iter().flatten();
        let keys = keys.filter_map(|cell| cell.exact().ok().flatten());
        Ok(keys.filter(|key| found.contains(key)).collect())
    }

    /// The answers to these calls, some at once.
    async fn called(&self, calls: Vec<Call<'_>>, most: &Allowance) -> Result<Vec<Fetched>, Fault> {
        let mut fetched = Vec::new();
        for some in calls.chunks(AT_ONCE) {
            let answers = some.iter().map(|call| self.pages(call, most));
            fetched.extend(try_join_all(answers).await?.into_iter().flatten());
        }
        Ok(fetched)
    }

    /// Every page of one call.
    async fn pages(&self, call: &Call<'_>, most: &Allowance) -> Result<Vec<Fetched>, Fault> {
        let owner = call.owner;
        let mut pages = Vec::new();
        let mut next = match &owner.paging {
            Paging::Number { page, first } => Some(Next::With(page, first.to_string())),
            Paging::Cursor { .. } | Paging::Next(_) | Paging::Whole => Some(Next::Plain),
        };
        while let Some(wanted) = next {
            if pages.len() >= PAGES_MAX {
                return Err(too_many_pages(PAGES_MAX));
            }
            let answer = match self.sent(call, &wanted, most).await {
                // Nobody has that key, as such servers say it, though not of what has begun.
                Err(Fault::Refused(code))
                    if call.may_be_nobody && pages.is_empty() && code == "http 404" =>
                {
                    break;
                }
                answer => answer?,
            };
            let found = flat::count(owner, &answer)?;
            most.rows(found)?;
            next = if call.one_page {
                None
            } else {
                following(owner, &answer, found, pages.len())?
            };
            pages.push(Fetched {
                owner: owner.table.to_string(),
                key: call.key.clone(),
                answer,
            });
        }
        Ok(pages)
    }

    async fn sent(
        &self,
        call: &Call<'_>,
        next: &Next<'_>,
        most: &Allowance,
    ) -> Result<Value, Fault> {
        let with = match next {
            Next::Address(address) => return self.web.follow(address, most).await,
            Next::Plain => None,
            Next::With(name, value) => Some((*name, value.as_str())),
        };
        let (path, body) = call.written(with);
        let address = self.web.below(&path);
        match body {
            None => self.web.get(&address, most).await,
            Some((kind, body)) => self.web.post(&address, kind, body, most).await,
        }
    }
}

/// How a page is asked for.
enum Next<'a> {
    Address(String),
    Plain,
    /// The same request with a parameter more.
    With(&'a str, String),
}

/// The page after an answer with `found` rows, `before` it as many pages.
///
/// # Errors
///
/// When where it is cannot be read: then it must not be taken for the last.
fn following<'a>(
    owner: &'a Answer,
    answer: &Value,
    found: usize,
    before: usize,
) -> Result<Option<Next<'a>>, Fault> {
    let word = |path| flat::scalar(path, answer);
    Ok(match &owner.paging {
        Paging::Cursor { path, send } => word(path)?.map(|cursor| Next::With(send, cursor)),
        Paging::Next(path) => word(path)?.map(Next::Address),
        Paging::Number { page, first } if found > 0 => {
            let number = usize::try_from(*first).unwrap_or(1).saturating_add(before);
            Some(Next::With(page, number.saturating_add(1).to_string()))
        }
        Paging::Number { .. } | Paging::Whole => None,
    })
}
