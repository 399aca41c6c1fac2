//! Fields that several pages ask for: why the ledger is read, a person, a day.

use std::borrow::Cow;

use jiff::civil::Date;
use stile_exchange::audit::{PersonAsked, REASONS, Reason};
use stile_model::id::Code;

use super::part::choose;
use crate::component::{Content, DateInput, DatePart, Faults, Field, Group, Input, Select};
use crate::form::Fields;
use crate::words::Words;

/// Why the ledger is read, if one of the known reasons was chosen.
pub(crate) fn reason(fields: &Fields, words: &Words, faults: &mut Faults) -> Option<Reason> {
    let reason = known_reason(fields.text("reason"));
    if reason.is_none() {
        faults.add("reason", words.say("log-choose-reason"));
    }
    reason
}

/// A known reason for reading the ledger.
pub(crate) fn known_reason(code: &str) -> Option<Reason> {
    let reason = Reason::from(Code::new(code).ok()?);
    reason.check().is_ok().then_some(reason)
}

/// Where the reason is chosen.
pub(crate) fn reason_field(chosen: &str, words: &Words, faults: &Faults) -> Select {
    let field = Field::new("reason", words.say("log-reason"))
        .hint(words.say("log-reason-hint"))
        .error(faults.of("reason"));
    let all = REASONS.iter().map(|(code, meaning)| {
        let said = words.of_code("log-reason", code);
        (*code, said.map_or(Cow::Borrowed(*meaning), Cow::Owned))
    });
    choose(words, field, all, chosen)
}

/// A line of text.
pub(crate) fn line(
    name: &str,
    key: &str,
    fields: &Fields,
    words: &Words,
    faults: &Faults,
) -> Input {
    let field = Field::new(name, words.say(key)).error(faults.of(name));
    Input::new(field)
        .value(fields.text(name))
        .width(20)
        .spelling(false)
        .autocomplete("off")
}

/// A day in three parts.
pub(crate) fn day(
    name: &'static str,
    key: &str,
    fields: &Fields,
    words: &Words,
    faults: &Faults,
) -> DateInput {
    let part = |part: &str| {
        let typed = fields.text(&format!("{name}-{part}")).to_owned();
        DatePart::new(part, words.say(&format!("log-{part}")), typed)
    };
    let group = Group::new(name, words.say(key)).error(faults.of(name));
    DateInput::new(group, [part("day"), part("month"), part("year")])
}

/// The day that was typed in three parts; none where nothing was. A day that is none is a fault.
pub(crate) fn read_day(
    name: &str,
    fields: &Fields,
    words: &Words,
    faults: &mut Faults,
) -> Option<Date> {
    let part = |part: &str| fields.text(&format!("{name}-{part}"));
    let (day, month, year) = (part("day"), part("month"), part("year"));
    if day.is_empty() && month.is_empty() && year.is_empty() {
        return None;
    }
    let read = || Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok();
    let read = read().filter(|date| (1_000..=9_999).contains(&date.year()));
    if read.is_none() {
        faults.add(name, words.say("log-no-day"));
    }
    read
}

/// Where a person is named: by a number, or by name and date of birth.
pub(crate) fn person_fields(fields: &Fields, words: &Words, faults: &Faults) -> Content {
    Content::from(line("nhs_number", "log-nhs-number", fields, words, faults))
        .then(line("forenames", "log-forenames", fields, words, faults))
        .then(line("surname", "log-surname", fields, words, faults))
        .then(day("born", "log-born", fields, words, faults))
}

/// The person who was named; none where nothing was typed.
pub(crate) fn person(fields: &Fields, words: &Words, faults: &mut Faults) -> Option<PersonAsked> {
    let given = |name: &str| fields.given(name).map(Into::into);
    let asked = PersonAsked {
        nhs_number: given("nhs_number"),
        forenames: given("forenames"),
        surname: given("surname"),
        born: read_day("born", fields, words, faults),
    };
    let nobody = asked.nhs_number.is_none()
        && asked.forenames.is_none()
        && asked.surname.is_none()
        && asked.born.is_none();
    (!nobody).then_some(asked)
}

#[cfg(test)]
mod tests {
    use super::super::part::no_faults;
    use super::*;
    use crate::words::{Catalogue, Language};

    fn typed(all: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in all {
            fields.set(*name, *value);
        }
        fields
    }

    fn words() -> Words {
        Catalogue::built_in().unwrap().words(Language::English)
    }

    #[test]
    fn a_day_is_read_from_its_three_parts() {
        let words = words();
        let mut faults = no_faults(&words);
        let fields = typed(&[
            ("born-day", "3"),
            ("born-month", "2"),
            ("born-year", "2019"),
        ]);

        let read = read_day("born", &fields, &words, &mut faults);

        assert_eq!(read, Some(jiff::civil::date(2019, 2, 3)));
        assert!(faults.is_empty());
    }

    #[test]
    fn rejects_days_that_are_none_and_says_so_at_the_field() {
        for (day, month, year) in [
            ("31", "2", "2019"),
            ("", "2", "2019"),
            ("1", "1", "19"),
            ("x", "1", "2019"),
        ] {
            let words = words();
            let mut faults = no_faults(&words);
            let fields = typed(&[
                ("born-day", day),
                ("born-month", month),
                ("born-year", year),
            ]);

            assert_eq!(read_day("born", &fields, &words, &mut faults), None);
            assert!(faults.of("born").is_some(), "{day}/{month}/{year}");
        }
    }

    #[test]
    fn nobody_is_named_by_an_empty_form() {
        let words = words();
        let mut faults = no_faults(&words);

        assert!(person(&Fields::default(), &words, &mut faults).is_none());
        assert!(faults.is_empty());
    }

    #[test]
    fn only_known_reasons_count() {
        assert!(known_reason("audit").is_some());
        assert!(known_reason("curious").is_none() && known_reason("<b>").is_none());
    }
}
