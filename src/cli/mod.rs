//! The command line: what can be asked of the program, and how its answers look.
//!
//! Results go to standard output, messages to standard error. The exit status is 0 when all
//! was done, 1 when something in the input was refused, 2 for wrong usage or settings.

mod accounts;
mod backup;
mod bench;
mod case;
mod check;
mod classify;
mod evaluate;
mod ingest;
mod journal;
mod lines;
mod model;
mod people;
mod read;
mod replay;
mod scans;
mod serve;
mod show;
mod status;
mod templates;
mod train;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::config::Settings;
use crate::store::{Options, Store};

/// Answers customers' written inquiries: takes letters in, drafts replies with sourced facts,
/// sends what a supervisor approved, once.
#[derive(Debug, Parser)]
#[command(name = "penstock", version, about)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
struct Common {
    /// The settings file; without it the embedded defaults hold.
    #[arg(long, global = true, env = "PENSTOCK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the whole system with fictional accounts and letters; nothing is sent.
    Demo(serve::Demo),
    /// Runs the daemon: intake, pipeline, pages, delivery.
    Serve(serve::Serve),
    /// Takes .eml files, maildirs, mbox files, scanned letters and folders of them.
    Ingest(ingest::Ingest),
    /// Measures how fast letters are taken in and prepared here.
    Bench(bench::Bench),
    /// Parses messages without storing them; one JSON object a message.
    Read(read::Read),
    /// Says what letters are about: JSON Lines on standard input, the answers in the same order.
    Classify(classify::Classify),
    /// Learns a model from labelled texts.
    Train(train::Train),
    /// Says how good a model is.
    Evaluate(evaluate::Evaluate),
    /// Lists, trains and chooses the models that judge letters.
    Model(model::Models),
    /// Says whose account letters are about: JSON Lines on standard input.
    Match,
    /// Shows how much there is and what waits.
    Status(status::Status),
    /// Takes billing extracts in and shows accounts.
    Accounts(accounts::Accounts),
    /// Checks, shows and withdraws the templates of replies.
    Templates(templates::Templates),
    /// Says who may sign in.
    Users(people::Users),
    /// Checks or shows the journal.
    Journal(journal::Journal),
    /// Takes one case out, with everything that belongs to it.
    Case(case::Case),
    /// Writes a copy of everything while the program runs, and checks it by restoring it.
    Backup(backup::Backup),
    /// Says what other settings would have made of stored letters; nothing is changed.
    Replay(replay::Replay),
    /// Puts a backup back, or tries whether it could be.
    Restore(backup::Restore),
    /// Makes separator sheets for batches of scanned letters.
    Scans(scans::Scans),
}

/// How a command ended when nothing failed outright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// All was done.
    Done,
    /// Something in the input was refused, and was named.
    Refused,
}

/// Runs the command of this process's arguments.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let failed = error.use_stderr();
            // Nothing is left to be done when even the usage cannot be printed.
            let _ = error.print();
            return if failed { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    if let Command::Scans(command) = &arguments.command {
        return exit_code(command.run());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("penstock: cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    exit_code(runtime.block_on(carry_out(arguments)))
}

fn exit_code(ended: anyhow::Result<Ended>) -> ExitCode {
    match ended {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::from(1),
        Err(error) => {
            eprintln!("penstock: {error:#}");
            let wrong_settings = error.is::<crate::config::Problems>() || error.is::<UnreadableSettings>();
            ExitCode::from(if wrong_settings { 2 } else { 1 })
        }
    }
}

async fn carry_out(arguments: Arguments) -> anyhow::Result<Ended> {
    match arguments.command {
        Command::Demo(command) => command.run(&arguments.common).await,
        Command::Serve(command) => command.run(&arguments.common).await,
        Command::Classify(command) => command.run(),
        Command::Train(command) => command.run(),
        Command::Evaluate(command) => command.run(),
        Command::Model(command) => command.run(&arguments.common).await,
        Command::Match => lines::match_accounts(&arguments.common).await,
        Command::Case(command) => command.run(&arguments.common).await,
        Command::Backup(command) => command.run(&arguments.common).await,
        Command::Replay(command) => command.run(&arguments.common).await,
        Command::Restore(command) => command.run(&arguments.common).await,
        Command::Status(command) => command.run(&arguments.common).await,
        Command::Accounts(command) => command.run(&arguments.common).await,
        Command::Templates(command) => command.run(&arguments.common).await,
        Command::Users(command) => command.run(&arguments.common).await,
        Command::Ingest(command) => command.run(&arguments.common).await,
        Command::Bench(command) => command.run(&arguments.common).await,
        Command::Read(command) => Ok(command.run().await),
        Command::Journal(command) => command.run(&arguments.common).await,
        Command::Scans(command) => command.run(),
    }
}

/// A settings file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the settings file {}: {source}", path.display())]
struct UnreadableSettings {
    path: PathBuf,
    source: std::io::Error,
}

impl Common {
    /// The settings of the file and the environment.
    fn settings(&self) -> anyhow::Result<Settings> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("PENSTOCK_"))
            .collect();
        let Some(path) = &self.config else { return Ok(Settings::defaults(&environment)?) };
        let text = std::fs::read_to_string(path).map_err(|source| UnreadableSettings { path: path.clone(), source })?;
        Ok(Settings::read(Some(path), &text, &environment)?)
    }
}

/// Starts the log on standard error.
fn logging(settings: &Settings) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&settings.log_filter).unwrap_or_else(|error| {
        eprintln!("penstock: log_filter: {error}; \"info\" is used instead");
        EnvFilter::new("info")
    });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A log that was started before goes on; that happens in tests only.
    let _ = match settings.log_format {
        crate::config::LogFormat::Json => log.json().try_init(),
        crate::config::LogFormat::Text => log.try_init(),
    };
}

/// Opens the database of the settings, with its folder.
async fn open_store(settings: &Settings) -> anyhow::Result<Store> {
    make_data_dir(&settings.data_dir)?;
    let options = Options {
        url: settings.database.url.clone(),
        data_dir: settings.data_dir.clone(),
        connections: settings.database.connections,
        accept_weak_durability: settings.database.accept_weak_durability,
    };
    Ok(Store::open(&options).await?)
}

/// An empty file that nobody else on the machine may read, whatever stood there before.
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // The mode counts for a new file only.
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

/// The data folder holds customers' letters: nobody else on the machine may look into it.
fn make_data_dir(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the data folder {}", path.display()))
}
