//! The systems an agency reads: do they answer, can they only be read, are they as they are mapped?

use stile_exchange::clock::Clock;
use stile_sources::{CheckFault, CheckReport, SourceMapping};

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
        let found = format!("`{name}` has {} things to mend", report.findings.len());
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
    let (slow, dates) = lesser(&report);
    Ok(if slow + dates == 0 {
        Finding::good("sources", found)
    } else {
        let slow = (slow > 0).then(|| format!("{slow} columns without an index"));
        let dates = (dates > 0).then(|| format!("{dates} columns of dates to look into"));
        let parts: Vec<_> = [Some(found), slow, dates].into_iter().flatten().collect();
        Finding::soon(
            "sources",
            parts.join("; "),
            "`stile source check` names the columns: have them indexed, or their dates put right",
        )
    })
}

/// What slows a source down, and what keeps single records or their days back. An end that every row
/// holds may be right, which a person says once: it is not repeated here.
fn lesser(report: &CheckReport) -> (usize, usize) {
    let count = |faults: &[CheckFault]| {
        let found = report.findings.iter();
        found.filter(|one| faults.contains(&one.fault)).count()
    };
    (
        count(&[CheckFault::NotIndexed, CheckFault::PlanHidden]),
        count(&[CheckFault::DateNotShown, CheckFault::OddDate]),
    )
}
