//! Who sent a message: a mail system, or something that can be a person.

use mail_parser::Message;

/// Sender names that only delivery programs have.
const DAEMONS: &[&str] = &["mailer-daemon", "mailerdaemon", "mdaemon", "mail.delivery.system", "maildeliverysystem"];

/// Sender names that systems have and, seldom, people.
const CARETAKERS: &[&str] = &[
    "postmaster",
    "post_master",
    "post.master",
    "system administrator",
    "noreply",
    "no-reply",
    "no_reply",
    "donotreply",
    "imss",
];

/// What mail systems call themselves. Anybody can, so that this never decides alone.
const TITLES: &[&str] = &[
    "mailer-daemon",
    "mail deliver",
    "mail system",
    "delivery subsystem",
    "jetmail system",
    "postmaster",
    "system administrator",
    "mail administrator",
    "ndr administrator",
];

/// Headers have fewer lines; what follows is not read for marks.
const HEADER_LINES: usize = 5000;

/// The header lines of a message as they were sent. The parser's own list would do, did a
/// broken date not swallow the header after it.
pub(in crate::reading) struct Origin {
    headers: Vec<(String, String)>,
}

impl Origin {
    /// Reads the header of a message.
    pub(in crate::reading) fn of(message: &Message<'_>) -> Self {
        let raw = message.raw_message();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in raw.split(|byte| *byte == b'\n').take(HEADER_LINES) {
            let line = String::from_utf8_lossy(line);
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Self { headers }
    }

    /// The values of every header of a name, which is given in lower case.
    pub(in crate::reading) fn values<'x>(&'x self, name: &'x str) -> impl Iterator<Item = &'x str> {
        self.headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether one of these headers is there.
    pub(in crate::reading) fn has_any(&self, names: &[&str]) -> bool {
        self.headers.iter().any(|(name, _)| names.contains(&name.as_str()))
    }

    /// The envelope's sender, as the last server wrote it: one below is an earlier server's word
    /// or a forger's.
    fn return_path(&self) -> Option<&str> {
        self.values("return-path").next()
    }

    /// Whether the envelope's sender is empty, as reports and automatic answers have it.
    pub(in crate::reading) fn has_null_sender(&self) -> bool {
        self.return_path().is_some_and(|path| path.trim_matches(['<', '>', ' ']).is_empty())
    }

    /// Whether a program says that it sent the message by itself (RFC 3834).
    pub(in crate::reading) fn is_submitted_by_program(&self) -> bool {
        self.values("auto-submitted").any(|value| {
            let word = value.split([';', ' ', '(', '\t']).next().unwrap_or_default();
            !word.is_empty() && !word.eq_ignore_ascii_case("no")
        })
    }

    /// Whether the sender is a delivery program; some have a name and no address.
    pub(in crate::reading) fn is_daemon(&self) -> bool {
        self.values("from").any(|from| names_one_of(from, DAEMONS) || from.contains("<>") && is_titled(from))
    }

    /// Whether the sender is an office of a mail system that people may also write from, calls
    /// itself one, or has no address; or the envelope's sender is a delivery program.
    pub(super) fn is_caretaker(&self) -> bool {
        self.values("from").any(|from| from.contains("<>") || names_one_of(from, CARETAKERS) || is_titled(from))
            || self.return_path().is_some_and(|path| names_one_of(path, DAEMONS))
    }
}

fn is_titled(mailbox: &str) -> bool {
    let mailbox = mailbox.to_ascii_lowercase();
    TITLES.iter().any(|title| mailbox.contains(title))
}

fn names_one_of(mailbox: &str, names: &[&str]) -> bool {
    let mailbox = mailbox.to_ascii_lowercase();
    let address = mailbox.rsplit_once('<').map_or(mailbox.as_str(), |(_, address)| address);
    let local = address.split(['@', '(']).next().unwrap_or_default();
    names.contains(&local.trim_matches(['"', '\'', '<', '>', '\\', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;

    fn origin(header: &str) -> Origin {
        let raw = format!("{header}\r\nSubject: x\r\n\r\nFrom: MAILER-DAEMON@body.example\r\n");
        Origin::of(&MessageParser::default().parse(raw.as_bytes()).expect("a message"))
    }

    #[test]
    fn only_the_topmost_return_path_counts() {
        let forged = "Return-Path: <ana@customer.example>\r\nReceived: by mx.city.example\r\nReturn-Path: <>";
        assert!(!origin(forged).has_null_sender());
        assert!(origin("Return-Path: <>\r\nReturn-Path: <ana@customer.example>").has_null_sender());
        let forged = "Return-Path: <ana@customer.example>\r\nReturn-Path: <mailer-daemon@mx.example>";
        assert!(!origin(&format!("{forged}\r\nFrom: ana@customer.example")).is_caretaker());
    }

    #[test]
    fn a_delivery_program_is_known_by_its_address() {
        assert!(origin("From: Mail System <MAILER-DAEMON@mx.example>").is_daemon());
        assert!(origin("From: MAILER-DAEMON@mx.example (Mail Delivery System)").is_daemon());
        assert!(origin("From: Mail Delivery System <>").is_daemon());
        assert!(!origin("From: \"MAILER-DAEMON\" <ana@customer.example>").is_daemon());
    }

    #[test]
    fn a_broken_date_hides_no_sender() {
        assert!(origin("Date: Sat, 22 Apr 2006 17:14:50 UT\r\nFrom: MAILER-DAEMON@mx.example").is_daemon());
    }
}
