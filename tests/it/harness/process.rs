//! Owns the child processes of a test: their folder, port, log and certain end.
//!
//! A server runs under a small shell that reads a pipe held by the test process.
//! When the pipe closes, by [`Server::stop`], by drop, or because the test process
//! was killed, the shell stops the server and then kills what it left behind.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio, id};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

const POLL: Duration = Duration::from_millis(20);

/// The shell needs at most about 11 s: its grace of 10 s, then SIGKILL.
const SHELL_GRACE: Duration = Duration::from_secs(20);

/// `sh -c KEEPER sh LOG STOP_SIGNAL FOLDER COMMAND...`
///
/// Each line read is a signal to send, or `keep`, said by a test process that
/// ends in order: the folder then stays, as its owner there removes it or starts
/// the server again. `setsid` gives the server its own process group. The traps
/// are set after the start, because ignored signals are inherited.
const KEEPER: &str = r#"
log=$1 stop=$2 folder=$3; shift 3
setsid "$@" >>"$log" 2>&1 </dev/null &
pid=$!
trap '' HUP INT TERM
echo "$pid"
while read -r word; do
    case $word in
        keep) folder= ;;
        *) kill -s "$word" -- "$pid" ;;
    esac
done
kill -s "$stop" -- "$pid"
tries=0
while kill -0 "$pid" && [ "$tries" -lt 500 ]; do sleep 0.02; tries=$((tries + 1)); done
kill -s KILL -- "-$pid"
wait "$pid"
code=$?
[ -z "$folder" ] || rm -rf -- "$folder"
exit "$code"
"#;

/// A running child process that ends with this value, or with the test process.
pub(crate) struct Server {
    /// What the messages call it.
    pub(crate) name: &'static str,
    /// The process id of the server itself, not of the shell above it.
    pub(crate) pid: u32,
    /// The file that gets the server's stdout and stderr.
    pub(crate) log_path: PathBuf,
    shell: Child,
    lifeline: Option<ChildStdin>,
}

impl Server {
    /// Starts `command` with its log in `folder`, to be stopped by `stop_signal` ("TERM").
    ///
    /// Program, arguments, environment and current folder of `command` count; the
    /// current folder is `folder` unless it says another. When the test process is
    /// killed, or exits without dropping this value, `folder` is removed too.
    pub(crate) fn start(name: &'static str, folder: &Path, stop_signal: &str, command: &Command) -> Self {
        let log_path = folder.join(format!("{name}.log"));
        let mut shell = Command::new("sh");
        shell.args(["-c", KEEPER, "sh"]);
        shell.arg(&log_path).arg(stop_signal).arg(folder);
        shell.arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(key, value),
                None => shell.env_remove(key),
            };
        }
        shell.current_dir(command.get_current_dir().unwrap_or(folder));
        // A group of its own, or Ctrl-C and `timeout -s KILL` would reach the shell as well.
        shell.process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut shell = shell.spawn().unwrap_or_else(|error| panic!("start {name}: {error}"));

        let mut pid = String::new();
        let stdout = shell.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut pid).expect("read the server's process id");
        let pid = pid.trim().parse().expect("the shell says the server's process id first");
        let lifeline = shell.stdin.take();
        Self { name, pid, log_path, shell, lifeline }
    }

    /// Waits until `check` holds; panics with the end of the log if it never does.
    pub(crate) fn wait_until_ready(&self, timeout: Duration, mut check: impl FnMut() -> bool) {
        let end = Instant::now() + timeout;
        while !check() {
            let problem = if !self.is_running() {
                "ended"
            } else if Instant::now() >= end {
                "is not ready in time"
            } else {
                sleep(POLL);
                continue;
            };
            panic!("{} {problem}; its log ends with:\n{}", self.name, self.log_end());
        }
    }

    /// Whether the server's process lives; a zombie does not.
    pub(crate) fn is_running(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        // The state follows the command's name, which may hold spaces and brackets.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    }

    /// Sends the server's process a signal by name: "KILL", "STOP", "CONT", "HUP".
    pub(crate) fn signal(&mut self, signal: &str) {
        let lifeline = self.lifeline.as_mut().expect("the lifeline is open until the end");
        writeln!(lifeline, "{signal}").expect("the shell reads its lifeline");
    }

    /// Stops the server and answers its exit code, or 128 + the signal which ended it.
    ///
    /// Its folder stays, so the same server can be started again.
    pub(crate) fn stop(mut self) -> Option<i32> {
        self.end()
    }

    /// The last 4000 bytes of the server's log.
    pub(crate) fn log_end(&self) -> String {
        let log = fs::read(&self.log_path).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(4000)..]).into_owned()
    }

    fn end(&mut self) -> Option<i32> {
        if let Some(mut lifeline) = self.lifeline.take() {
            // A shell which is gone already has nothing to be told.
            let _ = writeln!(lifeline, "keep");
        }
        let end = Instant::now() + SHELL_GRACE;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.shell.try_wait() {
                return status.code();
            }
            sleep(POLL / 4);
        }
        let group = format!("kill -s KILL -- -{}", self.pid);
        let _ = Command::new("sh").args(["-c", &group]).status();
        let _ = self.shell.kill();
        self.shell.wait().ok().and_then(|status| status.code())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.lifeline.is_some() {
            self.end();
        }
    }
}

/// Makes a new folder under the temporary one, open for reading by any user.
///
/// Servers which drop their rights (user postgres, postfix, mail) must get through it.
pub(crate) fn folder(name: &str) -> TempDir {
    let prefix = format!("penstock-{name}-");
    let folder = tempfile::Builder::new().prefix(&prefix).tempdir().expect("make a folder");
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.path(), open).expect("open the folder for reading");
    folder
}

/// Answers a loopback port that nothing listens on and that is not given out twice.
///
/// Below the ephemeral range (32768 up), so that no outgoing connection takes it as
/// its own while the server is not up yet, or is stopped to be started again.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Test processes at the same time begin at different places.
    let offset = u16::try_from(id() * 101 % u32::from(COUNT)).expect("less than COUNT");
    (0..COUNT)
        .map(|_| FIRST + (offset + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port on loopback")
}

/// Polls `check` every 20 ms until it holds; panics, naming `what`, after `timeout`.
pub(crate) fn wait_for(what: &str, timeout: Duration, mut check: impl FnMut() -> bool) {
    let end = Instant::now() + timeout;
    while !check() {
        assert!(Instant::now() < end, "waited {timeout:?} in vain for {what}");
        sleep(POLL);
    }
}
