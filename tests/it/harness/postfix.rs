//! Owns a Postfix server that takes mail by SMTP and hands it on by LMTP.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::dovecot::write_certificates;
use super::process::{Server, folder, free_port};

const MASTER: &str = "/usr/lib/postfix/sbin/master";
const START: Duration = Duration::from_secs(20);

/// A Postfix server on loopback that takes any mail from 127.0.0.1.
pub(crate) struct Postfix {
    /// SMTP, with STARTTLS, DSN and SMTPUTF8 offered and no password asked.
    pub(crate) smtp_port: u16,
    /// The mail log: one line for every step and delivery.
    pub(crate) log_path: PathBuf,
    /// The certificate authority to trust, as PEM; the same for all peers of the process.
    pub(crate) ca_path: PathBuf,
    server: Option<Server>,
    folder: TempDir,
}

impl Postfix {
    /// Starts a server that delivers mail for `domains` to the LMTP server at a port.
    ///
    /// Mail for another domain, and for a user whom the LMTP server refuses, bounces
    /// with a DSN. While the LMTP server is down mail waits and is tried each second.
    pub(crate) fn start(domains: &[&str], lmtp_port: u16) -> Self {
        Self::start_with(domains, &format!("lmtp:inet:127.0.0.1:{lmtp_port}"))
    }

    /// The same with a transport as Postfix writes it: `lmtp:unix:PATH`.
    pub(crate) fn start_with(domains: &[&str], transport: &str) -> Self {
        assert!(Path::new(MASTER).exists(), "Postfix is not installed; run tests/install");
        let folder = folder("postfix");
        let mut postfix = Self {
            smtp_port: free_port(),
            log_path: folder.path().join("mail.log"),
            ca_path: write_certificates(folder.path()),
            server: None,
            folder,
        };
        let main = MAIN.replace("DOMAINS", &domains.join(", ")).replace("TRANSPORT", transport);
        postfix.write("main.cf", &main);
        postfix.write("master.cf", MASTER_TABLE);
        postfix.make_queue();
        postfix.restart();
        postfix
    }

    /// Stops the server, cutting every connection; its queue stays.
    pub(crate) fn stop(&mut self) {
        self.server.take().map(Server::stop);
    }

    /// Stops the server if it runs and starts it on the same port and queue.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(MASTER);
        command.args(["-d", "-c"]).arg(self.folder.path());
        let server = Server::start("postfix", self.folder.path(), "TERM", &command);
        server.wait_until_ready(START, || TcpStream::connect(("127.0.0.1", self.smtp_port)).is_ok());
        self.server = Some(server);
    }

    /// Has Postfix look at its queue now.
    pub(crate) fn flush(&self) {
        let status = Command::new("postqueue").arg("-c").arg(self.folder.path()).arg("-f").status();
        assert!(status.expect("run postqueue").success(), "postqueue cannot reach Postfix");
    }

    /// The mail log up to now.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log_path).unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) {
        let text = text
            .replace("FOLDER", &self.folder.path().display().to_string())
            .replace("SMTP_PORT", &self.smtp_port.to_string());
        let mut file = File::create(self.folder.path().join(name)).expect("make Postfix's file");
        file.write_all(text.as_bytes()).expect("write Postfix's file");
        // Postfix waits up to two seconds for a file that was changed just now to settle.
        let past = SystemTime::now() - Duration::from_mins(1);
        file.set_modified(past).expect("date Postfix's file back");
    }

    /// Does what `postfix check` does at the first start, in a tenth of the time.
    fn make_queue(&self) {
        let made =
            Command::new("sh").args(["-e", "-c", MAKE_QUEUE]).current_dir(self.folder.path()).output().expect("run sh");
        let problem = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "making Postfix's queue failed: {problem}");
    }
}

const MAKE_QUEUE: &str = "
mkdir -m 755 queue queue/pid
install -d -m 700 -o postfix data
cd queue
install -d -m 700 -o postfix active bounce corrupt defer deferred flush hold incoming \
    private saved trace
install -d -m 730 -o postfix -g postdrop maildrop
install -d -m 710 -o postfix -g postdrop public
";

/// No name is looked up by DNS; nothing but LMTP to loopback leaves this server.
/// Transport `unknown` is `error` by another name: by that, RCPT would be refused at once.
/// `in_flow_delay` would hold a burst back by a second for each message.
const MAIN: &str = "
compatibility_level = 3.6
queue_directory = FOLDER/queue
data_directory = FOLDER/data
maillog_file = FOLDER/mail.log
maillog_file_prefixes = FOLDER
myhostname = mail.penstock.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_host_lookup = native
lmtp_host_lookup = native
alias_maps =
alias_database =
virtual_mailbox_domains = DOMAINS
virtual_transport = TRANSPORT
default_transport = unknown:5.1.2 this domain is not known here
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_chain_files = FOLDER/server.key, FOLDER/server.pem
message_size_limit = 52428800
mailbox_size_limit = 0
in_flow_delay = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
transport_retry_time = 1s
notify_classes =
";

/// Postfix's own table, without chroots and the services for other mail systems.
const MASTER_TABLE: &str = "
127.0.0.1:SMTP_PORT inet n - n - - smtpd
pickup     unix       n  -  n  60     1  pickup
cleanup    unix       n  -  n  -      0  cleanup
qmgr       unix       n  -  n  300    1  qmgr
tlsmgr     unix       -  -  n  1000?  1  tlsmgr
rewrite    unix       -  -  n  -      -  trivial-rewrite
bounce     unix       -  -  n  -      0  bounce
defer      unix       -  -  n  -      0  bounce
trace      unix       -  -  n  -      0  bounce
verify     unix       -  -  n  -      1  verify
flush      unix       n  -  n  1000?  0  flush
proxymap   unix       -  -  n  -      -  proxymap
proxywrite unix       -  -  n  -      1  proxymap
showq      unix       n  -  n  -      -  showq
error      unix       -  -  n  -      -  error
retry      unix       -  -  n  -      -  error
unknown    unix       -  -  n  -      -  error
lmtp       unix       -  -  n  -      -  lmtp
anvil      unix       -  -  n  -      1  anvil
postlog    unix-dgram n  -  n  -      1  postlogd
";
