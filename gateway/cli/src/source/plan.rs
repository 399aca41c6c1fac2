//! `stile source plan`: the statements that an enquiry for a purpose would run.

use serde_json::json;
use stile_model::code::Rung;
use stile_model::id::{CategoryId, Code};
use stile_model::vocabulary::Vocabulary;
use stile_policy::{PolicySet, WhoCan, who_can};
use stile_sources::{PlannedStatement, PlannedStep};

use crate::args::PolicyFiles;
use crate::config::AgencyConfig;
use crate::output::{self, line};
use crate::policy::{Written, today};
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When the rules have mistakes, the purpose is unknown, or a source does not answer.
pub async fn run(
    config: &AgencyConfig,
    purpose: &Code,
    months: u16,
    json: bool,
) -> Result<(), Failure> {
    let written = Written::read(&PolicyFiles {
        rules: config.rules.clone(),
        vocabulary: config.parts.vocabulary.clone(),
    })?;
    let known: Vec<_> = written
        .vocabulary
        .purposes
        .iter()
        .map(|p| p.code.as_str())
        .collect();
    if !known.contains(&purpose.as_str()) {
        let known = known.join(", ");
        return Err(
            format!("`{purpose}` is no purpose of the vocabulary; allowed: {known}").into(),
        );
    }
    let policy = written.activate(Some(config.parts.member.as_str()))?;
    let from = today().saturating_sub(jiff::Span::new().months(i32::from(months)));
    let mut all = Vec::new();
    for source in super::connected(config).await? {
        let categories = source.categories();
        let wanted: Vec<_> = categories
            .filter_map(|category| shown(&policy, &written.vocabulary, category, purpose))
            .collect();
        let planned = source.plan(&wanted, Some(from)).await?;
        if json {
            let statements: Vec<_> = planned.iter().map(as_json).collect();
            all.push(json!({ "source": source.name(), "statements": statements }));
            continue;
        }
        line(format_args!("{} ({})", source.name(), source.system()));
        for statement in &planned {
            tell(statement);
        }
        for category in source.categories() {
            if !wanted.iter().any(|(shown, _)| shown == category) {
                line(format_args!(
                    "\n  {category}: no rule shows any of it for `{purpose}`; not read"
                ));
            }
        }
    }
    if json {
        output::json(&all);
    }
    Ok(())
}

/// The category with its fields of which some rule shows something for the purpose, if there are any.
fn shown(
    policy: &PolicySet,
    vocabulary: &Vocabulary,
    category: &CategoryId,
    purpose: &Code,
) -> Option<(CategoryId, Vec<String>)> {
    let fields = &vocabulary.category(category)?.fields;
    let shown = fields.iter().filter(|field| {
        let who = who_can(policy, vocabulary, &field.id, Rung::Known, today());
        who.is_some_and(|who| covers(&who, purpose))
    });
    let shown: Vec<_> = shown.map(|field| field.id.name().to_owned()).collect();
    (!shown.is_empty()).then(|| (category.clone(), shown))
}

/// Does anybody see the field for this purpose, at once or after approval?
fn covers(who: &WhoCan, purpose: &Code) -> bool {
    who.access.iter().any(|access| {
        let mut on_purpose = access
            .when
            .iter()
            .filter(|when| when.dimension == "purpose");
        on_purpose.all(|when| when.words.iter().any(|word| word == purpose.as_str()))
    })
}

fn words(step: &PlannedStep) -> String {
    match step {
        PlannedStep::Find => "who may be the person asked about".to_owned(),
        PlannedStep::Household => "everyone of one household".to_owned(),
        PlannedStep::OtherNames => "other names of those found".to_owned(),
        PlannedStep::Person => "one person, again by key".to_owned(),
        PlannedStep::Records(category) => format!("{category} of one person"),
    }
}

fn as_json(statement: &PlannedStatement) -> serde_json::Value {
    json!({
        "for": words(&statement.step), "sent": statement.sent,
        "parameters": statement.parameters, "explained": statement.explained,
    })
}

fn tell(statement: &PlannedStatement) {
    line(format_args!("\n  {}", words(&statement.step)));
    for sent in &statement.sent {
        line(format_args!("    {sent}"));
    }
    if !statement.parameters.is_empty() {
        let shown: Vec<_> = statement
            .parameters
            .iter()
            .map(|one| format!("`{one}`"))
            .collect();
        line(format_args!(
            "    with, in place of what is asked: {}",
            shown.join(", ")
        ));
    }
    match &statement.explained {
        None => line("    how it would be run is not told"),
        Some(steps) => {
            for step in steps {
                line(format_args!("      | {step}"));
            }
        }
    }
}
