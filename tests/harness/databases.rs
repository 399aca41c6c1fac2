//! Real database servers for tests: each on a free port, in its own folder, stopped when dropped.
//!
//! Self-contained (std and tempfile only), so that a crate's own tests can include it:
//! `#[path = "../../../tests/harness/databases.rs"] mod databases;`

use std::fs::File;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longest a server may take to start or stop.
const PATIENCE: Duration = Duration::from_mins(5);

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `MariaDB`.
    Mariadb,
    /// `PostgreSQL`.
    Postgres,
}

/// One running server.
pub struct Server {
    kind: Kind,
    port: u16,
    /// Settings over those of every server here.
    settings: &'static [&'static str],
    folder: TempDir,
    child: Mutex<Option<Child>>,
}

impl Server {
    /// Makes a database cluster in a new folder and starts it.
    ///
    /// # Panics
    ///
    /// With what to do, when the server is not installed or does not start.
    pub fn start(kind: Kind) -> Self {
        Self::start_with(kind, &[])
    }

    /// The same with settings of `PostgreSQL`, such as `fsync=on`, which is off otherwise.
    ///
    /// # Panics
    ///
    /// As [`Server::start`].
    pub fn start_with(kind: Kind, settings: &'static [&'static str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("stile-db-")
            .tempdir()
            .expect("a folder for the database");
        let server = Self {
            kind,
            port: free_port(),
            settings,
            folder,
            child: Mutex::new(None),
        };
        server.initialise();
        server.run();
        server
    }

    /// A standby that copies this `PostgreSQL` and follows it.
    ///
    /// # Panics
    ///
    /// As [`Server::start`].
    pub fn standby(&self) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("stile-db-")
            .tempdir()
            .expect("a folder for the database");
        let standby = Self {
            kind: Kind::Postgres,
            port: free_port(),
            settings: self.settings,
            folder,
            child: Mutex::new(None),
        };
        if is_root() {
            quietly(
                Command::new("chown")
                    .arg("postgres")
                    .arg(standby.folder.path()),
            );
        }
        let port = self.port.to_string();
        let mut copy = as_postgres(&postgres_program("pg_basebackup"));
        copy.arg("-D").arg(standby.path("data"));
        copy.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "postgres",
            "-R",
            "-c",
            "fast",
        ]);
        quietly(copy.arg("--no-sync"));
        standby.run();
        standby
    }

    /// One server shared by the tests that hold it at the same time.
    pub fn shared(kind: Kind) -> Arc<Self> {
        static MARIADB: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        static POSTGRES: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let place = match kind {
            Kind::Mariadb => &MARIADB,
            Kind::Postgres => &POSTGRES,
        };
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = place.upgrade() {
            return server;
        }
        let server = Arc::new(Self::start(kind));
        *place = Arc::downgrade(&server);
        server
    }

    /// The URL by which `user` reaches `database` over the loopback address.
    pub fn url(&self, user: &str, password: &str, database: &str) -> String {
        let scheme = match self.kind {
            Kind::Mariadb => "mysql",
            Kind::Postgres => "postgres",
        };
        format!(
            "{scheme}://{user}:{password}@127.0.0.1:{}/{database}",
            self.port
        )
    }

    /// The URL of an account that may do everything in `database`.
    pub fn superuser_url(&self, database: &str) -> String {
        match self.kind {
            Kind::Mariadb => self.url("stile_root", "root", database),
            Kind::Postgres => self.url("postgres", "root", database),
        }
    }

    /// Runs SQL as the superuser with the server's own client and gives what it prints.
    ///
    /// # Panics
    ///
    /// With the client's message, when the SQL fails.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut command = match self.kind {
            Kind::Mariadb => self.mariadb_client(database),
            Kind::Postgres => self.psql(database),
        };
        let mut client = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the database's client starts; tests/run installs it");
        let mut input = client.stdin.take().expect("a pipe");
        let text = sql.to_owned();
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = client.wait_with_output().expect("the client ends");
        writer.join().expect("the writer ends").ok();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "SQL failed: {errors}\n{sql}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Stops the server at once, as a power cut would.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut child) = child.take() {
            // SIGQUIT: PostgreSQL's immediate shutdown takes its own workers with it.
            let signal = match self.kind {
                Kind::Mariadb => "-KILL",
                Kind::Postgres => "-QUIT",
            };
            signal_process(&child, signal);
            child.wait().ok();
        }
    }

    /// Starts the server again on the same port and data.
    pub fn run(&self) {
        let mut command = match self.kind {
            Kind::Mariadb => self.mariadbd(),
            Kind::Postgres => self.postgres(),
        };
        let log = File::create(self.path("log")).expect("a log file");
        let errors = log.try_clone().expect("a log file");
        let child = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn();
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(child.expect("the server starts; tests/run installs it"));
        let start = Instant::now();
        while !self.answers() {
            let log = || std::fs::read_to_string(self.path("log")).unwrap_or_default();
            assert!(
                start.elapsed() < PATIENCE,
                "the server did not start: {}",
                log()
            );
            sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        let mut command = match self.kind {
            Kind::Mariadb => self.mariadb_client(""),
            Kind::Postgres => self.psql("postgres"),
        };
        let asked = match self.kind {
            Kind::Mariadb => command.args(["-e", "SELECT 1"]),
            Kind::Postgres => command.args(["-c", "SELECT 1"]),
        };
        let status = asked
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn initialise(&self) {
        match self.kind {
            Kind::Mariadb => {
                let data = format!("--datadir={}", self.path("data").display());
                let mut install = Command::new(program("mariadb-install-db"));
                install.args([
                    "--no-defaults",
                    &data,
                    "--skip-test-db",
                    "--skip-name-resolve",
                ]);
                install.arg("--auth-root-authentication-method=normal");
                // Servers that are set up at once take each other's temporary tables away elsewhere.
                install.env("TMPDIR", self.folder.path());
                if is_root() {
                    install.arg("--user=root");
                }
                quietly(&mut install);
            }
            Kind::Postgres => {
                if is_root() {
                    quietly(
                        Command::new("chown")
                            .arg("postgres")
                            .arg(self.folder.path()),
                    );
                }
                let mut initdb = as_postgres(&postgres_program("initdb"));
                initdb.arg("-D").arg(self.path("data"));
                initdb.args([
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                ]);
                quietly(initdb.arg("--no-sync"));
            }
        }
    }

    fn postgres(&self) -> Command {
        let mut command = as_postgres(&postgres_program("postgres"));
        let port = self.port.to_string();
        command.arg("-D").arg(self.path("data")).args(["-p", &port]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "shared_buffers=16MB",
            "max_connections=100",
        ]
        .iter()
        .chain(self.settings)
        {
            command.args(["-c", setting]);
        }
        command
    }

    fn mariadbd(&self) -> Command {
        let mut command = Command::new(program("mariadbd"));
        command.arg("--no-defaults");
        if is_root() {
            command.arg("--user=root");
        }
        command
            .arg(format!("--datadir={}", self.path("data").display()))
            .arg(format!("--socket={}", self.path("s").display()))
            .arg(format!("--pid-file={}", self.path("pid").display()))
            .arg(format!("--port={}", self.port))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve"])
            .args([
                "--innodb-flush-log-at-trx-commit=2",
                "--innodb-buffer-pool-size=16M",
            ])
            .args(["--innodb-log-file-size=8M", "--max-allowed-packet=16M"])
            .env("TMPDIR", self.folder.path());
        command
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(postgres_program("psql"));
        let port = self.port.to_string();
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            "postgres",
            "-d",
            database,
        ]);
        command
    }

    fn mariadb_client(&self, database: &str) -> Command {
        let mut command = Command::new(program("mariadb"));
        command
            .arg("--no-defaults")
            .arg(format!("--socket={}", self.path("s").display()))
            .args(["--user=root", "--batch", "--skip-column-names"])
            .args([
                "--default-character-set=utf8mb4",
                "--max-allowed-packet=16M",
            ]);
        if !database.is_empty() {
            command.arg(database);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("`id` runs");
    output.stdout.trim_ascii() == b"0"
}

/// `PostgreSQL` refuses to run as the superuser, so there it runs as its own user.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    // The folder of the caller may be closed to that user.
    command.arg(program).current_dir("/");
    command
}

fn signal_process(child: &Child, signal: &str) {
    let pid = child.id().to_string();
    Command::new("kill").args([signal, &pid]).status().ok();
}

fn quietly(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output();
    let output =
        output.unwrap_or_else(|error| panic!("{command:?}: {error}; tests/run installs it"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
}

/// The newest installed `PostgreSQL`, as Debian lays it out, or the one on the path.
fn postgres_program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let newest = versions
        .flatten()
        .map(|version| version.path())
        .filter(|path| path.join("bin").join(name).exists())
        .max_by_key(|path| {
            let version = path.file_name().and_then(|name| name.to_str());
            version.and_then(|name| name.parse::<u32>().ok())
        });
    newest.map_or_else(|| program(name), |path| path.join("bin").join(name))
}

fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed; tests/run installs it"))
}
