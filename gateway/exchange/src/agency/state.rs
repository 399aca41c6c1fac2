//! What an agency's gateway says of its sources and rules to those who run it.

use super::Agency;
use crate::connections::{FilesState, HeldState, PolicyState, SourceState};
use crate::dial::Standings;
use crate::metrics::Text;

impl Agency {
    /// Every connected system.
    pub(crate) fn source_states(&self) -> Vec<SourceState> {
        let state = |source: &stile_sources::Source| SourceState {
            name: source.name().to_owned(),
            system: source.system().to_owned(),
            categories: source.categories().cloned().collect(),
            resting: source.is_resting(),
            held: self
                .held
                .state_of(source)
                .map(|(read, people)| HeldState { read, people }),
            files: source.extract().map(|files| FilesState {
                age_s: files.age_s,
                age_max_h: files.age_max_h,
                problem: files.problem,
            }),
        };
        self.sources.iter().map(state).collect()
    }

    /// Hubs that this gateway dials, and how that goes.
    pub(crate) const fn dialling(&self) -> &Standings {
        &self.live.dialling
    }

    /// Writes how full the gateway is.
    pub(crate) fn write_load(&self, text: &mut Text) {
        self.live.room.write(&self.settings.load, text);
    }

    /// The rules in force.
    pub(crate) fn policy_state(&self) -> PolicyState {
        let footing = self.footing();
        PolicyState {
            digest: footing.policy.digest().to_string(),
            until: footing.policy.until(),
            suspended: footing.is_suspended(),
        }
    }
}
