//! Policy: rulings beside Casbin, activation with its proof, what a change does, and the past again.
//!
//! Rules and questions are made by rote over the partnership's vocabulary, the same every time.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stile_exchange::clock::Clock;
use stile_model::code::{ConsentState, Priority};
use stile_model::digest::Digest;
use stile_model::id::{Code, EnquiryId, MemberId, SubjectId};
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::{AgeBand, Vocabulary};
use stile_policy::{
    Asked, PastEnquiry, PastSubject, PolicySet, SecondOpinion, Yardstick, diff, replay,
};

use super::Policy;
use super::figures::{self, Laps, head, millis, row};
use crate::demo::partnership::VOCABULARY;
use crate::output::line;
use crate::policy::SEED;
use crate::run::Failure;

/// Rules in each row.
const SIZES: [usize; 3] = [20, 200, 2_000];
/// Questions of a round for Stile.
const QUESTIONS: usize = 2_000;
/// Questions of a round for Casbin, which goes through every rule.
const SLOWLY: usize = 20;
/// Rulings replayed.
const REPLAYED: usize = 100_000;
/// Changed rulings that a replay lists.
const LISTED: usize = 100;

/// What everything is measured with.
struct Bench {
    vocabulary: Vocabulary,
    kind: Code,
    now: Timestamp,
    rounds: usize,
}

/// Runs the measurement.
///
/// # Errors
///
/// Rules that do not hold, or an answer on which Casbin and Stile differ.
pub(super) fn run(bench: &Policy) -> Result<(), Failure> {
    figures::machine(&Path::new(".").canonicalize()?);
    let bench = Bench {
        vocabulary: Vocabulary::parse("policies/vocabulary.toml", VOCABULARY)?,
        kind: Code::new("police")?,
        now: Clock::system().now(),
        rounds: bench.rounds,
    };
    bench.outcomes()?;
    bench.guards()?;
    bench.changes()?;
    figures::load("after");
    Ok(())
}

impl Bench {
    fn today(&self) -> Date {
        self.now.date()
    }

    fn rules(&self, count: usize) -> String {
        Yardstick::new(&self.vocabulary, &self.kind, SEED).rules(count)
    }

    fn compile(&self, text: &str) -> Result<PolicySet, Failure> {
        Ok(PolicySet::dangerous_unproved(
            "rules.toml",
            text,
            &self.vocabulary,
        )?)
    }

    /// One field's full outcome, by Stile and by Casbin, which take turns.
    fn outcomes(&self) -> Result<(), Failure> {
        line("");
        head(&["rules", "Stile µs", "Casbin µs", "Casbin ÷ Stile"]);
        let questions = Yardstick::new(&self.vocabulary, &self.kind, SEED ^ 1).questions(QUESTIONS);
        for count in SIZES {
            let policy = Arc::new(self.compile(&self.rules(count))?);
            let casbin = SecondOpinion::of(Arc::clone(&policy), self.today())?;
            self.agree(&policy, &casbin, &questions)?;
            let (mut ours, mut theirs) = (Laps::default(), Laps::default());
            for round in 0..self.rounds {
                let began = Instant::now();
                for asked in &questions {
                    black_box(policy.outcome(black_box(&asked.question()), self.today()));
                }
                ours.add(each(began.elapsed(), questions.len()));
                let began = Instant::now();
                for asked in questions.iter().cycle().skip(round * SLOWLY).take(SLOWLY) {
                    black_box(casbin.rungs(&asked.question())?);
                }
                theirs.add(each(began.elapsed(), SLOWLY));
            }
            let (ours, theirs) = (ours.percentile(50), theirs.percentile(50));
            row(&[
                count.to_string(),
                micros(ours),
                micros(theirs),
                format!(
                    "{:.0}",
                    theirs.as_secs_f64() / ours.as_secs_f64().max(1e-12)
                ),
            ]);
        }
        Ok(())
    }

    /// Both must agree on every question that Casbin is timed with.
    fn agree(
        &self,
        policy: &PolicySet,
        casbin: &SecondOpinion,
        questions: &[Asked],
    ) -> Result<(), Failure> {
        for asked in questions.iter().take(self.rounds.saturating_mul(SLOWLY)) {
            let outcome = policy.outcome(&asked.question(), self.today());
            if casbin.rungs(&asked.question())? != (outcome.auto, outcome.approved) {
                return Err("casbin and stile differ; nothing was measured".into());
            }
        }
        Ok(())
    }

    /// Activation with every guard.
    fn guards(&self) -> Result<(), Failure> {
        line("");
        head(&["rules", "activation with its proof p50 ms"]);
        for count in SIZES.into_iter().filter(|count| *count <= 200) {
            let text = self.rules(count);
            let mut laps = Laps::default();
            for round in 0..self.rounds.min(5) {
                let seed = u64::try_from(round)?;
                let began = Instant::now();
                black_box(PolicySet::activate(
                    "rules.toml",
                    &text,
                    &self.vocabulary,
                    &self.kind,
                    self.today(),
                    seed,
                )?);
                laps.add(began.elapsed());
            }
            row(&[count.to_string(), millis(laps.percentile(50))]);
        }
        Ok(())
    }

    /// What a change of one rule does, at once and in the past.
    fn changes(&self) -> Result<(), Failure> {
        line("");
        head(&[
            "rules",
            "read and compile p50 ms",
            "what changed p50 ms",
            "100,000 rulings replayed p50 ms",
        ]);
        for count in SIZES {
            let text = self.rules(count);
            let (old, new) = (self.compile(&text)?, self.compile(&changed(&text)?)?);
            let past = self.past()?;
            let (mut read, mut compared, mut again) =
                (Laps::default(), Laps::default(), Laps::default());
            for _ in 0..self.rounds {
                let began = Instant::now();
                black_box(self.compile(black_box(&text))?);
                read.add(began.elapsed());
                let began = Instant::now();
                black_box(diff(&old, &new, &self.vocabulary, self.today()));
                compared.add(began.elapsed());
                let began = Instant::now();
                let replayed = replay(&old, &new, &past, &self.vocabulary, LISTED);
                let taken = began.elapsed().as_secs_f64();
                let rulings = f64::from(u32::try_from(replayed.decisions)?);
                let hundred_thousand = f64::from(u32::try_from(REPLAYED)?);
                again.add(Duration::from_secs_f64(
                    taken * hundred_thousand / rulings.max(1.0),
                ));
            }
            row(&[
                count.to_string(),
                millis(read.percentile(50)),
                millis(compared.percentile(50)),
                millis(again.percentile(50)),
            ]);
        }
        Ok(())
    }

    /// Enquiries of the past, in all about as many rulings as are replayed.
    fn past(&self) -> Result<Vec<PastEnquiry>, Failure> {
        let kinds = self.vocabulary.categories.iter();
        let own: Vec<_> = kinds
            .filter(|category| category.id.agency_kind() == self.kind.as_str())
            .collect();
        let mut past = Vec::new();
        for n in 0_u32..1_000 {
            let turn = usize::try_from(n)?;
            let mut id = [0; 16];
            for (to, from) in id.iter_mut().zip(n.to_be_bytes()) {
                *to = from;
            }
            let purpose = self.vocabulary.purposes.iter().cycle().nth(turn);
            let role = self.vocabulary.subject_roles.iter().cycle().nth(turn);
            let officer = self.vocabulary.officer_roles.iter().cycle().nth(turn);
            let (Some(purpose), Some(role), Some(officer)) = (purpose, role, officer) else {
                return Err("the vocabulary has no purposes or roles".into());
            };
            past.push(PastEnquiry {
                id: EnquiryId::from_bytes(id),
                ruled: self.now,
                policy: Digest::of(b"measured"),
                purpose: purpose.code.clone(),
                priority: *Priority::ALL
                    .iter()
                    .cycle()
                    .nth(turn)
                    .unwrap_or(&Priority::Red),
                consent: ConsentState::NotSought,
                requester: officer.code.clone(),
                hub: MemberId::new("hub-of-measure")?,
                look_back_months: 24,
                subjects: vec![PastSubject {
                    id: SubjectId::new("s1")?,
                    role: role.code.clone(),
                    age: AgeBand::Age5To9,
                }],
                categories: own
                    .iter()
                    .cycle()
                    .skip(turn)
                    .take(own.len().min(3))
                    .map(|category| category.id.clone())
                    .collect(),
            });
        }
        Ok(past)
    }
}

/// The rules with one grant a rung lower.
fn changed(text: &str) -> Result<String, Failure> {
    let other = text.replacen("as = \"summary\"", "as = \"headline\"", 1);
    if other == text {
        return Err("the rules made by rote have no grant to change".into());
    }
    Ok(other)
}

fn each(time: Duration, count: usize) -> Duration {
    time / u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

/// Microseconds with three decimals.
fn micros(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e6)
}
