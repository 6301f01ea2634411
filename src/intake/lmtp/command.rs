//! Commands: what a line of the mail server asks for.

use super::mailbox::{Mailbox, NoMailbox, split_path};
use super::reply::{self, Reply};

/// What a mail server asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// It says who it is.
    Lhlo,
    /// A message begins.
    Mail {
        /// Who gets a report when it fails; nobody for a report itself.
        sender: Option<Mailbox>,
        /// How large the message will be, if told.
        size: Option<u64>,
        /// Whether addresses and headers may be written beyond ASCII.
        international: bool,
    },
    /// One more recipient.
    Rcpt(Mailbox),
    /// The text of the message follows.
    Data,
    /// The message that was begun is forgotten.
    Rset,
    /// Something that changes nothing, with what is answered.
    Noop(Reply),
    /// The end.
    Quit,
    /// Another protocol, or one whose next bytes are not commands: the connection cannot go on.
    Foreign(Reply),
}

/// Reads a line; what cannot be asked comes back as its reply.
pub(super) fn parse(line: &[u8]) -> Result<Command, Reply> {
    let line = std::str::from_utf8(line).ok().filter(|line| !line.contains('\0')).ok_or(reply::UNKNOWN)?;
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let alone = |command| if rest.trim().is_empty() { Ok(command) } else { Err(reply::BAD_PARAMETER) };
    match verb.to_ascii_uppercase().as_str() {
        "LHLO" if rest.trim().is_empty() => Err(reply::NO_NAME),
        "LHLO" => Ok(Command::Lhlo),
        "HELO" | "EHLO" => Err(reply::SAY_LHLO),
        "MAIL" => mail(after_word(rest, "FROM:")?),
        "RCPT" => rcpt(after_word(rest, "TO:")?),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Rset),
        "NOOP" => Ok(Command::Noop(reply::DONE)),
        "VRFY" => Ok(Command::Noop(reply::PERHAPS)),
        "HELP" => Ok(Command::Noop(reply::HELP)),
        "QUIT" => alone(Command::Quit),
        "EXPN" | "AUTH" | "STARTTLS" | "ETRN" | "TURN" | "XCLIENT" | "XFORWARD" => Err(reply::NOT_OFFERED),
        // The bytes after BDAT would be a message, not commands, in the eyes of its sender.
        "BDAT" => Ok(Command::Foreign(reply::NOT_OFFERED)),
        // A browser was led here to speak for somebody else.
        "GET" | "POST" | "PUT" | "HEAD" | "DELETE" | "OPTIONS" | "CONNECT" | "PATCH" | "TRACE" | "PRI" | "HOST:" => {
            Ok(Command::Foreign(reply::NOT_LMTP))
        }
        _ => Err(reply::UNKNOWN),
    }
}

fn after_word<'a>(text: &'a str, word: &str) -> Result<&'a str, Reply> {
    let text = text.trim_start_matches(' ');
    let start = text.get(..word.len()).ok_or(reply::UNKNOWN)?;
    if start.eq_ignore_ascii_case(word) { Ok(&text[word.len()..]) } else { Err(reply::UNKNOWN) }
}

fn mail(text: &str) -> Result<Command, Reply> {
    let (sender, parameters) = split_path(text).map_err(|problem| no_mailbox(problem, "5.1.7", "5.1.8"))?;
    let (mut size, mut international) = (None, false);
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').map_or((parameter, None), |(name, value)| (name, Some(value)));
        match (name.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(value)) => size = Some(value.parse().map_err(|_| reply::BAD_PARAMETER)?),
            ("BODY", Some(value)) if ["7BIT", "8BITMIME"].iter().any(|word| value.eq_ignore_ascii_case(word)) => {}
            ("SMTPUTF8", None) => international = true,
            ("SIZE" | "BODY" | "SMTPUTF8", _) => return Err(reply::BAD_PARAMETER),
            _ => return Err(reply::UNKNOWN_PARAMETER),
        }
    }
    if !international && sender.as_ref().is_some_and(|sender| !sender.text.is_ascii()) {
        return Err(Reply::new(550, "5.6.7", "an address beyond ASCII asks for the parameter SMTPUTF8"));
    }
    Ok(Command::Mail { sender, size, international })
}

fn rcpt(text: &str) -> Result<Command, Reply> {
    let (recipient, parameters) = split_path(text).map_err(|problem| no_mailbox(problem, "5.1.3", "5.1.2"))?;
    if !parameters.trim().is_empty() {
        return Err(reply::UNKNOWN_PARAMETER);
    }
    recipient.map(Command::Rcpt).ok_or(Reply::new(501, "5.1.3", "a recipient cannot be empty"))
}

fn no_mailbox(problem: NoMailbox, address: &'static str, domain: &'static str) -> Reply {
    match problem {
        NoMailbox::Malformed => Reply::new(500, address, "the address is not understood"),
        NoMailbox::TooLong => Reply::new(501, address, "the address is too long"),
        NoMailbox::Domain => Reply::new(501, domain, "the address has no domain that could be one"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(line: &str) -> u16 {
        parse(line.as_bytes()).map_or_else(|reply| reply.code, |command| panic!("{line}: {command:?}"))
    }

    #[test]
    fn a_message_may_tell_its_size_and_that_it_is_international() {
        let Ok(Command::Mail { sender, size, international }) =
            parse("mail from:<peña@correo.example> size=12 BODY=8bitmime SMTPUTF8".as_bytes())
        else {
            panic!("it is understood")
        };
        assert_eq!(sender.expect("a sender").text, "peña@correo.example");
        assert_eq!((size, international), (Some(12), true));
    }

    #[test]
    fn what_is_not_understood_is_told_by_its_code() {
        for (line, wanted) in [
            ("", 500),
            ("HELLO", 500),
            ("EHLO a", 500),
            ("LHLO", 501),
            ("MAIL TO:<a@b.example>", 500),
            ("MAIL FROM:", 500),
            ("MAIL FROM:<ana>", 501),
            ("MAIL FROM:<a@b.example> SIZE=much", 501),
            ("MAIL FROM:<a@b.example> BODY=BINARYMIME", 501),
            ("MAIL FROM:<a@b.example> RET=FULL", 555),
            ("MAIL FROM:<é@b.example>", 550),
            ("RCPT TO:<>", 501),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", 555),
            ("DATA now", 501),
            ("STARTTLS", 502),
        ] {
            assert_eq!(code(line), wanted, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_answered(line in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(&line);
        }
    }
}
