//! Our formats against other implementations of them in Rust.
//!
//! The module says `cfg(test)` so that the linter knows it as tests.

#[cfg(test)]
mod agreement;
