//! What the program makes of a document, and what it refuses.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use stile_product::{Audience, Document, Language};

use crate::reader::Pdf;
use crate::sample;

/// Runs the program on these bytes.
fn run(input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stile-pdf"))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that refuses early closes its end.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn pdf(document: &Document) -> Vec<u8> {
    let output = run(&document.to_bytes());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(output.stderr.is_empty(), "{said}");
    output.stdout
}

fn sample() -> Document {
    sample::document(Audience::DecisionMaker, Language::English, 3)
}

#[test]
fn says_that_it_is_an_archive_copy_and_accessible() {
    let read = Pdf::read(&pdf(&sample()));

    let about = read.metadata();
    for word in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
    ] {
        assert!(about.contains(word), "{word} is not in {about}");
    }
    assert_eq!(read.catalog_text("Lang"), "en-GB");
    assert!(read.is_marked());
    let tags = read.tags();
    for tag in ["Document", "H1", "H2", "Table", "TH", "TD", "Figure", "P"] {
        assert!(tags.contains(tag), "no {tag} in {tags:?}");
    }
}

#[test]
fn embeds_every_font() {
    let read = Pdf::read(&pdf(&sample()));

    let fonts = read.fonts();
    assert!(fonts.len() >= 3, "{fonts:?}");
    for (name, embedded) in &fonts {
        assert!(embedded, "{name} is not embedded");
        assert!(name.contains("Liberation"), "{name}");
    }
}

#[test]
fn says_everything_in_the_order_of_reading() {
    let text = Pdf::read(&pdf(&sample())).text();

    let mut from = 0;
    for part in [
        "OFFICIAL-SENSITIVE",
        "Information product: MASH-2026-00417",
        "RED priority",
        "Chronology",
        "Findings by agency",
        "Where agencies agree",
        "Where agencies differ",
        "Withheld, and why",
        "With a person in the agency",
        "Not checked",
        "Checked, with nothing to show",
        "Which agencies know the people",
        "No token match (not absence)",
        "Contacts",
        "How to check this copy",
    ] {
        let place = text[from..].find(part);
        from += place.unwrap_or_else(|| panic!("{part} is not behind the rest in: {text}"));
    }
    assert!(text.contains("Copy 7 for Team manager, s-2001"), "{text}");
    assert!(text.contains("Page 1 of "), "{text}");
}

#[test]
fn shows_every_field_of_the_product() {
    let text = Pdf::read(&pdf(&sample()))
        .text()
        .replace(char::is_whitespace, "")
        .to_lowercase();

    for mark in sample::MARKS {
        assert!(text.contains(mark), "{mark} is missing");
    }
}

#[test]
fn an_item_that_waits_for_a_person_is_not_said_to_have_nothing_recorded() {
    let waiting = "nothing more may be shown yet";
    let nothing = "nothing is recorded in the fields";
    let mut document = sample();
    document.product.chronology[0].fields.clear();
    let said = |document: &Document, words: &str| {
        let text = Pdf::read(&pdf(document)).text();
        let bare = |text: &str| text.replace(char::is_whitespace, "");
        bare(&text).contains(&bare(words))
    };

    assert!(said(&document, waiting) && !said(&document, nothing));
    document.product.referred.clear();
    assert!(said(&document, nothing) && !said(&document, waiting));
}

#[test]
fn sets_commands_of_the_typesetter_as_plain_text() {
    let text = Pdf::read(&pdf(&sample()))
        .text()
        .replace(char::is_whitespace, "")
        .to_lowercase();

    // The sample has one of these in every field that a person can fill.
    assert!(
        text.matches("#panic(\"x\")*b*$x$`y`<t>@r\\//").count() >= 20,
        "{text}"
    );
}

#[test]
fn gives_the_same_bytes_for_the_same_document() {
    assert_eq!(pdf(&sample()), pdf(&sample()));
}

#[test]
fn gives_other_bytes_for_another_number() {
    let other = Document {
        number: 8,
        ..sample()
    };

    assert_ne!(pdf(&sample()), pdf(&other));
}

#[test]
fn is_in_welsh_where_that_is_wanted_and_marks_what_is_english() {
    let document = sample::document(Audience::DecisionMaker, Language::Cymraeg, 3);
    let read = Pdf::read(&pdf(&document));

    assert_eq!(read.catalog_text("Lang"), "cy-GB");
    let text = read.text();
    assert!(text.contains("Cynnyrch gwybodaeth"), "{text}");
    assert!(text.contains("Blaenoriaeth GOCH"), "{text}");
    assert!(read.languages().contains("en-GB"), "{:?}", read.languages());
}

#[test]
fn tells_a_referrer_and_a_family_no_more_than_their_product_has() {
    for (audience, absent) in [
        (
            Audience::ReferrerFeedback,
            ["Chronology", "Withheld", "Findings by agency", "Contacts"].as_slice(),
        ),
        (
            Audience::FamilySafe,
            [
                "Withheld",
                "Findings by agency",
                "Not checked",
                "Which agencies",
            ]
            .as_slice(),
        ),
        (Audience::ReceivingTeam, ["Which agencies"].as_slice()),
    ] {
        let document = sample::document(audience, Language::English, 3);
        let text = Pdf::read(&pdf(&document)).text();

        for part in absent {
            assert!(!text.contains(part), "{audience:?}: {part}");
        }
    }
}

#[test]
fn counts_characters_that_it_cannot_show() {
    let mut document = sample();
    document.product.subjects[0].name = "مالي Testwood".into();

    let text = Pdf::read(&pdf(&document)).text();

    assert!(text.contains("[4 characters that this"), "{text}");
}

#[test]
fn numbers_the_pages_of_a_long_product() {
    let long = sample::document(Audience::DecisionMaker, Language::English, 120);

    let read = Pdf::read(&pdf(&long));

    let pages = read.pages();
    assert!(pages >= 5, "{pages} pages");
    assert!(read.text().contains(&format!("Page {pages} of {pages}")));
}

#[test]
fn refuses_what_is_no_document_and_repeats_none_of_it() {
    let secret = "Mali Testwood";
    let mut truncated = sample().to_bytes();
    truncated.truncate(truncated.len() / 2);
    let wrong_key = String::from_utf8(sample().to_bytes()).unwrap().replacen(
        "\"hub\":",
        &format!("\"{secret}\":"),
        1,
    );
    let wrong_word = String::from_utf8(sample().to_bytes()).unwrap().replacen(
        "\"language\":\"en\"",
        &format!("\"language\":\"{secret}\""),
        1,
    );
    for input in [
        b"".to_vec(),
        format!("{secret}, not JSON").into_bytes(),
        truncated,
        wrong_key.into_bytes(),
        wrong_word.into_bytes(),
    ] {
        let output = run(&input);

        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(output.stdout.is_empty());
        assert!(said.contains("document of version 1"), "{said}");
        assert!(!said.contains("Testwood"), "{said}");
    }
}

#[test]
fn refuses_a_document_of_another_version() {
    let output = run(&Document { v: 2, ..sample() }.to_bytes());

    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
}

#[test]
fn refuses_more_than_it_reads() {
    let output = run(&vec![b' '; 25 * 1024 * 1024]);

    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("24 MiB"));
}

#[test]
fn takes_no_argument_but_version() {
    let program = || Command::new(env!("CARGO_BIN_EXE_stile-pdf"));

    let version = program().arg("--version").output().unwrap();
    assert!(version.stdout.starts_with(b"stile-pdf "));
    assert_eq!(
        program().arg("file.json").output().unwrap().status.code(),
        Some(2)
    );
}
