//! Whom a gateway that calls another one believes, on connections that are real.
//!
//! The modules say `cfg(test)` so that the linter knows them as tests.

#[cfg(test)]
mod calls;
