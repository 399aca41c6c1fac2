//! A document: from starting the typesetter to having its whole PDF, beside starting it for nothing.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stile_model::digest::Digest;
use stile_product::Document as Copy;

use super::Document;
use super::figures::{self, Laps, head, millis, row};
use crate::output::line;
use crate::run::Failure;

/// Runs the measurement.
///
/// # Errors
///
/// A typesetter that cannot be started or fails, or bytes that are not the same every time.
pub(super) fn run(bench: &Document) -> Result<(), Failure> {
    figures::machine(&Path::new(".").canonicalize()?);
    let program = match &bench.typesetter {
        Some(program) => program.clone(),
        None => std::env::current_exe()?.with_file_name("stile-pdf"),
    };
    let document = copy(bench.items)?.to_bytes();
    let (mut floor, mut whole) = (Laps::default(), Laps::default());
    let mut first: Option<(Digest, usize)> = None;
    for _ in 0..bench.rounds {
        floor.add(started(&program)?);
        let (lap, pdf) = typeset(&program, &document)?;
        whole.add(lap);
        let made = (Digest::of(&pdf), pdf.len());
        if *first.get_or_insert(made) != made {
            return Err("the same document gave other bytes".into());
        }
    }
    line("");
    head(&[
        "items",
        "rounds",
        "JSON KiB",
        "PDF KiB",
        "p50 ms",
        "p99 ms",
        "floor p50 ms",
        "floor p99 ms",
    ]);
    let kib = |bytes: usize| (bytes / 1_024).to_string();
    row(&[
        bench.items.to_string(),
        bench.rounds.to_string(),
        kib(document.len()),
        kib(first.map_or(0, |(_, bytes)| bytes)),
        millis(whole.percentile(50)),
        millis(whole.percentile(99)),
        millis(floor.percentile(50)),
        millis(floor.percentile(99)),
    ]);
    line("");
    figures::load("after");
    Ok(())
}

fn said(program: &Path, error: &std::io::Error) -> Failure {
    format!(
        "`{}` cannot be started ({}); build it with `cargo build --release -p stile-pdf`, or name it \
         with `--typesetter`",
        program.display(),
        error.kind()
    )
    .into()
}

/// How long the program takes to start and end, and do nothing.
fn started(program: &PathBuf) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let done = Command::new(program).env_clear().arg("--version").output();
    let done = done.map_err(|error| said(program, &error))?;
    if done.status.success() {
        Ok(begun.elapsed())
    } else {
        Err("the typesetter does not say its version".into())
    }
}

/// How long one document takes, and its PDF.
fn typeset(program: &PathBuf, document: &[u8]) -> Result<(Duration, Vec<u8>), Failure> {
    let begun = Instant::now();
    let mut child = Command::new(program)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| said(program, &error))?;
    let pipes = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(mut stdout)) = pipes else {
        return Err("the typesetter has no input or output".into());
    };
    // It reads everything before it writes anything: neither waits for the other.
    stdin.write_all(document)?;
    drop(stdin);
    let mut pdf = Vec::new();
    stdout.read_to_end(&mut pdf)?;
    let lap = begun.elapsed();
    let status = child.wait()?;
    if status.success() && pdf.starts_with(b"%PDF-") {
        Ok((lap, pdf))
    } else {
        Err(format!("the typesetter ended with {status} and without a PDF").into())
    }
}

/// A decision maker's copy with so many dated items of five agencies.
fn copy(items: usize) -> Result<Copy, Failure> {
    let document = json!({
        "v": 1,
        "language": "en",
        "hub": "Riverside safeguarding hub",
        "number": 1,
        "recipient": { "role": "Team manager", "name": "s-2001" },
        "ledger": { "origin": "riverside.example/hub", "size": 4711, "root": "ab".repeat(32) },
        "product_digest": "cd".repeat(32),
        "presence": [],
        "product": product(items),
    });
    Ok(serde_json::from_value(document)?)
}

fn word(code: &str, words: &str) -> Value {
    json!({ "code": code, "words": words })
}

fn product(items: usize) -> Value {
    json!({
        "v": 1,
        "marking": "OFFICIAL-SENSITIVE",
        "audience": "decision_maker",
        "case": "MASH-2026-00417",
        "made": "2026-02-24T22:40:00.000Z",
        "opened": "2026-02-24T18:40:00.000Z",
        "due": "2026-02-24T22:40:00.000Z",
        "kind": word("significant_harm", "Risk of significant harm"),
        "priority": "red",
        "purpose": word("s47_enquiry", "Section 47 enquiry"),
        "legal_gateway": ["Children Act 1989 s.47"],
        "look_back_months": 24,
        "consent": { "state": "not_sought", "override_reason": null, "parents_informed": null },
        "outcome": null,
        "subjects": [{
            "id": "s1", "name": "Mali Testwood", "role": word("child", "Child"),
            "born": "9 May 2018",
        }],
        "notices": [],
        "counts": {
            "agencies": 5, "answered": 5, "items": items, "withheld": 0, "referred": 0, "gaps": 0,
            "no_record": 0, "set_aside": 0,
        },
        "chronology": (0..items).map(event).collect::<Value>(),
        "agencies": [], "agreements": [], "contradictions": [], "withheld": [], "referred": [],
        "gaps": [], "no_record": [],
        "contacts": [
            { "agency": "police", "agency_name": "Police", "contact": "duty desk, 01632 960016" },
        ],
    })
}

fn event(place: usize) -> Value {
    const AGENCIES: [&str; 5] = ["Police", "Health", "Housing", "Education", "Probation"];
    let agency = AGENCIES.get(place % AGENCIES.len()).unwrap_or(&"Police");
    json!({
        "when": format!("2025-{:02}-{:02}", place % 12 + 1, place % 28 + 1),
        "precision": "day",
        "agency": agency.to_lowercase(),
        "agency_name": agency,
        "subject": "s1",
        "subject_name": "Mali Testwood",
        "category": "police.incident",
        "title": "Incident",
        "fields": [
            { "field": "note", "title": "What happened", "rung": "detail", "rule": "P-05",
              "value": "Officers attended. The child was present and had no visible injury; the \
                        mother said that it was not the first time." },
        ],
        "provenance": {
            "system": "Records", "author": "officer", "nature": "allegation",
            "verification": "not_verified", "grading": null, "recorded": "2025-01-02",
            "handling": [word("official_sensitive", "Official-Sensitive")], "reference": "R-17",
        },
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn bench(folder: &Path, line: &str) -> Result<(), Failure> {
        let program = folder.join("typesetter");
        std::fs::write(&program, format!("#!/bin/sh\n{line}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        run(&Document {
            typesetter: Some(program),
            items: 3,
            rounds: 2,
        })
    }

    #[test]
    fn the_document_is_one_that_a_hub_could_have_made() {
        let copy = copy(7).unwrap();

        assert_eq!(copy.product.chronology.len(), 7);
        assert_eq!(copy.to_bytes(), copy.clone().to_bytes());
    }

    #[test]
    fn refuses_a_typesetter_that_gives_other_bytes_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let good = "[ $# = 1 ] || /bin/cat > /dev/null; printf '%%PDF-same'";
        let other = "[ $# = 1 ] || /bin/cat > /dev/null; printf '%%PDF-'; echo $$";
        let none = "[ $# = 1 ] || /bin/cat > /dev/null";

        assert!(bench(folder.path(), good).is_ok());
        let error = bench(folder.path(), other).unwrap_err().to_string();
        assert!(error.contains("other bytes"), "{error}");
        let error = bench(folder.path(), none).unwrap_err().to_string();
        assert!(error.contains("without a PDF"), "{error}");
    }

    #[test]
    fn says_what_to_do_where_there_is_no_typesetter() {
        let error = started(&PathBuf::from("/nowhere/stile-pdf")).unwrap_err();

        assert!(error.to_string().contains("--typesetter"), "{error}");
    }
}
