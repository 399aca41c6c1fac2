//! Packs: one case in one archive, which two verifiers accept as it is and reject with any change.

use super::*;

async fn packed(desk: &Caller, ask: &Value) -> Vec<u8> {
    let reply = desk.post("/api/v1/ledger/pack", ask).await.unwrap();
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.body);
    reply.body.to_vec()
}

/// What Python's verifier says of an archive; it is the program's own copy, not the pack's.
fn python(folder: &Path, bytes: &[u8], vkey: &Vkey) -> Output {
    let (program, file) = (folder.join("verify.py"), folder.join("pack.zip"));
    fs::write(&program, pack::VERIFIER).unwrap();
    fs::write(&file, bytes).unwrap();
    let mut command = Command::new("python3");
    command
        .arg(program)
        .arg(file)
        .arg("--vkey")
        .arg(vkey.to_string());
    command.output().unwrap()
}

/// What the gateway's own program says of an archive.
fn stile(folder: &Path, bytes: &[u8], vkey: &Vkey) -> Output {
    let file = folder.join("pack.zip");
    fs::write(&file, bytes).unwrap();
    let mut command = Command::new(crate::STILE);
    command.args(["ledger", "verify", "--pack"]).arg(file);
    command
        .arg("--vkey")
        .arg(vkey.to_string())
        .output()
        .unwrap()
}

fn both_reject(folder: &Path, bytes: &[u8], vkey: &Vkey, what: &str) {
    for (name, said) in [
        ("python", python(folder, bytes, vkey)),
        ("stile", stile(folder, bytes, vkey)),
    ] {
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(said.status.code(), Some(1), "{name} accepts {what}: {text}");
        assert!(
            text.starts_with("NOT VERIFIED"),
            "{name}, {what}: {text}{}",
            String::from_utf8_lossy(&said.stderr)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_accepted_by_both_verifiers_and_any_change_is_rejected_by_both() {
    let mut lab = asked().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, vkey) = (lab.person(&police(), AUDITOR), vkey(&lab, &police()));
    let at = "/api/v1/ledger/entries/0/proof";
    let kept: Proof = post(&desk, at, &json!({ "reason": "audit" })).await;
    let kept = Receipt::parse(&kept.receipt).unwrap().checkpoint;
    // So that the ledger has grown since.
    search(&desk, json!({ "case": CASE })).await;
    let ask = json!({ "reason": "inspection", "case": CASE, "earlier": [kept] });

    let bytes = packed(&desk, &ask).await;

    for said in [
        python(folder.path(), &bytes, &vkey),
        stile(folder.path(), &bytes, &vkey),
    ] {
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(
            said.status.success(),
            "{text}{}",
            String::from_utf8_lossy(&said.stderr)
        );
        assert!(
            text.starts_with(&format!("verified: case {CASE}, ")),
            "{text}"
        );
    }
    let good = archive::read(&bytes).unwrap();
    let verified = pack::verify(&good, &vkey).unwrap();
    assert_eq!(verified.manifest.continuity.len(), 1);
    assert!(
        verified
            .leaves
            .iter()
            .any(|(_, leaf)| leaf.entry.kind == EntryKind::Permit)
    );
    let summary = good
        .iter()
        .find(|file| file.name == "summary.html")
        .unwrap();
    let summary = String::from_utf8(summary.bytes.clone()).unwrap();
    for part in [
        "Asked for",
        "Released of s5",
        "Withheld of",
        "under ",
        "Lawful basis: UK GDPR Art 6(1)",
        "Decided by: the agency",
    ] {
        assert!(summary.contains(part), "{part}: {summary}");
    }
    for surname in tale("red").subjects.iter().flat_map(|one| &one.names) {
        assert!(!summary.contains(surname.surname.reveal().as_str()));
    }

    for place in 0..good.len() {
        let mut changed = good.clone();
        let middle = changed[place].bytes.len() / 2;
        changed[place].bytes[middle] ^= 1;
        let mut missing = good.clone();
        let name = missing.remove(place).name;
        let changed = archive::write(&changed).unwrap();
        both_reject(folder.path(), &changed, &vkey, &format!("a changed {name}"));
        let missing = archive::write(&missing).unwrap();
        both_reject(folder.path(), &missing, &vkey, &format!("no {name}"));
    }
    let with = |change: &dyn Fn(&mut Vec<File>)| {
        let mut files = good.clone();
        change(&mut files);
        archive::write(&files).unwrap()
    };
    let leaves: Vec<_> = (0..good.len())
        .filter(|at| good[*at].name.ends_with("leaf.json"))
        .collect();
    let swapped = with(&|files| {
        let (one, two) = (
            files[leaves[0]].bytes.clone(),
            files[leaves[1]].bytes.clone(),
        );
        files[leaves[0]].bytes = two;
        files[leaves[1]].bytes = one;
    });
    both_reject(folder.path(), &swapped, &vkey, "two entries swapped");
    let reordered = with(&|files| files.swap(leaves[0], leaves[1]));
    both_reject(folder.path(), &reordered, &vkey, "files in another order");
    let added = with(&|files| files.push(File::of("entries/extra", "x")));
    both_reject(folder.path(), &added, &vkey, "a file more");
    let twice = with(&|files| files.push(files[2].clone()));
    both_reject(folder.path(), &twice, &vkey, "a file twice");
    both_reject(
        folder.path(),
        &bytes[..bytes.len() - 1],
        &vkey,
        "a byte less",
    );
    both_reject(
        folder.path(),
        &[&bytes[..], b"x"].concat(),
        &vkey,
        "a byte more",
    );
    let other = self::vkey(&lab, &hub());
    both_reject(folder.path(), &bytes, &other, "another ledger's key");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_without_bodies_proves_the_same_entries_and_holds_no_name() {
    let mut lab = asked().await;
    let folder = tempfile::tempdir().unwrap();
    let (desk, vkey) = (lab.person(&hub(), AUDITOR), vkey(&lab, &hub()));

    let ask = json!({ "reason": "inspection", "case": CASE, "without_bodies": true });
    let bytes = packed(&desk, &ask).await;

    assert!(python(folder.path(), &bytes, &vkey).status.success());
    assert!(stile(folder.path(), &bytes, &vkey).status.success());
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("left_out"));
    for subject in &tale("red").subjects {
        for name in &subject.names {
            assert!(!text.contains(name.surname.reveal().as_str()));
        }
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_pack_of_no_case_and_heads_that_are_not_its_own() {
    let mut lab = asked().await;
    let desk = lab.person(&police(), AUDITOR);
    let theirs: Proof = post(
        &lab.person(&hub(), AUDITOR),
        "/api/v1/ledger/entries/0/proof",
        &json!({ "reason": "audit" }),
    )
    .await;
    let theirs = Receipt::parse(&theirs.receipt).unwrap().checkpoint;
    let before = reads(&lab, &police());
    for (ask, code) in [
        (
            json!({ "reason": "audit", "case": "MASH-2026-99999" }),
            "unknown_case",
        ),
        (
            json!({ "reason": "audit", "case": CASE, "earlier": [theirs] }),
            "earlier_not_ours",
        ),
        (
            json!({ "reason": "audit", "case": CASE, "earlier": ["nothing"] }),
            "earlier_not_ours",
        ),
        (json!({ "reason": "fun", "case": CASE }), "unknown_reason"),
    ] {
        let reply = desk.post("/api/v1/ledger/pack", &ask).await.unwrap();
        assert_eq!(problem(&reply).code(), code, "{ask}");
    }
    // Who asks well and is refused has still been told something; a bad question tells nothing.
    assert_eq!(reads(&lab, &police()), before + 3);
    lab.stop().await;
}

const GOVERNOR: &str = "b.governor";

/// Gives the police a second officer of information governance.
fn governor(dir: &Path) {
    let own = dir.join(police().as_str());
    let file = own.join("agency.toml");
    let text = fs::read_to_string(&file).unwrap();
    let listed =
        format!("[[person]]\nuser = \"{GOVERNOR}\"\nroles = [\"information_governance\"]\n");
    fs::write(&file, format!("{text}\n{listed}")).unwrap();
    let who = identity(Role::Person, police().as_str(), Some(GOVERNOR));
    papers::issue(dir, GOVERNOR, &who, 90, Clock::system().now());
}

/// Nobody in the agency has anything left to decide.
async fn nothing_left_to_decide(desk: &Caller) {
    for task in crate::approvals::waiting(desk).await {
        let verdict = match task.kind {
            TaskKind::Alert => Verdict::Acknowledge,
            TaskKind::Approval => Verdict::Refuse,
            TaskKind::Match => Verdict::NoMatch,
        };
        let decided = crate::approvals::decide(desk, task.id, verdict).await;
        assert_eq!(decided.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_of_an_erased_case_says_so_and_still_proves_every_entry() {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], governor).await;
    let folder = tempfile::tempdir().unwrap();
    let matter = Matter::of(&tale("red"), CASE);
    let researcher = lab.person(&hub(), RESEARCHER);
    matter
        .raise(&researcher, &[(Kind::Police, &["police.conviction"])])
        .await;
    matter.settled(&researcher).await;
    nothing_left_to_decide(&lab.person(&police(), APPROVER)).await;
    let (desk, vkey) = (lab.person(&police(), AUDITOR), vkey(&lab, &police()));
    let ask = json!({ "reason": "inspection", "case": CASE });
    let before = pack::verify(&archive::read(&packed(&desk, &ask).await).unwrap(), &vkey).unwrap();
    assert!(
        before
            .manifest
            .entries
            .iter()
            .all(|(_, body)| *body == Body::Shown)
    );

    let propose = json!({ "cases": [CASE], "reason": "recorded_in_error" });
    let reply = desk.post("/api/v1/erasures", &propose).await.unwrap();
    assert!(reply.status.is_success(), "{:?}", reply.body);
    let proposal: Proposal = serde_json::from_slice(&reply.body).unwrap();
    let files = lab.files_in(&lab.dir().join("papers").join(GOVERNOR));
    let other = lab.caller(&files, &police(), Door::People);
    let path = format!("/api/v1/erasures/{}/approval", proposal.id);
    let reply = other.call(Method::POST, &path, Vec::new()).await.unwrap();
    assert!(reply.status.is_success(), "{:?}", reply.body);

    let bytes = packed(&desk, &ask).await;
    let after = pack::verify(&archive::read(&bytes).unwrap(), &vkey).unwrap();
    for (index, leaf) in &before.leaves {
        assert!(after.manifest.entries.contains(&(*index, Body::Erased)));
        assert!(after.leaves.contains(&(*index, leaf.clone())));
    }
    assert!(python(folder.path(), &bytes, &vkey).status.success());
    assert!(stile(folder.path(), &bytes, &vkey).status.success());
    let by_person = search(&desk, json!({ "person": papers_of("red", 4) })).await;
    assert!(
        by_person
            .entries
            .iter()
            .all(|line| line.kind.as_str() == "access_to_log"),
        "{by_person:?}"
    );
    lab.stop().await;
}

/// The verifiers' words on a pack that these witnesses must have cosigned.
fn witnessed(folder: &Path, bytes: &[u8], vkey: &Vkey, witness: &str) -> [Output; 2] {
    let (program, file) = (folder.join("verify.py"), folder.join("pack.zip"));
    fs::write(&program, pack::VERIFIER).unwrap();
    fs::write(&file, bytes).unwrap();
    let vkey = vkey.to_string();
    let mut python = Command::new("python3");
    python.arg(program).arg(&file);
    let mut stile = Command::new(crate::STILE);
    stile.args(["ledger", "verify", "--pack"]).arg(&file);
    [python, stile].map(|mut command| {
        let keys = ["--vkey", &vkey, "--witness", witness];
        command.args(keys).output().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_proved_under_a_head_that_the_other_side_has_cosigned() {
    let world = World::generate_on(SEED, PEOPLE, Clock::system().now().date());
    let mut lab = Lab::start_with(&world, &[Kind::Police], |dir| {
        let file = dir.join(police().as_str()).join("agency.toml");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains("witness_s = 3600"));
        fs::write(&file, text.replace("witness_s = 3600", "witness_s = 1")).unwrap();
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let matter = Matter::of(&tale("red"), CASE);
    let researcher = lab.person(&hub(), RESEARCHER);
    matter.raise(&researcher, &[(Kind::Police, ASKED)]).await;
    matter.settled(&researcher).await;
    let (desk, vkey) = (lab.person(&police(), AUDITOR), vkey(&lab, &police()));
    let ask = json!({ "reason": "inspection", "case": CASE });
    let started = Instant::now();

    let (bytes, witness) = loop {
        let bytes = packed(&desk, &ask).await;
        let files = archive::read(&bytes).unwrap();
        let keys = files.iter().find(|file| file.name == "keys.txt").unwrap();
        let keys = String::from_utf8(keys.bytes.clone()).unwrap();
        let witness = keys.lines().nth(1).unwrap().to_owned();
        if witnessed(folder.path(), &bytes, &vkey, &witness)
            .iter()
            .all(|said| said.status.success())
        {
            break (bytes, witness);
        }
        assert!(started.elapsed() < PATIENCE, "nobody cosigned");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };

    let listed = fs::read_to_string(lab.dir().join("directory.toml")).unwrap();
    assert!(listed.contains(&witness), "the witness is the directory's");
    let stranger = CosignerKey::from_seed(KeyName::new("elsewhere").unwrap(), &[9; 32]).unwrap();
    let stranger = stranger.vkey().to_string();
    for said in witnessed(folder.path(), &bytes, &vkey, &stranger) {
        assert_eq!(said.status.code(), Some(1));
        assert!(said.stdout.starts_with(b"NOT VERIFIED"));
    }
    lab.stop().await;
}
