//! What is tried on the whole crate at once.

mod bad_changes;
