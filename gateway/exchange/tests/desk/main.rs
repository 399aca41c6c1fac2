//! The hub's case desk, on a hub assembled from real parts: what each method keeps, records and
//! refuses.
//!
//! The modules say `cfg(test)` so that the linter knows them as tests.

#[cfg(test)]
mod alike;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod directories;
#[cfg(test)]
mod drafts;
#[cfg(test)]
mod duties;
#[cfg(test)]
mod enrolments;
#[cfg(test)]
mod erased;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod meanwhile;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod reconciliations;
#[cfg(test)]
mod renewals;
#[cfg(test)]
mod room;
