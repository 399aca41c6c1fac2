//! The statements that enquiries would run, as they would run, with what the database says of each.
//!
//! Values of an enquiry are always parameters; stand-ins take their place here, so that nobody is
//! asked about.

use stile_model::id::CategoryId;
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, Known, Own};
use stile_model::time::Date;

use crate::error::SourceError;
use crate::limits::{ALIASES_MAX, HOUSEHOLD_MAX};
use crate::mapping::TableName;
use crate::query::{self, Param, Statement};
use crate::source::Source;

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStatement {
    /// What it is for.
    pub step: PlannedStep,
    /// Each line that would be sent: SQL, or the requests of a server that is asked over HTTP.
    pub sent: Vec<String>,
    /// The stand-ins for the parameters, in their order; a list as its values with commas.
    pub parameters: Vec<String>,
    /// How the database would do it, line by line; `None` where it does not say, or not to this
    /// account.
    pub explained: Option<Vec<String>>,
}

/// What a statement is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedStep {
    /// Finds people who may be the one asked about.
    Find,
    /// Reads everyone of one household.
    Household,
    /// Reads the other names of those found.
    OtherNames,
    /// Reads one person again by key.
    Person,
    /// Reads one person's records of a category.
    Records(CategoryId),
}

/// Plans everything; see [`Source::plan`].
pub(crate) async fn plan(
    source: &Source,
    wanted: &[(CategoryId, Vec<String>)],
    not_before: Option<Date>,
) -> Result<Vec<PlannedStatement>, SourceError> {
    let mapping = source.mapping();
    let (person, dialect) = (&mapping.person, source.dialect());
    let people = &person.table;
    let mut planned = Vec::new();
    let find = query::candidates(
        person,
        &stand_in(source),
        dialect,
        source.limits().candidates,
    );
    let household = query::household(person, STAND_IN, dialect, HOUSEHOLD_MAX);
    let steps = [
        (PlannedStep::Find, find),
        (PlannedStep::Household, household),
        (
            PlannedStep::Person,
            Some(query::person(person, STAND_IN, dialect)),
        ),
    ];
    for (step, statement) in steps {
        if let Some(statement) = statement {
            planned.push(one(source, step, people, statement).await?);
        }
    }
    if let Some(aliases) = &person.aliases {
        let keys = [STAND_IN.to_owned()];
        let statement = query::aliases(aliases, &keys, dialect, ALIASES_MAX);
        planned.push(one(source, PlannedStep::OtherNames, &aliases.table, statement).await?);
    }
    for (category, fields) in wanted {
        if let Some(mapped) = mapping.category(category) {
            let key = Redacted::from(STAND_IN);
            let statement = crate::records::statement(source, mapped, &key, fields, not_before);
            let step = PlannedStep::Records(category.clone());
            planned.push(one(source, step, &mapped.table, statement).await?);
        }
    }
    Ok(planned)
}

/// Digits are a value of every type that a key can have.
const STAND_IN: &str = "1";

/// A question that gives everything that is mapped to be looked for.
fn stand_in(source: &Source) -> CandidateQuery {
    let text = |text: &str| vec![Redacted::from(text)];
    let identifiers = source.mapping().person.identifiers.iter();
    CandidateQuery {
        surnames: text("surname"),
        forenames: text("forename"),
        born: vec![jiff::civil::date(2000, 1, 1)],
        born_in_part: false,
        postcodes: text("postcode"),
        phones: text(STAND_IN),
        identifiers: identifiers
            .map(|(scheme, _)| (scheme.clone(), text(STAND_IN)))
            .collect(),
        own: Own {
            born: 1,
            forenames: 1,
            surnames: 1,
        },
        known: Known {
            born: true,
            forename: true,
            postcode: true,
            surname: true,
        },
    }
}

async fn one(
    source: &Source,
    step: PlannedStep,
    table: &TableName,
    statement: Statement,
) -> Result<PlannedStatement, SourceError> {
    let sent = source.sent(&statement, table)?;
    let explained = source.explained(&statement, table).await?;
    // What is sent over HTTP has its values in it.
    let parameters = if sent.first() == Some(&statement.sql) {
        statement.params.iter().map(shown).collect()
    } else {
        Vec::new()
    };
    Ok(PlannedStatement {
        step,
        sent,
        parameters,
        explained,
    })
}

fn shown(param: &Param) -> String {
    match param {
        Param::List(values) => values.join(", "),
        Param::Text(value) => value.clone(),
    }
}
