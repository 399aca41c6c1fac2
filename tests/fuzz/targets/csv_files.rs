//! Files of CSV: refused without repeating them, or as many people as keys, each of them once.
#![no_main]

mod asked;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use stile_sources::{Limits, Source, SourceMapping};

/// Between the two files of the folder; before the first is the number of the encoding.
const BETWEEN: u8 = 0x1e;

const MAPPING: &str = r#"
[source.mis]
kind = "csv"
folder = "{folder}"
system = "MIS"
[source.mis.person]
table = "pupil"
key = "id"
forename = "fname"
surname = "sname"
dob = "born"
date_format = "dd/mm/yyyy"
identifiers = { nhs_number = "nhs" }
[source.mis.format]
encoding = "{encoding}"
rows_min = 0
settle_s = 0
[source.mis.file.pupil]
name = "pupils.csv"
columns = { id = "ID", sname = "Surname", fname = "Forename", born = "Born", nhs = "NHS" }
[source.mis.file.mark]
name = "marks.csv"
columns = { id = "ID", pupil = "Pupil", day = "Day", note = "Note" }
[source.mis.category."health.registration"]
table = "mark"
key = "id"
subject = "pupil"
ended = "day"
fields = { practice = "note" }
provenance = { author = "teacher", nature = "fact", verification = "verified" }
"#;

struct World {
    folder: PathBuf,
    mappings: Vec<SourceMapping>,
    _kept: tempfile::TempDir,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let kept = tempfile::tempdir().expect("a folder");
    let folder = kept.path().to_owned();
    let text = MAPPING.replace("{folder}", &folder.display().to_string());
    let mappings = ["utf-8", "windows-1252", "utf-16le"]
        .map(|encoding| asked::mapping(&text.replace("{encoding}", encoding)));
    World {
        folder,
        mappings: mappings.into(),
        _kept: kept,
    }
});

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    let Some((choice, files)) = bytes.split_first() else {
        return;
    };
    let mut files = files.splitn(2, |byte| *byte == BETWEEN);
    let (pupils, marks) = (
        files.next().unwrap_or_default(),
        files.next().unwrap_or_default(),
    );
    std::fs::write(world.folder.join("pupils.csv"), pupils).expect("a file");
    std::fs::write(world.folder.join("marks.csv"), marks).expect("a file");
    let mapping = &world.mappings[usize::from(*choice) % world.mappings.len()];
    asked::RUNTIME.block_on(async {
        match Source::connect(mapping, Limits::default()).await {
            Ok(source) => held(&source).await,
            Err(error) => {
                asked::told(&error, &[]);
            }
        }
    });
});

async fn held(source: &Source) {
    let first = asked::asked(source, &[]).await;
    assert!(first == asked::asked(source, &[]).await);
    let people = source.held().await.expect("files in force");
    let mut keys = BTreeSet::new();
    let mut after = None;
    loop {
        let page = source.all_keys(after.as_ref(), 1_000).await;
        let page = page.expect("files in force");
        for key in page.keys {
            assert!(keys.insert(key.reveal().clone()), "somebody came twice");
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(u64::try_from(keys.len()).expect("a number"), people);
}
