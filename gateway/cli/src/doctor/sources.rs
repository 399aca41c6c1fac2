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
    let lesser = lesser(&report);
    if lesser.is_empty() {
        return Ok(Finding::good("sources", found));
    }
    let (counts, advice): (Vec<_>, Vec<_>) = lesser.into_iter().unzip();
    Ok(Finding::soon(
        "sources",
        format!("{found}; {}", counts.join("; ")),
        &format!(
            "`stile source check` names the columns: {}",
            advice.join(", ")
        ),
    ))
}

/// What slows a source down, and what keeps single records or their days back, each with what to do. An
/// end that every row holds may be right, which a person says once: it is not repeated here.
fn lesser(report: &CheckReport) -> Vec<(String, &'static str)> {
    let kinds: [(&[CheckFault], &str, &str); 3] = [
        (
            &[CheckFault::NotIndexed, CheckFault::PlanHidden],
            "columns without an index",
            "have them indexed",
        ),
        (
            &[CheckFault::OddDate],
            "columns with odd dates",
            "have their dates put right",
        ),
        (
            &[CheckFault::DateNotShown],
            "dates that are read and not shown",
            "map them in `fields`, too, where they may be known",
        ),
    ];
    let counted = kinds.into_iter().filter_map(|(faults, what, advice)| {
        let found = report.findings.iter();
        let count = found.filter(|one| faults.contains(&one.fault)).count();
        (count > 0).then(|| (format!("{count} {what}"), advice))
    });
    counted.collect()
}

#[cfg(test)]
mod tests {
    use stile_sources::CheckFinding;

    use super::*;

    #[test]
    fn each_kind_is_counted_by_itself_with_what_to_do_about_it() {
        let finding = |fault| CheckFinding {
            fault,
            table: "concern".to_owned(),
            column: "noted_on".to_owned(),
            category: None,
        };
        let mut report = CheckReport {
            name: "pupils".to_owned(),
            system: "Pupil records".to_owned(),
            people: 1,
            categories: Vec::new(),
            round_trip: true,
            without_row: Vec::new(),
            findings: [
                CheckFault::DateNotShown,
                CheckFault::PlanHidden,
                CheckFault::NotIndexed,
                CheckFault::NeverEmpty,
            ]
            .map(finding)
            .into(),
        };

        let told: Vec<_> = lesser(&report)
            .into_iter()
            .map(|(count, _)| count)
            .collect();
        assert_eq!(
            told,
            [
                "2 columns without an index",
                "1 dates that are read and not shown"
            ]
        );
        report.findings = vec![finding(CheckFault::DateNotShown)];
        let advice: Vec<_> = lesser(&report)
            .into_iter()
            .map(|(_, advice)| advice)
            .collect();
        assert_eq!(
            advice,
            ["map them in `fields`, too, where they may be known"]
        );
    }
}
