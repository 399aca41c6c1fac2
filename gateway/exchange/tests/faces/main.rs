//! The HTTP faces as published and as they answer: documents, answers that fit them, refusals.

mod answers;
mod documents;
mod gateways;
mod refusals;
mod schema;
