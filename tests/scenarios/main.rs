//! Stories that cross crates, and the rules of the house, as one test program.

mod config;
mod house;
mod layers;
mod problems;
mod tree;
