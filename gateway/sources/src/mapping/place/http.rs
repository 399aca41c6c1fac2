//! A server of JSON over HTTP, asked person by person.
//!
//! ```text
//! base = "https://api.council.example/v1"   # http only to this machine
//! roots = "roots.pem"                       # who may vouch for its certificate; with https
//! header_file = "housing.header"            # one line: `Authorization: Bearer …`, `X-Api-Key: …`
//! [source.<name>.answer.<table>]
//! rows = "$.tenants[*]"                     # JSONPath (RFC 9535): one node a row
//! inner = "$.former_names[*]"               # within each of them, where that is the row
//! columns = { id = "$.id", tenant = "{key}" }    # within the row; `{key}` is the key asked for
//! outer = { tenant = "$.id" }               # within what `inner` is in
//! paging = { next = "$.links.next" }        # or { page = "page", first = 1 }, { cursor = "$.c", send = "c" }
//! person = { get = "/tenants/{key}" }       # one person's rows
//! search = [{ post = "/tenants/search", json = { surname = "{surname}", born = "{born}" } }]
//! anybody = { get = "/tenants?limit=1" }    # for `stile source check`
//! from = "tenant"                           # instead of the three: it is in the answers of that table
//! ```

mod ground;
mod request;

use std::path::PathBuf;

use serde_json_path::JsonPath;
use stile_model::id::Code;

use super::super::file::table::{Keys, Reader};
use crate::name::{ColumnName, TableName};

pub use self::ground::Ground;
use self::request::Wanted;
pub use self::request::{Body, Piece, Request, Slot, Template};

/// A server of JSON over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpPlace {
    /// What every path is below, without a slash at the end.
    pub base: String,
    /// PEM file of the roots that may vouch for its certificate; `None` with `http`.
    pub roots: Option<PathBuf>,
    /// File of the header that shows who asks.
    pub header_file: Option<PathBuf>,
    /// Its tables, in the order of their names.
    pub answers: Vec<Answer>,
}

/// One table, and how its rows are found in answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The name by which the mapping uses it.
    pub table: TableName,
    /// The table in whose answers it is; `None` where it has requests of its own.
    pub from: Option<TableName>,
    /// Each row, or what the rows are in.
    pub rows: JsonPath,
    /// What must be there even when there is no row, where `rows` says so.
    pub ground: Option<Ground>,
    /// Each row within a node of `rows`.
    pub inner: Option<JsonPath>,
    /// What must be in each node of `rows`, where `inner` says so.
    pub inner_ground: Option<Ground>,
    /// The columns and where their values are.
    pub columns: Vec<(ColumnName, At)>,
    /// Where an answer goes on.
    pub paging: Paging,
    /// Asks for one person's rows.
    pub person: Option<Request>,
    /// Each asks for people who may be somebody.
    pub search: Vec<Request>,
    /// Asks for a few people, whoever they are.
    pub anybody: Option<Request>,
}

/// Where the value of a column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// It is the key that was asked for.
    Asked,
    /// In what the row is in.
    Outer(JsonPath),
    /// In the row.
    Row(JsonPath),
}

/// Where an answer goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// A word in the answer is sent back as a parameter.
    Cursor {
        /// Where the word is.
        path: JsonPath,
        /// The parameter's name.
        send: String,
    },
    /// The address of the next page is in the answer.
    Next(JsonPath),
    /// A parameter counts pages; the last is one whose list is empty.
    Number {
        /// The parameter's name.
        page: String,
        /// The first page's number, 0 or 1.
        first: u32,
    },
    /// An answer is whole.
    Whole,
}

impl HttpPlace {
    /// Every table with its columns, in order.
    pub(crate) fn tables(&self) -> Vec<(String, Vec<String>)> {
        let columns = |answer: &Answer| {
            let columns = answer.columns.iter();
            columns.map(|(column, _)| column.to_string()).collect()
        };
        let answers = self.answers.iter();
        answers
            .map(|answer| (answer.table.to_string(), columns(answer)))
            .collect()
    }

    /// The table whose requests bring `table`.
    pub(crate) fn owner(&self, table: &str) -> Option<&Answer> {
        let find = |name: &str| self.answers.iter().find(|a| a.table.to_string() == name);
        let answer = find(table)?;
        match &answer.from {
            Some(from) => find(&from.to_string()).filter(|owner| owner.from.is_none()),
            None => Some(answer),
        }
    }

    /// What is wrong with it for a mapping whose people are in `person` with this key, and whose
    /// records are in `categories`.
    pub(crate) fn problem(
        &self,
        person: &TableName,
        key: &ColumnName,
        mut categories: impl Iterator<Item = TableName>,
    ) -> Option<String> {
        let table = person.to_string();
        let answer = self.answers.iter().find(|a| a.table.to_string() == table)?;
        if answer.columns.contains(&(key.clone(), At::Asked)) {
            return Some(format!(
                "`{key}` of `answer.{person}` cannot be `{{key}}`: who is searched for has none yet"
            ));
        }
        let owner = self.owner(&table)?;
        if owner.search.is_empty() {
            return Some(format!(
                "nobody can be found: `answer.{}` needs `search`, one request or more",
                owner.table
            ));
        }
        categories.find_map(|table| self.unproven(&table))
    }

    /// Why an answer without a row of `table` would not say that nothing is held.
    fn unproven(&self, table: &TableName) -> Option<String> {
        let answer = self.answers.iter().find(|answer| answer.table == *table)?;
        let key = if answer.ground.is_none() {
            "rows"
        } else if answer.inner.is_some() && answer.inner_ground.is_none() {
            "inner"
        } else {
            return None;
        };
        Some(format!(
            "`{key}` of `answer.{table}` must name one place such as `$.a.b` or the elements of one \
             list such as `$.a.b[*]`, so that an answer without them is not taken for one that \
             nothing is held; lists within a list are `inner`"
        ))
    }
}

pub(super) fn place(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<HttpPlace> {
    let server = super::fhir::server(reader, keys);
    let header_file = keys
        .position("header_file")
        .and_then(|_| super::path(reader, keys, "header_file"));
    let schemes = schemes(keys);
    let tables = keys.table(reader, "answer", true)?;
    if tables.entries.is_empty() {
        let problem = "the source has no table; add a table `[source.<name>.answer.<table>]`";
        reader.report(tables.at, problem);
    }
    let names: Vec<_> = tables.names().collect();
    let answers: Vec<_> = names
        .into_iter()
        .filter_map(|(name, at)| {
            let keys = tables.table(reader, name, true)?;
            answer(reader, (name, at), &keys, &schemes)
        })
        .collect();
    for answer in &answers {
        owned(reader, &tables, answer, &answers);
    }
    let (base, roots) = server?;
    Some(HttpPlace {
        base,
        roots,
        header_file,
        answers,
    })
}

/// The schemes of identifiers that the mapping of people names, which a search may send.
fn schemes(keys: &Keys<'_>) -> Vec<Code> {
    let entries = keys.quiet_table("person");
    let identifiers = entries.and_then(|person| person.quiet_table("identifiers"));
    let names = identifiers.map(|keys| keys.names().collect::<Vec<_>>());
    let names = names.into_iter().flatten();
    names.filter_map(|(name, _)| Code::new(name).ok()).collect()
}

/// Notes a `from` that leads to no table with requests of its own.
fn owned(reader: &mut Reader<'_>, tables: &Keys<'_>, answer: &Answer, all: &[Answer]) {
    let Some(from) = &answer.from else {
        return;
    };
    if !all.iter().any(|a| a.table == *from && a.from.is_none()) {
        let at = tables.position(&answer.table.to_string());
        let problem = format!("`from` must name a table with a `person` of its own, not `{from}`");
        reader.report(at.unwrap_or(tables.at), &problem);
    }
}

const ANSWER: &[&str] = &[
    "anybody", "columns", "from", "inner", "outer", "paging", "person", "rows", "search",
];

fn answer(
    reader: &mut Reader<'_>,
    (name, at): (&str, usize),
    keys: &Keys<'_>,
    schemes: &[Code],
) -> Option<Answer> {
    keys.only(reader, ANSWER);
    let table = TableName::new(name).filter(|_| !name.contains('.'));
    if table.is_none() {
        reader.report(
            at,
            "a table's name must be one word of letters, digits and _, not starting with a digit, \
             of at most 63",
        );
    }
    let from = keys
        .position("from")
        .and_then(|_| keys.table_name(reader, "from"));
    let rows_text = keys.text(reader, "rows", true);
    let rows = rows_text.and_then(|text| json_path(reader, keys, "rows", text));
    let inner_text = keys.text(reader, "inner", false);
    let inner = inner_text.and_then(|text| json_path(reader, keys, "inner", text));
    let columns = columns(reader, keys, inner.is_some());
    let asks = ["anybody", "person", "search"];
    let asked = asks.iter().any(|key| keys.position(key).is_some());
    if asked == keys.position("from").is_some() {
        let problem = "a table has either `person` (and `search`, `anybody`), or `from`";
        reader.report(at, problem);
    }
    let person = request::one(reader, keys, "person", Wanted::Person);
    if asked && keys.position("person").is_none() {
        reader.report(at, "a table with requests of its own needs `person`");
    }
    let ground = rows_text.and_then(Ground::of);
    let paging = paging(reader, keys);
    if rows.is_some() && ends_unseen(&paging, ground.as_ref()) {
        let problem = "with `paging = { page = … }`, `rows` must name the elements of one list such \
                       as `$.a.b[*]`: the last page is the one whose list is empty";
        reader.report(at, problem);
    }
    Some(Answer {
        table: table?,
        from,
        ground,
        rows: rows?,
        inner,
        inner_ground: inner_text.and_then(Ground::of),
        columns,
        paging,
        person,
        search: request::several(reader, keys, "search", Wanted::Search(schemes)),
        anybody: request::one(reader, keys, "anybody", Wanted::Anybody),
    })
}

/// Are pages counted where nothing tells which is the last?
const fn ends_unseen(paging: &Paging, ground: Option<&Ground>) -> bool {
    matches!(paging, Paging::Number { .. }) && !matches!(ground, Some(Ground::List(_)))
}

fn json_path(reader: &mut Reader<'_>, keys: &Keys<'_>, key: &str, text: &str) -> Option<JsonPath> {
    let path = JsonPath::parse(text);
    if let Err(error) = &path {
        let at = keys.position(key).unwrap_or(keys.at);
        let problem =
            format!("`{key}` must be a JSONPath (RFC 9535) such as `$.name.family`: {error}");
        reader.report(at, &problem);
    }
    path.ok()
}

fn columns(reader: &mut Reader<'_>, keys: &Keys<'_>, nested: bool) -> Vec<(ColumnName, At)> {
    let mut all = Vec::new();
    for (key, outer) in [("columns", false), ("outer", true)] {
        let Some(table) = keys.table(reader, key, !outer) else {
            continue;
        };
        if outer && !nested {
            reader.report(table.at, "`outer` is of use only with `inner`");
        }
        for (column, text) in super::csv::columns(reader, &table) {
            let at = if text == "{key}" {
                Some(At::Asked)
            } else {
                let path = json_path(reader, &table, column.as_str(), &text);
                path.map(|path| {
                    if outer {
                        At::Outer(path)
                    } else {
                        At::Row(path)
                    }
                })
            };
            let same = |(known, _): &(ColumnName, At)| {
                known.as_str().eq_ignore_ascii_case(column.as_str())
            };
            if all.iter().any(same) {
                reader.report(
                    table.at,
                    &format!("`{column}` is in `columns` and in `outer`"),
                );
            } else if let Some(at) = at {
                all.push((column, at));
            }
        }
    }
    all
}

fn paging(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Paging {
    let Some(keys) = keys.table(reader, "paging", false) else {
        return Paging::Whole;
    };
    keys.only(reader, &["cursor", "first", "next", "page", "send"]);
    let ways = ["cursor", "next", "page"];
    let ways = ways.iter().filter(|way| keys.position(way).is_some());
    if ways.count() != 1 {
        reader.report(keys.at, "`paging` has one of `next`, `page` and `cursor`");
        return Paging::Whole;
    }
    let of = |reader: &mut Reader<'_>, key: &str| {
        let text = keys.text(reader, key, false)?;
        json_path(reader, &keys, key, text)
    };
    if let Some(next) = of(reader, "next") {
        return Paging::Next(next);
    }
    if let Some(page) = keys.text(reader, "page", false) {
        let first = keys.number(reader, "first", 0, 1).unwrap_or(1);
        let page = page.to_owned();
        return Paging::Number { page, first };
    }
    let send = keys.text(reader, "send", keys.position("cursor").is_some());
    match (of(reader, "cursor"), send) {
        (Some(path), Some(send)) => {
            let send = send.to_owned();
            Paging::Cursor { path, send }
        }
        // What is missing has been reported.
        _ => Paging::Whole,
    }
}
