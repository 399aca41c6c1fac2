//! An identity that parses prints back to the same URI; a certificate never crashes the reader, and one
//! that keeps to the profile names the same holder to everyone who reads it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_trust::identity::Identity;
use stile_trust::peer::{Peer, pin};
use stile_trust::profile;

fuzz_target!(|bytes: &[u8]| {
    let held = Identity::from_certificate(bytes);
    if let Ok(peer) = Peer::from_certificate(bytes) {
        assert_eq!(held.ok().as_ref(), Some(&peer.identity));
        assert_eq!(profile::check(bytes).ok().as_ref(), Some(&peer.identity));
        assert_eq!(pin(bytes).ok(), Some(peer.spki_digest));
        assert_eq!(
            Identity::parse(&peer.identity.to_string()).ok(),
            Some(peer.identity)
        );
    } else {
        let _ = (profile::check(bytes), pin(bytes));
    }
    if let Ok(uri) = std::str::from_utf8(bytes)
        && let Ok(identity) = Identity::parse(uri)
    {
        assert_eq!(identity.to_string(), uri);
    }
});
