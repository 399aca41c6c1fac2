//! Two versions of the program on one `PostgreSQL`: the older one works on nothing that a newer one has
//! written. The newer one is posed by what it would leave behind.

use std::fs::File;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use harness::process::Site;
use stile_store::{Batch, Tree};

use super::{Agency, Ground, PATIENCE, POLICE, Replica};

/// Format of a program that comes after this one.
const NEXT: u32 = 2;

async fn written_by_a_newer_program(ground: &Ground) {
    let format = Some(NEXT.to_be_bytes().to_vec());
    let put = Batch::put(Tree::Meta, b"recorded/format".to_vec(), format);
    ground.store().commit(put).await.unwrap();
}

async fn end_of(replica: &mut Replica) -> ExitStatus {
    let mut child = replica.child.take().unwrap();
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().ok();
            panic!("`{}` goes on", replica.name);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a gateway that must not start prints on the standard error.
async fn refusal(replica: &mut Replica) -> String {
    let said = replica.config.with_extension("refusal");
    let child = Command::new(crate::STILE)
        .arg("agency")
        .arg("-c")
        .arg(&replica.config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&said).unwrap())
        .spawn();
    replica.child = Some(child.unwrap());
    assert_eq!(end_of(replica).await.code(), Some(1));
    std::fs::read_to_string(said).unwrap()
}

fn migrated(site: &Site) -> String {
    let url = site.member_dir(POLICE).join("ledger.url");
    let order = ["store", "migrate", "--postgres", url.to_str().unwrap()];
    let made = site.run(&order);
    assert!(!made.status.success());
    String::from_utf8(made.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateways_end_once_a_newer_program_writes_to_their_postgres_and_refuse_to_start_there() {
    let mut agency = Agency::start().await;
    let before = agency.ground.store().head().size;

    written_by_a_newer_program(&agency.ground).await;

    for replica in &mut agency.replicas {
        assert_eq!(end_of(replica).await.code(), Some(1));
        let log = std::fs::read_to_string(replica.config.with_extension("log")).unwrap();
        assert!(log.contains("a newer program works on this store"), "{log}");
    }
    let said = refusal(&mut agency.replicas[0]).await;
    assert!(said.contains("ledger.url"), "{said}");
    assert!(said.contains("was written by a newer program"), "{said}");
    assert_eq!(
        agency.ground.store().head().size,
        before,
        "a start was recorded"
    );
    assert!(agency.ground.site.verified(POLICE).is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_tables_of_a_newer_program_on_postgres_at_start_and_where_they_are_made() {
    let ground = Ground::lay().await;
    let newer = "INSERT INTO stile_schema VALUES (2)";
    ground.database.sql("ledger", newer);

    let said = refusal(&mut Replica::of("one", &ground.site)).await;

    assert!(said.contains("made by a newer program"), "{said}");
    assert!(migrated(&ground.site).contains("made by a newer program"));
}
