//! What some rows of each mapped column look like, in counts alone: never a value, and nothing from
//! which one could be told.

use stile_model::code::FieldKind;
use stile_model::subject::Value;

use crate::error::SourceError;
use crate::mapping::{CategoryMapping, ColumnName, Dated, PersonMapping, TableName};
use crate::query::{self, Slot};
use crate::source::Source;
use crate::value::{Cell, DateFormat};

/// Rows of each table that are looked at.
const ROWS: u32 = 200;

/// What a sample found in one mapped column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSample {
    /// What the column is mapped to: `person.surname`, `police.arrest.date`.
    pub meaning: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// Rows looked at.
    pub rows: usize,
    /// Of them, those that hold nothing.
    pub empty: usize,
    /// Of the others, those that what the column is mapped to cannot be read from.
    pub unfit: usize,
    /// How many of the others look like what, commonest first.
    pub looks: Vec<(Look, usize)>,
    /// The longest, in bytes, raised to the next ten.
    pub longest: usize,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// A date, or a text that a [`DateFormat`] reads.
    Date,
    /// Digits, perhaps with a point or a sign.
    Number,
    /// A yes or a no, by one of the words for it.
    Flag,
    /// Letters and digits without a space.
    Code,
    /// Words.
    Words,
    /// Binary, or another type that no field can carry.
    Other,
}

impl Look {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::Code => "code",
            Self::Words => "words",
            Self::Other => "other",
        }
    }

    fn of(cell: &Cell) -> Self {
        match cell {
            Cell::Date(_) => Self::Date,
            Cell::Flag(_) => Self::Flag,
            Cell::Number(_) => Self::Number,
            Cell::Text(text) => Self::of_text(text.trim()),
            // Held, but longer than may be read; nothing to look at in a null.
            Cell::TooLong => Self::Words,
            Cell::Null | Cell::Unreadable => Self::Other,
        }
    }

    fn of_text(text: &str) -> Self {
        let is_date = |format: &DateFormat| format.read(text).is_some();
        if DateFormat::ALL.iter().any(is_date) {
            Self::Date
        } else if crate::value::is_decimal(text) {
            Self::Number
        } else if Cell::Text(text.to_owned()).flag().is_ok() {
            Self::Flag
        } else if text.contains(char::is_whitespace) {
            Self::Words
        } else {
            Self::Code
        }
    }
}

/// What a mapped column must be read as.
#[derive(Clone, Copy)]
enum As {
    Born(Option<DateFormat>),
    Exact,
    Field(FieldKind, Option<DateFormat>),
    /// Anything but yes or no counts as yes.
    Protection,
}

struct Mapped<'a> {
    meaning: String,
    column: &'a ColumnName,
    read: As,
}

/// Samples everything; see [`Source::sample`].
pub(crate) async fn sample(source: &Source) -> Result<Vec<ColumnSample>, SourceError> {
    let mapping = source.mapping();
    let person = &mapping.person;
    let mut all = table(source, &person.table, of_person(person)).await?;
    if let Some(aliases) = &person.aliases {
        let columns = query::alias_columns(aliases).into_iter();
        let named = columns.zip(["subject", "surname", "forename"]);
        let mapped = named.map(|(column, what)| Mapped {
            meaning: format!("person.aliases.{what}"),
            column,
            read: As::Exact,
        });
        all.extend(table(source, &aliases.table, mapped.collect()).await?);
    }
    for category in &mapping.categories {
        all.extend(table(source, &category.table, of_category(category)).await?);
    }
    Ok(all)
}

/// What a sample finds in these columns of one table, each of which must be read as a date.
pub(crate) async fn dates(
    source: &Source,
    of: &TableName,
    columns: &[&ColumnName],
    format: Option<DateFormat>,
) -> Result<Vec<ColumnSample>, SourceError> {
    let person = &source.mapping().person;
    let is_born = |column: &ColumnName| person.table == *of && person.dob.as_ref() == Some(column);
    let columns = columns.iter().copied();
    let mapped = columns.map(|column| Mapped {
        meaning: column.to_string(),
        column,
        read: if is_born(column) {
            As::Born(format)
        } else {
            As::Field(FieldKind::Date, format)
        },
    });
    table(source, of, mapped.collect()).await
}

fn of_person(person: &PersonMapping) -> Vec<Mapped<'_>> {
    let text = As::Field(FieldKind::Text, None);
    let slots = query::person_slots(person).into_iter();
    slots
        .map(|(slot, column)| {
            let (what, read) = match slot {
                Slot::Address => ("address", text),
                Slot::Dob => ("dob", As::Born(person.date_format)),
                Slot::Forename => ("forename", text),
                Slot::Household => ("household", As::Exact),
                Slot::Identifier(place) => {
                    let scheme = person.identifiers.get(place);
                    (scheme.map_or("", |(scheme, _)| scheme.as_str()), text)
                }
                Slot::Key => ("key", As::Exact),
                Slot::Phone => ("phone", text),
                Slot::Postcode => ("postcode", text),
                Slot::Protected => ("protected", As::Protection),
                Slot::School => ("school", text),
                Slot::Sealed => ("sealed", As::Protection),
                Slot::Sex => ("sex", text),
                Slot::Surname => ("surname", text),
            };
            let within = if matches!(slot, Slot::Identifier(_)) {
                "person.identifiers"
            } else {
                "person"
            };
            Mapped {
                meaning: format!("{within}.{what}"),
                column,
                read,
            }
        })
        .collect()
}

fn of_category(category: &CategoryMapping) -> Vec<Mapped<'_>> {
    let date = As::Field(FieldKind::Date, category.date_format);
    let day = match category.dated {
        Dated::AtEnd => "ended",
        Dated::AtEvent => "date",
    };
    let fixed = [
        ("key", Some(&category.key), As::Exact),
        ("subject", Some(&category.subject), As::Exact),
        (day, category.date.as_ref(), date),
        ("recorded", category.recorded.as_ref(), date),
        ("sealed", category.sealed.as_ref(), As::Protection),
        ("grading", category.grading.as_ref(), As::Exact),
    ];
    let id = &category.category;
    let fixed = fixed.into_iter().filter_map(|(what, column, read)| {
        let meaning = format!("{id}: {what}");
        Some(Mapped {
            meaning,
            column: column?,
            read,
        })
    });
    let fields = category.fields.iter().map(|field| Mapped {
        meaning: format!("{id}.{}", field.field),
        column: &field.column,
        read: As::Field(field.kind, category.date_format),
    });
    fixed.chain(fields).collect()
}

async fn table(
    source: &Source,
    table: &TableName,
    mapped: Vec<Mapped<'_>>,
) -> Result<Vec<ColumnSample>, SourceError> {
    let columns: Vec<_> = mapped.iter().map(|one| one.column).collect();
    let statement = query::some(table, &columns, source.dialect(), ROWS);
    let rows = source.whole(&statement, table, &columns).await?;
    let mut samples: Vec<_> = mapped.iter().map(|one| begun(one, table)).collect();
    for row in rows {
        for ((sample, one), cell) in samples.iter_mut().zip(&mapped).zip(row) {
            sample.take(cell, one.read);
        }
    }
    for sample in &mut samples {
        sample
            .looks
            .sort_by_key(|(look, count)| (usize::MAX - count, *look));
    }
    Ok(samples)
}

fn begun(mapped: &Mapped<'_>, table: &TableName) -> ColumnSample {
    ColumnSample {
        meaning: mapped.meaning.clone(),
        table: table.to_string(),
        column: mapped.column.to_string(),
        rows: 0,
        empty: 0,
        unfit: 0,
        looks: Vec::new(),
        longest: 0,
    }
}

impl ColumnSample {
    fn take(&mut self, cell: Cell, read: As) {
        self.rows += 1;
        let blank = matches!(&cell, Cell::Text(text) if text.trim().is_empty());
        if blank || cell == Cell::Null {
            self.empty += 1;
            return;
        }
        let look = Look::of(&cell);
        match self.looks.iter_mut().find(|(known, _)| *known == look) {
            Some((_, count)) => *count += 1,
            None => self.looks.push((look, 1)),
        }
        if let Cell::Text(text) | Cell::Number(text) = &cell {
            self.longest = self.longest.max(text.len().div_ceil(10) * 10);
        }
        self.unfit += usize::from(!fits(cell, read));
    }
}

fn fits(cell: Cell, read: As) -> bool {
    match read {
        As::Born(format) => cell.born(format).is_ok_and(|date| date.is_some()),
        As::Exact => cell.exact().is_ok(),
        As::Field(kind, format) => cell
            .value(kind, format)
            .is_ok_and(|value| value != Value::Null),
        As::Protection => cell.flag().is_ok(),
    }
}
