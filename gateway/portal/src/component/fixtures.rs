//! The components held against what govuk-frontend publishes about itself.
//!
//! Each fixture has the options of the published macro and the mark-up it makes. A fixture that
//! uses an option which no page of ours needs is left out by [`serde`], since the structs take only
//! the fields they have; every other must come out the same. How many come out is part of the test,
//! so that a component cannot quietly lose an option.
//!
//! Compared after folding white space, sorting attributes and writing entities one way. White space
//! between two tags does not count.

mod canonical;
mod options;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use canonical::canonical;
use options::{folded, shaped};

use super::{
    BackLink, Breadcrumbs, Button, ButtonLink, CharacterCount, Checkboxes, DateInput, Details,
    ErrorMessage, ErrorSummary, Fieldset, Hint, Input, InsetText, Label, LanguageNavigation,
    NotificationBanner, Pagination, Panel, Radios, Select, ServiceNavigation, SkipLink,
    SummaryList, Table, Tag, TaskList, Textarea, WarningText,
};

/// How one component's options differ in shape from the published ones.
#[derive(Clone, Copy)]
enum Shape {
    /// As published.
    Same,
    /// Label, hint and error stand in a field.
    Field,
    /// Legend, hint and error stand in a group.
    Group,
}

/// One file of fixtures as published.
#[derive(Deserialize)]
struct Published {
    fixtures: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    name: String,
    options: Value,
    html: String,
}

/// What [`folded`] and [`shaped`] cannot do by rule alone.
type Mend = fn(&mut Value);

/// Every fixture that `C` can take comes out as published, and there are `count` of them.
#[track_caller]
fn holds<C: std::fmt::Display + DeserializeOwned>(
    component: &str,
    count: usize,
    shape: Shape,
    mend: Mend,
) {
    let file = format!(
        "{}/tests/fixtures/govuk/{component}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let file = std::fs::read_to_string(file).expect("the fixtures are there");
    let published: Published = serde_json::from_str(&file).expect("the fixtures can be read");

    let mut same = 0;
    for fixture in &published.fixtures {
        // It numbers the ids of entries by their place among entries that are nothing.
        let nothings = ["with falsy", "with empty values"];
        if nothings.iter().any(|start| fixture.name.starts_with(start))
            && (matches!(shape, Shape::Group) || component == "task-list")
        {
            continue;
        }
        let mut options = shaped(folded(fixture.options.clone()), shape);
        mend(&mut options);
        let Ok(part) = serde_json::from_value::<C>(options) else {
            continue;
        };
        assert_eq!(
            canonical(&part.to_string()),
            canonical(&fixture.html),
            "{component}: `{}`",
            fixture.name
        );
        same += 1;
    }

    let all = published.fixtures.len();
    assert_eq!(same, count, "{component}: {same} of {all} come out");
}

fn no_mend(_: &mut Value) {}

#[test]
fn tag_comes_out_as_published() {
    holds::<Tag>("tag", 12, Shape::Same, no_mend);
}

#[test]
fn buttons_come_out_as_published() {
    holds::<Button>("button", 30, Shape::Same, |options| {
        if let Some(Value::String(_)) = options.get("href") {
            options["a link"] = json!(true);
        }
    });
    holds::<ButtonLink>("button", 3, Shape::Same, |options| {
        if options.get("href").is_none() {
            options["no link"] = json!(true);
        }
    });
}

#[test]
fn label_hint_and_error_come_out_as_published() {
    holds::<Label>("label", 17, Shape::Same, no_mend);
    holds::<Hint>("hint", 6, Shape::Same, no_mend);
    holds::<ErrorMessage>("error-message", 9, Shape::Same, |options| {
        let members = options.as_object_mut().expect("options are an object");
        members
            .entry("visuallyHiddenText")
            .or_insert_with(|| json!("Error"));
    });
    holds::<Fieldset>("fieldset", 18, Shape::Same, no_mend);
}

#[test]
fn single_fields_come_out_as_published() {
    holds::<Input>("input", 45, Shape::Field, no_mend);
    holds::<Textarea>("textarea", 18, Shape::Field, no_mend);
    holds::<Select>("select", 17, Shape::Field, |options| {
        // The text of an entry is never mark-up there.
        for item in options["items"].as_array_mut().into_iter().flatten() {
            if let Some(content) = item.as_object_mut().and_then(|item| item.remove("content")) {
                item["text"] = content["text"].clone();
            }
        }
    });
}

#[test]
fn groups_come_out_as_published() {
    holds::<Radios>("radios", 42, Shape::Group, no_mend);
    holds::<Checkboxes>("checkboxes", 41, Shape::Group, no_mend);
    holds::<DateInput>("date-input", 40, Shape::Group, with_parts);
}

/// The published macro makes up the parts, their labels and values; a page of ours gives them.
fn with_parts(options: &mut Value) {
    let members = options.as_object_mut().expect("options are an object");
    let values = members.remove("values").unwrap_or_default();
    let prefix = match members.get("namePrefix") {
        Some(Value::String(prefix)) => format!("{prefix}-"),
        _ => String::new(),
    };
    let parts = ["day", "month", "year"].map(|name| {
        let mut part = members.remove(name).unwrap_or_else(|| json!({}));
        part.as_object_mut()
            .map(|part| part.entry("name").or_insert_with(|| json!(name)));
        part
    });
    let items = members.entry("items").or_insert_with(|| json!([]));
    if items.as_array().is_some_and(Vec::is_empty) {
        *items = json!(parts);
    }
    for item in items.as_array_mut().into_iter().flatten() {
        let Some(item) = item.as_object_mut() else {
            continue;
        };
        let name = item
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let label = item
            .entry("label")
            .or_insert_with(|| json!(name.split_at(1).0.to_uppercase() + name.split_at(1).1));
        *label = json!({ "content": label });
        if let Some(value) = values.get(format!("{prefix}{name}")) {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            item.entry("value").or_insert_with(|| json!(text));
        }
    }
}

#[test]
fn error_summary_comes_out_as_published() {
    holds::<ErrorSummary>("error-summary", 19, Shape::Same, no_mend);
}

#[test]
fn table_comes_out_as_published() {
    holds::<Table>("table", 21, Shape::Same, no_mend);
}

#[test]
fn summary_list_comes_out_as_published() {
    holds::<SummaryList>("summary-list", 28, Shape::Same, no_mend);
}

#[test]
fn navigation_comes_out_as_published() {
    holds::<ServiceNavigation>("service-navigation", 12, Shape::Same, |options| {
        let members = options.as_object_mut().expect("options are an object");
        for (key, word) in [
            ("ariaLabel", "Service information"),
            ("menuButtonText", "Menu"),
            ("navigationId", "navigation"),
        ] {
            members.entry(key).or_insert_with(|| json!(word));
        }
    });
    holds::<LanguageNavigation>("language-navigation", 11, Shape::Same, |options| {
        let members = options.as_object_mut().expect("options are an object");
        members
            .entry("ariaLabel")
            .or_insert_with(|| json!("Language"));
    });
}

/// Adds what the published macro says by default and ours is given.
fn given(options: &mut Value, defaults: &[(&str, Value)]) {
    let members = options.as_object_mut().expect("options are an object");
    for (key, value) in defaults {
        members.entry(*key).or_insert_with(|| value.clone());
    }
}

#[test]
fn links_and_texts_come_out_as_published() {
    holds::<BackLink>("back-link", 7, Shape::Same, |options| {
        given(options, &[("href", json!("#")), ("content", json!("Back"))]);
    });
    holds::<Breadcrumbs>("breadcrumbs", 11, Shape::Same, |options| {
        given(options, &[("labelText", json!("Breadcrumb"))]);
    });
    holds::<Details>("details", 10, Shape::Same, no_mend);
    holds::<InsetText>("inset-text", 6, Shape::Same, no_mend);
    holds::<SkipLink>("skip-link", 9, Shape::Same, |options| {
        given(options, &[("href", json!("#content"))]);
    });
    holds::<WarningText>("warning-text", 8, Shape::Same, |options| {
        given(options, &[("iconFallbackText", json!("Warning"))]);
    });
}

#[test]
fn banner_and_panel_come_out_as_published() {
    holds::<NotificationBanner>("notification-banner", 20, Shape::Same, |options| {
        let members = options.as_object_mut().expect("options are an object");
        let success = members.remove("type") == Some(json!("success"));
        members.insert("success".to_owned(), json!(success));
        let title = if success { "Success" } else { "Important" };
        members.entry("title").or_insert_with(|| json!(title));
        // Text alone is its heading line.
        if members
            .get("content")
            .is_some_and(|content| content.get("html").is_none())
        {
            let text = members.remove("content").unwrap_or_default();
            members.insert("heading".to_owned(), text);
        }
    });
    holds::<Panel>("panel", 9, Shape::Same, |options| {
        // The other kind of panel, which no page of ours uses.
        if options["classes"]
            .as_str()
            .is_some_and(|all| all.contains("interruption"))
        {
            options["another kind"] = json!(true);
        }
    });
}

#[test]
fn pagination_comes_out_as_published() {
    holds::<Pagination>("pagination", 15, Shape::Same, |options| {
        given(options, &[("landmarkLabel", json!("Pagination"))]);
        for (link, word) in [("previous", "Previous"), ("next", "Next")] {
            if options.get(link).is_some() {
                let html = format!(r#"{word}<span class="govuk-visually-hidden"> page</span>"#);
                given(&mut options[link], &[("content", json!({ "html": html }))]);
            }
        }
        for item in options["items"].as_array_mut().into_iter().flatten() {
            if let Some(number) = item.get("number").cloned() {
                let number = number
                    .as_str()
                    .map_or_else(|| number.to_string(), str::to_owned);
                let spoken = json!(format!("Page {number}"));
                given(item, &[("visuallyHiddenText", spoken)]);
            }
        }
        if options["items"].is_null() {
            options.as_object_mut().expect("an object").remove("items");
        }
    });
}

#[test]
fn task_list_comes_out_as_published() {
    holds::<TaskList>("task-list", 9, Shape::Same, |options| {
        given(options, &[("idPrefix", json!("task-list"))]);
    });
}

#[test]
fn character_count_comes_out_as_published() {
    holds::<CharacterCount>("character-count", 16, Shape::Field, |options| {
        let Some(limit) = options["maxlength"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| options["maxlength"].as_u64().map(|limit| limit.to_string()))
        else {
            options["no limit"] = json!(true);
            return;
        };
        options["maxlength"] = json!(limit.parse::<u32>().unwrap_or_default());
        let words = json!(format!("You can enter up to {limit} characters"));
        given(options, &[("textareaDescriptionText", words)]);
        let words = options["textareaDescriptionText"]
            .as_str()
            .unwrap_or_default();
        options["textareaDescriptionText"] = json!(words.replace("%{count}", &limit));
    });
}
