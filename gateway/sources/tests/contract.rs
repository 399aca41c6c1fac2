//! One contract, kept by real `SQLite`, `PostgreSQL` and `MariaDB` databases alike, and, with the
//! feature `odbc`, by the same databases behind their ODBC drivers.
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
#[path = "contract/fhir.rs"]
mod fhir;
#[cfg(test)]
#[path = "contract/files.rs"]
mod files;
#[cfg(test)]
#[path = "contract/finding.rs"]
mod finding;
#[cfg(test)]
#[path = "contract/http.rs"]
mod http;
#[cfg(test)]
#[path = "contract/paging.rs"]
mod paging;
#[cfg(test)]
#[path = "contract/proposing.rs"]
mod proposing;
#[cfg(test)]
#[path = "contract/reading.rs"]
mod reading;
#[cfg(test)]
#[path = "contract/served.rs"]
mod served;
#[cfg(test)]
#[path = "contract/showing.rs"]
mod showing;
#[cfg(test)]
#[path = "contract/world.rs"]
mod world;

/// Each named claim as one test per engine. Claims after `not_odbc_sqlite:` are of what that driver
/// does not do: stop a query, tell binary
/// values from texts, and tell a missing column from another fault.
macro_rules! contract {
    ($($claim:ident),+ $(,)? $(; not_odbc_sqlite: $($other:ident),+ $(,)?)?) => {
        crate::engines!($($claim),+ $($(, $other)+)?);
        #[cfg(feature = "odbc")]
        mod odbc_sqlite {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(&crate::world::World::behind_odbc(crate::world::Engine::Sqlite)).await;
            })+
        }
    };
}
pub(crate) use contract;

macro_rules! engines {
    ($($claim:ident),+) => {
        #[cfg(feature = "odbc")]
        mod odbc_postgres {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(&crate::world::World::behind_odbc(crate::world::Engine::Postgres)).await;
            })+
        }
        #[cfg(feature = "odbc")]
        mod odbc_mariadb {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(&crate::world::World::behind_odbc(crate::world::Engine::Mariadb)).await;
            })+
        }
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
pub(crate) use engines;
