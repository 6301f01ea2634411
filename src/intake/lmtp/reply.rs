//! Replies: a code, an enhanced status (RFC 2034) and a text for whoever reads the log.

use std::borrow::Cow;
use std::fmt;

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// The code, which machines go by.
    pub(super) code: u16,
    status: &'static str,
    text: Cow<'static, str>,
}

impl Reply {
    pub(super) const fn new(code: u16, status: &'static str, text: &'static str) -> Self {
        Self { code, status, text: Cow::Borrowed(text) }
    }

    pub(super) const fn telling(code: u16, status: &'static str, text: String) -> Self {
        Self { code, status, text: Cow::Owned(text) }
    }

    /// Whether it says "never": the same command will fail again.
    pub(super) const fn is_refusal(&self) -> bool {
        self.code >= 500
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}\r\n", self.code, self.status, self.text)
    }
}

pub(super) const DONE: Reply = Reply::new(250, "2.0.0", "done");
pub(super) const SENDER: Reply = Reply::new(250, "2.1.0", "sender noted");
pub(super) const RECIPIENT: Reply = Reply::new(250, "2.1.5", "recipient noted");
pub(super) const GOODBYE: Reply = Reply::new(221, "2.0.0", "goodbye");
pub(super) const HELP: Reply =
    Reply::new(214, "2.0.0", "this is LMTP, RFC 2033: LHLO, MAIL, RCPT, DATA, RSET, NOOP, QUIT");
pub(super) const PERHAPS: Reply = Reply::new(252, "2.0.0", "not told; send the message and see");
pub(super) const STOPPING: Reply = Reply::new(421, "4.3.2", "the program is stopping, come again later");
pub(super) const TOO_SLOW: Reply = Reply::new(421, "4.4.2", "nothing complete arrived in time");
pub(super) const TOO_MANY_CONNECTIONS: Reply = Reply::new(421, "4.3.2", "too many connections, come again later");
pub(super) const TOO_MANY_ERRORS: Reply = Reply::new(421, "4.7.0", "too many errors");
pub(super) const STRANGER: Reply = Reply::new(554, "5.7.1", "your address may not hand letters in here");
pub(super) const NOT_NOW: Reply =
    Reply::new(451, "4.3.0", "the message could not be stored now, keep it and try again");
pub(super) const NO_ROOM: Reply = Reply::new(452, "4.3.1", "too many large messages at once, try again later");
pub(super) const TOO_MANY_RECIPIENTS: Reply = Reply::new(452, "4.5.3", "too many recipients for one message");
pub(super) const TOO_LARGE: Reply = Reply::new(552, "5.3.4", "the message is larger than is taken here");
// Mail servers say 521 when they refuse and hang up: what follows such a line cannot be trusted.
pub(super) const BARE_LINE_END: Reply =
    Reply::new(521, "5.5.2", "lines end with CR LF; a CR or LF alone is not taken, whatever it is meant to be");
pub(super) const LINE_TOO_LONG: Reply = Reply::new(554, "5.5.2", "the line is longer than any command");
pub(super) const UNKNOWN: Reply = Reply::new(500, "5.5.2", "not understood");
pub(super) const NOT_OFFERED: Reply = Reply::new(502, "5.5.1", "not offered here");
pub(super) const NOT_LMTP: Reply = Reply::new(502, "5.7.0", "this is LMTP");
pub(super) const SAY_LHLO: Reply = Reply::new(500, "5.5.1", "this is LMTP: say LHLO");
pub(super) const NO_NAME: Reply = Reply::new(501, "5.5.4", "LHLO is followed by your name");
pub(super) const LHLO_FIRST: Reply = Reply::new(503, "5.5.1", "say LHLO first");
pub(super) const MAIL_FIRST: Reply = Reply::new(503, "5.5.1", "say MAIL FROM first");
pub(super) const RCPT_FIRST: Reply = Reply::new(503, "5.5.1", "there is no recipient to take it for");
pub(super) const MAIL_TWICE: Reply = Reply::new(503, "5.5.1", "a message is already begun");
pub(super) const UNKNOWN_RECIPIENT: Reply = Reply::new(550, "5.1.1", "no such recipient here");
pub(super) const BAD_PARAMETER: Reply = Reply::new(501, "5.5.4", "a parameter has a value that is not understood");
pub(super) const UNKNOWN_PARAMETER: Reply = Reply::new(555, "5.5.4", "a parameter is not known here");
