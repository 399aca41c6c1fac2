//! `[log]`: how a gateway logs, and where its security events go.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::parts::beside;

/// The table as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLog {
    format: LogFormat,
    security_file: Option<PathBuf>,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object.
    #[default]
    Json,
    /// Words, for somebody who reads along.
    Text,
}

/// How a gateway logs, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// How its lines are written.
    pub format: LogFormat,
    /// The file to which security events go as well.
    pub security_file: Option<PathBuf>,
}

impl RawLog {
    /// The settings; paths are taken relative to the folder of `file`.
    pub(super) fn check(self, file: &Path) -> Log {
        Log {
            format: self.format,
            security_file: self.security_file.map(|path| beside(file, path)),
        }
    }
}
