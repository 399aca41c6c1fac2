//! Deliberately bad changes to the shipped templates: each is caught before it could come into force.
//!
//! Three nets, each of which lets a harmless change through: reading and linting the rules, the
//! comparison with what was in force, and the scenario cases. The table says which net must catch a
//! change; that the others may catch it too is printed, not claimed.

mod edits;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use self::edits::Files;
use self::table::{CHANGES, Change, Net, REWORDED};
use crate::analyse::{Effect, analyse, diff};
use crate::cases::Cases;
use crate::finding::{Finding, Severity};
use crate::lint::lint;
use crate::read::parse_rules;
use crate::sample::{today, vocabulary};
use crate::set::PolicySet;

fn read(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    fs::read_to_string(folder.join(path)).unwrap_or_else(|error| panic!("policies/{path}: {error}"))
}

fn template(kind: &str) -> Files {
    Files {
        rules: read(&format!("{kind}/rules.toml")),
        cases: read(&format!("{kind}/cases.toml")),
    }
}

/// What the three nets say to a change.
#[derive(Debug, Default)]
struct Caught {
    /// Mistakes for which the rules are not read, or findings that were not there before.
    reading: Vec<String>,
    /// What differs and discloses more, or more and less.
    comparison: Vec<String>,
    /// Fields of which more is disclosed.
    fields: Vec<String>,
    /// Cases that fail.
    cases: Vec<String>,
}

impl Caught {
    fn by(&self, net: Net) -> bool {
        match net {
            Net::Cases => !self.cases.is_empty(),
            Net::Comparison => !self.comparison.is_empty(),
            Net::Reading => !self.reading.is_empty(),
        }
    }
}

/// As an activation reads it; the proof against Casbin is about the gateway, not the change.
fn compile(rules: &str) -> Result<PolicySet, String> {
    PolicySet::compile("rules.toml", rules, vocabulary()).map_err(|error| error.to_string())
}

/// Errors and warnings, without their places.
fn findings(rules: &str, policy: &PolicySet) -> Vec<String> {
    let parsed = parse_rules("rules.toml", rules, vocabulary()).unwrap();
    let mut found: Vec<Finding> = lint(&parsed, vocabulary(), today());
    found.extend(analyse(policy, vocabulary(), today()).findings);
    found
        .iter()
        .filter(|finding| finding.severity != Severity::Note)
        .map(|finding| format!("{}: {}", finding.code, finding.message))
        .collect()
}

/// Offers the files to every net as a change of `before`.
fn offer(before: &Files, after: &Files) -> Caught {
    let old = compile(&before.rules).unwrap_or_else(|error| panic!("{error}"));
    let mut caught = Caught::default();
    let new = match compile(&after.rules) {
        Ok(new) => new,
        Err(error) => {
            caught.reading.push(error);
            return caught;
        }
    };
    let known = findings(&before.rules, &old);
    caught.reading = findings(&after.rules, &new);
    caught.reading.retain(|finding| !known.contains(finding));
    let difference = diff(&old, &new, vocabulary(), today());
    if difference.effect().is_more() {
        let more = difference
            .changes
            .iter()
            .filter(|change| change.effect.is_more());
        caught.comparison = more.clone().map(|change| change.text.clone()).collect();
        caught
            .comparison
            .push(format!("discloses {}", difference.effect()));
        caught.fields = more
            .flat_map(|change| change.fields.iter().map(ToString::to_string))
            .collect();
    }
    match Cases::parse("cases.toml", &after.cases, vocabulary()) {
        Ok(cases) => {
            let results = cases.run(&new, vocabulary(), today());
            let failed = results.into_iter().filter(|result| !result.passed);
            caught.cases = failed.map(|result| result.name).collect();
        }
        Err(error) => caught.cases.push(error.to_string()),
    }
    caught
}

fn try_change(change: &Change) -> Caught {
    let mut before = template(change.kind);
    (change.before)(&mut before);
    let mut after = before.clone();
    (change.edit)(&mut after);
    assert!(after != before, "{}: changes nothing", change.name);
    offer(&before, &after)
}

#[test]
fn every_bad_change_is_caught_before_activation() {
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    let mut missed = Vec::new();
    for change in CHANGES {
        let caught = try_change(change);
        let by: Vec<&str> = Net::ALL
            .iter()
            .filter(|net| caught.by(**net))
            .map(|net| net.name())
            .collect();
        println!("{:<16} {:<58} {}", change.kind, change.name, by.join(", "));
        for net in &by {
            *tally.entry(net).or_default() += 1;
        }
        for net in change.nets {
            if !caught.by(*net) {
                missed.push(format!(
                    "{}: not caught by {}: {caught:?}",
                    change.name,
                    net.name()
                ));
            }
        }
        for field in change.fields {
            if !caught.fields.iter().any(|named| named == field) {
                missed.push(format!(
                    "{}: the comparison does not name `{field}`: {:?}",
                    change.name, caught.fields
                ));
            }
        }
    }
    println!("{} changes; caught by: {tally:?}", CHANGES.len());
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(CHANGES.len() >= 30);
}

#[test]
fn the_table_relies_on_every_net_and_on_none_always() {
    for net in Net::ALL {
        let relying = CHANGES
            .iter()
            .filter(|change| change.nets.contains(net))
            .count();

        assert!(
            relying > 0 && relying < CHANGES.len(),
            "{}: {relying}",
            net.name()
        );
    }
    for change in CHANGES {
        assert!(!change.nets.is_empty(), "{}", change.name);
    }
}

#[test]
fn an_unmodified_template_passes_every_net() {
    for agency in &vocabulary().agencies {
        let kind = agency.kind.as_str();
        let files = template(kind);

        let caught = offer(&files, &files);

        for net in Net::ALL {
            assert!(!caught.by(*net), "{kind}: {caught:?}");
        }
        let policy = compile(&files.rules).unwrap();
        let errors: Vec<String> = findings(&files.rules, &policy);
        assert!(errors.is_empty(), "{kind}: {errors:?}");
        assert_eq!(
            diff(&policy, &policy, vocabulary(), today()).effect(),
            Effect::Same
        );
    }
}

#[test]
fn a_harmless_change_passes_every_net() {
    for change in REWORDED {
        let caught = try_change(change);

        for net in Net::ALL {
            assert!(!caught.by(*net), "{}: {caught:?}", change.name);
        }
    }
}
