//! The files a policy is written in, read.

use std::fs;
use std::io::Write;
use std::path::Path;

use stile_exchange::clock::Clock;
use stile_model::id::MemberId;
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{PolicySet, parse_rules};

use crate::args::PolicyFiles;
use crate::keys::named;
use crate::run::Failure;

/// Seed of the random questions put to both evaluators; fixed, so that a failure repeats.
pub const SEED: u64 = 0x5711_1e00;

/// Reads the shared vocabulary.
///
/// # Errors
///
/// Every mistake of the file with line and column.
pub fn read_vocabulary(path: &Path) -> Result<Vocabulary, Failure> {
    let text = read_text(path)?;
    Ok(Vocabulary::parse(&path.display().to_string(), &text)?)
}

/// Reads a text file; the error names it.
///
/// # Errors
///
/// When it is missing or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| named(path, &error))?;
    String::from_utf8(bytes).map_err(|_| {
        format!(
            "{}: is not UTF-8 text; open it in the editor that wrote it and save it with the encoding \"UTF-8\"",
            path.display()
        )
        .into()
    })
}

/// Replaces a file whole, or leaves it as it was; its permissions stay. A new file is made.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| named(folder, &error))?;
    file.write_all(bytes).map_err(|error| named(path, &error))?;
    if let Ok(known) = fs::metadata(path) {
        fs::set_permissions(file.path(), known.permissions())
            .map_err(|error| named(path, &error))?;
    }
    file.persist(path)
        .map_err(|error| named(path, &error.error))?;
    Ok(())
}

/// Today, in UTC, as the checks of a file need it.
pub fn today() -> Date {
    Clock::system().now().date()
}

/// What a command on files works on.
#[derive(Debug)]
pub struct Written {
    /// The vocabulary.
    pub vocabulary: Vocabulary,
    /// The name of the rules' file, for messages.
    pub name: String,
    /// The text of the rules.
    pub text: String,
}

impl Written {
    /// Reads both files.
    ///
    /// # Errors
    ///
    /// When one is missing, or the vocabulary has mistakes.
    pub fn read(files: &PolicyFiles) -> Result<Self, Failure> {
        Ok(Self {
            vocabulary: read_vocabulary(&files.vocabulary)?,
            name: files.rules.display().to_string(),
            text: read_text(&files.rules)?,
        })
    }

    /// The policy as `member` would serve it, proven against Casbin, for the kind the rules name.
    ///
    /// # Errors
    ///
    /// Every mistake of the rules with line and column, or that Casbin does not agree.
    pub fn activate(&self, member: Option<&str>) -> Result<PolicySet, Failure> {
        let member = member.map(MemberId::new).transpose()?;
        let (name, text) = (&self.name, &self.text);
        let kind = parse_rules(name, text, &self.vocabulary)?.agency;
        Ok(PolicySet::activate_for(
            member.as_ref(),
            name,
            text,
            &self.vocabulary,
            &kind,
            today(),
            SEED,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_encoding_is_told_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rules.toml");
        fs::write(&file, b"\xff\xfea\0").unwrap();

        let told = read_text(&file).unwrap_err().to_string();

        assert!(
            told.ends_with("save it with the encoding \"UTF-8\""),
            "{told}"
        );
    }
}
