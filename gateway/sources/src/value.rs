//! Values as the drivers read them, and as the rest of the gateway sees them.
//!
//! The conversions are drawn in the crate's documentation.

use stile_model::code::FieldKind;
use stile_model::redact::Redacted;
use stile_model::subject::Value;
use stile_model::time::Date;

/// How dates are written in text columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFormat {
    /// `09-05-2018`.
    DayMonthYearDashes,
    /// `09/05/2018`.
    DayMonthYearSlashes,
    /// `2018-05-09`, with or without a time after it.
    Iso,
    /// `20180509`, as text or as a whole number.
    YearMonthDay,
}

impl DateFormat {
    /// Every format, in the order of [`DateFormat::as_str`].
    pub const ALL: [Self; 4] = [
        Self::DayMonthYearDashes,
        Self::DayMonthYearSlashes,
        Self::Iso,
        Self::YearMonthDay,
    ];

    /// The word as written in a mapping.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DayMonthYearDashes => "dd-mm-yyyy",
            Self::DayMonthYearSlashes => "dd/mm/yyyy",
            Self::Iso => "iso",
            Self::YearMonthDay => "yyyymmdd",
        }
    }

    /// Reads a date; `None` when `text` is written otherwise.
    pub(crate) fn read(self, text: &str) -> Option<Date> {
        let text = text.trim();
        match self {
            Self::DayMonthYearDashes => day_month_year(text, '-'),
            Self::DayMonthYearSlashes => day_month_year(text, '/'),
            Self::Iso => iso(text),
            Self::YearMonthDay => year_month_day(text),
        }
    }

    /// The ways in which `date` may be written in this format, likeliest first.
    pub(crate) fn spellings(self, date: Date) -> Vec<String> {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let separated = |mark: char| {
            let mut all = Vec::new();
            for (day, month) in [
                (format!("{day:02}"), format!("{month:02}")),
                (day.to_string(), month.to_string()),
                (day.to_string(), format!("{month:02}")),
                (format!("{day:02}"), month.to_string()),
            ] {
                let text = format!("{day}{mark}{month}{mark}{year:04}");
                if !all.contains(&text) {
                    all.push(text);
                }
            }
            all
        };
        match self {
            Self::DayMonthYearDashes => separated('-'),
            Self::DayMonthYearSlashes => separated('/'),
            Self::Iso => {
                let times = MIDNIGHTS.iter();
                times.map(|time| format!("{date}{time}")).collect()
            }
            Self::YearMonthDay => vec![format!("{year:04}{month:02}{day:02}")],
        }
    }
}

/// How systems write the time that a date has not, after the date: by SQL, by ISO 8601, as SQL Server and
/// as programs export it; the last is midnight of British summer.
const MIDNIGHTS: [&str; 12] = [
    "",
    " 00:00:00",
    "T00:00:00",
    " 00:00:00.000",
    "T00:00:00Z",
    "T00:00:00.000Z",
    "T00:00:00+00:00",
    "T00:00:00.000",
    " 00:00:00.0000000",
    " 00:00:00.000000",
    "T00:00:00.000+00:00",
    "T00:00:00+01:00",
];

/// Is this, which follows a date, the midnight at which that date begins, in UTC, British summer or
/// nowhere in particular?
fn is_midnight(rest: &str) -> bool {
    let Some(time) = rest.strip_prefix([' ', 'T', 't']) else {
        return rest.is_empty();
    };
    let mut zones = ["Z", "z", "+00:00", "+01:00", "+0000", "+0100", "+00", "+01"].into_iter();
    let local = zones.find_map(|zone| time.strip_suffix(zone));
    let local = local.unwrap_or(time).trim_end();
    let (clock, part) = local.split_once('.').unwrap_or((local, "0"));
    let is_nothing = !part.is_empty() && part.bytes().all(|digit| digit == b'0');
    matches!(clock, "00:00" | "00:00:00") && is_nothing
}

fn digits(text: &str, longest: usize) -> Option<i16> {
    let fits = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    (year > 0).then(|| Date::new(year, month, day).ok())?
}

fn day_month_year(text: &str, mark: char) -> Option<Date> {
    let mut parts = text.split(mark);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    // A two-digit year names two centuries; it is not guessed.
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    civil(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)
}

fn iso(text: &str) -> Option<Date> {
    let date = text.get(..10)?;
    let rest = text.get(10..)?;
    if !rest.is_empty() && !rest.starts_with([' ', 'T', 't']) {
        return None;
    }
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    civil(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)
}

fn year_month_day(text: &str) -> Option<Date> {
    if text.len() != 8 {
        return None;
    }
    civil(
        digits(text.get(..4)?, 4)?,
        digits(text.get(4..6)?, 2)?,
        digits(text.get(6..)?, 2)?,
    )
}

/// One value as a driver read it.
#[derive(Clone, PartialEq)]
pub(crate) enum Cell {
    Date(Date),
    Flag(bool),
    Null,
    /// Exact decimal text.
    Number(String),
    Text(String),
    /// Longer than the limit; the value itself was dropped.
    TooLong,
    /// Binary, invalid UTF-8, an impossible date, or a type no mapping can carry.
    Unreadable,
}

/// The value does not fit; it is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    Bad,
    TooLong,
}

impl Cell {
    /// The text exactly as held, for keys; `None` when there is none.
    pub(crate) fn exact(self) -> Result<Option<String>, Misfit> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) | Self::Number(text) => Ok(Some(text)),
            Self::Date(date) => Ok(Some(date.to_string())),
            Self::Flag(flag) => Ok(Some(if flag { "yes" } else { "no" }.to_owned())),
            Self::TooLong => Err(Misfit::TooLong),
            Self::Unreadable => Err(Misfit::Bad),
        }
    }

    /// The text without control characters.
    pub(crate) fn text(self) -> Result<Option<String>, Misfit> {
        Ok(self.exact()?.map(|text| cleaned(&text)))
    }

    /// The date; an empty text is no date.
    pub(crate) fn date(self, format: Option<DateFormat>) -> Result<Option<Date>, Misfit> {
        let format = format.unwrap_or(DateFormat::Iso);
        match self {
            Self::Null => Ok(None),
            Self::Date(date) => Ok(Some(date)),
            Self::Text(text) if text.trim().is_empty() => Ok(None),
            Self::Text(text) => format.read(&text).map(Some).ok_or(Misfit::Bad),
            Self::Number(number) if format == DateFormat::YearMonthDay => {
                format.read(&number).map(Some).ok_or(Misfit::Bad)
            }
            Self::TooLong => Err(Misfit::TooLong),
            Self::Flag(_) | Self::Number(_) | Self::Unreadable => Err(Misfit::Bad),
        }
    }

    /// The date of birth; of a text with a time after it only where that is midnight.
    ///
    /// Any other instant may be of another day where it was written: the evening of the 14th in UTC is the
    /// 15th of a British summer.
    pub(crate) fn born(self, format: Option<DateFormat>) -> Result<Option<Date>, Misfit> {
        let (Self::Text(written), None | Some(DateFormat::Iso)) = (&self, format) else {
            return self.date(format);
        };
        let written = written.trim();
        let day_long = "2018-05-09".len();
        let has_another_time = written
            .get(day_long..)
            .is_some_and(|rest| !is_midnight(rest));
        match self.date(format)? {
            Some(_) if has_another_time => Err(Misfit::Bad),
            date => Ok(date),
        }
    }

    /// The flag; an empty text is none.
    pub(crate) fn flag(self) -> Result<Option<bool>, Misfit> {
        match self {
            Self::Null => Ok(None),
            Self::Flag(flag) => Ok(Some(flag)),
            Self::Number(text) | Self::Text(text) => {
                match text.trim().to_ascii_lowercase().as_str() {
                    "" => Ok(None),
                    "1" | "t" | "true" | "y" | "yes" => Ok(Some(true)),
                    "0" | "f" | "false" | "n" | "no" => Ok(Some(false)),
                    _ => Err(Misfit::Bad),
                }
            }
            Self::TooLong => Err(Misfit::TooLong),
            Self::Date(_) | Self::Unreadable => Err(Misfit::Bad),
        }
    }

    /// A protective flag: whatever is neither nothing nor a clear no protects.
    pub(crate) fn protects(self) -> bool {
        self.flag().map_or(true, |flag| flag == Some(true))
    }

    /// The value of a field of `kind`.
    pub(crate) fn value(
        self,
        kind: FieldKind,
        format: Option<DateFormat>,
    ) -> Result<Value, Misfit> {
        match kind {
            FieldKind::Date => Ok(self.date(format)?.map_or(Value::Null, Value::Date)),
            FieldKind::Flag => Ok(self.flag()?.map_or(Value::Null, Value::Flag)),
            FieldKind::Number => self.number(),
            FieldKind::Code | FieldKind::Location | FieldKind::Person | FieldKind::Text => {
                let text = self.text()?;
                Ok(text.map_or(Value::Null, |text| Value::Text(Redacted::new(text))))
            }
        }
    }

    fn number(self) -> Result<Value, Misfit> {
        match self {
            Self::Null => Ok(Value::Null),
            Self::Text(text) if text.trim().is_empty() => Ok(Value::Null),
            Self::Number(text) | Self::Text(text) if is_decimal(text.trim()) => {
                Ok(Value::Number(Redacted::new(text.trim().to_owned())))
            }
            Self::TooLong => Err(Misfit::TooLong),
            Self::Date(_) | Self::Flag(_) | Self::Number(_) | Self::Text(_) | Self::Unreadable => {
                Err(Misfit::Bad)
            }
        }
    }

    /// Text read by a driver, if it is not longer than `max_bytes`.
    pub(crate) fn bounded(text: &[u8], max_bytes: usize) -> Self {
        if text.len() > max_bytes {
            return Self::TooLong;
        }
        std::str::from_utf8(text).map_or(Self::Unreadable, |text| Self::Text(text.to_owned()))
    }
}

/// Exact decimal: a sign, digits, and at most one point between digits.
pub(crate) fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction)
}

/// Removes what is not seen but changes what is read: control characters other than the line feed
/// (a tab becomes a space), bidirectional overrides, and invisible characters that would hide a word
/// from a search. The joiners that South Asian scripts need are kept.
pub(crate) fn cleaned(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .filter(|c| {
            let hidden = matches!(
                c,
                '\u{ad}'
                    | '\u{200b}'
                    | '\u{200e}'
                    | '\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'..='\u{2069}'
                    | '\u{feff}'
            );
            *c == '\n' || !(c.is_control() || hidden)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_dates_in_the_declared_format_only() {
        let day = date(2018, 5, 9);

        assert_eq!(DateFormat::DayMonthYearSlashes.read("9/5/2018"), Some(day));
        assert_eq!(DateFormat::DayMonthYearDashes.read("09-05-2018"), Some(day));
        assert_eq!(DateFormat::Iso.read("2018-05-09 23:59:59+01"), Some(day));
        assert_eq!(DateFormat::YearMonthDay.read("20180509"), Some(day));
        for text in [
            "9/5/18",
            "05/29/2018",
            "2018-05-09",
            "31/02/2018",
            "9/5/2018/1",
            "9/+5/2018",
        ] {
            assert_eq!(DateFormat::DayMonthYearSlashes.read(text), None, "{text}");
        }
        for text in [
            "2018-5-9",
            "20180509",
            "2018-05-091",
            "0000-00-00",
            "2018-05-é9",
        ] {
            assert_eq!(DateFormat::Iso.read(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_of_birth_is_read_alone_or_with_midnight_and_with_no_other_time() {
        let day = Some(date(2018, 5, 9));
        let (iso, slashes) = (None, Some(DateFormat::DayMonthYearSlashes));
        let born = |text: &str, format| Cell::Text(text.to_owned()).born(format);

        for (text, format) in [
            ("2018-05-09", iso),
            ("2018-05-09 00:00:00.000", iso),
            ("2018-05-09T00:00:00Z", iso),
            ("2018-05-09T00:00:00.000Z", iso),
            ("2018-05-09T00:00:00+00:00", iso),
            ("2018-05-09T00:00:00+01:00", iso),
            ("2018-05-09T00:00:00.000+00:00", iso),
            ("2018-05-09 00:00:00+00", iso),
            ("2018-05-09T00:00Z", iso),
            (" 2018-05-09 00:00:00.0000000 ", iso),
            ("9/05/2018", slashes),
            ("09/5/2018", slashes),
            ("9/5/2018  ", slashes),
        ] {
            assert_eq!(born(text, format), Ok(day), "{text}");
        }
        for text in [
            "2018-05-08T23:00:00Z",
            "2018-05-09 12:00:00",
            "2018-05-09T00:00:00-05:00",
            "2018-05-09T00:00:00.001",
            "2018-05-09T",
            "soon",
        ] {
            assert_eq!(born(text, iso), Err(Misfit::Bad), "{text}");
        }
        assert_eq!(born(" ", iso), Ok(None));
        assert_eq!(Cell::Date(date(2018, 5, 9)).born(slashes), Ok(day));
        let digits = Cell::Number("20180509".to_owned());
        assert_eq!(digits.born(Some(DateFormat::YearMonthDay)), Ok(day));
    }

    #[test]
    fn rejects_values_that_do_not_fit_their_kind() {
        let text = |text: &str| Cell::Text(text.to_owned());

        for (cell, kind) in [
            (text("soon"), FieldKind::Date),
            (text("maybe"), FieldKind::Flag),
            (text("twelve"), FieldKind::Number),
            (text("1e5"), FieldKind::Number),
            (Cell::Number("1".into()), FieldKind::Date),
            (Cell::Flag(true), FieldKind::Number),
            (Cell::Unreadable, FieldKind::Text),
        ] {
            assert_eq!(cell.value(kind, None), Err(Misfit::Bad), "{kind}");
        }
        assert_eq!(
            Cell::TooLong.value(FieldKind::Text, None),
            Err(Misfit::TooLong)
        );
    }

    #[test]
    fn nothing_held_is_null_for_every_kind() {
        for kind in FieldKind::ALL {
            assert_eq!(Cell::Null.value(*kind, None), Ok(Value::Null));
        }
    }

    #[test]
    fn a_protective_flag_that_is_unclear_protects() {
        for cell in [
            Cell::Flag(true),
            Cell::Text("S".into()),
            Cell::Unreadable,
            Cell::TooLong,
            Cell::Number("2".into()),
        ] {
            assert!(cell.protects());
        }
        for cell in [
            Cell::Null,
            Cell::Flag(false),
            Cell::Text("N".into()),
            Cell::Text(String::new()),
        ] {
            assert!(!cell.protects());
        }
    }

    #[test]
    fn removes_hidden_characters_and_keeps_lines_and_letters() {
        let text = "a\u{0}b\r\nc\td\u{202e}e\u{200b}f \u{645}\u{631} caf\u{e9} \u{1b}[31m";

        assert_eq!(cleaned(text), "ab\nc def \u{645}\u{631} caf\u{e9} [31m");
    }

    proptest! {
        #[test]
        fn a_spelling_is_read_back_as_the_same_date(year in 1900i16..2100, month in 1i8..=12, day in 1i8..=28) {
            let date = date(year, month, day);
            for format in DateFormat::ALL {
                for text in format.spellings(date) {
                    prop_assert_eq!(format.read(&text), Some(date), "{} {}", format.as_str(), text);
                }
            }
        }

        #[test]
        fn no_text_makes_a_date_reader_fail_otherwise_than_with_none(text in "\\PC{0,20}|[0-9/-]{0,12}") {
            for format in DateFormat::ALL {
                let _ = format.read(&text);
            }
        }

        #[test]
        fn cleaned_text_holds_no_control_character(text in "(?s).{0,80}") {
            let cleaned = cleaned(&text);
            prop_assert!(cleaned.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }
}
