//! Accounts and addresses that are refused before anything is read.

use stile_sources::{Limits, Source, SourceError};

use crate::contract;
use crate::world::{Engine, World};

contract!(accepts_an_account_that_only_reads);

async fn accepts_an_account_that_only_reads(world: &World) {
    let source = world.source().await;

    assert_eq!(source.name(), "niche");
    assert_eq!(source.system(), "Niche RMS");
    assert_eq!(source.categories().count(), 2);
}

/// A driver that reads past the end of its connection string takes what lies there for the end of the
/// password. What lies there hangs on the length of the string.
#[cfg(feature = "odbc")]
#[tokio::test]
async fn accepts_an_odbc_account_however_long_its_connection_string_is() {
    for engine in [Engine::Mariadb, Engine::Postgres] {
        let world = World::behind_odbc(engine);
        let mapping = world.mapping();
        let stile_sources::Place::Odbc(place) = &mapping.place else {
            panic!("a database behind ODBC");
        };
        let settings = std::fs::read_to_string(&place.connection_file).unwrap();
        for more in 0..32 {
            let longer = format!("Comment={};{settings}", "x".repeat(more));
            std::fs::write(&place.connection_file, longer).unwrap();

            let connected = Source::connect(&mapping, Limits::default()).await;

            assert!(connected.is_ok(), "{engine:?}, {more} more: {connected:?}");
        }
    }
}

async fn assert_refused(world: &World, grant: &str, found: &str) {
    world.sql(grant);
    let error = world.refusal(&world.mapping()).await;

    let SourceError::Writable { what, .. } = &error else {
        panic!("after `{grant}`: {error}");
    };
    assert!(what.contains(found), "after `{grant}`: {what}");
}

#[tokio::test]
async fn refuses_a_postgres_account_that_can_write() {
    let world = World::new(Engine::Postgres);
    let name = |sql: &str| {
        sql.replace("{r}", &world.reader())
            .replace("{d}", &world.database)
    };
    for (grant, undo, found) in [
        (
            "GRANT INSERT ON incident TO {r}",
            "REVOKE INSERT ON incident FROM {r}",
            "public.incident",
        ),
        (
            "GRANT UPDATE (mo_text) ON incident TO {r}",
            "REVOKE UPDATE (mo_text) ON incident FROM {r}",
            "public.incident",
        ),
        (
            "GRANT TRUNCATE ON alias TO {r}",
            "REVOKE TRUNCATE ON alias FROM {r}",
            "public.alias",
        ),
        (
            "GRANT DELETE ON person TO PUBLIC",
            "REVOKE DELETE ON person FROM PUBLIC",
            "public.person",
        ),
        (
            "GRANT CREATE ON SCHEMA public TO {r}",
            "REVOKE CREATE ON SCHEMA public FROM {r}",
            "schema public",
        ),
        (
            "GRANT CREATE ON DATABASE {d} TO {r}",
            "REVOKE CREATE ON DATABASE {d} FROM {r}",
            "database",
        ),
        (
            "ALTER ROLE {r} SUPERUSER",
            "ALTER ROLE {r} NOSUPERUSER",
            "superuser",
        ),
        (
            "GRANT pg_execute_server_program TO {r}",
            "REVOKE pg_execute_server_program FROM {r}",
            "pg_execute_server_program",
        ),
        (
            "ALTER ROLE {r} NOINHERIT; GRANT postgres TO {r}",
            "REVOKE postgres FROM {r}",
            "superuser",
        ),
    ] {
        assert_refused(&world, &name(grant), found).await;
        world.sql(&name(undo));
        Source::connect(&world.mapping(), Limits::default())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn refuses_a_mariadb_account_that_can_write() {
    // What is granted to PUBLIC holds for whoever else reads on the same server.
    let world = World::alone(Engine::Mariadb);
    let name = |sql: &str| {
        sql.replace("{r}", &format!("{}@'%'", world.reader()))
            .replace("{d}", &world.database)
    };
    for (grant, undo, found) in [
        (
            "GRANT INSERT ON {d}.* TO {r}",
            "REVOKE INSERT ON {d}.* FROM {r}",
            "INSERT",
        ),
        (
            "GRANT UPDATE (mo_text) ON {d}.incident TO {r}",
            "REVOKE UPDATE (mo_text) ON {d}.incident FROM {r}",
            "UPDATE",
        ),
        (
            "GRANT CREATE ON {d}.* TO {r}",
            "REVOKE CREATE ON {d}.* FROM {r}",
            "CREATE",
        ),
        (
            "GRANT FILE ON *.* TO {r}",
            "REVOKE FILE ON *.* FROM {r}",
            "FILE",
        ),
        (
            "CREATE ROLE clerk; GRANT clerk TO {r}",
            "REVOKE clerk FROM {r}; DROP ROLE clerk",
            "role",
        ),
        (
            "GRANT DELETE ON {d}.person TO PUBLIC",
            "REVOKE DELETE ON {d}.person FROM PUBLIC",
            "DELETE",
        ),
    ] {
        assert_refused(&world, &name(grant), found).await;
        world.sql(&name(undo));
        Source::connect(&world.mapping(), Limits::default())
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn refuses_superusers() {
    for engine in [Engine::Mariadb, Engine::Postgres] {
        let world = World::new(engine);
        let server = world.server.as_ref().unwrap();
        if engine == Engine::Mariadb {
            world.sql("GRANT ALL ON *.* TO stile_root@'%' IDENTIFIED BY 'root' WITH GRANT OPTION");
        }
        let url = server.superuser_url(&world.database);

        let error = world
            .refusal(&world.mapping_with(|text| text, Some(&url)))
            .await;

        assert_eq!(error.code(), "writable", "{error}");
    }
}

#[tokio::test]
async fn a_sqlite_file_is_not_changed_by_reading() {
    let world = World::new(Engine::Sqlite);
    let before = std::fs::read(world.file()).unwrap();

    let source = world.source().await;
    source.counts().await.unwrap();

    assert!(std::fs::read(world.file()).unwrap() == before);
}

#[tokio::test]
async fn refuses_a_sqlite_file_that_is_not_there_and_makes_none() {
    let world = World::new(Engine::Sqlite);
    let mapping = world.mapping();
    std::fs::remove_file(world.file()).unwrap();

    assert_eq!(world.refusal(&mapping).await.code(), "unreachable");
    assert!(!world.file().exists());
}

#[tokio::test]
async fn refuses_urls_that_require_tls_or_cannot_be_read_without_repeating_them() {
    for (engine, url) in [
        (
            Engine::Postgres,
            "postgres://r:hunter2@127.0.0.1/d?sslmode=require",
        ),
        (
            Engine::Postgres,
            "postgres://r:hunter2@127.0.0.1/d?sslmode=verify-full",
        ),
        (Engine::Postgres, "host=127.0.0.1 password=hunter2"),
        (Engine::Postgres, "postgres://r:hunter2@127.0.0.1:port/d"),
        (
            Engine::Mariadb,
            "mysql://r:hunter2@127.0.0.1/d?require_ssl=true",
        ),
        (Engine::Mariadb, "mysql://r:hunter2@127.0.0.1"),
        (Engine::Mariadb, "http://r:hunter2@127.0.0.1/d"),
    ] {
        let world = World::new(engine);
        let mapping = world.mapping_with(|text| text, Some(url));

        let error = world.refusal(&mapping).await;

        assert_eq!(error.code(), "mapping", "{url}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{url}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_unreachable() {
    let world = World::new(Engine::Mariadb);
    let url = world
        .server
        .as_ref()
        .unwrap()
        .url(&world.reader(), "wrong", &world.database);

    let error = world
        .refusal(&world.mapping_with(|text| text, Some(&url)))
        .await;

    assert_eq!(error.code(), "unreachable", "{error}");
}
