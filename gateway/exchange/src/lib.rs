//! The use cases of both roles and the protocol between gateways.
//!
//! **Does:** joins the rules (`policy`, `linkage`, `product`, `ledger`) to the effects (`trust`,
//! `store`, `sources`); it is the only crate where the two meet, and the only one that reads the
//! clock and draws random numbers.
//!
//! **Leaves to others:** what may be shown (`policy`), who is meant (`linkage`), how a value is
//! reduced (`product`), durable records (`store`), certificates and signatures (`trust`).
//!
//! **Format:** an agency answers in this order, one type a step, so that none can be skipped:
//!
//! ```text
//! bytes ─authenticate─► Peer ─admit─► Admitted ─find─► Found ─rule─► Ruled ─collect─► Collected
//!       ─minimise─► Minimised ─record─► Recorded ─release─► Envelope
//! ```
//!
//! Between gateways: HTTP/2 over mutual TLS 1.3, JSON with signed parts, under `/v1`; refusals are
//! `application/problem+json`.
//!
//! **Source:** RFC 9113 (HTTP/2), RFC 7515 (JWS), RFC 9457 (problems), C2SP tlog-proof (receipts);
//! DPA 2018 s.62 (what is logged).

pub mod account;
pub mod agency;
pub mod api;
pub mod audit;
pub mod client;
pub mod clock;
pub mod connections;
pub mod correct;
pub mod dial;
pub mod directory;
pub mod enrol;
pub mod error;
pub mod evidence;
mod form;
pub mod gateway;
pub mod held;
pub mod hub;
pub mod late;
pub mod metrics;
mod openapi;
pub mod people;
pub mod policy;
pub mod provider;
pub mod random;
pub mod reconcile;
pub mod retention;
pub mod security;
pub mod server;
pub mod start;
mod stored;
pub mod subjects;
pub mod trace;
pub mod verbal;
pub mod wire;
pub mod witness;

#[cfg(test)]
mod tests;
