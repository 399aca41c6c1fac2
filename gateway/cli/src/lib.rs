//! The `stile` program: configuration, the two roles, the tools and the demonstration.
//!
//! **Does:** reads configuration files into checked settings, assembles a hub or an agency from its
//! parts, and gives every tool a command.
//!
//! **Leaves to others:** everything a gateway does once it runs (`exchange` and below).
//!
//! **Format:** `config/agency.toml` and `config/hub.toml` document every key; paths in them are
//! relative to the file's own folder, and secrets are named by path, never written inline.
//!
//! **Source:** the layout of commands and keys is documented in `docs/reference/cli.md`, checked by
//! a test against the program itself.

pub mod account;
pub mod agency;
pub mod approvals;
pub mod args;
pub mod backup;
pub mod bench;
pub mod ca;
pub mod case;
pub mod config;
pub mod demo;
pub mod directory;
pub mod doctor;
pub mod gateway;
pub mod init;
pub mod keys;
pub mod ledger;
mod log;
pub mod matching;
pub mod output;
pub mod pages;
pub mod people;
pub mod policy;
pub mod run;
pub mod side;
pub mod source;
pub mod store;
