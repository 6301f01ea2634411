//! Owns the databases that tests work on: a fresh one for each test, of either kind.

use penstock::store::{Options, Store};

use super::{postgres, process};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A fresh database that goes when the test ends.
pub(crate) struct Database {
    /// What `database.url` would say.
    pub(crate) url: String,
    folder: tempfile::TempDir,
    name: Option<String>,
}

impl Database {
    /// An empty database of that kind.
    pub(crate) fn fresh(kind: Kind) -> Self {
        let folder = process::folder("data");
        match kind {
            Kind::Sqlite => {
                let url = format!("sqlite:{}", folder.path().join("penstock.sqlite3").display());
                Self { url, folder, name: None }
            }
            Kind::Postgres => {
                let name = postgres::server().create_database();
                Self { url: postgres::server().url(&name), folder, name: Some(name) }
            }
        }
    }

    /// A folder beside the database.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The name of the database on the `PostgreSQL` server, when it is one.
    pub(crate) fn postgres_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Opens it, with its schema.
    pub(crate) async fn open(&self) -> Store {
        let options = Options {
            url: Some(self.url.clone()),
            data_dir: self.folder.path().to_owned(),
            connections: 8,
            accept_weak_durability: false,
        };
        Store::open(&options).await.expect("a fresh database opens")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            postgres::server().drop_database(name);
        }
    }
}

/// Makes each function of the list a test on `SQLite` and on `PostgreSQL`.
macro_rules! on_both_databases {
    ($($behaviour:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                let database = $crate::harness::database::Database::fresh($crate::harness::database::Kind::Sqlite);
                super::$behaviour(&database).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $behaviour() {
                let database = $crate::harness::database::Database::fresh($crate::harness::database::Kind::Postgres);
                super::$behaviour(&database).await;
            })+
        }
    };
}
pub(crate) use on_both_databases;
