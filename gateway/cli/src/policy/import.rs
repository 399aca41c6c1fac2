//! `stile policy import`: a table from a spreadsheet as rules again.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;
use stile_model::id::RuleId;
use stile_policy::{Imported, import_rules};

use super::files::{read_text, read_vocabulary, replace};
use crate::keys::named;
use crate::output::{json, line};
use crate::run::Failure;

/// What to import.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("where").required(true).args(["into", "to"])))]
pub struct Import {
    /// The table.
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// Merge into these rules: comments stay, and what changed is told.
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// Write new rules here, which have no comments.
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// The partnership's vocabulary.
    #[arg(
        long,
        env = "STILE_VOCABULARY",
        value_name = "FILE",
        default_value = "policies/vocabulary.toml"
    )]
    pub vocabulary: PathBuf,
    /// Tell what would change and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// What the table changes.
#[derive(Debug, Serialize)]
struct Told<'a> {
    file: String,
    rules: usize,
    written: bool,
    added: &'a [RuleId],
    changed: &'a [RuleId],
    removed: &'a [RuleId],
    /// Keys at the top of the file that differ.
    keys: &'a [String],
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of the table, by row and column. Then nothing is written.
pub fn run(import: &Import) -> Result<(), Failure> {
    let vocabulary = read_vocabulary(&import.vocabulary)?;
    let table = fs::read(&import.from).map_err(|error| named(&import.from, &error))?;
    let before = import
        .into
        .as_deref()
        .map(|file| Ok::<_, Failure>((file.display().to_string(), read_text(file)?)));
    let before = before.transpose()?;
    let imported = import_rules(
        &import.from.display().to_string(),
        &table,
        &vocabulary,
        before
            .as_ref()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )?;
    let Some(target) = import.into.as_ref().or(import.to.as_ref()) else {
        return Err("say where the rules go: `--into` an earlier file, or `--to` a new one".into());
    };
    if import.into.is_none() && target.exists() {
        return Err(format!(
            "{}: exists already; merge with `--into`, so that its comments stay, or choose another name",
            target.display()
        )
        .into());
    }
    if !import.dry_run {
        replace(target, imported.text.as_bytes())?;
    }
    tell(import, &target.display().to_string(), &imported);
    Ok(())
}

fn tell(import: &Import, file: &str, imported: &Imported) {
    let told = Told {
        file: file.to_owned(),
        rules: imported.rules.rules.len(),
        written: !import.dry_run,
        added: &imported.added,
        changed: &imported.changed,
        removed: &imported.removed,
        keys: &imported.keys,
    };
    if import.json {
        json(&told);
        return;
    }
    let done = if told.written {
        "written"
    } else {
        "not written"
    };
    line(format_args!("{file}: {done}; {} rules", told.rules));
    for (what, ids) in [
        ("added", told.added),
        ("changed", told.changed),
        ("removed", told.removed),
    ] {
        if import.into.is_some() && !ids.is_empty() {
            let ids: Vec<&str> = ids.iter().map(RuleId::as_str).collect();
            line(format_args!("{what}: {}", ids.join(", ")));
        }
    }
    if import.into.is_some() && !told.keys.is_empty() {
        line(format_args!(
            "changed at the top of the file: {}",
            told.keys.join(", ")
        ));
    }
    if import.into.is_none() {
        line("comments of an earlier file are not in a table; merge with `--into` to keep them");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::PolicyFiles;
    use crate::policy::export::{self, Export};

    const POLICIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies");

    fn import(from: &std::path::Path, into: Option<PathBuf>, to: Option<PathBuf>) -> Import {
        Import {
            from: from.to_owned(),
            into,
            to,
            vocabulary: format!("{POLICIES}/vocabulary.toml").into(),
            dry_run: false,
            json: false,
        }
    }

    #[test]
    fn a_table_goes_out_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let table = dir.path().join("rules.csv");
        let rules = dir.path().join("rules.toml");
        fs::copy(format!("{POLICIES}/police/rules.toml"), &rules).unwrap();
        export::run(&Export {
            files: PolicyFiles {
                rules: rules.clone(),
                vocabulary: format!("{POLICIES}/vocabulary.toml").into(),
            },
            to: table.clone(),
        })
        .unwrap();

        run(&import(&table, Some(rules.clone()), None)).unwrap();

        let before = fs::read_to_string(format!("{POLICIES}/police/rules.toml")).unwrap();
        let after = fs::read_to_string(&rules).unwrap();
        assert_eq!(
            after,
            stile_policy::format_rules("rules.toml", &before).unwrap()
        );
        assert!(
            fs::read(&table)
                .unwrap()
                .starts_with(b"\xef\xbb\xbfagency,police\r\n")
        );
    }

    #[test]
    fn never_writes_over_a_file_that_it_was_not_told_to_merge_with() {
        let dir = tempfile::tempdir().unwrap();
        let (table, rules) = (dir.path().join("rules.csv"), dir.path().join("rules.toml"));
        fs::write(&table, "agency;police\nid;verb\n").unwrap();
        fs::write(&rules, "# mine\n").unwrap();

        assert!(run(&import(&table, None, Some(rules.clone()))).is_err());
        assert!(run(&import(&table, Some(rules.clone()), None)).is_err());

        assert_eq!(fs::read_to_string(&rules).unwrap(), "# mine\n");
    }
}
