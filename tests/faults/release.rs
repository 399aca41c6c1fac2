//! No release without a durable entry: the agency's own process under the shim, asked by several
//! callers, killed and lied to at every step, and its power cut at the end. Whatever return the hub
//! holds, its permit is in the ledger that is recovered.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use harness::process::Site;
use harness::{Answered, PATIENCE, RawHub};
use hyper::StatusCode;
use stile_cli::demo::world::{Kind, Story, stories};
use stile_ledger::{EntryKind, Leaf};
use stile_model::digest::Digest;

use crate::STILE;
use crate::book::Broken;
use crate::campaign::{Campaign, Row, Violation};
use crate::dice::Dice;
use crate::disk::{Disk, Luck, read_log};
use crate::shim::{Bad, Fault, Plan, When};

const POLICE: &str = "riverside-police";
const PEOPLE: usize = 60;
const ASKERS: usize = 4;
/// Questions of one caller in a round.
const QUESTIONS: usize = 5;
/// Rounds that one agency lives through.
const LIVES: u64 = 10;

/// What the hub holds, and how often it was refused.
#[derive(Default)]
struct Held {
    answers: Vec<Answered>,
    refused: u64,
}

/// Runs the rounds.
///
/// # Errors
///
/// The first return that is held without a permit.
pub fn run(campaign: &Campaign, rounds: u64) -> Result<Row, Violation> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    campaign.lives(
        Row::of("no release without a durable entry"),
        rounds,
        |scene, _, dice, row| {
            let lives = LIVES.min(rounds.saturating_sub(row.rounds));
            runtime.block_on(live(campaign, &scene.beside("log"), lives, dice, row))
        },
    )
}

async fn live(
    campaign: &Campaign,
    log: &Path,
    lives: u64,
    dice: &mut Dice,
    row: &mut Row,
) -> Result<(), Broken> {
    let mut site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[answer]\nrelease_grid_ms = 0\nhourly_budget = 1000000\n")
            .replace("segment_mib = 16", "segment_mib = 1")
    });
    site.start(POLICE);
    site.stop(POLICE);
    let store = site.member_dir(POLICE).join("store");
    let held = Arc::new(Mutex::new(Held::default()));
    for _ in 0..lives {
        fs::remove_file(log).ok();
        let disk = Disk::of(&store);
        let plan = plan(dice).logged(log);
        site.environment(POLICE, campaign.shim.environment(&store, &plan));
        let before = held.lock().unwrap().answers.len();
        site.launch(POLICE);
        ask_until_it_ends(&mut site, &held).await;
        site.kill(POLICE);
        row.rounds += 1;
        row.acknowledged += (held.lock().unwrap().answers.len() - before) as u64;

        cut(disk, log, &store, dice);
        row.repaired += u64::from(
            holds_every_permit(&site, &held.lock().unwrap())
                .map_err(|words| format!("{plan:?}: {words}"))?,
        );
    }
    row.refused += held.lock().unwrap().refused;

    // It starts on what is left, with nothing in its way, and stops in order.
    site.environment(POLICE, Vec::new());
    site.start(POLICE);
    site.stop(POLICE);
    if holds_every_permit(&site, &held.lock().unwrap())? {
        return Err("the journal is torn after an orderly stop".to_owned());
    }
    if held.lock().unwrap().answers.is_empty() {
        return Err("nothing was ever answered, so nothing was shown".to_owned());
    }
    Ok(())
}

/// Dies, fails to write, fails to flush; always in the journal or anywhere.
fn plan(dice: &mut Dice) -> Plan {
    let at = dice.within(1..70);
    let fault = match dice.within(0..4) {
        0 => Fault::Sync(dice.within(1..25)),
        1 => {
            let bad = [Bad::Error, Bad::Half, Bad::Full(dice.within(1..3))];
            Fault::Write(at, dice.of_these(&bad))
        }
        _ => Fault::Kill(
            at * dice.within(1..5),
            dice.of_these(&[When::Before, When::Half, When::After]),
        ),
    };
    let plan = Plan {
        clock: dice.once_in(3).then_some((20, 40)),
        ..Plan::of(fault)
    };
    if dice.once_in(3) {
        plan
    } else {
        plan.on_journal()
    }
}

/// Several callers ask until the gateway has ended, or they have asked enough.
async fn ask_until_it_ends(site: &mut Site, held: &Arc<Mutex<Held>>) {
    let hub = Arc::new(site.raw_hub());
    let begun = Instant::now();
    // Ready, or ended before it came to that.
    while !site.has_ended(POLICE) && !answers(&hub, held, 0).await {
        assert!(
            begun.elapsed() < PATIENCE,
            "the gateway neither answers nor ends"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut askers = tokio::task::JoinSet::new();
    for asker in 0..ASKERS {
        let (hub, held) = (Arc::clone(&hub), Arc::clone(held));
        askers.spawn(async move {
            for question in 0..QUESTIONS {
                if !answers(&hub, &held, asker * QUESTIONS + question).await {
                    return;
                }
            }
        });
    }
    while let Some(ended) = askers.join_next().await {
        ended.unwrap();
    }
}

/// Asks one question and keeps the answer; says whether there was any reply at all.
async fn answers(hub: &RawHub, held: &Mutex<Held>, which: usize) -> bool {
    let stories: Vec<Story> = stories()
        .into_iter()
        .filter(|story| story.asks.contains_key(&Kind::Police))
        .collect();
    let enquiry = hub.enquiry(Kind::Police, &stories[which % stories.len()]);
    let question = hub.sign(&enquiry).into_bytes();
    let Ok(reply) = hub.post(Kind::Police, question).await else {
        return false;
    };
    if reply.status == StatusCode::OK {
        let answer = hub.prove(Kind::Police, &reply);
        held.lock().unwrap().answers.push(answer);
    } else {
        held.lock().unwrap().refused += 1;
    }
    true
}

/// The power goes after everything that the hub has received was sent.
fn cut(mut disk: Disk, log: &Path, store: &Path, dice: &mut Dice) {
    for record in read_log(log) {
        disk.step(&record);
    }
    let luck = if dice.once_in(2) {
        Luck::Nothing
    } else {
        dice.of_these(&Luck::ALL)
    };
    fs::remove_dir_all(store).unwrap();
    fs::create_dir(store).unwrap();
    disk.cut(luck, dice, store);
}

/// Finds the permit of every return that the hub holds, in the bytes; says whether the journal ends in
/// a torn frame.
fn holds_every_permit(site: &Site, held: &Held) -> Result<bool, Broken> {
    let report = site.verified(POLICE);
    if let Some(bad) = report.first_bad.iter().find(|bad| !bad.unfinished) {
        return Err(format!("the ledger does not verify: {bad}"));
    }
    let leaves = site.leaves(POLICE);
    let mut permits: BTreeMap<Digest, u32> = BTreeMap::new();
    for leaf in &leaves {
        let entry = Leaf::parse(leaf).map_err(|error| error.to_string())?.entry;
        if entry.kind == EntryKind::Permit
            && let Some(digest) = entry.digest
        {
            *permits.entry(digest).or_default() += 1;
        }
    }
    for answer in &held.answers {
        let leaf = BASE64.decode(answer.envelope.leaf.as_bytes()).unwrap();
        let place = usize::try_from(answer.index).unwrap();
        if leaves.get(place) != Some(&leaf) {
            return Err(format!(
                "the hub holds a return whose permit, entry {place}, is not in the ledger"
            ));
        }
        let digest = answer.leaf.entry.digest.unwrap();
        if permits.get(&digest) != Some(&1) {
            return Err(format!(
                "the permit of entry {place} is there more than once"
            ));
        }
    }
    Ok(report.first_bad.is_some())
}
