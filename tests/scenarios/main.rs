//! Stories that cross crates, and the rules of the house, as one test program.

mod admission;
mod approvals;
mod archive;
mod audit;
mod canary;
mod certificates;
mod config;
mod demo;
mod erasure;
mod failover;
mod faults;
mod fences;
mod guide;
mod held_people;
mod house;
mod hub;
mod identity;
mod install;
mod killed;
mod layers;
mod ledger_reference;
mod looking_back;
mod matching;
mod one_policy;
mod oracles;
mod policy_ask;
mod policy_life;
mod policy_roles;
mod policy_study;
mod presence_agency;
mod presence_hub;
mod presence_view;
mod problems;
mod proof;
mod quick;
mod realdata_postgres_mariadb;
mod reconcile;
mod recorded;
mod retry;
mod sealed;
mod suspended;
mod tree;
mod witnesses;

/// The program that ships, as the processes of these tests run it.
const STILE: &str = env!("CARGO_BIN_EXE_stile-under-test");
