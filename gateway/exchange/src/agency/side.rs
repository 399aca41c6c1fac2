//! A question of identity as the agency's reviewer sees it: the subject and each candidate side by
//! side, with the weights that speak for and against. It never leaves the agency.

use serde::{Deserialize, Serialize};
use stile_linkage::Match;
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{Address, Born, Identifier, Name, PersonRow, Sex, Subject};
use stile_model::time::Date;
use utoipa::ToSchema;

/// Records that may be the subject, for the agency's own reviewer and nobody else.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MatchQuestion {
    /// The subject, by place in the enquiry.
    pub subject: SubjectId,
    /// What the hub knows of the subject, as far as it says who they are.
    pub asked: AskedPerson,
    /// At most ten, likeliest first.
    pub candidates: Vec<CandidateView>,
}

/// A subject without their part in the case, which is no ground to know somebody by.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AskedPerson {
    /// Names.
    pub names: Vec<Name>,
    /// Date of birth, as well as it is known.
    pub born: Option<Born>,
    /// Recorded sex.
    pub sex: Option<Sex>,
    /// Addresses, newest first.
    pub addresses: Vec<Address>,
    /// Telephone numbers.
    pub phones: Vec<Redacted<String>>,
    /// Identifiers.
    pub identifiers: Vec<Identifier>,
}

/// One candidate, side by side with the question, with the weights that speak for and against.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CandidateView {
    /// Its rows, as the source holds them.
    pub rows: Vec<RowView>,
    /// Probability that this is the subject.
    pub probability: f64,
    /// At most 1 in this many strangers agrees as well, by chance.
    pub coincidence: f64,
    /// Weights in bits: part, level, bits.
    pub waterfall: Vec<(String, String, f64)>,
    /// Why it could not be answered automatically, where a guard stopped it.
    pub guard: Option<String>,
    /// Where it agrees otherwise than the best other candidate: part, this one, the other.
    pub differs: Vec<(String, String, String)>,
    /// What to find out to be sure.
    pub settled_by: Vec<String>,
}

/// A person row as kept, sealed, for the reviewer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RowView {
    /// The source.
    pub source: String,
    /// The source's key.
    pub key: Redacted<String>,
    /// Forenames and surname.
    pub forenames: Redacted<String>,
    /// Surname.
    pub surname: Redacted<String>,
    /// Other names, as the source holds them.
    pub aliases: Vec<Redacted<String>>,
    /// Date of birth.
    pub born: Option<Date>,
    /// Recorded sex, as the source holds it.
    pub sex: Option<Redacted<String>>,
    /// Address line.
    pub address: Redacted<String>,
    /// Postcode.
    pub postcode: Redacted<String>,
    /// Household key.
    pub household: Option<Redacted<String>>,
    /// Telephone.
    pub phone: Redacted<String>,
    /// School.
    pub school: Redacted<String>,
    /// Identifiers: scheme and number.
    #[schema(value_type = Vec<(String, String)>)]
    pub identifiers: Vec<(Code, Redacted<String>)>,
    /// Address, telephone and school must not be sent; a reviewer is not shown them either.
    pub protected: bool,
}

impl MatchQuestion {
    /// Puts the candidates, best first, beside the subject.
    pub fn of(subject: &Subject, candidates: &[(&Match, &[PersonRow])]) -> Self {
        let view = |place: usize, (weighed, rows): &(&Match, &[PersonRow])| {
            // The best is held against the second, every other against the best.
            let rival = candidates.get(usize::from(place == 0));
            CandidateView::of(weighed, rows, rival.map(|(rival, _)| *rival))
        };
        Self {
            subject: subject.id.clone(),
            asked: AskedPerson::of(subject),
            candidates: candidates
                .iter()
                .enumerate()
                .map(|(place, candidate)| view(place, candidate))
                .collect(),
        }
    }
}

impl AskedPerson {
    pub(super) fn of(subject: &Subject) -> Self {
        Self {
            names: subject.names.clone(),
            born: subject.born,
            sex: subject.sex,
            addresses: subject.addresses.clone(),
            phones: subject.phones.clone(),
            identifiers: subject.identifiers.clone(),
        }
    }
}

impl CandidateView {
    fn of(weighed: &Match, rows: &[PersonRow], rival: Option<&Match>) -> Self {
        let lines = weighed.waterfall.iter();
        let differs = rival.map(|rival| weighed.differs_from(rival));
        Self {
            rows: rows.iter().map(RowView::of).collect(),
            probability: weighed.probability,
            coincidence: weighed.coincidence(),
            waterfall: lines
                .map(|line| (line.part.to_owned(), line.level.to_owned(), line.bits))
                .collect(),
            guard: weighed.guard.map(ToOwned::to_owned),
            differs: differs
                .into_iter()
                .flatten()
                .map(|one| {
                    (
                        one.part.to_owned(),
                        one.here.to_owned(),
                        one.there.to_owned(),
                    )
                })
                .collect(),
            settled_by: weighed
                .settled_by()
                .into_iter()
                .map(ToOwned::to_owned)
                .collect(),
        }
    }

    /// Takes out where somebody lives, is taught or can be called, if any record of theirs is marked as
    /// protected: others of their records may say the same. The levels still say whether it agrees.
    pub(super) fn veil(&mut self) {
        if self.rows.iter().any(|row| row.protected) {
            for row in &mut self.rows {
                row.veil();
            }
        }
    }

    /// Part and level of each line, for the record of the decision.
    pub(super) fn levels(&self) -> Vec<(String, String)> {
        let lines = self.waterfall.iter();
        lines
            .map(|(part, level, _)| (part.clone(), level.clone()))
            .collect()
    }
}

impl RowView {
    fn of(row: &PersonRow) -> Self {
        Self {
            source: row.source.clone(),
            key: row.key.clone(),
            forenames: row.forenames.clone(),
            surname: row.surname.clone(),
            aliases: row.aliases.clone(),
            born: row.born,
            sex: row.sex.clone(),
            address: row.address.clone(),
            postcode: row.postcode.clone(),
            household: row.household.clone(),
            phone: row.phone.clone(),
            school: row.school.clone(),
            identifiers: row.identifiers.clone(),
            protected: row.protected,
        }
    }

    fn veil(&mut self) {
        self.protected = true;
        for place in [
            &mut self.address,
            &mut self.postcode,
            &mut self.phone,
            &mut self.school,
        ] {
            *place = Redacted::new(String::new());
        }
        self.household = None;
    }

    /// The row again, for the steps after a reviewer has chosen it.
    pub(super) fn row(&self) -> PersonRow {
        PersonRow {
            source: self.source.clone(),
            key: self.key.clone(),
            forenames: self.forenames.clone(),
            surname: self.surname.clone(),
            aliases: self.aliases.clone(),
            born: self.born,
            sex: self.sex.clone(),
            address: self.address.clone(),
            postcode: self.postcode.clone(),
            household: self.household.clone(),
            phone: self.phone.clone(),
            school: self.school.clone(),
            identifiers: self.identifiers.clone(),
            protected: self.protected,
            sealed: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUGE: &str = "1 Hidden Place";

    fn row(source: &str, protected: bool) -> RowView {
        RowView {
            source: source.to_owned(),
            key: "k".into(),
            forenames: "Mali".into(),
            surname: "Test".into(),
            aliases: Vec::new(),
            born: None,
            sex: None,
            address: REFUGE.into(),
            postcode: "ZZ1 1ZZ".into(),
            household: Some(REFUGE.into()),
            phone: "07700 900123".into(),
            school: "Hidden School".into(),
            identifiers: Vec::new(),
            protected,
        }
    }

    fn candidate(rows: Vec<RowView>) -> CandidateView {
        CandidateView {
            rows,
            probability: 0.9,
            coincidence: 1_000.0,
            waterfall: vec![("address".to_owned(), "same".to_owned(), 4.0)],
            guard: None,
            differs: Vec::new(),
            settled_by: Vec::new(),
        }
    }

    #[test]
    fn no_record_of_somebody_protected_shows_where_they_are_and_the_levels_stay() {
        let mut seen = candidate(vec![row("register", true), row("visits", false)]);

        seen.veil();

        let text = serde_json::to_string(&seen).unwrap();
        for hidden in [REFUGE, "ZZ1 1ZZ", "07700 900123", "Hidden School"] {
            assert!(!text.contains(hidden), "{hidden}");
        }
        assert!(text.contains("Mali") && text.contains("[\"address\",\"same\",4.0]"));
        assert!(seen.rows.iter().all(|row| row.protected));
    }

    #[test]
    fn whoever_is_not_protected_is_shown_whole() {
        let mut seen = candidate(vec![row("register", false)]);

        seen.veil();

        assert_eq!(seen.rows[0].address.reveal(), REFUGE);
        assert!(!seen.rows[0].protected);
    }
}
