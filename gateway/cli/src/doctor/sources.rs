//! The systems an agency reads: do they answer, can they only be read, are they as they are mapped?

use stile_exchange::clock::Clock;
use stile_sources::SourceMapping;

use super::Finding;
use crate::config::AgencyConfig;
use crate::policy::read_vocabulary;
use crate::run::Failure;
use crate::source::{connect, read_mapping};

const MAP: &str = "correct sources.toml; `stile source check` names every table and column";

/// Looks at each source by itself.
pub(super) async fn examine(config: &AgencyConfig, clock: &Clock) -> Vec<Finding> {
    let read = read_vocabulary(&config.parts.vocabulary).and_then(|vocabulary| {
        let mapping = read_mapping(&config.sources, &vocabulary, &config.kind)?;
        Ok((vocabulary, mapping))
    });
    let (vocabulary, mapping) = match read {
        Ok(both) => both,
        Err(error) => return vec![Finding::wrong("sources", error, MAP)],
    };
    let mut findings = Vec::new();
    for mapped in &mapping.sources {
        findings.push(match checked(mapped, &vocabulary, clock).await {
            Ok(finding) => finding,
            Err(error) => Finding::wrong(
                "sources",
                error,
                "make the system answer, with an account that may only read; until then its \
                 categories are \"not checked\", and the gateway does not start",
            ),
        });
    }
    findings
}

async fn checked(
    mapped: &SourceMapping,
    vocabulary: &stile_model::vocabulary::Vocabulary,
    clock: &Clock,
) -> Result<Finding, Failure> {
    let source = connect(mapped, clock).await?;
    let report = source.check(vocabulary).await?;
    let name = source.name();
    if !report.usable() {
        let found = format!("`{name}` has {} columns to mend", report.findings.len());
        return Ok(Finding::wrong("sources", found, MAP));
    }
    if let Some(problem) = source.extract().and_then(|extract| extract.problem) {
        let found = format!("`{name}`: newer files are not in force: {problem}");
        return Ok(Finding::soon("sources", found, "have the files sent again"));
    }
    let found = format!(
        "`{name}` answers, can only be read, {} people",
        report.people
    );
    Ok(if report.findings.is_empty() {
        Finding::good("sources", found)
    } else {
        let found = format!(
            "{found}; {} columns without an index",
            report.findings.len()
        );
        Finding::soon(
            "sources",
            found,
            "have the columns indexed that `stile source check` names",
        )
    })
}
