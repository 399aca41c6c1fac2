//! Which revocation lists stay in use when several readings of them end at once.

use std::sync::Barrier;

use super::*;
use crate::revocation::Edition;
use crate::testing::{Partnership, police, start};

/// What a reading of the files comes to.
fn read(material: &TlsMaterial, now: Timestamp) -> RevocationSet {
    let roots = files::certificates(&material.files.roots).unwrap();
    load_revocations(&material.files, &roots, now).unwrap()
}

fn editions(lists: &RevocationSet) -> Vec<Edition> {
    lists.editions().map(|(_, edition)| edition).collect()
}

#[test]
fn refuses_lists_that_were_read_before_newer_ones_came_into_use() {
    let partnership = Partnership::new();
    let material = partnership.material("police", &police());
    let (now, own) = (start().plus_s(60), material.own().serial);
    let early = read(&material, now);
    partnership.authority.revoke(own, now).unwrap();
    material.reload_revocations(now).unwrap();

    let refused = material.take(early);

    assert!(matches!(refused, Err(TrustError::CrlOlder { .. })));
    assert!(material.revocations().load().is_revoked(&own));
}

#[test]
fn the_newest_of_lists_that_are_taken_at_once_stays() {
    let partnership = Partnership::new();
    let material = &partnership.material("police", &police());
    let later = start().plus_s(60);
    let lists = (1..=16).map(|seconds| {
        let made = start().plus_s(seconds);
        partnership.authority.refresh_crl(made, 7).unwrap();
        read(material, later)
    });
    let lists: Vec<_> = lists.collect();
    let newest = lists.last().map(editions);

    let together = &Barrier::new(lists.len());
    std::thread::scope(|scope| {
        for fresh in lists {
            scope.spawn(move || {
                together.wait();
                // All but the newest may come too late.
                let _ = material.take(fresh);
            });
        }
    });

    assert_eq!(Some(editions(&material.revocations().load())), newest);
}
