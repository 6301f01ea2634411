//! Child processes that look at what strangers sent: each with limits on time, memory, output
//! and files, without network, with an empty environment and a folder of its own.
//!
//! Nothing here knows what the programs do.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// Where the programs are looked for.
const FOLDERS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];
/// The same, as the child's `PATH`.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// How much of what a program says of its troubles is kept.
const STDERR_BYTES: u64 = 16 * 1024;
/// The folders that a program in the tight box sees, read only.
const SYSTEM: [&str; 8] =
    ["/usr", "/lib", "/lib64", "/bin", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/usr/local"];

/// What a child may use up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long it may run.
    pub(super) wall: Duration,
    /// How many seconds of processor it may use.
    pub(super) cpu_seconds: u64,
    /// How many bytes of memory it may ask for.
    pub(super) memory: u64,
    /// The largest file it may write.
    pub(super) file: u64,
    /// How many bytes it may print.
    pub(super) stdout: u64,
}

/// A program that did not give what was asked of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChildError {
    /// It is not on this machine.
    #[error("{0} is not installed")]
    Missing(String),
    /// It ran for too long.
    #[error("{program} was ended after {} seconds", limit.as_secs())]
    TimedOut {
        /// Which program.
        program: String,
        /// How long it was allowed to run.
        limit: Duration,
    },
    /// It printed too much.
    #[error("{program} was ended after it had printed {limit} bytes")]
    TooMuch {
        /// Which program.
        program: String,
        /// How much it was allowed to print.
        limit: u64,
    },
    /// It failed by itself, or broke one of the machine's limits.
    #[error("{program} failed: {words}")]
    Failed {
        /// Which program.
        program: String,
        /// Its status and the last line it said.
        words: String,
    },
    /// It could not be started.
    #[error("{program} could not be started: {source}")]
    NotStarted {
        /// Which program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
}

/// How children are kept from the rest of the machine; the tightest that works here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Confinement {
    /// `bwrap`: no network, and of the files only the system's own and the child's folder.
    Tight,
    /// `unshare`: no network.
    NoNetwork,
    /// Limits only.
    Limits,
}

/// A folder for one conversion, gone with everything in it when this value is dropped.
#[derive(Debug)]
pub(super) struct Workplace {
    path: PathBuf,
}

impl Workplace {
    /// A fresh folder that nobody else may look into.
    pub(super) fn new() -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let secret = crate::ids::secret().map_err(|error| std::io::Error::other(error.to_string()))?;
        let path = std::env::temp_dir().join(format!("penstock-scan-{}", &secret[..24]));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(error = %error, "the folder of a conversion could not be removed");
        }
    }
}

/// The program of that name, when it is installed.
#[must_use]
pub(super) fn find(program: &str) -> Option<PathBuf> {
    FOLDERS.iter().map(|folder| Path::new(folder).join(program)).find(|path| path.is_file())
}

/// Runs a program to its end inside `workplace`; gives what it printed.
pub(super) async fn run(
    program: &Path,
    arguments: &[&OsStr],
    workplace: &Workplace,
    limits: &Limits,
) -> Result<Vec<u8>, ChildError> {
    run_in(confinement(), program, arguments, workplace, limits).await
}

async fn run_in(
    kept: Confinement,
    program: &Path,
    arguments: &[&OsStr],
    workplace: &Workplace,
    limits: &Limits,
) -> Result<Vec<u8>, ChildError> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if !program.is_file() {
        return Err(ChildError::Missing(name));
    }
    let line = command_line(kept, program, workplace.path(), limits)?;
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]).args(arguments).current_dir(workplace.path()).env_clear();
    command.envs([("PATH", PATH), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("OMP_THREAD_LIMIT", "1")]);
    command.env("HOME", workplace.path()).env("TMPDIR", workplace.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(|source| ChildError::NotStarted { program: name.clone(), source })?;
    let group = Group(AtomicU32::new(child.id().unwrap_or(0)));
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let output = tokio::join!(printed(stdout, limits.stdout), printed(stderr, STDERR_BYTES));
        let too_much = output.0.len() as u64 > limits.stdout;
        if too_much {
            // It would wait for ever for somebody to read the rest.
            group.kill();
        }
        (output, too_much, child.wait().await)
    };
    let Ok(((stdout, stderr), too_much, status)) = tokio::time::timeout(limits.wall, work).await else {
        group.kill();
        return Err(ChildError::TimedOut { program: name, limit: limits.wall });
    };
    group.finished();
    if too_much {
        return Err(ChildError::TooMuch { program: name, limit: limits.stdout });
    }
    match status {
        Ok(status) if status.success() => Ok(stdout),
        Ok(status) => Err(ChildError::Failed { program: name, words: words(status, &stderr) }),
        Err(error) => Err(ChildError::Failed { program: name, words: error.to_string() }),
    }
}

/// A child's process group, killed whole when it is dropped before the child ended.
struct Group(AtomicU32);

impl Group {
    /// Kills whatever runs in it, once.
    fn kill(&self) {
        let id = self.0.swap(0, Ordering::Relaxed);
        if id == 0 {
            return;
        }
        let order = format!("kill -s KILL -- -{id}");
        let killed = std::process::Command::new("/bin/sh").args(["-c", &order]).stderr(Stdio::null()).status();
        if let Err(error) = killed {
            tracing::warn!(error = %error, "the processes of a conversion could not be killed");
        }
    }

    /// Its first process was waited for: the number may belong to somebody else from now on.
    fn finished(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// At most one byte more than `limit`, so that too much can be told.
async fn printed(from: Option<impl AsyncRead + Unpin>, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // What was read before a pipe broke is what there is.
        let _ = from.take(limit + 1).read_to_end(&mut bytes).await;
    }
    bytes
}

/// The status and the last line of what was said.
fn words(status: std::process::ExitStatus, stderr: &[u8]) -> String {
    let said = String::from_utf8_lossy(stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let last: String = last.chars().filter(|character| !character.is_control()).take(200).collect();
    if last.is_empty() { status.to_string() } else { format!("{status}: {last}") }
}

/// The wrappers that limit and box a program, then the program.
fn command_line(
    kept: Confinement,
    program: &Path,
    workplace: &Path,
    limits: &Limits,
) -> Result<Vec<OsString>, ChildError> {
    let tool = |name: &str| {
        find(name).map(PathBuf::into_os_string).ok_or_else(|| ChildError::Missing(format!("{name} (util-linux)")))
    };
    let mut line: Vec<OsString> = vec![tool("prlimit")?];
    line.push(format!("--as={}", limits.memory).into());
    line.push(format!("--cpu={}", limits.cpu_seconds).into());
    line.push(format!("--fsize={}", limits.file).into());
    line.extend(["--nofile=64", "--core=0", "--"].map(OsString::from));
    // When this program is killed its children must not go on.
    line.push(tool("setpriv")?);
    line.extend(["--pdeathsig", "KILL", "--no-new-privs", "--"].map(OsString::from));
    match kept {
        Confinement::Tight => line.extend(tight(tool("bwrap")?, program, workplace)),
        Confinement::NoNetwork => {
            line.push(tool("unshare")?);
            line.extend(["--user", "--map-current-user", "--net", "--"].map(OsString::from));
        }
        Confinement::Limits => {}
    }
    line.push(program.into());
    Ok(line)
}

fn tight(bwrap: OsString, program: &Path, workplace: &Path) -> Vec<OsString> {
    let mut line = vec![bwrap];
    line.extend(["--unshare-all", "--die-with-parent", "--tmpfs", "/tmp"].map(OsString::from));
    for folder in SYSTEM {
        line.extend([OsString::from("--ro-bind-try"), folder.into(), folder.into()]);
    }
    line.extend([OsString::from("--ro-bind"), program.into(), program.into()]);
    line.extend([OsString::from("--bind"), workplace.into(), workplace.into()]);
    line.extend([OsString::from("--dev"), "/dev".into(), OsString::from("--chdir"), workplace.into()]);
    line.push("--".into());
    line
}

/// The tightest box that works on this machine, found out once.
fn confinement() -> Confinement {
    static FOUND: OnceLock<Confinement> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let kept = [Confinement::Tight, Confinement::NoNetwork]
            .into_iter()
            .find(|kept| works(*kept))
            .unwrap_or(Confinement::Limits);
        match kept {
            Confinement::Tight => {
                tracing::debug!("scans are converted without network and without other files (bwrap)");
            }
            Confinement::NoNetwork => {
                tracing::info!("scans are converted without network; with bwrap they would see no files");
            }
            Confinement::Limits => tracing::warn!(
                "neither bwrap nor unshare works here: scans are converted with limits on time and memory only"
            ),
        }
        kept
    })
}

fn works(kept: Confinement) -> bool {
    let limits =
        Limits { wall: Duration::from_secs(5), cpu_seconds: 5, memory: 256 << 20, file: 1 << 20, stdout: 1024 };
    let (Some(program), Ok(workplace)) = (find("true"), Workplace::new()) else { return false };
    let Ok(line) = command_line(kept, &program, workplace.path(), &limits) else { return false };
    let mut command = std::process::Command::new(&line[0]);
    command.args(&line[1..]).env_clear().env("PATH", PATH).current_dir(workplace.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { wall: Duration::from_secs(20), cpu_seconds: 5, memory: 256 << 20, file: 1 << 20, stdout: 1000 }
    }

    async fn shell(words: &str, workplace: &Workplace, limits: &Limits) -> Result<String, ChildError> {
        let program = find("sh").expect("there is a shell");
        let output = run(&program, &[OsStr::new("-c"), OsStr::new(words)], workplace, limits).await?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    #[tokio::test]
    async fn a_child_has_an_empty_environment_and_a_folder_of_its_own() {
        let workplace = Workplace::new().expect("a folder can be made");
        let output = shell("pwd; env | cut -d= -f1 | sort | tr '\\n' ' '", &workplace, &limits()).await;
        let output = output.expect("it ends well");
        let (folder, names) = output.split_once('\n').expect("two lines");
        assert_eq!(Path::new(folder), workplace.path());
        assert!(!names.contains("CARGO") && !names.contains("USER"), "{names}");
    }

    #[tokio::test]
    async fn a_child_that_takes_too_long_ends_with_all_it_started() {
        let workplace = Workplace::new().expect("a folder can be made");
        let limits = Limits { wall: Duration::from_millis(300), ..limits() };
        let mark = format!("4{}.75", std::process::id());
        let result = shell(&format!("sleep {mark} & sleep {mark}"), &workplace, &limits).await;
        assert!(matches!(result, Err(ChildError::TimedOut { .. })), "{result:?}");
        let left = || {
            std::fs::read_dir("/proc").expect("there is /proc").flatten().any(|entry| {
                std::fs::read(entry.path().join("cmdline")).is_ok_and(|line| {
                    line.starts_with(b"sleep\0") && line.windows(mark.len()).any(|at| at == mark.as_bytes())
                })
            })
        };
        let patience = std::time::Instant::now();
        while left() && patience.elapsed() < Duration::from_secs(5) {
            tokio::task::yield_now().await;
        }
        assert!(!left());
    }

    #[tokio::test]
    async fn limits_on_output_memory_and_files_hold() {
        let workplace = Workplace::new().expect("a folder can be made");
        let flood = shell("yes", &workplace, &limits()).await;
        assert!(matches!(flood, Err(ChildError::TooMuch { .. })), "{flood:?}");
        let greedy = shell("head -c 600000000 /dev/zero | tail -c 500000000 | wc -c", &workplace, &limits()).await;
        assert_ne!(greedy.unwrap_or_default().trim(), "500000000");
        let writer = shell("head -c 3000000 /dev/zero > big; wc -c < big", &workplace, &limits()).await;
        assert_ne!(writer.unwrap_or_default().trim(), "3000000");
    }

    #[tokio::test]
    async fn a_child_reaches_no_network() {
        if confinement() == Confinement::Limits {
            return;
        }
        let workplace = Workplace::new().expect("a folder can be made");
        let devices = shell("tail -n +3 /proc/net/dev 2>/dev/null | grep -vc ' lo:'", &workplace, &limits()).await;
        assert!(!matches!(devices.as_deref().map(str::trim), Ok(count) if count != "0"), "{devices:?}");
    }

    #[tokio::test]
    async fn a_missing_program_is_told_by_name() {
        let workplace = Workplace::new().expect("a folder can be made");
        let result = run(Path::new("/usr/bin/no-such-tool"), &[], &workplace, &limits()).await;
        assert_eq!(result.expect_err("it is missing").to_string(), "no-such-tool is not installed");
    }

    #[test]
    fn a_workplace_leaves_nothing_behind() {
        let workplace = Workplace::new().expect("a folder can be made");
        let path = workplace.path().to_owned();
        std::fs::write(path.join("page.png"), "x").expect("it can be written to");
        drop(workplace);
        assert!(!path.exists());
    }
}
