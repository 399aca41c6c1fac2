//! Find each subject in the agency's own systems.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use stile_linkage::{Match, Resolution, Sought};
use stile_model::code::MatchStatus;
use stile_model::redact::Redacted;
use stile_model::returns::SubjectFinding;
use stile_model::subject::{PersonRow, Subject};
use stile_sources::SourceError;

use super::Agency;
use super::admit::Admitted;
use super::minimise::withheld_code;
use crate::held::HeldError;
use crate::trace::Step;

/// An admitted enquiry whose subjects have been looked for. Only [`Agency::find`] makes one.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) admitted: Admitted,
    /// One for each subject of the enquiry, in its order.
    pub(super) subjects: Vec<FoundSubject>,
}

/// What the agency knows of who one subject is.
#[derive(Debug)]
pub(super) struct FoundSubject {
    /// What the hub is told.
    pub(super) finding: SubjectFinding,
    /// The person's rows, when there is one confident match that may be shown to exist.
    pub(super) rows: Vec<PersonRow>,
    /// How that match was weighed.
    pub(super) weighed: Option<Match>,
    /// Everybody in the same household, for screening.
    pub(super) household: Vec<PersonRow>,
    /// Matches for the agency's own reviewer.
    pub(super) possible: Vec<Candidate>,
    /// A sealed person fits: the hub hears "none", a named person hears of it.
    pub(super) sealed_hit: bool,
    /// Rows of sealed people who fit: never shown or looked into, but what protects them must be
    /// kept out of everybody's texts.
    pub(super) hidden: Vec<PersonRow>,
    /// Sources that were asked and did not answer: who is protected in them nobody knows, so that no
    /// text can be screened.
    pub(super) silent: BTreeSet<String>,
    /// Sources that cannot be asked by what is known of the subject, whoever is held.
    pub(super) unasked: BTreeSet<String>,
    /// Sources in which more people come near than are looked at.
    pub(super) capped: BTreeSet<String>,
    /// Somebody's household could not be read, so texts cannot be screened for its names.
    pub(super) unscreened: bool,
}

/// One possible match, as the agency's reviewer sees it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) rows: Vec<PersonRow>,
    pub(super) weighed: Match,
}

impl Agency {
    /// Looks for every subject in every connected system.
    ///
    /// A system that does not answer is noted: its own categories are "not checked", and free text is
    /// cut, since whom it protects is not known. One that cannot be asked cuts nothing.
    pub(super) async fn find(&self, admitted: Admitted) -> Found {
        let subjects = join_all(
            admitted
                .enquiry
                .subjects
                .iter()
                .map(|subject| self.find_one(subject)),
        )
        .await;
        Found { admitted, subjects }
    }

    async fn find_one(&self, subject: &Subject) -> FoundSubject {
        let mut found = self.look_for(subject).await;
        self.read_households(&mut found).await;
        found
    }

    /// Who the subject is, with the same questions to every system whoever is asked about.
    pub(super) async fn look_for(&self, subject: &Subject) -> FoundSubject {
        let frequencies = self.frequencies.load_full();
        let sought = Sought::new(subject, &frequencies);
        let query = &sought.lists();
        let answers = join_all(self.sources.iter().map(|source| {
            let lookup = self.held.of(source);
            let span = self.traces.begin(Step::Source).of(source.name());
            async move {
                let answer = span.around(lookup.candidates(query)).await;
                span.came_to(if answer.is_ok() { "answered" } else { "failed" });
                answer
            }
        }))
        .await;
        let mut rows = Vec::new();
        let (mut silent, mut unasked) = (BTreeSet::new(), BTreeSet::new());
        let mut capped = BTreeSet::new();
        for (source, answer) in self.sources.iter().zip(answers) {
            match answer {
                Ok(found) => {
                    rows.extend(found.people);
                    capped.extend(found.capped.then(|| source.name().to_owned()));
                }
                // Every enquiry about somebody of whom as little is known would warn of it.
                Err(HeldError::Source(SourceError::Unasked { name })) => {
                    tracing::debug!(source = name, "too little is known to look for somebody");
                    unasked.insert(name);
                }
                Err(error) => {
                    tracing::warn!(source = source.name(), %error, "nobody was looked for in a source");
                    silent.insert(source.name().to_owned());
                }
            }
        }
        let resolution = sought.resolve(&rows, &self.settings.thresholds);
        let mut found = self.say(&sought, subject, resolution, &rows);
        (found.silent, found.unasked, found.capped) = (silent, unasked, capped);
        found.say_how_far(self.sources.len());
        found
    }

    /// Turns a resolution into what the hub may hear. A sealed person looks exactly like nobody.
    fn say(
        &self,
        sought: &Sought<'_>,
        subject: &Subject,
        resolution: Resolution,
        rows: &[PersonRow],
    ) -> FoundSubject {
        let of = |matched: &Match| -> Vec<PersonRow> {
            matched
                .rows
                .iter()
                .filter_map(|&place| rows.get(place).cloned())
                .collect()
        };
        let is_sealed = |matched: &Match| of(matched).iter().any(|row| row.sealed);
        match resolution {
            Resolution::Confident(matched) if is_sealed(&matched) => {
                self.nobody(sought, subject, of(&matched))
            }
            Resolution::Confident(matched) => FoundSubject {
                rows: of(&matched),
                weighed: Some(matched),
                ..FoundSubject::new(subject, MatchStatus::Confident)
            },
            Resolution::Possible(matches) => {
                let (sealed, open): (Vec<_>, Vec<_>) = matches.into_iter().partition(is_sealed);
                let hidden: Vec<_> = sealed.iter().flat_map(of).collect();
                if open.is_empty() {
                    return self.nobody(sought, subject, hidden);
                }
                let possible = open
                    .into_iter()
                    .map(|weighed| Candidate {
                        rows: of(&weighed),
                        weighed,
                    })
                    .collect();
                FoundSubject {
                    possible,
                    sealed_hit: !hidden.is_empty(),
                    hidden,
                    ..FoundSubject::new(subject, MatchStatus::Possible)
                }
            }
            Resolution::None { .. } => self.nobody(sought, subject, Vec::new()),
        }
    }

    /// "Nobody", with the same word about a weak query whether or not a sealed person fits.
    fn nobody(
        &self,
        sought: &Sought<'_>,
        subject: &Subject,
        hidden: Vec<PersonRow>,
    ) -> FoundSubject {
        let weak = match sought.resolve(&[], &self.settings.thresholds) {
            Resolution::None { weak } => weak,
            Resolution::Confident(_) | Resolution::Possible(_) => None,
        };
        let mut found = FoundSubject::new(subject, MatchStatus::None);
        found.finding.weak = weak;
        found.sealed_hit = !hidden.is_empty();
        found.hidden = hidden;
        found
    }

    /// Reads who shares a household with a found person, to keep their names out of texts.
    ///
    /// Where they cannot be read no free text leaves. It is not "not checked": that would be said
    /// only of people the agency knows.
    pub(super) async fn read_households(&self, found: &mut FoundSubject) {
        let candidates = found.possible.iter().flat_map(|candidate| &candidate.rows);
        let wanted: BTreeSet<(String, Redacted<String>)> = found
            .rows
            .iter()
            .chain(candidates)
            .filter_map(|row| Some((row.source.clone(), row.household.clone()?)))
            .collect();
        for (name, household) in wanted {
            let Some(source) = self.sources.iter().find(|source| source.name() == name) else {
                continue;
            };
            match self.held.of(source).household(&household).await {
                Ok(rows) => found.household.extend(rows),
                Err(error) => {
                    tracing::warn!(source = name, %error, "household was not read");
                    found.unscreened = true;
                }
            }
        }
    }
}

impl FoundSubject {
    fn new(subject: &Subject, status: MatchStatus) -> Self {
        Self {
            finding: SubjectFinding {
                subject: subject.id.clone(),
                status,
                weak: None,
            },
            rows: Vec::new(),
            weighed: None,
            household: Vec::new(),
            possible: Vec::new(),
            sealed_hit: false,
            hidden: Vec::new(),
            silent: BTreeSet::new(),
            unasked: BTreeSet::new(),
            capped: BTreeSet::new(),
            unscreened: false,
        }
    }

    /// Was nobody looked for in this source, whatever the reason?
    pub(super) fn is_unchecked(&self, source: &str) -> bool {
        self.silent.contains(source) || self.unasked.contains(source)
    }

    /// Was nobody looked for in some source?
    pub(super) fn is_partial(&self) -> bool {
        !self.silent.is_empty() || !self.unasked.is_empty()
    }

    /// Says of a "none" that some, or none, of the `connected` systems could be asked, or that one was
    /// not looked through to its end, whatever the others said.
    ///
    /// What is said of categories does not hang on the latter: it would tell "nobody" from somebody of
    /// whom nothing may be said.
    fn say_how_far(&mut self, connected: usize) {
        let is_whole = !self.is_partial() && self.capped.is_empty();
        if self.finding.status == MatchStatus::None && !is_whole {
            let every = self.silent.len() + self.unasked.len() >= connected;
            let word = if every {
                "not_looked_for"
            } else {
                "partly_looked_for"
            };
            self.finding.weak = Some(withheld_code(word));
        }
    }

    /// The subject as one person, once a reviewer has chosen.
    pub(super) fn chosen(subject: &Subject, rows: Vec<PersonRow>) -> Self {
        Self {
            rows,
            ..Self::new(subject, MatchStatus::Confident)
        }
    }

    /// The reviewer's choice, as the systems hold it now: flags may have been set since they looked.
    ///
    /// Somebody who has been sealed meanwhile is nobody to the hub, and the named person is told.
    pub(super) fn brought_up_to_date(mut self, subject: &Subject, now: &Self) -> Self {
        let is =
            |one: &PersonRow, other: &PersonRow| one.source == other.source && one.key == other.key;
        let possible = now.possible.iter().flat_map(|candidate| &candidate.rows);
        let fresh: Vec<_> = now.rows.iter().chain(possible).collect();
        if self
            .rows
            .iter()
            .any(|row| now.hidden.iter().any(|hidden| is(hidden, row)))
        {
            self = Self {
                sealed_hit: true,
                ..Self::nobody(subject)
            };
        }
        for row in &mut self.rows {
            if let Some(fresh) = fresh.iter().find(|fresh| is(fresh, row)) {
                *row = (*fresh).clone();
            }
        }
        self.hidden.clone_from(&now.hidden);
        self.silent.clone_from(&now.silent);
        self.unasked.clone_from(&now.unasked);
        self.capped.clone_from(&now.capped);
        self.unscreened |= now.unscreened;
        self.say_how_far(usize::MAX);
        self
    }

    /// The subject as nobody, once a reviewer has said so.
    pub(super) fn nobody(subject: &Subject) -> Self {
        Self::new(subject, MatchStatus::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agency::tests::child;

    #[test]
    fn nobody_among_more_people_than_are_looked_at_is_said_to_be_looked_for_in_part() {
        let subject = child();
        let said = |status, capped: &[&str]| {
            let mut found = FoundSubject::new(&subject, status);
            found.capped = capped.iter().map(|name| (*name).to_owned()).collect();
            found.say_how_far(2);
            found.finding.weak.map(|word| word.to_string())
        };

        let partly = Some("partly_looked_for".to_owned());
        assert_eq!(said(MatchStatus::None, &["niche"]), partly);
        assert_eq!(said(MatchStatus::None, &["niche", "records"]), partly);
        assert_eq!(said(MatchStatus::None, &[]), None);
        assert_eq!(said(MatchStatus::Possible, &["niche"]), None);
    }
}
