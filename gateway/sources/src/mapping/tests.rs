//! Mapping files, good and bad.
