//! The ladder of rungs and each kind's own words for them.

use stile_model::code::{FieldKind, Rung};

/// Words that name a rung for one kind of field, besides the rungs' own names.
const WORDS: &[(FieldKind, &str, Rung)] = &[
    (FieldKind::Code, "group", Rung::Headline),
    (FieldKind::Code, "code", Rung::Detail),
    (FieldKind::Date, "year", Rung::Headline),
    (FieldKind::Date, "month", Rung::Summary),
    (FieldKind::Date, "exact", Rung::Detail),
    (FieldKind::Flag, "value", Rung::Detail),
    (FieldKind::Location, "ward", Rung::Headline),
    (FieldKind::Location, "district", Rung::Summary),
    (FieldKind::Location, "full", Rung::Detail),
    (FieldKind::Number, "band", Rung::Headline),
    (FieldKind::Number, "rounded", Rung::Summary),
    (FieldKind::Number, "exact", Rung::Detail),
    (FieldKind::Person, "role", Rung::Headline),
    (FieldKind::Person, "initials", Rung::Summary),
    (FieldKind::Person, "name", Rung::Detail),
    (FieldKind::Text, "category", Rung::Headline),
    (FieldKind::Text, "redacted", Rung::Summary),
    (FieldKind::Text, "full", Rung::Detail),
];

/// Why a word is no rung here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// The word fits other kinds but not this one.
    Kind(FieldKind),
    /// No kind has the word.
    Unknown,
}

/// The rung that `word` names for every one of `kinds`.
pub(crate) fn rung(word: &str, kinds: &[FieldKind]) -> Result<Rung, Misfit> {
    if let Ok(rung) = word.parse() {
        return Ok(rung);
    }
    if !WORDS.iter().any(|(_, known, _)| *known == word) {
        return Err(Misfit::Unknown);
    }
    let mut found = None;
    for kind in kinds {
        let fits = WORDS
            .iter()
            .find(|(owner, known, _)| owner == kind && *known == word);
        match (fits, found) {
            (None, _) => return Err(Misfit::Kind(*kind)),
            (Some((_, _, rung)), Some(before)) if *rung != before => {
                return Err(Misfit::Kind(*kind));
            }
            (Some((_, _, rung)), _) => found = Some(*rung),
        }
    }
    found.ok_or(Misfit::Unknown)
}

/// Every word allowed for all of `kinds`: the rungs, then the kind's own.
pub(crate) fn allowed(kinds: &[FieldKind]) -> Vec<&'static str> {
    let mut words: Vec<&str> = Rung::ALL.iter().map(|rung| rung.as_str()).collect();
    for (_, word, _) in WORDS {
        if !words.contains(word) && rung(word, kinds).is_ok() {
            words.push(word);
        }
    }
    words
}

/// What a rung shows, in plain English, for one kind or in general.
pub(crate) fn meaning(rung: Rung, kind: Option<FieldKind>) -> &'static str {
    match (rung, kind) {
        (Rung::None, _) => "nothing",
        (Rung::Known, _) => "that something is held",
        (Rung::Headline, Some(FieldKind::Date)) => "the year",
        (Rung::Headline, Some(FieldKind::Text)) => "a coded category",
        (Rung::Headline, Some(FieldKind::Person)) => "the person's role",
        (Rung::Headline, Some(FieldKind::Number)) => "a band",
        (Rung::Headline, Some(FieldKind::Location)) => "the wider area",
        (Rung::Headline, Some(FieldKind::Code)) => "a coarse word",
        (Rung::Summary, Some(FieldKind::Date)) => "the month",
        (Rung::Summary, Some(FieldKind::Text)) => "the text with names and places redacted",
        (Rung::Summary, Some(FieldKind::Person)) => "initials",
        (Rung::Summary, Some(FieldKind::Number)) => "a rounded number",
        (Rung::Summary, Some(FieldKind::Location)) => "the postcode district",
        (Rung::Summary, Some(FieldKind::Code)) => "the code in summary",
        (Rung::Headline | Rung::Summary | Rung::Detail, Some(FieldKind::Flag)) => "yes or no",
        (Rung::Detail, Some(_)) => "it as held",
        (Rung::Headline, None) => "a headline",
        (Rung::Summary, None) => "a summary",
        (Rung::Detail, None) => "full detail",
    }
}

/// The rung as a cell of the published policy; the digit orders it for tools without our types.
pub(crate) const fn cell(rung: Rung) -> &'static str {
    match rung {
        Rung::None => "0:none",
        Rung::Known => "1:known",
        Rung::Headline => "2:headline",
        Rung::Summary => "3:summary",
        Rung::Detail => "4:detail",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_its_own_words() {
        assert_eq!(rung("month", &[FieldKind::Date]), Ok(Rung::Summary));
        assert_eq!(rung("initials", &[FieldKind::Person]), Ok(Rung::Summary));
        assert_eq!(
            rung("exact", &[FieldKind::Date, FieldKind::Number]),
            Ok(Rung::Detail)
        );
        assert_eq!(rung("headline", &[FieldKind::Text]), Ok(Rung::Headline));
    }

    #[test]
    fn rejects_a_word_of_another_kind() {
        assert_eq!(
            rung("redacted", &[FieldKind::Date]),
            Err(Misfit::Kind(FieldKind::Date))
        );
        assert_eq!(
            rung("month", &[FieldKind::Date, FieldKind::Text]),
            Err(Misfit::Kind(FieldKind::Text))
        );
        assert_eq!(rung("presence", &[FieldKind::Date]), Err(Misfit::Unknown));
        assert_eq!(rung("month", &[]), Err(Misfit::Unknown));
    }

    #[test]
    fn every_word_is_listed_as_allowed_for_its_kind() {
        for (kind, word, _) in WORDS {
            assert!(allowed(&[*kind]).contains(word));
        }
        assert!(!allowed(&[FieldKind::Date]).contains(&"redacted"));
    }
}
