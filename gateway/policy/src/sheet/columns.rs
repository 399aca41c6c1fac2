//! The columns of the table and the keys of the file they stand for.

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A day.
    Day,
    /// A sentence, kept as it is.
    Free,
    /// A whole number.
    Number,
    /// One word.
    Word,
    /// Words separated by commas.
    Words,
    /// Yes or no.
    YesNo,
}

/// Where a column's value stands in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// Beside the other keys.
    Rule,
    /// Among its conditions.
    When,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub name: &'static str,
    pub holds: Holds,
    pub within: Within,
}

const fn rule(name: &'static str, holds: Holds) -> Column {
    Column {
        name,
        holds,
        within: Within::Rule,
    }
}

const fn when(name: &'static str, holds: Holds) -> Column {
    Column {
        name,
        holds,
        within: Within::When,
    }
}

/// The column of the verb.
pub(super) const VERB: &str = "verb";
/// The column of what the verb speaks of.
pub(super) const FIELDS: &str = "fields";

/// Every column, in the order of the table.
pub(super) const COLUMNS: &[Column] = &[
    rule("id", Holds::Word),
    rule(VERB, Holds::Word),
    rule(FIELDS, Holds::Word),
    rule("of", Holds::Words),
    rule("as", Holds::Word),
    rule("approver", Holds::Words),
    rule("any_of", Holds::YesNo),
    rule("approval_hours", Holds::Number),
    when("purpose", Holds::Words),
    when("priority", Holds::Words),
    when("consent", Holds::Words),
    when("subject", Holds::Words),
    when("age", Holds::Words),
    when("within", Holds::Word),
    when("requester", Holds::Words),
    when("hub", Holds::Words),
    when("agency", Holds::Words),
    rule("code", Holds::Word),
    rule("why", Holds::Free),
    rule("clause", Holds::Words),
    rule("owner", Holds::Free),
    rule("until", Holds::Day),
];

/// Keys of the file, which stand above the header, and what they hold.
pub(super) const HEAD: &[(&str, Holds)] = &[
    ("agency", Holds::Word),
    ("vocabulary", Holds::Word),
    ("until", Holds::Day),
    ("approval_hours", Holds::Number),
    ("sealed_contact", Holds::Word),
    ("closed", Holds::Words),
];

/// A column's letter as spreadsheets show it: 0 is `A`, 26 is `AA`.
pub(super) fn letter(column: usize) -> String {
    let mut text = String::new();
    let mut left = column + 1;
    while left > 0 {
        let digit = (left - 1) % 26;
        text.insert(0, char::from(b'A' + u8::try_from(digit).unwrap_or(0)));
        left = (left - 1) / 26;
    }
    text
}
