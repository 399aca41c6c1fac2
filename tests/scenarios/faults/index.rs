//! The index is deleted, cut off or overwritten: it is rebuilt from the journal, and nothing is lost.

use std::fs;
use std::path::{Path, PathBuf};

use harness::process::Site;
use stile_cli::demo::world::Kind;

use super::{POLICE, permits, police, police_story};

fn delete(index: &Path) {
    fs::remove_dir_all(index).unwrap();
}

fn cut_off(index: &Path) {
    let file = largest_file(index);
    let file = fs::File::options().write(true).open(file).unwrap();
    file.set_len(file.metadata().unwrap().len() / 3).unwrap();
}

fn overwrite(index: &Path) {
    let file = largest_file(index);
    let length = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
    fs::write(file, vec![0xA5; length]).unwrap();
}

fn overwrite_a_page(index: &Path) {
    let file = largest_file(index);
    let mut bytes = fs::read(&file).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[used / 2..used / 2 + 512].fill(0xA5);
    fs::write(file, bytes).unwrap();
}

fn remove_its_settings(index: &Path) {
    fs::write(index.join("conf"), b"nothing of the kind").unwrap();
}

fn largest_file(index: &Path) -> PathBuf {
    let files = fs::read_dir(index).unwrap().map(|file| file.unwrap());
    let files = files.filter(|file| file.file_type().unwrap().is_file());
    files
        .max_by_key(|file| file.metadata().unwrap().len())
        .unwrap()
        .path()
}

/// One way to damage an index.
struct Damage {
    what: &'static str,
    act: fn(&Path),
    /// Nothing of it can be used, so it must be set aside and the log must say so.
    is_told: bool,
}

const fn damage(what: &'static str, act: fn(&Path), is_told: bool) -> Damage {
    Damage { what, act, is_told }
}

/// Deleted, it is made anew. Cut off or spoiled in one place, sled may find an older state of its
/// own, from which the journal is replayed.
const DAMAGES: &[Damage] = &[
    damage("deleted", delete, false),
    damage("cut off", cut_off, false),
    damage("spoiled in the middle", overwrite_a_page, false),
    damage("overwritten", overwrite, true),
    damage("without settings", remove_its_settings, true),
];

/// How many entries a gateway writes when it starts.
const AT_START: u64 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_or_deleted_index_is_rebuilt_and_loses_nothing() {
    let mut site: Site = police().await;
    site.start(POLICE);
    let hub = site.raw_hub();
    let mut asked = Vec::new();
    for _ in 0..5 {
        let enquiry = hub.enquiry(Kind::Police, &police_story());
        let bytes = hub.sign(&enquiry).into_bytes();
        let reply = hub.post(Kind::Police, bytes.clone()).await.unwrap();
        asked.push((bytes, hub.prove(Kind::Police, &reply)));
    }
    site.stop(POLICE);
    let before = site.verified(POLICE);

    for (round, Damage { what, act, is_told }) in (1..).zip(DAMAGES) {
        let told = told(&site);
        act(&site.member_dir(POLICE).join("store/index"));
        site.start(POLICE);
        let hub = site.raw_hub();
        for (bytes, first) in &asked {
            let reply = hub.post(Kind::Police, bytes.clone()).await.unwrap();
            let again = hub.prove(Kind::Police, &reply);
            assert_eq!(again.answer, first.answer, "{what}: another return");
            assert_eq!(again.index, first.index, "{what}: another entry");
        }
        site.stop(POLICE);
        let report = site.verified(POLICE);
        assert!(report.is_sound(), "{what}: {:?}", report.first_bad);
        assert_eq!(report.entries, before.entries + round * AT_START, "{what}");
        assert_eq!(permits(&site, POLICE), asked.len(), "{what}");
        assert!(!is_told || self::told(&site) > told, "{what}: not logged");
    }
}

/// How often the log says that an index was set aside.
fn told(site: &Site) -> usize {
    site.log(POLICE).matches("is set aside and rebuilt").count()
}
