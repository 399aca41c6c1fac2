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

use std::sync::Arc;

use futures_util::future::try_join_all;
use rustls::ClientConfig;
use serde_json::Value;

use self::calls::{Call, Calls};
use self::flat::Flat;
use super::allowance::{AT_ONCE, Allowance, too_many_pages};
use super::sqlite::Sqlite;
use super::web::{self, Ask, Reply, Web, refused};
use super::{Fault, Shape};
use crate::limits::Limits;
use crate::mapping::SourceMapping;
use crate::mapping::place::HttpPlace;
use crate::mapping::place::http::{Answer, Paging};
use crate::query::{About, Statement};
use crate::value::Cell;

/// Most pages of one call.
const PAGES_MAX: usize = 20;

/// One server.
pub(crate) struct Http {
    web: Web,
    calls: Calls,
    flat: Flat,
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
            About::Search(_) => self.completed(fetched, &most).await,
            About::Anybody
            | About::Columns
            | About::Everybody
            | About::Names(_)
            | About::Number
            | About::People(_)
            | About::Records { .. } => Ok(fetched),
        }
    }

    /// Where other names come by requests of their own: with whoever was found by another name alone.
    async fn completed(
        &self,
        mut fetched: Vec<Fetched>,
        most: &Allowance,
    ) -> Result<Vec<Fetched>, Fault> {
        let Some((people, _)) = self.calls.apart() else {
            return Ok(fetched);
        };
        let found = self.flat.people_in(&fetched)?;
        let mut others = self.flat.named_in(&fetched)?;
        others.retain(|key| !found.contains(key));
        // Each of them is a call: a search that brings half the town is refused, not carried out.
        let people_max = usize::try_from(self.limits.candidates).unwrap_or(usize::MAX);
        if found.len() + others.len() > people_max {
            let told = format!("more than {people_max} people who may be meant");
            return Err(Fault::TooMuch(told));
        }
        let unread = calls::of_each(people, &others).collect();
        fetched.extend(self.called(unread, most).await?);
        Ok(fetched)
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
            let reply = match self.sent(call, &wanted, most).await {
                // Nobody has that key, as such servers say it, though not of what has begun.
                Err(Fault::Refused(code))
                    if call.may_be_nobody && pages.is_empty() && code == "http 404" =>
                {
                    break;
                }
                reply => reply?,
            };
            let found = flat::count(owner, &reply.body)?;
            most.rows(found)?;
            next = if call.one_page {
                None
            } else {
                following(owner, &reply, found, pages.len())?
            };
            pages.push(Fetched {
                owner: owner.table.to_string(),
                key: call.key.clone(),
                answer: reply.body,
            });
        }
        Ok(pages)
    }

    async fn sent(
        &self,
        call: &Call<'_>,
        next: &Next<'_>,
        most: &Allowance,
    ) -> Result<Reply, Fault> {
        let with = match next {
            Next::Address(address) => return self.web.ask(Ask::Follow(address), most).await,
            Next::Plain => None,
            Next::With(name, value) => Some((*name, value.as_str())),
        };
        let (path, body) = call.written(with);
        let address = self.web.below(&path);
        let ask = match body {
            None => Ask::Get(&address),
            Some((kind, body)) => Ask::Post(&address, kind, body),
        };
        self.web.ask(ask, most).await
    }
}

/// How a page is asked for.
enum Next<'a> {
    Address(String),
    Plain,
    /// The same request with a parameter more.
    With(&'a str, String),
}

/// The page after an answer whose list has `found` elements, `before` it as many pages.
///
/// # Errors
///
/// When where it is cannot be read, or when the server says that there is one where the mapping sees
/// none: then it must not be taken for the last.
fn following<'a>(
    owner: &'a Answer,
    reply: &Reply,
    found: usize,
    before: usize,
) -> Result<Option<Next<'a>>, Fault> {
    let word = |path| flat::scalar(path, &reply.body);
    let next = match &owner.paging {
        Paging::Cursor { path, send } => word(path)?.map(|cursor| Next::With(send, cursor)),
        Paging::Next(path) => word(path)?.map(Next::Address),
        Paging::Number { page, first } if found > 0 => {
            let number = usize::try_from(*first).unwrap_or(1).saturating_add(before);
            Some(Next::With(page, number.saturating_add(1).to_string()))
        }
        Paging::Number { .. } | Paging::Whole => None,
    };
    if next.is_none() && reply.is_a_part {
        return Err(refused(A_PART));
    }
    Ok(next)
}

const A_PART: &str = "a part of an answer: its header `Link` or `Content-Range` says that more \
                      follows where the mapping sees no further page; mend its `paging`";
