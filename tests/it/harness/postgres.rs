//! Owns the Postgres server of the test process and the databases made on it.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::process::{Server, folder, free_port};

const START: Duration = Duration::from_mins(1);

/// A Postgres server on loopback that trusts everyone; its superuser is `postgres`.
pub(crate) struct Postgres {
    /// The port on 127.0.0.1; it stays the same over a restart.
    pub(crate) port: u16,
    server: Option<Server>,
    programs: PathBuf,
    folder: TempDir,
}

/// The server that the tests of this process share, started by the first who asks.
///
/// It ends, and its folder goes, with the test process.
pub(crate) fn server() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(Postgres::start)
}

impl Postgres {
    /// Starts a server of one's own, for a test that stops it.
    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = folder("postgres");
        let (user, group) = postgres_ids();
        for name in ["data", "socket"] {
            let path = folder.path().join(name);
            fs::create_dir(&path).expect("make a folder for PostgreSQL");
            chown(&path, Some(user), Some(group)).expect("give PostgreSQL its folder");
        }
        let initdb = as_postgres(&programs.join("initdb"))
            .args(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--username=postgres", "--no-sync", "--no-instructions", "-D"])
            .arg(folder.path().join("data"))
            .current_dir(folder.path())
            .output()
            .expect("run initdb");
        let problem = String::from_utf8_lossy(&initdb.stderr);
        assert!(initdb.status.success(), "initdb failed: {problem}");

        let mut postgres = Self { port: free_port(), server: None, programs, folder };
        postgres.restart();
        postgres
    }

    /// Stops the server, cutting every connection; its databases stay.
    pub(crate) fn stop(&mut self) {
        self.server.take().map(Server::stop);
    }

    /// Stops the server if it runs and starts it on the same port and databases.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let folder = self.folder.path();
        let mut command = as_postgres(&self.programs.join("postgres"));
        command.arg("-D").arg(folder.join("data"));
        let socket = folder.join("socket");
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", socket.display()),
            "max_connections=200".to_owned(),
            "fsync=on".to_owned(),
            "synchronous_commit=on".to_owned(),
        ] {
            command.args(["-c", &setting]);
        }
        let server = Server::start("postgres", folder, "INT", &command);
        server.wait_until_ready(START, || self.accepts_connections());
        self.server = Some(server);
    }

    /// The URL of a database on this server, as sqlx reads it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database with a name of its own and answers the name.
    pub(crate) fn create_database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("penstock_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// Drops a database, cutting the connections to it.
    pub(crate) fn drop_database(&self, name: &str) {
        self.execute("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }

    /// Runs SQL in a database by psql and answers its rows, columns parted by `|`.
    pub(crate) fn execute(&self, database: &str, sql: &str) -> String {
        let psql = Command::new(self.programs.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .arg(self.url(database))
            .output()
            .expect("run psql");
        let problem = String::from_utf8_lossy(&psql.stderr);
        assert!(psql.status.success(), "psql failed at `{sql}`: {problem}");
        String::from_utf8_lossy(&psql.stdout).trim_end().to_owned()
    }

    fn accepts_connections(&self) -> bool {
        Command::new(self.programs.join("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// The programs of the newest Postgres; `/usr/bin` has slow wrappers of only some.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .map(|version| version.path().join("bin"))
        .filter(|programs| programs.join("initdb").exists() && programs.join("psql").exists())
        .max_by_key(|programs| version_of(programs));
    newest.expect("PostgreSQL is not installed; run tests/install")
}

fn version_of(programs: &Path) -> u32 {
    let version = programs.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|version| version.parse().ok()).unwrap_or(0)
}

/// Postgres refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn postgres_ids() -> (u32, u32) {
    let passwd = fs::read_to_string("/etc/passwd").expect("read /etc/passwd");
    let ids = passwd.lines().find_map(|line| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    ids.expect("there is no user postgres; run tests/install")
}
