//! `config/hub.toml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use stile_exchange::dial::LineSettings;
use stile_exchange::hub::desk::Every;
use stile_exchange::hub::{
    Calendar, DeskSettings, DocumentSettings, HubSettings, PresenceSettings,
};
use stile_model::id::{MemberId, PartnershipId};

use super::delivery::{self, RawDelivery};
use super::dial::{RawDialIn, check_listens};
use super::log::RawLog;
use super::metrics::RawMetrics;
use super::pages::RawPages;
use super::parts::{
    Listen, Parts, RawDirectory, RawKeys, RawLedger, RawParts, RawPerson, RawStore, RawTls,
};
use super::renewal::RawRenewal;
use super::retention::RawRetention;
use super::traces::RawTraces;
use crate::run::Failure;

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHub {
    partnership: PartnershipId,
    member: MemberId,
    vocabulary: PathBuf,
    listen: Listen,
    tls: RawTls,
    keys: RawKeys,
    directory: RawDirectory,
    store: RawStore,
    #[serde(default)]
    ledger: RawLedger,
    #[serde(default)]
    ask: RawAsk,
    #[serde(default)]
    calendar: RawCalendar,
    #[serde(default)]
    retention: RawRetention,
    #[serde(default)]
    renewal: RawRenewal,
    #[serde(default)]
    presence: RawPresence,
    #[serde(default)]
    desk: RawDesk,
    #[serde(default)]
    dial_in: RawDialIn,
    pages: Option<RawPages>,
    metrics: Option<RawMetrics>,
    traces: Option<RawTraces>,
    #[serde(default)]
    log: RawLog,
    #[serde(default)]
    documents: RawDocuments,
    #[serde(default)]
    delivery: Vec<RawDelivery>,
    #[serde(default)]
    person: Vec<RawPerson>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawAsk {
    agency_deadline_ms: u64,
    retry_first_ms: u64,
    retry_longest_s: u64,
}

impl Default for RawAsk {
    fn default() -> Self {
        Self {
            agency_deadline_ms: 10_000,
            retry_first_ms: 2_000,
            retry_longest_s: 300,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawCalendar {
    opens: String,
    closes: String,
    holidays: Vec<String>,
}

impl Default for RawCalendar {
    fn default() -> Self {
        Self {
            opens: "09:00".to_owned(),
            closes: "17:00".to_owned(),
            holidays: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawPresence {
    refresh_s: u64,
    sets_mib: u64,
}

impl Default for RawPresence {
    fn default() -> Self {
        Self {
            refresh_s: 300,
            sets_mib: 1_024,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawDesk {
    number_prefix: String,
    draft_days: u16,
    at_risk_percent: u8,
    recent_days: u16,
    figures: String,
}

impl Default for RawDesk {
    fn default() -> Self {
        let DeskSettings {
            number_prefix,
            draft_days,
            at_risk_percent,
            recent_days,
            figures,
        } = DeskSettings::default();
        Self {
            number_prefix,
            draft_days,
            at_risk_percent,
            recent_days,
            figures: figures.word().to_owned(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawDocuments {
    typesetter: Option<PathBuf>,
    deadline_s: u64,
}

impl Default for RawDocuments {
    fn default() -> Self {
        Self {
            typesetter: None,
            deadline_s: DocumentSettings::default().deadline.as_secs(),
        }
    }
}

/// A hub's configuration, checked.
#[derive(Debug)]
pub struct HubConfig {
    /// What both roles configure.
    pub parts: Parts,
    /// Settings.
    pub settings: HubSettings,
    /// How connections are kept that agencies dialled.
    pub dial_in: LineSettings,
}

impl HubConfig {
    /// Reads and checks the file.
    ///
    /// # Errors
    ///
    /// Names the file, and the key with its bounds.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let raw: RawHub = super::read(file)?;
        check_listens(file, &raw.listen, false)?;
        let dial_in = raw.dial_in.check(file)?;
        let settings = HubSettings {
            agency_deadline: millis(
                file,
                "ask.agency_deadline_ms",
                raw.ask.agency_deadline_ms,
                100,
                120_000,
            )?,
            retry_first: millis(
                file,
                "ask.retry_first_ms",
                raw.ask.retry_first_ms,
                50,
                60_000,
            )?,
            retry_longest: millis(
                file,
                "ask.retry_longest_s",
                raw.ask.retry_longest_s.saturating_mul(1_000),
                1_000,
                3_600_000,
            )?,
            calendar: calendar(file, &raw.calendar)?,
            retention: raw.retention.check(file)?,
            presence: presence(file, &raw.presence)?,
            desk: desk(file, raw.desk)?,
            documents: documents(file, raw.documents)?,
            deliveries: delivery::check(file, raw.delivery)?,
            renewal: raw.renewal.check(file, &raw.directory)?,
        };
        let parts = RawParts {
            partnership: raw.partnership,
            member: raw.member,
            listen: raw.listen,
            tls: raw.tls,
            keys: raw.keys,
            directory: raw.directory,
            vocabulary: raw.vocabulary,
            store: raw.store,
            ledger: raw.ledger,
            pages: raw.pages,
            metrics: raw.metrics,
            traces: raw.traces,
            log: raw.log,
            person: raw.person,
        };
        Ok(Self {
            parts: parts.check(file)?,
            settings,
            dial_in,
        })
    }
}

fn millis(file: &Path, key: &str, value: u64, least: u64, most: u64) -> Result<Duration, Failure> {
    if (least..=most).contains(&value) {
        Ok(Duration::from_millis(value))
    } else {
        let file = file.display();
        Err(format!("{file}: `{key}` comes to {value} ms; it must be {least} to {most} ms").into())
    }
}

fn presence(file: &Path, raw: &RawPresence) -> Result<PresenceSettings, Failure> {
    let refresh_ms = raw.refresh_s.saturating_mul(1_000);
    // An offer stands for an hour; one look that fails must not leave a gap.
    let refresh = millis(file, "presence.refresh_s", refresh_ms, 1_000, 1_800_000)?;
    let sets = (1..=65_536).contains(&raw.sets_mib).then_some(raw.sets_mib);
    let sets_bytes = sets
        .and_then(|mib| usize::try_from(mib << 20).ok())
        .ok_or_else(|| {
            let file = file.display();
            format!("{file}: `presence.sets_mib` must be 1 to 65536")
        })?;
    Ok(PresenceSettings {
        refresh,
        sets_bytes,
    })
}

fn desk(file: &Path, raw: RawDesk) -> Result<DeskSettings, Failure> {
    let wrong = |key: &str, form: &str| {
        Err(format!("{}: `desk.{key}` must be {form}", file.display()).into())
    };
    let prefix = &raw.number_prefix;
    let is_plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    // The hub puts the year and five digits or more behind it; `DRAFT-` names keys of drafts.
    if !(1..=20).contains(&prefix.len()) || !prefix.chars().all(is_plain) || prefix == "DRAFT" {
        return wrong("number_prefix", "1 to 20 of A-Z and 0-9, and not `DRAFT`");
    }
    if !(1..=90).contains(&raw.draft_days) {
        return wrong("draft_days", "1 to 90");
    }
    if !(10..=99).contains(&raw.at_risk_percent) {
        return wrong("at_risk_percent", "10 to 99");
    }
    let Some(figures) = Every::of_word(&raw.figures) else {
        return wrong("figures", "`month`, `quarter` or `year`");
    };
    if raw.recent_days > 3_650 {
        return wrong("recent_days", "0 to 3650");
    }
    Ok(DeskSettings {
        number_prefix: raw.number_prefix,
        draft_days: raw.draft_days,
        at_risk_percent: raw.at_risk_percent,
        recent_days: raw.recent_days,
        figures,
    })
}

fn documents(file: &Path, raw: RawDocuments) -> Result<DocumentSettings, Failure> {
    let deadline_ms = raw.deadline_s.saturating_mul(1_000);
    let deadline = millis(file, "documents.deadline_s", deadline_ms, 1_000, 120_000)?;
    let typesetter = match raw.typesetter {
        Some(path) => super::beside(file, path),
        None => typesetter_beside_us()?,
    };
    Ok(DocumentSettings {
        typesetter,
        deadline,
    })
}

/// `stile-pdf` in the folder of this program.
fn typesetter_beside_us() -> Result<PathBuf, Failure> {
    Ok(std::env::current_exe()?.with_file_name("stile-pdf"))
}

fn calendar(file: &Path, raw: &RawCalendar) -> Result<Calendar, Failure> {
    let wrong =
        |key: &str, form: &str| format!("{}: `calendar.{key}` must be {form}", file.display());
    let opens = raw
        .opens
        .parse()
        .map_err(|_| wrong("opens", "a time such as \"09:00\""))?;
    let closes = raw
        .closes
        .parse()
        .map_err(|_| wrong("closes", "a time such as \"17:00\""))?;
    if opens >= closes {
        return Err(wrong("closes", "later than `calendar.opens`").into());
    }
    let holidays: Result<_, _> = raw.holidays.iter().map(|day| day.parse()).collect();
    let holidays = holidays.map_err(|_| wrong("holidays", "dates such as \"2026-12-25\""))?;
    Ok(Calendar {
        opens,
        closes,
        holidays,
    })
}
