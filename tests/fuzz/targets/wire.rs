//! What stands around the signed documents, and everything else that members send each other as JSON:
//! what is read is written back as something that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stile_exchange::enrol::{Application, EnrolmentId, Papers, Renewal, Standing};
use stile_exchange::reconcile::{Reconciliation, ReleasePage};
use stile_exchange::retention::OutcomeWord;
use stile_exchange::wire::{Acknowledgement, Envelope, Offer, size_class};
use stile_exchange::witness::Alarm;
use stile_ledger::proof::Receipt;

fuzz_target!(|bytes: &[u8]| {
    same::<Acknowledgement>(bytes);
    same::<Alarm>(bytes);
    same::<Offer>(bytes);
    same::<OutcomeWord>(bytes);
    same::<Papers>(bytes);
    same::<Reconciliation>(bytes);
    same::<ReleasePage>(bytes);
    same::<Renewal>(bytes);
    same::<Standing>(bytes);
    if let Some(envelope) = same::<Envelope>(bytes) {
        padded(&envelope);
    }
    if let Some(application) = same::<Application>(bytes) {
        let secret = application.token.as_str();
        // One that is shorter may stand there by chance.
        assert!(secret.len() < 32 || !format!("{:?}", application.token).contains(secret));
    }
    if let Ok(id) = std::str::from_utf8(bytes)
        .unwrap_or_default()
        .parse::<EnrolmentId>()
    {
        assert_eq!(id.to_string().as_bytes(), bytes);
    }
});

fn same<T: DeserializeOwned + Serialize + PartialEq>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    let again = serde_json::to_vec(&read).expect("it was read");
    assert!(serde_json::from_slice::<T>(&again).expect("it was written") == read);
    Some(read)
}

/// Its length says only the class, and its padding nothing.
fn padded(envelope: &Envelope) {
    let written = envelope.to_padded_json();
    assert_eq!(written.len(), size_class(written.len()));
    let read: Envelope = serde_json::from_slice(&written).expect("it was written");
    let pad = String::new;
    assert!(
        Envelope { pad: pad(), ..read }
            == Envelope {
                pad: pad(),
                ..envelope.clone()
            }
    );
    // What it holds of the ledger is read by whoever receives it.
    let _ = Receipt::parse(&envelope.receipt);
}
