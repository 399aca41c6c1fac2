//! What a source shows of itself to those who connect it: its statements, and the shapes of what it
//! holds. Never a value.

use jiff::civil::date;
use stile_sources::{ColumnSample, Look, PlannedStep, Source};

use crate::contract;
use crate::world::{World, category, fields, patient, sound, written_on};

contract!(
    samples_counts_and_shapes_and_no_value,
    a_sample_counts_what_does_not_fit,
    plans_only_the_columns_that_are_wanted,
);

async fn connected(world: &World, change: impl Fn(String) -> String) -> Source {
    let change = |text: String| change(sound(&text));
    world.changed(change, patient()).await
}

fn of<'a>(samples: &'a [ColumnSample], meaning: &str) -> &'a ColumnSample {
    let found = samples.iter().find(|sample| sample.meaning == meaning);
    found.unwrap_or_else(|| panic!("{meaning}: {samples:?}"))
}

async fn samples_counts_and_shapes_and_no_value(world: &World) {
    let source = connected(world, |text| text).await;

    let samples = source.sample().await.unwrap();

    let born = of(&samples, "person.dob");
    assert_eq!((born.rows, born.empty, born.unfit), (4, 1, 0));
    assert_eq!(born.looks, [(Look::Date, 3)]);
    let address = of(&samples, "person.address");
    assert_eq!((address.rows, address.empty), (4, 2));
    assert_eq!(address.looks, [(Look::Words, 2)]);
    assert_eq!(address.longest, 10);
    assert_eq!(
        of(&samples, "person.identifiers.nhs_number").looks,
        [(Look::Number, 2)]
    );
    // What is neither yes nor no is shown, so that somebody asks what it means.
    assert_eq!(of(&samples, "person.protected").unfit, 1);
    let summary = of(&samples, "police.domestic_incident.summary");
    assert_eq!((summary.rows, summary.empty), (4, 1));
    let said = format!("{samples:?}");
    for value in ["Testwood", "Elm", "9434765919", "2018", "First", "Formerly"] {
        assert!(!said.contains(value), "{value}");
    }
}

async fn a_sample_counts_what_does_not_fit(world: &World) {
    let source = connected(world, |text| written_on(&text, "dd/mm/yyyy")).await;

    let samples = source.sample().await.unwrap();

    let written = of(&samples, "police.domestic_incident.date");
    assert_eq!((written.rows, written.empty, written.unfit), (4, 1, 1));
    assert_eq!(written.looks, [(Look::Date, 2), (Look::Code, 1)]);
}

async fn plans_only_the_columns_that_are_wanted(world: &World) {
    let source = connected(world, |text| text).await;
    let wanted = [(category("police.domestic_incident"), fields(&["summary"]))];

    let planned = source.plan(&wanted, Some(date(2024, 1, 1))).await.unwrap();

    let steps: Vec<_> = planned.iter().map(|one| &one.step).collect();
    assert_eq!(
        steps,
        [
            &PlannedStep::Find,
            &PlannedStep::Household,
            &PlannedStep::Person,
            &PlannedStep::OtherNames,
            &PlannedStep::Records(category("police.domestic_incident")),
        ]
    );
    let records = &planned[4];
    let [sql] = records.sent.as_slice() else {
        panic!("{records:?}");
    };
    assert!(
        sql.contains("mo_text") && !sql.contains("dash_grade"),
        "{sql}"
    );
    assert!(records.parameters.contains(&"2024-01-01".to_owned()));
    for one in &planned {
        assert!(
            one.explained
                .as_ref()
                .is_some_and(|steps| !steps.is_empty()),
            "{one:?}"
        );
    }
    assert!(source.plan(&[], None).await.unwrap().len() == 4);
}
