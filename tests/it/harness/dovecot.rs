//! Owns a Dovecot server (IMAP, LMTP, Maildir) and the certificates of the mail peers.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::process::{Server, folder, free_port};

const PROGRAM: &str = "/usr/sbin/dovecot";
const START: Duration = Duration::from_secs(20);

/// A Dovecot server on loopback with its own users; mail arrives by LMTP.
pub(crate) struct Dovecot {
    /// IMAP without TLS at first, STARTTLS offered, plain passwords accepted.
    pub(crate) imap_port: u16,
    /// IMAP with TLS from the first byte.
    pub(crate) imaps_port: u16,
    /// LMTP over TCP; it accepts the users' addresses and refuses others with 550.
    pub(crate) lmtp_port: u16,
    /// The certificate authority to trust, as PEM; the same for all peers of the process.
    pub(crate) ca_path: PathBuf,
    server: Option<Server>,
    folder: TempDir,
}

impl Dovecot {
    /// Starts a server with users by address and password, each with an empty INBOX.
    pub(crate) fn start(users: &[(&str, &str)]) -> Self {
        assert!(Path::new(PROGRAM).exists(), "Dovecot is not installed; run tests/install");
        let folder = folder("dovecot");
        let ca_path = write_certificates(folder.path());
        let mut dovecot = Self {
            imap_port: free_port(),
            imaps_port: free_port(),
            lmtp_port: free_port(),
            ca_path,
            server: None,
            folder,
        };
        dovecot.write("users", &users.iter().map(passwd_line).collect::<String>());
        dovecot.write("dovecot.conf", &dovecot.configuration());
        // The mail processes run as user mail (8:8 in Debian), and make the Maildirs.
        let mail = dovecot.folder.path().join("mail");
        fs::create_dir(&mail).expect("make the folder for mail");
        chown(&mail, Some(8), Some(8)).expect("give Dovecot its folder");
        dovecot.restart();
        dovecot
    }

    /// The Maildir of a user's INBOX (`new`, `cur`, `tmp`); its first mail or login makes it.
    pub(crate) fn maildir_of(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user).join("Maildir")
    }

    /// Puts a message into a user's INBOX, as a delivery does.
    pub(crate) fn deliver(&self, user: &str, bytes: &[u8]) {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let folder = self.maildir_of(user);
        let mut made = folder.clone();
        for inner in ["tmp", "new", "cur"] {
            fs::create_dir_all(folder.join(inner)).expect("make the Maildir");
            chown(folder.join(inner), Some(8), Some(8)).expect("give the mail user its Maildir");
        }
        while !made.ends_with("mail") {
            chown(&made, Some(8), Some(8)).expect("give the mail user its folders");
            made.pop();
        }
        let name = format!("{:06}.test", NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = folder.join("tmp").join(&name);
        fs::write(&path, bytes).expect("write a message");
        chown(&path, Some(8), Some(8)).expect("give the mail user its message");
        fs::rename(&path, folder.join("new").join(&name)).expect("deliver the message");
    }

    /// Makes a folder beside a user's INBOX.
    pub(crate) fn make_folder(&self, user: &str, name: &str) {
        let folder = self.maildir_of(user).join(format!(".{name}"));
        fs::create_dir_all(&folder).expect("make a folder in the Maildir");
        for made in [folder.as_path(), &self.maildir_of(user), self.maildir_of(user).parent().expect("a home")] {
            chown(made, Some(8), Some(8)).expect("give the mail user its folder");
        }
    }

    /// Starts a server whose users may also sign in by a provider's access tokens.
    pub(crate) fn start_with_tokens(users: &[(&str, &str)], provider_port: u16) -> Self {
        let mut dovecot = Self::start(users);
        dovecot.stop();
        let tokens = TOKENS.replace("FOLDER", &dovecot.folder.path().display().to_string());
        dovecot.write("dovecot.conf", &format!("{}{tokens}", dovecot.configuration()));
        dovecot.write("oauth2.conf.ext", &TOKEN_INFO.replace("PORT", &provider_port.to_string()));
        dovecot.restart();
        dovecot
    }

    /// The file of Dovecot's own log.
    pub(crate) fn log_path(&self) -> PathBuf {
        self.folder.path().join("dovecot.log")
    }

    /// Stops the server, cutting every connection; its mail stays.
    pub(crate) fn stop(&mut self) {
        self.server.take().map(Server::stop);
    }

    /// Stops the server if it runs and starts it on the same ports and mail.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(PROGRAM);
        command.args(["-F", "-c"]).arg(self.folder.path().join("dovecot.conf"));
        let server = Server::start("dovecot", self.folder.path(), "TERM", &command);
        let ports = [self.imap_port, self.imaps_port, self.lmtp_port];
        server.wait_until_ready(START, || ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()));
        self.server = Some(server);
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("write Dovecot's files");
    }

    fn configuration(&self) -> String {
        CONFIGURATION
            .replace("FOLDER", &self.folder.path().display().to_string())
            .replace("IMAP_PORT", &self.imap_port.to_string())
            .replace("IMAPS_PORT", &self.imaps_port.to_string())
            .replace("LMTP_PORT", &self.lmtp_port.to_string())
    }
}

fn passwd_line((user, password): &(&str, &str)) -> String {
    assert!(!password.contains(':'), "a colon ends the password in Dovecot's file");
    format!("{user}:{{PLAIN}}{password}::::::\n")
}

/// A login process that serves many connections, or each TLS connection would hold one.
/// A wrong password is answered at once, not after two seconds.
const CONFIGURATION: &str = "
base_dir = FOLDER/run
log_path = /dev/stderr
protocols = imap lmtp
listen = 127.0.0.1
hostname = mail.penstock.example
postmaster_address = postmaster@penstock.example
ssl = yes
ssl_cert = <FOLDER/server.pem
ssl_key = <FOLDER/server.key
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = 500
first_valid_uid = 8
passdb {
  driver = passwd-file
  args = username_format=%u FOLDER/users
}
userdb {
  driver = passwd-file
  args = username_format=%u FOLDER/users
  default_fields = uid=8 gid=8 home=FOLDER/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
service imap-login {
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    port = IMAP_PORT
  }
  inet_listener imaps {
    port = IMAPS_PORT
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = LMTP_PORT
  }
}
";

/// Access tokens beside passwords.
const TOKENS: &str = "
auth_mechanisms = plain login xoauth2
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = FOLDER/oauth2.conf.ext
}
";
const TOKEN_INFO: &str = "
tokeninfo_url = http://127.0.0.1:PORT/tokeninfo?access_token=
username_attribute = email
";

/// A certificate for 127.0.0.1 and localhost, and the authority that signed it.
struct Certificates {
    authority: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// Writes `ca.pem`, `server.pem` and `server.key` into a folder; answers the path of the first.
///
/// Every mail peer of the process has the same, so a client trusts one authority.
pub(crate) fn write_certificates(folder: &Path) -> PathBuf {
    static CERTIFICATES: OnceLock<Certificates> = OnceLock::new();
    let certificates = CERTIFICATES.get_or_init(make_certificates);
    let ca_path = folder.join("ca.pem");
    fs::write(&ca_path, &certificates.authority).expect("write ca.pem");
    fs::write(folder.join("server.pem"), &certificates.certificate).expect("write server.pem");
    fs::write(folder.join("server.key"), &certificates.key).expect("write server.key");
    ca_path
}

/// Two certificates, because rustls takes no authority for a server's own certificate.
fn make_certificates() -> Certificates {
    let folder = folder("certificates");
    for arguments in [
        "-keyout ca.key -out ca.pem -subj /CN=penstock-tests \
         -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign",
        "-keyout server.key -out server.pem -subj /CN=localhost -CA ca.pem -CAkey ca.key \
         -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth \
         -addext subjectAltName=IP:127.0.0.1,DNS:localhost",
    ] {
        let openssl = Command::new("openssl")
            .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30".split(' '))
            .args(arguments.split_whitespace())
            .current_dir(folder.path())
            .output()
            .expect("run openssl");
        let problem = String::from_utf8_lossy(&openssl.stderr);
        assert!(openssl.status.success(), "openssl failed: {problem}");
    }
    let read = |name| fs::read(folder.path().join(name)).expect("read what openssl wrote");
    Certificates { authority: read("ca.pem"), certificate: read("server.pem"), key: read("server.key") }
}
