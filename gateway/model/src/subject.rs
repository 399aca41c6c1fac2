//! The people an enquiry is about, and the people an agency holds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::{Nature, Rung};
use crate::id::{Code, SubjectId};
use crate::redact::Redacted;
use crate::time::Date;

/// Which of a person's names this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// Also known as.
    Alias,
    /// In use now.
    Current,
    /// Used before marriage, adoption or deed poll.
    Former,
}

/// One name of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Forenames, separated by spaces; may be empty.
    pub forenames: Redacted<String>,
    /// Family name; may be empty.
    pub surname: Redacted<String>,
    /// Which name.
    pub kind: NameKind,
}

/// When a person was born, as well as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Born {
    /// About this date, give or take whole years.
    Approximate {
        /// Best guess.
        date: Date,
        /// Years either way, 1 to 20.
        years: u8,
    },
    /// On this date.
    Exact(Date),
    /// Expected date of delivery of an unborn child.
    Expected(Date),
    /// In this month.
    Month {
        /// Calendar year.
        year: i16,
        /// 1 to 12.
        month: i8,
    },
    /// In this year.
    Year(i16),
}

/// Recorded sex; weighs in matching and never excludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Recorded as female.
    Female,
    /// Recorded as male.
    Male,
}

/// A place where a person lives or lived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// House, street and town as one line; may be empty.
    pub line: Redacted<String>,
    /// UK postcode as written; may be empty.
    pub postcode: Redacted<String>,
}

/// A number some authority gave to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// `nhs_number`, `upn` or a partnership's own scheme.
    pub scheme: Code,
    /// The number as written.
    pub value: Redacted<String>,
}

/// A person in a case, as the hub knows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Place in the case: `s1`.
    pub id: SubjectId,
    /// Role from the vocabulary; a victim is never conflated with a person posing risk.
    pub role: Code,
    /// One to ten names.
    pub names: Vec<Name>,
    /// Date of birth, as well as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<Born>,
    /// Recorded sex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Up to ten addresses, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Up to ten telephone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Redacted<String>>,
    /// Up to ten identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
}

/// One person row of an agency's own system, held in memory for one enquiry and then dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonRow {
    /// Name of the source it came from (a mapping's key, no personal data).
    pub source: String,
    /// The source's own key.
    pub key: Redacted<String>,
    /// Forenames as held.
    pub forenames: Redacted<String>,
    /// Surname as held.
    pub surname: Redacted<String>,
    /// Other names as held: whole names, `forenames|surname`.
    pub aliases: Vec<Redacted<String>>,
    /// Date of birth, if held and readable.
    pub born: Option<Date>,
    /// Recorded sex as held (`F`, `female`, …), if any.
    pub sex: Option<Redacted<String>>,
    /// Address line as held.
    pub address: Redacted<String>,
    /// Postcode as held.
    pub postcode: Redacted<String>,
    /// Telephone as held.
    pub phone: Redacted<String>,
    /// School or nursery as held.
    pub school: Redacted<String>,
    /// Identifiers as held: scheme and value.
    pub identifiers: Vec<(Code, Redacted<String>)>,
    /// Household key of the source, if the mapping names one.
    pub household: Option<Redacted<String>>,
    /// The source says this person's address, phone and school must not be shown (safe address, S-flag).
    pub protected: bool,
    /// The source says this person must not be shown to exist (witness protection, adoption).
    pub sealed: bool,
}

/// Pairs of people of one home, of whom something is known, and of these those in whom it is equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PairCount {
    /// Pairs of whom both values are known.
    pub known: u64,
    /// Pairs of whom both values are equal.
    pub same: u64,
}

/// How people of one surname and one home agree: counts of ordered pairs, with nobody in them.
///
/// A home is the household's key or, without one, the postcode, or without that the address: a
/// neighbour of the same surname now and then does less harm than a family that is not seen because
/// its address is written in two ways. Homes of more than [`KinCounts::HOME_MAX`] people of one
/// surname are no homes and are left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KinCounts {
    /// People whose surname and home are recorded; 0 when homes cannot be told.
    pub people: u64,
    /// Pairs of one surname and home.
    pub pairs: u64,
    /// The first word of the forenames.
    pub forenames: PairCount,
    /// The date of birth.
    pub born: PairCount,
    /// The recorded sex.
    pub sexes: PairCount,
    /// Pairs equal in forename and date of birth: one person twice.
    pub twice: u64,
}

impl KinCounts {
    /// Most people of one surname in one home.
    pub const HOME_MAX: u64 = 12;
}

/// Counts of distinct values in an agency's own person table; never leaves memory.
#[derive(Debug, Clone, Default)]
pub struct PersonCounts {
    /// People held.
    pub people: u64,
    /// Distinct surnames as held, with counts.
    pub surnames: Vec<(Redacted<String>, u64)>,
    /// Distinct forenames as held, with counts.
    pub forenames: Vec<(Redacted<String>, u64)>,
    /// Distinct dates of birth, with counts.
    pub born: Vec<(Date, u64)>,
    /// Distinct postcodes as held, with counts.
    pub postcodes: Vec<(Redacted<String>, u64)>,
    /// How people of one home agree.
    pub kin: KinCounts,
}

/// What to fetch from a source to find one person: equality only, so that an index serves it.
///
/// A row qualifies when an identifier or the phone is equal, or two of (surname, forename, date of
/// birth, postcode) are in the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CandidateQuery {
    /// Identifiers: scheme and every spelling to try.
    pub identifiers: Vec<(Code, Vec<Redacted<String>>)>,
    /// Surnames exactly as the source holds them.
    pub surnames: Vec<Redacted<String>>,
    /// Forenames exactly as the source holds them.
    pub forenames: Vec<Redacted<String>>,
    /// Dates of birth.
    pub born: Vec<Date>,
    /// The date of birth is known in part only: `born` has those dates, of all that systems with
    /// counted people hold, which fit. None of them fits whom another system holds.
    pub born_in_part: bool,
    /// Postcodes exactly as the source holds them.
    pub postcodes: Vec<Redacted<String>>,
    /// Telephone numbers, every spelling to try.
    pub phones: Vec<Redacted<String>>,
    /// How many of the first of each list are the person's own.
    pub own: Own,
    /// What is known of the person. The lists do not tell: a surname may be tried as a forename, where
    /// the word is held as one, so that a list that is not empty would say that somebody has it.
    pub known: Known,
}

impl CandidateQuery {
    /// Those of `surnames` that are the person's own.
    pub fn own_surnames(&self) -> &[Redacted<String>] {
        first(&self.surnames, self.own.surnames)
    }

    /// Those of `forenames` that are the person's own.
    pub fn own_forenames(&self) -> &[Redacted<String>] {
        first(&self.forenames, self.own.forenames)
    }

    /// Those of `born` that are the person's own.
    pub fn own_born(&self) -> &[Date] {
        first(&self.born, self.own.born)
    }
}

fn first<T>(list: &[T], count: usize) -> &[T] {
    list.get(..count).unwrap_or(list)
}

/// How many of the first values of a list are the person's own, in whatever spelling: whoever has
/// these goes before anybody whose name or date is only near.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Own {
    /// Dates of birth: one where it is known to the day.
    pub born: usize,
    /// Forenames.
    pub forenames: usize,
    /// Surnames.
    pub surnames: usize,
}

/// Which ordinary details of somebody who is looked for are known, whoever is held.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent facts, any of which may hold with any other"
)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// A date of birth, be it in part.
    pub born: bool,
    /// A forename.
    pub forename: bool,
    /// A postcode.
    pub postcode: bool,
    /// A surname.
    pub surname: bool,
}

/// A value read from a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A civil date; instants are turned into dates by the driver's documented rule.
    Date(Date),
    /// Yes or no.
    Flag(bool),
    /// Nothing held.
    Null,
    /// A number, as exact decimal text.
    Number(Redacted<String>),
    /// Text.
    Text(Redacted<String>),
}

/// Where a record comes from and how far it can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The agency's name for the system: `Niche`.
    pub system: String,
    /// Kind of author: `police_officer`, `social_worker`.
    pub author: Code,
    /// Fact, opinion or allegation.
    pub nature: Nature,
    /// Whether and how it was checked: `verified`, `unverified`, `self_reported`.
    pub verification: Code,
}

/// One record read from a source for one ruled category; only ruled columns are in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The source's own record key.
    pub key: Redacted<String>,
    /// Date of the event, of what is true now that of its end, if the mapping names its column and it was
    /// readable.
    pub event: Option<Date>,
    /// Date it was recorded, if mapped.
    pub recorded: Option<Date>,
    /// Grading of intelligence as held (`1A`, handling `P`), if mapped.
    pub grading: Option<String>,
    /// The source says this record must not be shown to exist.
    pub sealed: bool,
    /// Field name (last word) and value.
    pub values: Vec<(String, Value)>,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// One field as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Last word of the field's name.
    pub field: String,
    /// The rung at which it is shown.
    pub rung: Rung,
    /// The minimised value.
    pub value: Redacted<String>,
    /// The rule that released it.
    pub rule: crate::id::RuleId,
}
