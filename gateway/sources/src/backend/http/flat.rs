//! Answers as rows of the mapped tables.
//!
//! ```text
//! nothing there, null   nothing held
//! text, number, yes/no  as a text
//! several of them       joined by `; `
//! an object or a list   does not fit, and makes the category "not checked"
//! ```

use std::collections::{BTreeSet, HashMap, HashSet};

use rusqlite::params_from_iter;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::Fetched;
use crate::backend::Fault;
use crate::backend::memory::Memory;
use crate::backend::web::refused;
use crate::mapping::SourceMapping;
use crate::mapping::place::HttpPlace;
use crate::mapping::place::http::{Answer, At, Ground};
use crate::query::About;

/// Greatest whole number that a JSON number holds exactly once it was read as binary: 2 to the 53rd.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// What is made of answers.
pub(super) struct Flat {
    answers: Vec<Answer>,
    /// Of each table the columns whose values are told apart exactly: keys.
    exact: HashMap<String, Vec<String>>,
    /// The tables of people and of their other names.
    people: Vec<String>,
    /// Of each table the column that says whose a row is.
    whose: Vec<(String, String)>,
}

/// A value of a row.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Held {
    Nothing,
    Text(String),
    /// What no column can carry.
    Unfit,
}

impl ToSql for Held {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Nothing => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            // Whoever reads it finds that it does not fit.
            Self::Unfit => ValueRef::Blob(&[0]),
        }))
    }
}

impl Flat {
    pub(super) fn new(mapping: &SourceMapping, place: &HttpPlace) -> Self {
        let person = &mapping.person;
        let mut exact: HashMap<String, Vec<String>> = HashMap::new();
        let mut add = |table: &crate::mapping::TableName, column: &crate::mapping::ColumnName| {
            let columns = exact.entry(table.to_string()).or_default();
            columns.push(column.to_string());
        };
        add(&person.table, &person.key);
        if let Some(aliases) = &person.aliases {
            add(&aliases.table, &aliases.subject);
        }
        for category in &mapping.categories {
            add(&category.table, &category.key);
            add(&category.table, &category.subject);
        }
        let aliases = person.aliases.as_ref();
        let mut whose = vec![(&person.table, &person.key)];
        whose.extend(aliases.map(|names| (&names.table, &names.subject)));
        let people = whose.iter().map(|(table, _)| table.to_string()).collect();
        let categories = mapping.categories.iter();
        whose.extend(categories.map(|category| (&category.table, &category.subject)));
        let whose = whose.into_iter();
        Self {
            answers: place.answers.clone(),
            exact,
            people,
            whose: whose
                .map(|(table, column)| (table.to_string(), column.to_string()))
                .collect(),
        }
    }

    /// Every table, with the rows that the answers to a question give.
    ///
    /// # Errors
    ///
    /// When the list that the rows of a table asked about should be in is not there: it is another
    /// answer than was mapped.
    pub(super) fn tables(&self, fetched: &[Fetched], about: &About) -> Result<Memory, Fault> {
        let broken = |_| refused("memory");
        let memory = Memory::new().map_err(broken)?;
        {
            let writer = memory.writer();
            for answer in &self.answers {
                writer
                    .execute_batch(&self.created(answer))
                    .map_err(broken)?;
                let marks = vec!["?"; answer.columns.len()].join(", ");
                let insert = format!("INSERT INTO `{}` VALUES ({marks})", answer.table);
                let mut insert = writer.prepare(&insert).map_err(broken)?;
                let wanted = self.is_about(answer, about);
                // One person may be found by several searches; what differs is kept, since one of
                // the rows may say that the person is protected.
                let mut seen = HashSet::new();
                for one in fetched {
                    for row in rows(answer, one, wanted)? {
                        if wanted && !self.says_whose(answer, &row) {
                            return Err(refused("a row that does not say whose it is"));
                        }
                        if !seen.contains(&row) {
                            insert.execute(params_from_iter(&row)).map_err(broken)?;
                            seen.insert(row);
                        }
                    }
                }
            }
        }
        Ok(memory)
    }

    /// The keys of the people whose rows these answers hold.
    pub(super) fn people_in(&self, fetched: &[Fetched]) -> Result<BTreeSet<String>, Fault> {
        self.whose_in(self.people.first(), fetched)
    }

    /// The keys of the people whose other names these answers hold.
    pub(super) fn named_in(&self, fetched: &[Fetched]) -> Result<BTreeSet<String>, Fault> {
        self.whose_in(self.people.get(1), fetched)
    }

    fn whose_in(
        &self,
        table: Option<&String>,
        fetched: &[Fetched],
    ) -> Result<BTreeSet<String>, Fault> {
        let mut answers = self.answers.iter();
        let answer = answers.find(|answer| Some(&answer.table.to_string()) == table);
        let whose = self.whose.iter().find(|(of, _)| Some(of) == table);
        let (Some(answer), Some((_, column))) = (answer, whose) else {
            return Ok(BTreeSet::new());
        };
        let mut columns = answer.columns.iter();
        let place = columns.position(|(name, _)| name.as_str() == column);
        let mut keys = BTreeSet::new();
        for one in fetched {
            for row in rows(answer, one, true)? {
                if let Some(Held::Text(key)) = place.and_then(|place| row.get(place)) {
                    keys.insert(key.clone());
                }
            }
        }
        Ok(keys)
    }

    /// Are the rows of this table what a question is about, so that none of them must mean that
    /// nothing is held? Other tables may be missing in the same answers.
    fn is_about(&self, answer: &Answer, about: &About) -> bool {
        let name = answer.table.to_string();
        match about {
            About::Names(_) | About::People(_) | About::Search(_) => self.people.contains(&name),
            About::Records { table, .. } => *table == name,
            About::Anybody | About::Columns | About::Everybody | About::Number => false,
        }
    }

    /// A row of nobody would be left out without a word.
    fn says_whose(&self, answer: &Answer, row: &[Held]) -> bool {
        let table = answer.table.to_string();
        let names = answer.columns.iter().map(|(column, _)| column.as_str());
        names.zip(row).any(|(name, held)| {
            let is = |(of, column): &(String, String)| *of == table && column == name;
            matches!(held, Held::Text(text) if !text.is_empty()) && self.whose.iter().any(is)
        })
    }

    /// Keys are told apart exactly; all else as a server compares it, without regard to case.
    fn created(&self, answer: &Answer) -> String {
        let table = answer.table.to_string();
        let exact = self.exact.get(&table);
        let columns = answer.columns.iter().map(|(column, _)| {
            let name = column.as_str();
            if exact.is_some_and(|exact| exact.iter().any(|known| known == name)) {
                format!("`{name}`")
            } else {
                format!("`{name}` COLLATE NOCASE")
            }
        });
        let columns: Vec<_> = columns.collect();
        format!("CREATE TABLE `{table}` ({})", columns.join(", "))
    }
}

/// How many elements the list has that an answer's `rows` are in, whichever of them `rows` names: a
/// page of which it names none is not the last. Where it names no list, how many nodes it finds.
///
/// # Errors
///
/// When the list that they should be in is not there: it is another answer than was mapped.
pub(super) fn count(owner: &Answer, answer: &Value) -> Result<usize, Fault> {
    match &owner.ground {
        Some(ground @ Ground::List(_)) => {
            there(Some(ground), answer, "rows")?;
            Ok(ground.length(answer).unwrap_or_default())
        }
        Some(Ground::Node(_)) | None => Ok(owner.rows.query(answer).all().len()),
    }
}

/// Makes sure that what must be in `node`, if anything must, is there.
fn there(ground: Option<&Ground>, node: &Value, key: &str) -> Result<(), Fault> {
    match ground {
        Some(ground) if !ground.is_in(node) => {
            let what = match ground {
                Ground::List(_) => "list",
                Ground::Node(_) => "node",
            };
            let problem = format!("an answer without the {what} that `{key}` names");
            Err(refused(&problem))
        }
        Some(_) | None => Ok(()),
    }
}

/// The rows of one table that an answer gives; if they are `wanted`, what they are in must be there.
fn rows(table: &Answer, fetched: &Fetched, wanted: bool) -> Result<Vec<Vec<Held>>, Fault> {
    let own = match &table.from {
        None => table.table.to_string() == fetched.owner,
        Some(from) => from.to_string() == fetched.owner,
    };
    if !own {
        return Ok(Vec::new());
    }
    if wanted {
        there(table.ground.as_ref(), &fetched.answer, "rows")?;
    }
    let mut rows = Vec::new();
    for outer in table.rows.query(&fetched.answer).all() {
        if wanted {
            there(table.inner_ground.as_ref(), outer, "inner")?;
        }
        let inner = match &table.inner {
            None => vec![outer],
            Some(inner) => inner.query(outer).all(),
        };
        rows.extend(inner.into_iter().map(|row| {
            let columns = table.columns.iter();
            let values = columns.map(|(_, at)| match at {
                At::Asked => match &fetched.key {
                    Some(key) => Held::Text(key.clone()),
                    None => Held::Nothing,
                },
                At::Outer(path) => held(path, outer),
                At::Row(path) => held(path, row),
            });
            values.collect()
        }));
    }
    Ok(rows)
}

fn held(path: &JsonPath, node: &Value) -> Held {
    let mut texts = Vec::new();
    for value in path.query(node).all() {
        match value {
            Value::Null => {}
            Value::Bool(flag) => texts.push(flag.to_string()),
            Value::Number(number) => {
                let exact = number
                    .as_f64()
                    .is_none_or(|as_read| as_read.abs() < EXACT_MAX);
                if number.is_f64() && !exact {
                    return Held::Unfit;
                }
                texts.push(number.to_string());
            }
            Value::String(text) => texts.push(text.clone()),
            Value::Array(_) | Value::Object(_) => return Held::Unfit,
        }
    }
    if texts.is_empty() {
        return Held::Nothing;
    }
    Held::Text(texts.join("; "))
}

/// The one text or number at a path that says where an answer goes on; `None` where it does not.
///
/// # Errors
///
/// When something else is there, or several: that there is no further page, it does not say.
pub(super) fn scalar(path: &JsonPath, answer: &Value) -> Result<Option<String>, Fault> {
    let unfit = || refused("a next page that is no one text");
    match path.query(answer).all().as_slice() {
        [] | [Value::Null] => Ok(None),
        [Value::String(_) | Value::Number(_)] => match held(path, answer) {
            Held::Text(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Held::Nothing | Held::Unfit => Err(unfit()),
        },
        _ => Err(unfit()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(path: &str, node: &Value) -> Option<String> {
        match held(&JsonPath::parse(path).unwrap(), node) {
            Held::Text(text) => Some(text),
            Held::Nothing => None,
            Held::Unfit => panic!("{path} does not fit"),
        }
    }

    #[test]
    fn a_value_is_read_as_the_text_that_it_stands_for() {
        let node = json!({
            "name": "Mali", "age": 8, "weight": 1.5, "flag": true, "none": null, "blank": "",
            "lines": ["4 Elm Row", null, "Merton"], "big": 9_007_199_254_740_993_u64,
        });

        for (path, expected) in [
            ("$.name", Some("Mali")),
            ("$.age", Some("8")),
            ("$.weight", Some("1.5")),
            ("$.flag", Some("true")),
            ("$.none", None),
            ("$.gone", None),
            ("$.blank", Some("")),
            ("$.lines[*]", Some("4 Elm Row; Merton")),
            ("$.big", Some("9007199254740993")),
        ] {
            assert_eq!(at(path, &node).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_no_column_can_carry_does_not_fit() {
        let node: Value =
            serde_json::from_str(r#"{"o": {}, "l": [1], "huge": 12345678901234567890123}"#)
                .unwrap();

        for path in ["$.o", "$.l", "$.huge"] {
            let path = JsonPath::parse(path).unwrap();
            assert!(held(&path, &node) == Held::Unfit);
        }
    }

    #[test]
    fn one_text_or_number_says_where_an_answer_goes_on_and_nothing_that_it_ends() {
        let next = |node: Value| scalar(&JsonPath::parse("$.n[*]").unwrap(), &json!({ "n": node }));

        for (node, expected) in [
            (json!([]), None),
            (json!([null]), None),
            (json!([" "]), None),
            (json!(["a"]), Some("a")),
            (json!([7]), Some("7")),
        ] {
            assert_eq!(next(node).unwrap().as_deref(), expected);
        }
        for unfit in [
            json!([{ "href": "/more" }]),
            json!([["/more"]]),
            json!([true]),
            json!([1e300]),
            json!(["/more", "/other"]),
        ] {
            assert!(matches!(next(unfit), Err(Fault::Refused(_))));
        }
    }
}
