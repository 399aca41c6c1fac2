//! What gateways say of presence: what is read is written back as something that reads the same, and
//! padding never changes what is said.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stile_model::presence::{PresenceAnswer, PresenceOffer, PresenceRequest, PresenceSet};

fuzz_target!(|bytes: &[u8]| {
    same::<PresenceSet>(bytes);
    if let Some(offer) = same::<PresenceOffer>(bytes) {
        padded(&offer, offer.to_padded_json());
    }
    if let Some(request) = same::<PresenceRequest>(bytes) {
        padded(&request, request.to_padded_json());
    }
    if let Some(answer) = same::<PresenceAnswer>(bytes) {
        padded(&answer, answer.to_padded_json());
    }
});

fn same<T: DeserializeOwned + Serialize + PartialEq>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let again = serde_json::to_vec(&read).expect("it was read");
    assert!(serde_json::from_slice::<T>(&again).expect("it was written") == read);
    Some(read)
}

fn padded<T: DeserializeOwned + Serialize>(said: &T, written: Option<Vec<u8>>) {
    let Some(written) = written else { return };
    let strip = |bytes: &[u8]| {
        let mut value: serde_json::Value = serde_json::from_slice(bytes).expect("it was written");
        value.as_object_mut().expect("an object").remove("pad");
        value
    };
    let bare = serde_json::to_vec(said).expect("it was read");
    assert!(strip(&written) == strip(&bare));
    serde_json::from_slice::<T>(&written).expect("what is padded is read");
}
