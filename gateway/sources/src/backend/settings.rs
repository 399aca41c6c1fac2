//! The one line that says how a database behind ODBC is reached.

/// A connection string that no driver reads past its end.
///
/// ODBC hands a driver the text with its length and promises no byte after it. `MariaDB`'s driver
/// (`MADB_ParseConnString` of Connector/ODBC 3.1.15, which is Debian 12's) copies one byte more and
/// reads the last value up to the next `;` or null character: what happens to lie behind the text
/// becomes the end of the password, and the server refuses it with 28000.
pub(super) struct Settings(String);

impl Settings {
    /// Ends the last value with `;`, and what is handed over with a null character behind it.
    pub(super) fn new(text: &str) -> Self {
        Self(format!("{text};\0"))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.trim_end_matches('\0')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_ends_its_last_value_and_has_a_null_character_behind_it() {
        let settings = Settings::new("Driver={MariaDB Unicode};PWD=pw");

        assert_eq!(settings.as_str(), "Driver={MariaDB Unicode};PWD=pw;");
        assert_eq!(settings.0.as_bytes()[settings.as_str().len()], 0);
    }
}
