//! The HTTP faces as published and as they answer: documents, answers that fit them, refusals.
//!
//! The modules say `cfg(test)` so that the linter knows them as tests.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod gateways;
#[cfg(test)]
mod pause;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod turns;
