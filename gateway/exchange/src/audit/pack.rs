//! The inspection pack of a case; its files are described in [`stile_ledger::pack`].
//!
//! Order of effects: look everything up under one head, record the reading durably, open bodies and
//! prove entries, sign, archive.

use serde::{Deserialize, Serialize};
use stile_ledger::pack::{self, Case, Contents, Continuity, Exhibit, File, Opened};
use stile_ledger::{Checkpoint, Leaf};
use stile_model::id::CaseId;
use stile_model::time::Timestamp;
use stile_store::Query;
use stile_store::StoreError;
use utoipa::ToSchema;

use super::find::Wanted;
use super::show::Body;
use super::{Gateway, Reading, Reason, summary};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};

/// Most bytes of bodies in one pack.
const BODIES_MAX: usize = 256 * 1024 * 1024;

/// A request for a case's pack.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackAsked {
    /// Why the ledger is read.
    pub reason: Reason,
    /// The case.
    pub case: CaseId,
    /// Leave the opened bodies out: what remains proves that nothing is missing, and shows no
    /// personal data.
    #[serde(default)]
    pub without_bodies: bool,
    /// Heads of this ledger kept from earlier, as signed notes: prove that it only grew since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<String>,
}

/// A finished pack.
#[derive(Debug, Clone)]
pub struct MadePack {
    /// The archive: one ZIP file.
    pub archive: Vec<u8>,
    /// Entries of the case in it.
    pub entries: usize,
}

/// What a pack is made from, all under one head.
pub(super) struct Ground {
    pub(super) case: CaseId,
    pub(super) made: Timestamp,
    pub(super) head: Checkpoint,
    note: String,
    entries: Vec<(u64, Leaf)>,
    /// Older entries lie in an archive; those of the case among them are not in the pack.
    pub(super) archived: bool,
    earlier: Vec<(Checkpoint, String)>,
}

impl Gateway {
    /// The pack of a case, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `archived`, `earlier_not_ours`, `earlier_too_large`, `earlier_contradicts`,
    /// `pack_too_large`, or that the reading could not be recorded.
    pub async fn pack(&self, person: &Person, ask: &PackAsked) -> Result<MadePack, ExchangeError> {
        person.must(&Duty::Auditor)?;
        let reason = ask.reason.check()?;
        let ground = match self.ground(ask) {
            Ok(ground) => ground,
            // That there is no such case, or too much of it, is something learned too.
            Err(refused) => {
                let reading = Reading {
                    case: Some(&ask.case),
                    ..Reading::of("packed", reason, 0)
                };
                self.record(person, reading, ask.without_bodies).await?;
                return Err(refused);
            }
        };
        let reading = Reading {
            bodies: if ask.without_bodies {
                0
            } else {
                ground.entries.len()
            },
            case: Some(&ask.case),
            ..Reading::of("packed", reason, ground.entries.len())
        };
        self.record(person, reading, ask.without_bodies).await?;
        let entries = ground.entries.len();
        let archive = self.archived(&ground, ask.without_bodies)?;
        Ok(MadePack { archive, entries })
    }

    fn ground(&self, ask: &PackAsked) -> Result<Ground, ExchangeError> {
        let size = self.store().head().size;
        let wanted = Wanted {
            query: Query {
                case: Some(self.case_pseudonym(&ask.case)),
                ..Query::default()
            },
            subjects: Vec::new(),
        };
        let found = self.find_all(&wanted, size, pack::ENTRIES_MAX)?;
        let entries = found.entries;
        let Some((last, _)) = entries.last() else {
            if found.archived {
                return Err(StoreError::Archived(0).into());
            }
            return Err(refuse(
                "unknown_case",
                404,
                "the ledger holds nothing of a case of this number",
            ));
        };
        let earlier = self.earlier(&ask.earlier, size)?;
        let oldest_fit = earlier.last().map_or(0, |(seen, _)| seen.size);
        let (head, note) = self.covering(oldest_fit.max(last.saturating_add(1)));
        Ok(Ground {
            case: ask.case.clone(),
            made: self.now(),
            earlier,
            head,
            note,
            entries,
            archived: found.archived,
        })
    }

    /// The heads kept from earlier, checked, smallest first, without repeats.
    fn earlier(
        &self,
        notes: &[String],
        size: u64,
    ) -> Result<Vec<(Checkpoint, String)>, ExchangeError> {
        let mut earlier: Vec<(Checkpoint, String)> = Vec::new();
        for note in notes {
            let seen = Checkpoint::open(note, self.store().vkey()).map_err(|_| {
                refuse(
                    "earlier_not_ours",
                    422,
                    "an earlier head is not a checkpoint signed by this ledger's key",
                )
            })?;
            if seen.size > size {
                return Err(refuse(
                    "earlier_too_large",
                    409,
                    "the ledger is shorter than the earlier head; an older copy of it was put back: \
                     keep both, tell the partnership",
                ));
            }
            if self.store().contradicts(&seen)? {
                return Err(refuse(
                    "earlier_contradicts",
                    409,
                    "the ledger is not the one that signed the earlier head; treat it as forked: \
                     keep both, tell the partnership",
                ));
            }
            earlier.push((seen, note.clone()));
        }
        earlier.sort_by_key(|(seen, _)| seen.size);
        earlier.dedup_by_key(|(seen, _)| seen.size);
        Ok(earlier)
    }

    fn archived(&self, ground: &Ground, without_bodies: bool) -> Result<Vec<u8>, ExchangeError> {
        let unmade = |_| ExchangeError::Stored("pack");
        let contents = self.contents(ground, without_bodies)?;
        let mut files = contents.files().map_err(unmade)?;
        let manifest = files.first().map(|file| file.bytes.clone());
        let manifest = manifest.ok_or(ExchangeError::Stored("pack"))?;
        let signature = self.store().sign_pack(&manifest, ground.made)?;
        files.insert(1, File::of(pack::SIGNATURE, signature));
        pack::archive::write(&files).map_err(|_| too_large())
    }

    fn contents(&self, ground: &Ground, without_bodies: bool) -> Result<Contents, ExchangeError> {
        let Ground { head, note, .. } = ground;
        let mut entries = Vec::new();
        let mut total = 0_usize;
        for (index, _) in &ground.entries {
            let body = if without_bodies {
                Opened::LeftOut
            } else {
                self.opened(*index)?
            };
            if let Opened::Shown { body, .. } = &body {
                total = total.saturating_add(body.len());
            }
            if total > BODIES_MAX {
                return Err(too_large());
            }
            entries.push(Exhibit {
                index: *index,
                leaf: self.leaf_bytes(*index)?,
                receipt: self.store().proof_under(*index, head.size, note)?,
                body,
            });
        }
        let mut continuity = Vec::new();
        for (seen, kept) in &ground.earlier {
            continuity.push(Continuity {
                size: seen.size,
                checkpoint: kept.clone(),
                proof: self.store().consistency_to(seen.size, head.size)?,
            });
        }
        let mut keys = vec![self.store().vkey().to_string()];
        keys.extend(self.witness_keys());
        let case = Case {
            pseudonym: self.case_pseudonym(&ground.case),
            number: ground.case.clone(),
        };
        let told = summary::told(self, &ground.entries, &entries);
        Ok(Contents {
            readme: summary::readme(&case.number, self.store().vkey()),
            summary: summary::page(self, ground, &told),
            case,
            made: ground.made,
            checkpoint: note.clone(),
            head: head.clone(),
            entries,
            continuity,
            keys,
        })
    }

    fn opened(&self, index: u64) -> Result<Opened, ExchangeError> {
        Ok(match self.body(index)? {
            Body::Erased => Opened::Erased,
            Body::Open { salt, bytes } => Opened::Shown { salt, body: bytes },
        })
    }
}

fn too_large() -> ExchangeError {
    refuse(
        "pack_too_large",
        422,
        "the bodies of this case are over 256 MiB; make the pack without bodies and show single \
         entries",
    )
}
