//! A source that is asked, and what must hold of whatever it answers.

use std::sync::LazyLock;

use stile_model::id::{CategoryId, Code};
use stile_model::subject::{CandidateQuery, Known, PersonRow};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use stile_sources::{Limits, Mapping, Records, Source, SourceError, SourceMapping};
use tokio::runtime::{Builder, Runtime};

const CATEGORY: &str = "health.registration";

pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
});

/// The one source of a mapping.
pub fn mapping(text: &str) -> SourceMapping {
    let words = include_str!("../../../../gateway/sources/tests/vocabulary.toml");
    let vocabulary = Vocabulary::parse("vocabulary.toml", words).expect("the vocabulary");
    let kind = Code::new("health").expect("a code");
    let read = Mapping::parse("sources.toml", text, &vocabulary, &kind).expect("the mapping");
    read.sources.into_iter().next().expect("a source")
}

/// A question that every mapping here can be asked.
pub fn question() -> CandidateQuery {
    CandidateQuery {
        identifiers: vec![(
            Code::new("nhs_number").expect("a code"),
            vec!["9434765919".to_owned().into()],
        )],
        surnames: vec!["Testwood".to_owned().into()],
        forenames: vec!["Ann".to_owned().into()],
        born: vec!["2015-03-09".parse::<Date>().expect("a date")],
        known: Known {
            born: true,
            forename: true,
            postcode: false,
            surname: true,
        },
        ..CandidateQuery::default()
    }
}

/// What a source says of the people who are asked about, and of one of them.
#[derive(Debug, PartialEq)]
pub struct Said {
    pub people: Result<Vec<PersonRow>, String>,
    pub records: Result<Records, String>,
}

pub async fn asked(source: &Source, texts: &[String]) -> Said {
    let people = source.candidates(&question()).await;
    let key = "p1".to_owned().into();
    let category = CategoryId::new(CATEGORY).expect("a category");
    let fields = ["practice".to_owned()];
    let from = Some("2016-01-01".parse::<Date>().expect("a date"));
    let records = source.records(&key, &category, &fields, from).await;
    let Limits {
        rows, candidates, ..
    } = source.limits();
    if let Ok(people) = &people {
        assert!(
            people.len() <= candidates as usize,
            "more people than wanted"
        );
    }
    if let Ok(found) = &records {
        assert!(
            found.records.len() <= rows as usize,
            "more rows than wanted"
        );
        let in_time = |on: Option<Date>| on.is_none_or(|on| Some(on) >= from);
        assert!(found.records.iter().all(|record| in_time(record.event)));
    }
    Said {
        people: people.map_err(|error| told(&error, texts)),
        records: records.map_err(|error| told(&error, texts)),
    }
}

/// The text of an error, which repeats nothing of `texts`.
pub fn told(error: &SourceError, texts: &[String]) -> String {
    let told = error.to_string();
    assert!(!told.is_empty());
    for text in texts {
        assert!(!told.contains(text), "an error repeats what a source holds");
    }
    told
}
