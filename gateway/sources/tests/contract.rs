//! One contract, kept by real `SQLite`, `PostgreSQL` and `MariaDB` databases alike.
//!
//! The modules say `cfg(test)` so that the linter knows them as tests.

#[cfg(test)]
#[path = "contract/accounts.rs"]
mod accounts;
#[cfg(test)]
#[path = "contract/checking.rs"]
mod checking;
#[cfg(test)]
#[path = "../../../tests/harness/databases.rs"]
#[expect(
    dead_code,
    reason = "a source is read from one server, without a standby"
)]
mod databases;
#[cfg(test)]
#[path = "contract/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "contract/finding.rs"]
mod finding;
#[cfg(test)]
#[path = "contract/paging.rs"]
mod paging;
#[cfg(test)]
#[path = "contract/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "contract/world.rs"]
mod world;

/// Each named claim as one test per engine.
macro_rules! contract {
    ($($claim:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(&crate::world::World::new(crate::world::Engine::Sqlite)).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(&crate::world::World::new(crate::world::Engine::Postgres)).await;
            })+
        }
        mod mariadb {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(&crate::world::World::new(crate::world::Engine::Mariadb)).await;
            })+
        }
    };
}
pub(crate) use contract;
