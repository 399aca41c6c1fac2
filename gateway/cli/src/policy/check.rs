//! `stile policy check`: reads a policy, reports every mistake and doubt, and proves that Casbin
//! agrees.

use serde::Serialize;
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId};
use stile_policy::{Finding, PolicySet, Reach, Severity, analyse, lint, locate, parse_rules};

use super::files::{SEED, Written, today};
use crate::args::PolicyFiles;
use crate::output::{self, line};
use crate::run::Failure;

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// The policy.
    #[command(flatten)]
    pub files: PolicyFiles,
    /// Kind of agency the rules must be for; without it, the kind the file names.
    #[arg(long)]
    pub kind: Option<String>,
    /// The member that will serve the rules; without it, grants for named members count for nothing.
    #[arg(long)]
    pub member: Option<String>,
    /// Fail on warnings, too.
    #[arg(long)]
    pub strict: bool,
    /// Print the plain-English rendering.
    #[arg(long, conflicts_with = "json")]
    pub explain: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What was found, for programs.
#[derive(Serialize)]
struct Checked {
    rules: Digest,
    vocabulary: Digest,
    findings: Vec<Finding>,
    fields: Vec<Reach>,
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of the file with line and column; findings that are errors, or warnings where they
/// count.
pub fn run(check: &Check) -> Result<(), Failure> {
    let written = Written::read(&check.files)?;
    let policy = activated(check, &written)?;
    let Written {
        vocabulary,
        name,
        text,
    } = written;
    let analysis = analyse(&policy, &vocabulary, today());
    let mut findings = lint(policy.rules(), &vocabulary, today());
    findings.extend(analysis.findings);
    locate(&mut findings, &text);
    let [errors, warnings, notes] =
        [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
            findings
                .iter()
                .filter(|own| own.severity == severity)
                .count()
        });
    if check.json {
        output::json(&Checked {
            rules: policy.digest(),
            vocabulary: policy.vocabulary_digest(),
            findings,
            fields: analysis.fields,
        });
    } else {
        let good = if errors == 0 { "good" } else { "not good" };
        line(format_args!(
            "{name}: {good}; Casbin and the gateway agree; digest {}; {errors} errors, {warnings} \
             warnings, {notes} notes",
            policy.digest()
        ));
        for finding in &findings {
            line(finding.line(&name));
        }
    }
    if check.explain {
        line(policy.plain_english());
    }
    verdict(&name, errors, if check.strict { warnings } else { 0 })
}

fn activated(check: &Check, written: &Written) -> Result<PolicySet, Failure> {
    let (name, text) = (&written.name, &written.text);
    let kind = match &check.kind {
        Some(kind) => Code::new(kind.clone())?,
        None => parse_rules(name, text, &written.vocabulary)?.agency,
    };
    let member = check.member.clone().map(MemberId::new).transpose()?;
    Ok(PolicySet::activate_for(
        member.as_ref(),
        name,
        text,
        &written.vocabulary,
        &kind,
        today(),
        SEED,
    )?)
}

fn verdict(name: &str, errors: usize, warnings: usize) -> Result<(), Failure> {
    match (errors, warnings) {
        (0, 0) => Ok(()),
        (0, warnings) => Err(format!("`{name}`: {warnings} warnings").into()),
        (errors, _) => {
            Err(format!("`{name}`: {errors} errors; mend them before it is proposed").into())
        }
    }
}
