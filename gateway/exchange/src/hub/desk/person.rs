//! What a list shows of somebody: the name they go by, and how old they are.

use stile_model::redact::Redacted;
use stile_model::subject::{Born, NameKind, Subject};
use stile_model::time::{Date, age_on, months_between};

/// How old somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Whole months, under two years.
    Months(u32),
    /// Not born yet; expected on this day.
    Unborn(Date),
    /// Whole years, two and more.
    Years(u32),
    /// About this many years: the date is not known exactly.
    YearsAbout(u32),
}

/// The name that a person goes by, forenames first; none where none is known.
pub fn display_name(subject: &Subject) -> Option<Redacted<String>> {
    let of = |kind| subject.names.iter().find(move |name| name.kind == kind);
    let name = of(NameKind::Current).or_else(|| subject.names.first())?;
    let whole = format!("{} {}", name.forenames.reveal(), name.surname.reveal());
    let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    (!whole.is_empty()).then(|| Redacted::new(whole))
}

/// How old somebody is on a day, as well as it is known.
pub fn age(subject: &Subject, on: Date) -> Option<Age> {
    let about = |year: i16| {
        let years = i32::from(on.year()) - i32::from(year);
        Some(Age::YearsAbout(u32::try_from(years).unwrap_or(0)))
    };
    match subject.born? {
        Born::Approximate { date, .. } => Some(Age::YearsAbout(age_on(date, on))),
        Born::Exact(born) => match months_between(born, on) {
            months @ ..24 => Some(Age::Months(months)),
            _ => Some(Age::Years(age_on(born, on))),
        },
        Born::Expected(day) => Some(Age::Unborn(day)),
        Born::Month { year, .. } | Born::Year(year) => about(year),
    }
}
