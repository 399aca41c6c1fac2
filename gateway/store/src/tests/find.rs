//! Finding entries: what the postings suggest must be what reading every leaf gives.

use std::collections::BTreeSet;

use stile_ledger::{Entry, EntryKind, Leaf, Pseudonym, SubjectKey};
use stile_model::id::{Code, MemberId, RuleId};
use stile_model::time::Timestamp;

use super::{case, folder, open_in, reopen, run};
use crate::{Batch, PendingEntry, Query, Store};

const START: i64 = 1_772_000_000_000;
const KINDS: [EntryKind; 3] = [EntryKind::Permit, EntryKind::Refusal, EntryKind::Approval];

fn pseudonym(n: u32) -> Pseudonym {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&n.to_be_bytes());
    Pseudonym::from_bytes(bytes)
}

fn subject(n: u32) -> SubjectKey {
    SubjectKey::of("nhs_number", &format!("person {n}"))
}

/// Entry `n` of a ledger in which every value comes again at another interval.
fn pending(n: u32) -> PendingEntry {
    let time = Timestamp::from_millis(START + i64::from(n) * 60_000);
    let kind = KINDS[usize::try_from(n % 3).unwrap()];
    PendingEntry {
        entry: Entry {
            case: Some(pseudonym(n / 700)),
            actor: n.is_multiple_of(5).then(|| pseudonym(n % 7)),
            member: Some(MemberId::new(format!("member-{}", n % 4)).unwrap()),
            recipients: n
                .is_multiple_of(11)
                .then(|| MemberId::new("elsewhere").unwrap())
                .into_iter()
                .collect(),
            rules: vec![RuleId::new(format!("RULE-{}", n % 13)).unwrap()],
            reason: n.is_multiple_of(17).then(|| Code::new("urgent").unwrap()),
            ..Entry::new(kind, time)
        },
        body: Vec::new(),
        case: Some(case(n / 700)),
        subjects: vec![subject(n % 101)],
    }
}

fn fill(store: &Store, entries: std::ops::Range<u32>) {
    let entries: Vec<_> = entries.map(pending).collect();
    for some in entries.chunks(300) {
        let batch = Batch {
            entries: some.to_vec(),
            ..Batch::default()
        };
        run(store.commit(batch)).unwrap();
    }
}

fn queries() -> Vec<Query> {
    let plain = || Query {
        limit: 100,
        ..Query::default()
    };
    let at = |n: i64| Some(Timestamp::from_millis(START + n * 60_000));
    vec![
        plain(),
        Query {
            case: Some(pseudonym(1)),
            ..plain()
        },
        Query {
            case: Some(pseudonym(99)),
            ..plain()
        },
        Query {
            actor: Some(pseudonym(5)),
            ..plain()
        },
        Query {
            subject: Some(subject(42)),
            ..plain()
        },
        Query {
            subject: Some(subject(42)),
            case: Some(pseudonym(2)),
            ..plain()
        },
        Query {
            subject: Some(subject(1_000)),
            ..plain()
        },
        Query {
            member: Some(MemberId::new("elsewhere").unwrap()),
            ..plain()
        },
        Query {
            member: Some(MemberId::new("member-2").unwrap()),
            kinds: BTreeSet::from([KINDS[1], KINDS[2]]),
            ..plain()
        },
        Query {
            rule: Some(RuleId::new("RULE-7").unwrap()),
            from: at(1_000),
            until: at(2_500),
            ..plain()
        },
        Query {
            reason: Some(Code::new("urgent").unwrap()),
            ..plain()
        },
        Query {
            reason: Some(Code::new("never").unwrap()),
            ..plain()
        },
        Query {
            until: at(10),
            ..plain()
        },
        Query {
            from: at(3_000),
            ..plain()
        },
        Query {
            before: Some(1_500),
            case: Some(pseudonym(1)),
            ..plain()
        },
    ]
}

/// Every page of the answer.
fn all_pages(store: &Store, query: &Query) -> Vec<(u64, Leaf)> {
    let mut query = query.clone();
    let mut found = Vec::new();
    loop {
        let page = store.find(&query).unwrap();
        assert!(page.entries.len() <= query.limit);
        found.extend(page.entries);
        match page.next {
            Some(next) => query.before = Some(next),
            None => return found,
        }
    }
}

/// The same, by reading every leaf.
fn by_reading(store: &Store, query: &Query, size: u32) -> Vec<u64> {
    let fits = |n: &u32| {
        let PendingEntry {
            entry, subjects, ..
        } = pending(*n);
        (query.case.is_none() || query.case == entry.case)
            && (query.actor.is_none() || query.actor == entry.actor)
            && query
                .subject
                .is_none_or(|wanted| subjects.contains(&wanted))
            && query.member.as_ref().is_none_or(|wanted| {
                entry.member.as_ref() == Some(wanted) || entry.recipients.contains(wanted)
            })
            && query
                .rule
                .as_ref()
                .is_none_or(|wanted| entry.rules.contains(wanted))
            && (query.reason.is_none() || query.reason == entry.reason)
            && (query.kinds.is_empty() || query.kinds.contains(&entry.kind))
            && query.from.is_none_or(|from| entry.time >= from)
            && query.until.is_none_or(|until| entry.time < until)
            && query.before.is_none_or(|before| u64::from(*n) < before)
    };
    assert_eq!(store.head().size, u64::from(size));
    (0..size).rev().filter(fits).map(u64::from).collect()
}

fn check(store: &Store, size: u32) {
    for _ in 0..2_000 {
        if store.posted().unwrap() == u64::from(size / 1_024) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(store.posted().unwrap(), u64::from(size / 1_024));
    for query in queries() {
        let found = all_pages(store, &query);

        let indexes: Vec<u64> = found.iter().map(|(index, _)| *index).collect();
        assert_eq!(indexes, by_reading(store, &query, size), "{query:?}");
        for (index, leaf) in found {
            let said = pending(u32::try_from(index).unwrap()).entry;
            assert_eq!(leaf.entry, said);
        }
    }
}

#[test]
fn finds_exactly_what_reading_every_leaf_gives_also_after_reopening_and_rebuilding() {
    let dir = folder();
    let (store, _) = reopen(dir.path());
    fill(&store, 0..3_500);
    // Nothing is indexed by value yet, or not all: then every entry is looked at.
    assert_eq!(
        all_pages(&store, &queries()[3]).len(),
        by_reading(&store, &queries()[3], 3_500).len()
    );
    check(&store, 3_500);
    drop(store);

    let (store, _) = reopen(dir.path());
    check(&store, 3_500);
    fill(&store, 3_500..4_200);
    check(&store, 4_200);
    drop(store);

    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
    let (store, _) = open_in(dir.path()).unwrap();
    check(&store, 4_200);
}

#[test]
fn finds_nothing_in_an_empty_ledger() {
    let dir = folder();
    let (store, _) = reopen(dir.path());

    for query in queries() {
        assert_eq!(all_pages(&store, &query), Vec::new());
    }
}
