//! One contract, kept by the store on files and on a real `PostgreSQL` alike; then what only the
//! database can do wrong.
//!
//! The modules say `cfg(test)` so that the linter knows them as tests.

#[cfg(test)]
#[path = "contract/committing.rs"]
mod committing;
#[cfg(test)]
#[path = "../../../tests/harness/databases.rs"]
#[expect(
    dead_code,
    reason = "the harness knows more servers than this test needs"
)]
mod databases;
#[cfg(test)]
#[path = "contract/erasing.rs"]
mod erasing;
#[cfg(test)]
#[path = "contract/opening.rs"]
mod opening;
#[cfg(test)]
#[path = "contract/outages.rs"]
mod outages;
#[cfg(test)]
#[path = "contract/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "contract/replicas.rs"]
mod replicas;
#[cfg(test)]
#[path = "contract/standby.rs"]
mod standby;
#[cfg(test)]
#[path = "contract/world.rs"]
mod world;

/// Each named claim as one test per engine.
macro_rules! contract {
    ($($claim:ident),+ $(,)?) => {
        mod files {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() {
                super::$claim(&crate::world::World::new(crate::world::Engine::Files)).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $claim() {
                super::$claim(&crate::world::World::new(crate::world::Engine::Postgres)).await;
            })+
        }
    };
}

#[cfg(test)]
pub(crate) use contract;
