//! The statement that finds candidates: indexed equality arms, each capped.
//!
//! ```text
//! rank 0  own born, own surname and own forename   rank 4  born + surname or forename
//! rank 1  identifier equal                         rank 5  born + postcode, postcode + surname
//! rank 2  phone equal                              rank 6  postcode + forename
//! rank 3  own born + own surname or own forename   rank 7  surname + forename
//! ```
//!
//! *Own* is what is known of the person in whatever spelling. There may be hundreds of near names and
//! dates, so that arms with these are full of strangers where millions are held; whoever has the very
//! name and date is found by an arm of their own.

use stile_model::redact::Redacted;
use stile_model::subject::CandidateQuery;

use super::writer::{Writer, dates, revealed};
use super::{About, Statement, person_columns};
use crate::mapping::{AliasMapping, ColumnName, PersonMapping};
use crate::name::Dialect;

/// One column of a candidate arm: its values and where they are looked for.
struct Part<'a> {
    column: Option<&'a ColumnName>,
    values: Vec<String>,
}

impl Part<'_> {
    fn mapped(&self) -> Option<(&ColumnName, &[String])> {
        let column = self.column.filter(|_| !self.values.is_empty())?;
        Some((column, &self.values))
    }

    /// The same values in another column.
    fn of<'b>(&self, column: Option<&'b ColumnName>) -> Part<'b> {
        Part {
            column,
            values: self.values.clone(),
        }
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

/// Finds candidates, one more than `most` if there are more; `None` when nothing asked for is mapped.
pub(crate) fn candidates(
    person: &PersonMapping,
    query: &CandidateQuery,
    dialect: Dialect,
    most: u32,
) -> Option<Statement> {
    let limit = most.saturating_add(1);
    let (writer, ranked) = ranked(person, query, dialect, limit)?;
    let columns = person_columns(person, "p", dialect);
    let key = person.key.quoted(dialect);
    let table = person.table.quoted(dialect);
    let sql = format!(
        "SELECT {columns} FROM ({ranked} ORDER BY MIN(u.r), u.k {first}) c \
         JOIN {table} p ON p.{key} = c.k ORDER BY c.r, c.k {first}",
        first = dialect.first(limit, true)
    );
    let about = About::Search(Box::new(query.clone()));
    Some(writer.finish(sql).about(about))
}

/// The keys of candidates, each with the best of its ranks; `None` when nothing asked for is mapped.
fn ranked(
    person: &PersonMapping,
    query: &CandidateQuery,
    dialect: Dialect,
    limit: u32,
) -> Option<(Writer, String)> {
    let mut arms = Arms {
        writer: Writer::new(dialect),
        person,
        limit,
        sql: Vec::new(),
    };
    arms.own(query);
    arms.identities(query);
    arms.pairs(query);
    let union = arms.sql.join(" UNION ALL ");
    let sql = format!("SELECT u.k, MIN(u.r) AS r FROM ({union}) u GROUP BY u.k");
    (!arms.sql.is_empty()).then_some((arms.writer, sql))
}

/// Whoever a server's own searches for `query` brought, one more than `most` if there are more; `None`
/// when nothing asked for is mapped.
///
/// Nobody is left out for a name: a server finds somebody by one of several given names, by a former
/// name or without an accent, which no equality would, and matching judges them by all that is held.
/// Equalities only say who comes first, and of the others those come first who have the date of birth.
pub(crate) fn found(
    person: &PersonMapping,
    query: &CandidateQuery,
    dialect: Dialect,
    most: u32,
) -> Option<Statement> {
    let (mut writer, ranked) = ranked(person, query, dialect, most.saturating_add(1))?;
    let born = dates(&query.born, person.date_format, dialect);
    let born = person
        .dob
        .as_ref()
        .filter(|_| !born.is_empty())
        .map_or_else(
            || NOT_BORN_THEN.to_owned(),
            |column| writer.any("p", column, &born),
        );
    let key = person.key.quoted(dialect);
    let sql = format!(
        "SELECT {} FROM {} p LEFT JOIN ({ranked}) c ON c.k = p.{key} \
         ORDER BY CASE WHEN c.r <= {OWN_RANKS} THEN c.r WHEN {born} THEN {OWN_RANKS} + 1 \
         ELSE COALESCE(c.r, {NO_RANK}) + 2 END, p.{key} {}",
        person_columns(person, "p", dialect),
        person.table.quoted(dialect),
        dialect.first(most.saturating_add(1), true)
    );
    let about = About::Search(Box::new(query.clone()));
    Some(writer.finish(sql).about(about))
}

/// The last of the ranks that only somebody's own details give.
const OWN_RANKS: u8 = 3;

/// After every rank: somebody who fits by no equality.
const NO_RANK: u8 = 8;

/// A condition that is never true.
const NOT_BORN_THEN: &str = "1 = 0";

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

    fn with_aliases(&self, aliases: &AliasMapping) -> String {
        let dialect = self.writer.dialect;
        format!(
            "{} n JOIN {} p ON p.{} = n.{}",
            aliases.table.quoted(dialect),
            self.person.table.quoted(dialect),
            self.person.key.quoted(dialect),
            aliases.subject.quoted(dialect)
        )
    }

    /// The very date with the very name, or with either part of it; other names count as names.
    fn own(&mut self, query: &CandidateQuery) {
        let (person, dialect) = (self.person, self.writer.dialect);
        let texts = |values: &[Redacted<String>]| {
            let mut texts = revealed(values, dialect);
            texts.truncate(dialect.own_max());
            texts
        };
        let surname = Part {
            column: Some(&person.surname),
            values: texts(query.own_surnames()),
        };
        let forename = Part {
            column: person.forename.as_ref(),
            values: texts(query.own_forenames()),
        };
        let born = Part {
            column: person.dob.as_ref(),
            values: dates(query.own_born(), person.date_format, dialect),
        };
        let from = self.from();
        self.all(0, &from, &[("p", &born), ("p", &surname), ("p", &forename)]);
        self.all(3, &from, &[("p", &born), ("p", &surname)]);
        self.all(3, &from, &[("p", &born), ("p", &forename)]);
        let Some(aliases) = &person.aliases else {
            return;
        };
        let from = self.with_aliases(aliases);
        let other_surname = surname.of(Some(&aliases.surname));
        let other_forename = forename.of(aliases.forename.as_ref());
        for given in [("n", &other_forename), ("p", &forename)] {
            self.all(0, &from, &[("p", &born), ("n", &other_surname), given]);
        }
        self.all(3, &from, &[("p", &born), ("n", &other_surname)]);
        self.all(3, &from, &[("p", &born), ("n", &other_forename)]);
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
            (4, &born, &surname),
            (4, &born, &forename),
            (5, &born, &postcode),
            (5, &postcode, &surname),
            (6, &postcode, &forename),
            (7, &surname, &forename),
        ] {
            self.all(rank, &from, &[("p", first), ("p", second)]);
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
        let from = self.with_aliases(aliases);
        let other_surname = surname.of(Some(&aliases.surname));
        let other_forename = forename.of(aliases.forename.as_ref());
        for (rank, first, second) in [
            (4, ("p", born), ("n", &other_surname)),
            (4, ("p", born), ("n", &other_forename)),
            (5, ("p", postcode), ("n", &other_surname)),
            (6, ("p", postcode), ("n", &other_forename)),
            (7, ("n", &other_surname), ("n", &other_forename)),
            (7, ("n", &other_surname), ("p", forename)),
        ] {
            self.all(rank, &from, &[first, second]);
        }
    }

    /// Whoever fits in each of `parts`; nobody where one of them is not mapped, or not asked by.
    fn all(&mut self, rank: u8, from: &str, parts: &[(&str, &Part<'_>)]) {
        let mapped: Option<Vec<_>> = parts
            .iter()
            .map(|(alias, part)| Some((*alias, part.mapped()?)))
            .collect();
        let Some(mapped) = mapped else {
            return;
        };
        let conditions: Vec<_> = mapped
            .into_iter()
            .map(|(alias, (column, values))| self.writer.any(alias, column, values))
            .collect();
        self.push(rank, from, &conditions.join(" AND "));
    }
}
