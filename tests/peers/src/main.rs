//! The same rules and questions in Stile, Casbin and Cedar: agreement first, then times.

mod cedar;

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cedar::Cedar;
use stile_model::code::Rung;
use stile_model::id::Code;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{Asked, PolicySet, SecondOpinion, Yardstick};

const VOCABULARY: &str = include_str!("../../../policies/vocabulary.toml");
const SIZES: [usize; 3] = [20, 200, 2_000];
const ROUNDS: usize = 11;
const QUESTIONS: usize = 2_000;
/// Questions of one round for the engines that go through every rule.
const SLOWLY: usize = 20;

type Failure = Box<dyn Error>;

/// One policy in three engines.
struct Engines {
    stile: Arc<PolicySet>,
    casbin: SecondOpinion,
    cedar: Cedar,
    on: Date,
}

impl Engines {
    fn new(rules: usize, vocabulary: &Vocabulary, kind: &Code) -> Result<Self, Failure> {
        let on = Date::new(2026, 11, 22)?;
        let text = Yardstick::new(vocabulary, kind, 7).rules(rules);
        let set = PolicySet::dangerous_unproved("rules.toml", &text, vocabulary)?;
        let stile = Arc::new(set);
        Ok(Self {
            casbin: SecondOpinion::of(Arc::clone(&stile), on)?,
            cedar: Cedar::new(stile.casbin_csv())?,
            stile,
            on,
        })
    }

    fn stile(&self, asked: &Asked) -> (Rung, Rung) {
        let outcome = self.stile.outcome(&asked.question(), self.on);
        black_box(&outcome);
        (outcome.auto, outcome.approved)
    }

    fn casbin(&self, asked: &Asked) -> Result<(Rung, Rung), Failure> {
        Ok(self.casbin.rungs(&asked.question())?)
    }

    fn cedar(&self, asked: &Asked) -> Result<(Rung, Rung), Failure> {
        self.cedar.rungs(&self.stile.request(&asked.question()))
    }

    /// All three say the same to each of these.
    fn agree(&self, questions: &[Asked]) -> Result<(), Failure> {
        for asked in questions {
            let (stile, casbin, cedar) =
                (self.stile(asked), self.casbin(asked)?, self.cedar(asked)?);
            if stile != casbin || stile != cedar {
                let text = format!("they differ: {stile:?}, {casbin:?}, {cedar:?} to {asked:?}");
                return Err(text.into());
            }
        }
        Ok(())
    }
}

fn main() -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        println!("a development build: these figures say nothing; run it with --release\n");
    }
    let vocabulary = Vocabulary::parse("policies/vocabulary.toml", VOCABULARY)?;
    let kind: Code = "police".parse()?;
    let questions = Yardstick::new(&vocabulary, &kind, 8).questions(QUESTIONS);
    println!(
        "| rules | agreed on | Stile µs | Casbin µs | Cedar µs | Casbin ÷ Stile | Cedar ÷ Stile |"
    );
    println!("|---|---|---|---|---|---|---|");
    for rules in SIZES {
        let engines = Engines::new(rules, &vocabulary, &kind)?;
        // Every question that all three are timed with.
        let compared = ROUNDS * SLOWLY;
        engines.agree(questions.get(..compared).unwrap_or(&questions))?;
        let (stile, casbin, cedar) = measure(&engines, &questions)?;
        println!(
            "| {rules} | {compared} | {stile:.3} | {casbin:.1} | {cedar:.1} | {:.0} | {:.0} |",
            casbin / stile,
            cedar / stile
        );
    }
    Ok(())
}

/// Medians in microseconds.
fn measure(engines: &Engines, questions: &[Asked]) -> Result<(f64, f64, f64), Failure> {
    let (mut stile, mut casbin, mut cedar) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let began = Instant::now();
        for asked in questions {
            black_box(engines.stile(black_box(asked)));
        }
        stile.push(each(began.elapsed(), questions.len()));
        let few: Vec<&Asked> = questions.iter().skip(round * SLOWLY).take(SLOWLY).collect();
        let began = Instant::now();
        for asked in &few {
            black_box(engines.casbin(asked)?);
        }
        casbin.push(each(began.elapsed(), few.len()));
        let began = Instant::now();
        for asked in &few {
            black_box(engines.cedar(asked)?);
        }
        cedar.push(each(began.elapsed(), few.len()));
    }
    Ok((median(stile), median(casbin), median(cedar)))
}

fn each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX).max(1))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
