//! People held in memory, beside the same people in real databases.
//!
//! The modules say `cfg(test)` so that the linter knows them as tests.

#[cfg(test)]
#[path = "../../../../tests/harness/databases.rs"]
#[expect(
    dead_code,
    reason = "a source is read from one server, without a standby"
)]
mod databases;
#[cfg(test)]
mod equal;
#[cfg(test)]
mod fresh;
#[cfg(test)]
mod made_up;
#[cfg(test)]
mod world;
