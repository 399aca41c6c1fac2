//! Quorum policies: accepted, or refused with a line; what one prints means the same; a head that
//! nobody cosigned is not accepted unless the policy asks for nobody.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stile_ledger::{LedgerError, Policy};

const UNSIGNED: &str =
    "stile.example/police\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— nobody AAAAAAA=\n";

fuzz_target!(|text: &str| {
    match Policy::parse(text) {
        Ok(policy) => {
            let printed = policy.to_string();
            assert_eq!(Policy::parse(&printed).as_ref(), Ok(&policy));
            let nobody = printed.ends_with("quorum none\n");
            assert_eq!(policy.satisfied(UNSIGNED).is_ok(), nobody);
            assert!(policy.open(UNSIGNED).is_err());
        }
        Err(LedgerError::Policy { line, .. }) => assert!(line <= text.lines().count().max(1)),
        Err(other) => panic!("{other}"),
    }
});
