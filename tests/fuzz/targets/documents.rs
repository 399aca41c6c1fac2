//! Enquiries, returns and problems: what is read is written back as something that reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_model::enquiry::Enquiry;
use stile_model::problem::Problem;
use stile_model::returns::Return;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(enquiry) = serde_json::from_slice::<Enquiry>(bytes) {
        let again = serde_json::to_vec(&enquiry).expect("it was read");
        assert!(serde_json::from_slice::<Enquiry>(&again).expect("it was written") == enquiry);
    }
    if let Ok(answer) = serde_json::from_slice::<Return>(bytes) {
        let again = serde_json::to_vec(&answer).expect("it was read");
        assert!(serde_json::from_slice::<Return>(&again).expect("it was written") == answer);
    }
    if let Ok(problem) = serde_json::from_slice::<Problem>(bytes) {
        let _ = problem.code();
    }
});
