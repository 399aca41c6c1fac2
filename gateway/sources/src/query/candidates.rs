//! The statement that finds candidates: indexed equality arms, each capped.

use stile_model::redact::Redacted;
use stile_model::subject::CandidateQuery;

use super::writer::{Writer, dates, revealed};
use super::{About, Statement, person_columns};
use crate::mapping::{AliasMapping, ColumnName, PersonMapping};
use crate::name::Dialect;

/// One column of a candidate pair: its values and where they are looked for.
struct Part<'a> {
    column: Option<&'a ColumnName>,
    values: Vec<String>,
}

impl Part<'_> {
    fn mapped(&self) -> Option<(&ColumnName, &[String])> {
        let column = self.column.filter(|_| !self.values.is_empty())?;
        Some((column, &self.values))
    }
}

/// Could `query` find anybody at all where this much is mapped?
///
/// By what is known of the person and never by the lists, which hang on who is held: else a question
/// by one name would tell whether anybody, sealed or not, is held under it. Where dates are `counted`,
/// that none of them fits one that is known in part is an answer, too.
pub(crate) fn can_find(person: &PersonMapping, query: &CandidateQuery, counted: bool) -> bool {
    let said = |values: &[Redacted<String>]| !revealed(values, Dialect::Sqlite).is_empty();
    let is_mapped = |scheme| person.identifiers.iter().any(|(known, _)| known == scheme);
    let mut numbers = query.identifiers.iter();
    if numbers.any(|(scheme, values)| is_mapped(scheme) && said(values))
        || (person.phone.is_some() && said(&query.phones))
    {
        return true;
    }
    let aliases = person.aliases.as_ref();
    let forename = person.forename.is_some() || aliases.is_some_and(|a| a.forename.is_some());
    let known = query.known;
    let born = known.born && (counted || !query.born_in_part);
    let details = [
        known.surname,
        forename && known.forename,
        person.dob.is_some() && born,
        person.postcode.is_some() && known.postcode,
    ];
    details.iter().filter(|known| **known).count() > 1
}

/// Finds candidates; `None` when nothing asked for is mapped.
pub(crate) fn candidates(
    person: &PersonMapping,
    query: &CandidateQuery,
    dialect: Dialect,
    limit: u32,
) -> Option<Statement> {
    let mut arms = Arms {
        writer: Writer::new(dialect),
        person,
        limit,
        sql: Vec::new(),
    };
    arms.identities(query);
    arms.pairs(query);
    if arms.sql.is_empty() {
        return None;
    }
    let union = arms.sql.join(" UNION ALL ");
    let columns = person_columns(person, "p", dialect);
    let key = person.key.quoted(dialect);
    let table = person.table.quoted(dialect);
    let sql = format!(
        "SELECT {columns} FROM (SELECT u.k, MIN(u.r) AS r FROM ({union}) u \
         GROUP BY u.k ORDER BY MIN(u.r), u.k {first}) c \
         JOIN {table} p ON p.{key} = c.k ORDER BY c.r, c.k {first}",
        first = dialect.first(limit, true)
    );
    let about = About::Search(Box::new(query.clone()));
    Some(arms.writer.finish(sql).about(about))
}

/// The keys of those of whom a detail of their own fits, so that another name beside it may make them
/// fit; `None` when nothing asked for is mapped.
pub(crate) fn fitting_in_part(
    person: &PersonMapping,
    query: &CandidateQuery,
    dialect: Dialect,
) -> Option<Statement> {
    let mut writer = Writer::new(dialect);
    let details = [
        (
            person.dob.as_ref(),
            dates(&query.born, person.date_format, dialect),
        ),
        (
            person.postcode.as_ref(),
            revealed(&query.postcodes, dialect),
        ),
        (
            person.forename.as_ref(),
            revealed(&query.forenames, dialect),
        ),
    ];
    let conditions: Vec<_> = details
        .iter()
        .filter_map(|(column, values)| {
            let column = column.filter(|_| !values.is_empty())?;
            Some(writer.any("p", column, values))
        })
        .collect();
    let key = person.key.quoted(dialect);
    let sql = format!(
        "SELECT p.{key} FROM {} p WHERE {}",
        person.table.quoted(dialect),
        conditions.join(" OR ")
    );
    (!conditions.is_empty()).then(|| writer.finish(sql))
}

struct Arms<'a> {
    writer: Writer,
    person: &'a PersonMapping,
    limit: u32,
    sql: Vec<String>,
}

impl Arms<'_> {
    fn push(&mut self, rank: u8, from: &str, condition: &str) {
        let key = self.person.key.quoted(self.writer.dialect);
        self.sql.push(format!(
            "SELECT * FROM (SELECT p.{key} AS k, {rank} AS r FROM {from} WHERE {condition} \
             {}) a{}",
            self.writer.dialect.first(self.limit, false),
            self.sql.len()
        ));
    }

    fn from(&self) -> String {
        format!("{} p", self.person.table.quoted(self.writer.dialect))
    }

    /// An equal identifier or telephone number is enough.
    fn identities(&mut self, query: &CandidateQuery) {
        let from = self.from();
        let person = self.person;
        for (scheme, values) in &query.identifiers {
            let mapped = person.identifiers.iter().find(|(known, _)| known == scheme);
            let values = revealed(values, self.writer.dialect);
            if let Some((_, column)) = mapped.filter(|_| !values.is_empty()) {
                let condition = self.writer.any("p", column, &values);
                self.push(1, &from, &condition);
            }
        }
        let phones = revealed(&query.phones, self.writer.dialect);
        if let Some(column) = person.phone.as_ref().filter(|_| !phones.is_empty()) {
            let condition = self.writer.any("p", column, &phones);
            self.push(2, &from, &condition);
        }
    }

    /// Two of surname, forename, date of birth and postcode; rarer pairs rank higher.
    fn pairs(&mut self, query: &CandidateQuery) {
        let person = self.person;
        let dialect = self.writer.dialect;
        let surname = Part {
            column: Some(&person.surname),
            values: revealed(&query.surnames, self.writer.dialect),
        };
        let forename = Part {
            column: person.forename.as_ref(),
            values: revealed(&query.forenames, self.writer.dialect),
        };
        let born = Part {
            column: person.dob.as_ref(),
            values: dates(&query.born, person.date_format, dialect),
        };
        let postcode = Part {
            column: person.postcode.as_ref(),
            values: revealed(&query.postcodes, self.writer.dialect),
        };
        let from = self.from();
        for (rank, first, second) in [
            (3, &born, &surname),
            (3, &born, &forename),
            (4, &born, &postcode),
            (4, &postcode, &surname),
            (5, &postcode, &forename),
            (6, &surname, &forename),
        ] {
            self.pair(rank, &from, ("p", first), ("p", second));
        }
        if let Some(aliases) = &person.aliases {
            self.alias_pairs(aliases, &surname, &forename, &born, &postcode);
        }
    }

    /// The same pairs with a surname or forename from the table of other names.
    fn alias_pairs(
        &mut self,
        aliases: &AliasMapping,
        surname: &Part<'_>,
        forename: &Part<'_>,
        born: &Part<'_>,
        postcode: &Part<'_>,
    ) {
        let dialect = self.writer.dialect;
        let from = format!(
            "{} n JOIN {} p ON p.{} = n.{}",
            aliases.table.quoted(dialect),
            self.person.table.quoted(dialect),
            self.person.key.quoted(dialect),
            aliases.subject.quoted(dialect)
        );
        let other_surname = Part {
            column: Some(&aliases.surname),
            values: surname.values.clone(),
        };
        let other_forename = Part {
            column: aliases.forename.as_ref(),
            values: forename.values.clone(),
        };
        self.pair(3, &from, ("p", born), ("n", &other_surname));
        self.pair(3, &from, ("p", born), ("n", &other_forename));
        self.pair(4, &from, ("p", postcode), ("n", &other_surname));
        self.pair(5, &from, ("p", postcode), ("n", &other_forename));
        self.pair(6, &from, ("n", &other_surname), ("n", &other_forename));
        self.pair(6, &from, ("n", &other_surname), ("p", forename));
    }

    fn pair(&mut self, rank: u8, from: &str, first: (&str, &Part<'_>), second: (&str, &Part<'_>)) {
        let (Some((a, firsts)), Some((b, seconds))) = (first.1.mapped(), second.1.mapped()) else {
            return;
        };
        let left = self.writer.any(first.0, a, firsts);
        let right = self.writer.any(second.0, b, seconds);
        self.push(rank, from, &format!("{left} AND {right}"));
    }
}
