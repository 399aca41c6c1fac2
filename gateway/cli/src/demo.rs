//! The demo: a whole partnership on one machine.

pub mod world;
