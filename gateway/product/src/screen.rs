//! Finds what must not leave in any value: protected places, telephones and schools, names of
//! people who are not subjects, and identifiers.

mod identifier;
mod lists;
mod pattern;
mod telephone;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use stile_model::redact::Redacted;

use crate::fold::{self, Folded, Squeezed};
pub(crate) use lists::TITLES;
use pattern::{Pattern, Street};
use telephone::Telephone;

/// Longest text that is screened, in bytes; a longer one never leaves.
pub const SCREEN_MAX_BYTES: usize = 128 * 1024;

/// What the agency knows that must not leave, gathered for one enquiry.
#[derive(Debug, Clone, Default)]
pub struct ScreenParts {
    /// Address lines of protected people (`4 Elm Row, Thornbury`).
    pub protected_addresses: Vec<Redacted<String>>,
    /// Their postcodes.
    pub protected_postcodes: Vec<Redacted<String>>,
    /// Their telephones.
    pub protected_phones: Vec<Redacted<String>>,
    /// Their schools or nurseries.
    pub protected_schools: Vec<Redacted<String>>,
    /// Names of the subjects of the enquiry: these may stay.
    pub subject_names: Vec<Redacted<String>>,
    /// Names of anybody else: household members, complainants, third parties.
    pub other_names: Vec<Redacted<String>>,
}

/// What kind of thing was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HitKind {
    /// A protected address or postcode, or a trace of one.
    ProtectedAddress,
    /// A protected telephone, or the end of one.
    ProtectedPhone,
    /// A protected school, or the name it is known by.
    ProtectedSchool,
    /// A person who is not a subject.
    ThirdPartyName,
    /// An NHS number (ten digits that pass modulus 11, or so labelled).
    NhsNumber,
    /// A unique pupil number.
    Upn,
    /// A National Insurance number.
    NationalInsurance,
    /// An e-mail address.
    Email,
    /// A telephone.
    Phone,
    /// A UK postcode.
    Postcode,
    /// A vehicle registration.
    VehicleRegistration,
}

impl HitKind {
    /// What takes its place.
    pub const fn marker(self) -> &'static str {
        match self {
            Self::ProtectedAddress | Self::Postcode => "[address removed]",
            Self::ProtectedPhone | Self::Phone => "[phone removed]",
            Self::ProtectedSchool => "[school removed]",
            Self::ThirdPartyName => "[name removed]",
            Self::NhsNumber => "[NHS number removed]",
            Self::Upn => "[pupil number removed]",
            Self::NationalInsurance => "[National Insurance number removed]",
            Self::Email => "[e-mail removed]",
            Self::VehicleRegistration => "[vehicle removed]",
        }
    }

    const fn is_protected(self) -> bool {
        matches!(
            self,
            Self::ProtectedAddress | Self::ProtectedPhone | Self::ProtectedSchool
        )
    }
}

/// A text with everything found taken out.
#[derive(Clone, PartialEq, Eq)]
pub struct Redaction {
    /// What may remain: still personal data.
    pub text: String,
    /// What was found, in the order of the text.
    pub hits: Vec<HitKind>,
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("hits", &self.hits)
            .finish_non_exhaustive()
    }
}

/// One place in a text, or in its folded form.
#[derive(Debug, Clone)]
struct Hit {
    range: Range<usize>,
    kind: HitKind,
    /// A part that leaves doubt whether more of it is elsewhere in the text.
    trace: bool,
}

/// Screens the values of one enquiry at one agency. `Debug` prints counts only.
pub struct Screen {
    patterns: Vec<Pattern>,
    streets: Vec<Street>,
    telephones: Vec<Telephone>,
    subject_words: BTreeSet<String>,
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen")
            .field("patterns", &self.patterns.len())
            .field("telephones", &self.telephones.len())
            .finish_non_exhaustive()
    }
}

impl Screen {
    /// Prepares the patterns; parts that hold no letter or digit are ignored.
    pub fn new(parts: ScreenParts) -> Self {
        let ScreenParts {
            protected_addresses,
            protected_postcodes,
            protected_phones,
            protected_schools,
            subject_names,
            other_names,
        } = parts;
        let subject_words: BTreeSet<String> = subject_names
            .iter()
            .flat_map(|name| fold::words(name.reveal()))
            .collect();
        let mut patterns = Vec::new();
        let mut streets = Vec::new();
        for address in protected_addresses {
            pattern::address(
                address.reveal(),
                &subject_words,
                &mut patterns,
                &mut streets,
            );
        }
        for postcode in protected_postcodes {
            pattern::postcode(postcode.reveal(), &mut patterns);
        }
        for school in protected_schools {
            pattern::school(school.reveal(), &subject_words, &mut patterns);
        }
        for name in other_names {
            pattern::name(name.reveal(), &subject_words, &mut patterns);
        }
        patterns.sort();
        patterns.dedup();
        let telephones = protected_phones.iter();
        Self {
            patterns,
            streets,
            telephones: telephones
                .filter_map(|phone| Telephone::new(phone.reveal()))
                .collect(),
            subject_words,
        }
    }

    /// Takes out everything that is found, traces included. Redacting twice changes nothing more.
    ///
    /// A text longer than [`SCREEN_MAX_BYTES`] is replaced as a whole.
    pub fn redact(&self, text: &str) -> Redaction {
        if text.len() > SCREEN_MAX_BYTES {
            return Redaction {
                text: ALL_REMOVED.to_owned(),
                hits: Vec::new(),
            };
        }
        let mut text = text.to_owned();
        let mut hits = Vec::new();
        // Taking a part out can lay bare a word edge that was hidden; so until nothing is found.
        for _ in 0..ROUNDS_MAX {
            let (next, found) = self.redact_once(&text);
            if found.is_empty() {
                return Redaction { text, hits };
            }
            text = next;
            hits.extend(found);
        }
        Redaction {
            text: ALL_REMOVED.to_owned(),
            hits,
        }
    }

    /// Does `text` hold a trace of something protected that may not be all of it?
    ///
    /// Such a text must be referred to a person or withheld, even when redacted.
    pub fn trips_hard(&self, text: &str) -> bool {
        text.len() > SCREEN_MAX_BYTES || self.hits(text).iter().any(|hit| hit.trace)
    }

    /// Is nothing found in `text`?
    pub fn is_clean(&self, text: &str) -> bool {
        self.kinds(text).is_empty()
    }

    /// Every kind found in `text`; a text too long to screen counts as protected.
    pub(crate) fn kinds(&self, text: &str) -> BTreeSet<HitKind> {
        if text.len() > SCREEN_MAX_BYTES {
            return BTreeSet::from([HitKind::ProtectedAddress]);
        }
        self.hits(text).into_iter().map(|hit| hit.kind).collect()
    }

    /// Is `word` (folded) part of a subject's name?
    pub(crate) fn allows(&self, word: &str) -> bool {
        self.subject_words.contains(word)
    }

    fn redact_once(&self, text: &str) -> (String, Vec<HitKind>) {
        let hits = self.hits(text).into_iter();
        let mut spans: Vec<(Range<usize>, HitKind)> =
            hits.map(|hit| (hit.range, hit.kind)).collect();
        spans.sort_by_key(|(span, kind)| (span.start, span.end, *kind));
        let mut out = String::with_capacity(text.len());
        let mut kinds = Vec::new();
        let mut at = 0;
        for (span, kind) in merged(spans, text) {
            out.push_str(text.get(at..span.start).unwrap_or_default());
            out.push_str(kind.marker());
            kinds.push(kind);
            at = span.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        (out, kinds)
    }

    /// Everything found in any reading of `text`, in its own bytes.
    fn hits(&self, text: &str) -> Vec<Hit> {
        let readings = Folded::readings(text, MARKERS);
        without_covered_traces(
            readings
                .iter()
                .flat_map(|read| self.hits_in(read))
                .collect(),
        )
    }

    fn hits_in(&self, folded: &Folded) -> Vec<Hit> {
        let squeezed = Squeezed::new(folded);
        let mut hits = Vec::new();
        for pattern in &self.patterns {
            pattern.find(folded, &squeezed, &mut hits);
        }
        let words = squeezed.words();
        for street in &self.streets {
            street.find(&squeezed, &words, &mut hits);
        }
        if !self.telephones.is_empty() {
            telephone::find(&self.telephones, folded, &mut hits);
        }
        identifier::find(&folded.text, &mut hits);
        let runs = telephone::word_ranges(&folded.text);
        for hit in hits.iter_mut().filter(|hit| hit.kind.is_protected()) {
            hit.range = widened(&runs, &hit.range);
        }
        for hit in &mut hits {
            hit.range = folded.original(&hit.range);
        }
        hits
    }
}

/// Markers are opaque to the screen, so that screening twice changes nothing.
pub(crate) const MARKERS: &[&str] = &[
    "[address removed]",
    "[phone removed]",
    "[school removed]",
    "[name removed]",
    "[NHS number removed]",
    "[pupil number removed]",
    "[National Insurance number removed]",
    "[e-mail removed]",
    "[vehicle removed]",
    ALL_REMOVED,
];

const ALL_REMOVED: &str = "[text removed]";

/// Rounds of redaction before the whole text is given up; three are enough for any honest text.
const ROUNDS_MAX: usize = 6;

/// `range` out to the edges of the words it begins and ends in, so that no half word is left to
/// guess from. `words` are in order.
fn widened(words: &[Range<usize>], range: &Range<usize>) -> Range<usize> {
    let holding = |at: usize| {
        let next = words.partition_point(|word| word.end <= at);
        words.get(next).filter(|word| word.start <= at)
    };
    let start = holding(range.start).map_or(range.start, |word| word.start);
    let end = holding(range.end.saturating_sub(1)).map_or(range.end, |word| word.end);
    start..end.max(range.end)
}

/// A trace inside a full match of something protected is no trace: the whole of it is taken out.
fn without_covered_traces(hits: Vec<Hit>) -> Vec<Hit> {
    let mut full: Vec<Range<usize>> = hits
        .iter()
        .filter(|hit| !hit.trace && hit.kind.is_protected())
        .map(|hit| hit.range.clone())
        .collect();
    full.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    // Longest reach of any full match that starts at or before a place.
    let mut reach = 0;
    let reaches: Vec<(usize, usize)> = full
        .iter()
        .map(|range| {
            reach = range.end.max(reach);
            (range.start, reach)
        })
        .collect();
    hits.into_iter()
        .filter(|hit| {
            let before = reaches.partition_point(|(start, _)| *start <= hit.range.start);
            let covered = before
                .checked_sub(1)
                .and_then(|last| reaches.get(last))
                .is_some_and(|(_, end)| *end >= hit.range.end);
            !hit.trace || !covered
        })
        .collect()
}

/// Joins spans that overlap, and those of one kind that only blanks part; the most serious kind wins.
fn merged(spans: Vec<(Range<usize>, HitKind)>, text: &str) -> Vec<(Range<usize>, HitKind)> {
    let mut out: Vec<(Range<usize>, HitKind)> = Vec::new();
    for (span, kind) in spans {
        if let Some((last, last_kind)) = out.last_mut() {
            let between = text.get(last.end..span.start).unwrap_or_default();
            let joined = span.start < last.end
                || (*last_kind == kind && between.chars().all(char::is_whitespace));
            if joined {
                last.end = last.end.max(span.end);
                *last_kind = kind.min(*last_kind);
                continue;
            }
        }
        out.push((span, kind));
    }
    out
}
