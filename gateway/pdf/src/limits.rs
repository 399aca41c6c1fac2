//! What the program allows itself, whoever starts it.

use std::process;
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Most bytes of a document.
pub const LONGEST_INPUT: u64 = 24 * 1024 * 1024;

/// Longest one document may take.
const LONGEST: Duration = Duration::from_mins(1);
/// Exit code when it took longer.
const TOO_SLOW: i32 = 5;
/// Most bytes of memory: thirty pages take under 100 MB.
const MOST_MEMORY: u64 = 2 * 1024 * 1024 * 1024;

/// Bounds time and memory, and forbids core dumps, which would hold the document.
pub fn set() {
    for (resource, most) in [
        (Resource::As, MOST_MEMORY),
        (Resource::Core, 0),
        (Resource::Cpu, LONGEST.as_secs()),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        // A stricter limit of the system stays in force; that is no reason not to typeset.
        let _ = setrlimit(resource, limit);
    }
    thread::spawn(|| {
        thread::sleep(LONGEST);
        process::exit(TOO_SLOW);
    });
}
