//! A full disk: nothing is recorded, so nothing is released, and everybody is told why.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use harness::ask::{has_answered, raise, wait_for};
use harness::process::Site;
use harness::rogue::problem;
use hyper::StatusCode;
use stile_cli::demo::partnership::HUB;
use stile_cli::demo::world::Kind;
use stile_cli::people::Desk;
use stile_exchange::hub::State;
use stile_model::id::CaseId;

use super::{PATIENCE, POLICE, permits, police, police_story};

/// A small file system over a folder; unmounted when dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// `None`, said loudly, where this process may not mount.
    fn over(folder: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "stile-test"])
            .arg(&folder)
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            eprintln!(
                "SKIPPED: this process may not mount a tmpfs, so no disk can be filled; run the \
                 tests as root, or in `unshare --map-root-user --mount`"
            );
            return None;
        }
        Some(Self(folder))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(&self.0).status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "the test's tmpfs stays mounted"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_releases_nothing_says_so_and_recovers_when_there_is_space() {
    let mut site = police().await;
    let Some(disk) = Mounted::over(site.member_dir(POLICE).join("store"), "24m") else {
        return;
    };
    site.edit(&site.config(POLICE), |text| {
        text.replace("low_space_mib = 64", "low_space_mib = 4")
            .replace("segment_mib = 16", "segment_mib = 1")
    });
    site.start(POLICE);
    site.start(HUB);
    let (hub, desk, story) = (site.raw_hub(), site.researcher(), police_story());
    hub.ask(Kind::Police, &hub.enquiry(Kind::Police, &story))
        .await;
    let before = permits(&site, POLICE);

    let filler = disk.0.join("filler");
    assert!(
        std::fs::write(&filler, vec![1; 32 << 20]).is_err(),
        "the disk is not full"
    );
    let question = hub.sign(&hub.enquiry(Kind::Police, &story)).into_bytes();
    let reply = hub.post(Kind::Police, question.clone()).await.unwrap();
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem(&reply).code(), "disk_full");

    raise(&desk, &story).await;
    wait_for(
        &desk,
        &story,
        |state| matches!(state, State::Unreachable { code, .. } if code == "disk_full"),
    )
    .await;
    let product = product(&desk, &story.case).await;
    assert!(product.contains("disk_full"), "the gap is not named");
    assert_eq!(permits(&site, POLICE), before, "something was permitted");
    assert!(site.log(POLICE).contains("disk_full"));
    assert!(!site.has_ended(POLICE));

    std::fs::remove_file(&filler).unwrap();
    wait_for(&desk, &story, has_answered).await;
    let reply = hub.post(Kind::Police, question).await.unwrap();
    assert_eq!(reply.status, StatusCode::OK);
    hub.prove(Kind::Police, &reply);
    assert_eq!(permits(&site, POLICE), before + 2);
    site.stop_all();
    assert!(site.verified(POLICE).is_sound());
}

async fn product(desk: &Desk, case: &CaseId) -> String {
    let path = format!("/api/v1/cases/{case}/product");
    let product: serde_json::Value = desk.get(&path, PATIENCE).await.unwrap();
    product.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_before_the_first_start_is_named_at_start() {
    let site: Site = police().await;
    let Some(disk) = Mounted::over(site.member_dir(POLICE).join("store"), "4m") else {
        return;
    };
    assert!(std::fs::write(disk.0.join("filler"), vec![1; 8 << 20]).is_err());

    let said = site.refuses_to_start(POLICE);

    assert!(said.contains("space"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_whose_disk_was_full_asks_again_once_there_is_space() {
    let mut site = police().await;
    let Some(disk) = Mounted::over(site.member_dir(HUB).join("store"), "24m") else {
        return;
    };
    site.edit(&site.config(HUB), |text| {
        text.replace("low_space_mib = 64", "low_space_mib = 4")
            .replace("segment_mib = 16", "segment_mib = 1")
    });
    site.start(HUB);
    let (desk, story) = (site.researcher(), police_story());
    raise(&desk, &story).await;
    wait_for(&desk, &story, |state| {
        matches!(state, State::Unreachable { .. })
    })
    .await;

    let filler = disk.0.join("filler");
    assert!(
        std::fs::write(&filler, vec![1; 32 << 20]).is_err(),
        "the disk is not full"
    );
    let begun = Instant::now();
    while !site.log(HUB).contains("an enquiry goes no further") {
        assert!(begun.elapsed() < PATIENCE, "{}", site.log(HUB));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    std::fs::remove_file(&filler).unwrap();
    site.start(POLICE);

    wait_for(&desk, &story, has_answered).await;
    site.stop_all();
    assert!(site.verified(HUB).is_sound());
}
