//! What a check found, and which of it stops a source.

use stile_model::id::CategoryId;

/// What a check found. Holds no value of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// The source.
    pub name: String,
    /// The agency's name for the system.
    pub system: String,
    /// People held.
    pub people: u64,
    /// Each category with the number of records in its table; `None` where it could not be counted.
    pub categories: Vec<(CategoryId, Option<u64>)>,
    /// One person was read through every query of this source; false when there is none or a
    /// query failed.
    pub round_trip: bool,
    /// Categories of which that person has no record, so that nothing was read of any.
    pub without_row: Vec<CategoryId>,
    /// What to mend, most important first.
    pub findings: Vec<CheckFinding>,
}

impl CheckReport {
    /// Can the source be used as it is? Missing indexes slow it down, and a few odd dates keep single
    /// records back; neither stops it.
    pub fn usable(&self) -> bool {
        !self.findings.iter().any(|finding| finding.fault.stops())
    }
}

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckFinding {
    /// What kind of fault.
    pub fault: CheckFault,
    /// The table.
    pub table: String,
    /// The column, or `*`.
    pub column: String,
    /// The category, where the fault is in its dates; `None` of people, and of every other fault.
    pub category: Option<CategoryId>,
}

/// What can be wrong with a mapped column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckFault {
    /// The table or column is missing, or this account may not read it.
    Missing,
    /// The category or field is no longer in the vocabulary, or of another kind there.
    NotInVocabulary,
    /// The column's type cannot hold the field's kind.
    WrongType,
    /// A value was read that does not fit, or a query failed on real data.
    Unreadable,
    /// The server gives records to a key that nobody has, so that everybody would have them.
    NotByKey,
    /// The category tells of events and no `date` is mapped: every record of it is withheld.
    NoDate,
    /// More of a column's values are no dates as mapped than slips would be.
    UnreadableDate,
    /// A few of a column's values are no dates as mapped.
    OddDate,
    /// The day on which something ended is held in every row looked at, so that it may be another day.
    NeverEmpty,
    /// The day of a record is read, but the field that shows it is not mapped.
    DateNotShown,
    /// No index serves the query by this column.
    NotIndexed,
    /// The account may not see how the view is read; grant it `SHOW VIEW` to have indexes checked.
    PlanHidden,
}

impl CheckFault {
    /// The stable code, for pages and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotInVocabulary => "not_in_vocabulary",
            Self::WrongType => "wrong_type",
            Self::Unreadable => "unreadable",
            Self::NotByKey => "not_by_key",
            Self::NoDate => "no_date",
            Self::UnreadableDate => "unreadable_date",
            Self::OddDate => "odd_date",
            Self::NeverEmpty => "never_empty",
            Self::DateNotShown => "date_not_shown",
            Self::NotIndexed => "not_indexed",
            Self::PlanHidden => "plan_hidden",
        }
    }

    const fn stops(self) -> bool {
        match self {
            Self::Missing
            | Self::NotInVocabulary
            | Self::WrongType
            | Self::Unreadable
            | Self::NotByKey
            | Self::NoDate
            | Self::UnreadableDate => true,
            Self::OddDate
            | Self::NeverEmpty
            | Self::DateNotShown
            | Self::NotIndexed
            | Self::PlanHidden => false,
        }
    }
}
