//! One conversation as a state machine: bytes in, replies out. It has no socket and no clock.

use std::sync::Arc;

use super::command::{self, Command};
use super::data::{Data, Spoiled};
use super::lines::{Line, Lines};
use super::mailbox::Mailbox;
use super::reply::{self, Reply};

/// How many commands that lead to no message are answered before each counts as an error.
const IDLE_COMMANDS: usize = 100;

/// What a conversation goes by.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// The addresses that letters are taken for; none means any.
    pub(super) recipients: Vec<String>,
    /// The largest message.
    pub(super) message_bytes: usize,
    /// The most recipients of one message.
    pub(super) recipients_a_message: usize,
    /// After how many errors the conversation ends.
    pub(super) errors: usize,
}

/// What is to be done after some input was taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing but going on.
    GoOn,
    /// A message is to be stored; then [`Session::stored`] is told.
    Store(Vec<u8>),
    /// The replies are to be written, and the connection closed.
    Close,
}

/// A conversation with a mail server.
#[derive(Debug)]
pub(super) struct Session {
    rules: Arc<Rules>,
    state: State,
    lines: Lines,
    errors: usize,
    idle_commands: usize,
    turns: u64,
    replies: Vec<u8>,
}

#[derive(Debug)]
enum State {
    /// It has not said who it is.
    Strange,
    /// No message is begun.
    Ready,
    /// A message is begun.
    Begun(Envelope),
    /// Its text arrives.
    Text { data: Data, recipients: usize },
    /// It is being stored.
    Storing { recipients: usize },
    /// Nothing that comes counts any more.
    Over,
}

#[derive(Debug)]
struct Envelope {
    sender: Option<Mailbox>,
    international: bool,
    recipients: usize,
}

impl Session {
    /// A conversation that begins with our greeting.
    pub(super) fn new(rules: Arc<Rules>) -> Self {
        Self {
            rules,
            state: State::Strange,
            lines: Lines::default(),
            errors: 0,
            idle_commands: 0,
            turns: 0,
            replies: b"220 penstock LMTP ready\r\n".to_vec(),
        }
    }

    /// Takes one command, or some of a message; says how many bytes it took and what is to do.
    /// What it left is handed in again, but for a message that must be stored first.
    pub(super) fn receive(&mut self, input: &[u8]) -> (usize, Step) {
        match &mut self.state {
            State::Text { data, .. } => {
                let (used, ended) = data.take(input);
                (used, if ended { self.end_text() } else { Step::GoOn })
            }
            State::Over => (input.len(), Step::Close),
            State::Strange | State::Ready | State::Begun(_) | State::Storing { .. } => {
                let (used, line) = self.lines.take(input);
                (used, line.map_or(Step::GoOn, |line| self.answer(line)))
            }
        }
    }

    /// Tells what became of the message: the same for each of its recipients.
    pub(super) fn stored(&mut self, answer: &Reply) {
        if let State::Storing { recipients } = self.state {
            self.say_times(answer, recipients);
            self.state = State::Ready;
        }
    }

    /// Ends the conversation for a reason of our own.
    pub(super) fn end(&mut self, reason: &Reply) {
        self.say(reason);
        self.state = State::Over;
    }

    /// Gives up the message that arrives, for want of memory; its end is still waited for.
    pub(super) fn forgo_text(&mut self) {
        if let State::Text { data, .. } = &mut self.state {
            data.spoil(Spoiled::NoRoom);
        }
    }

    /// Whether a message is on its way in.
    pub(super) const fn is_in_text(&self) -> bool {
        matches!(self.state, State::Text { .. })
    }

    /// How many bytes of a message it holds.
    pub(super) fn held_bytes(&self) -> usize {
        if let State::Text { data, .. } = &self.state { data.held_bytes() } else { 0 }
    }

    /// How many commands and messages were completed: whoever waits for the next sees it here.
    pub(super) const fn turns(&self) -> u64 {
        self.turns
    }

    /// The replies that were not written yet.
    pub(super) fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    fn answer(&mut self, line: Line) -> Step {
        self.turns += 1;
        let parsed = match line {
            Line::Complete(line) => command::parse(&line),
            Line::TooLong => Err(reply::LINE_TOO_LONG),
            Line::BareEnd => {
                self.end(&reply::BARE_LINE_END);
                return Step::Close;
            }
        };
        let answered = match parsed {
            Ok(Command::Quit) => {
                self.end(&reply::GOODBYE);
                return Step::Close;
            }
            Ok(Command::Foreign(reply)) => {
                self.end(&reply);
                return Step::Close;
            }
            Ok(command) => self.obey(command),
            Err(reply) => Err(reply),
        };
        match answered {
            Ok(()) => Step::GoOn,
            Err(reply) => self.refuse(&reply),
        }
    }

    /// Does what a command asks and answers, or says why not.
    fn obey(&mut self, command: Command) -> Result<(), Reply> {
        match command {
            Command::Lhlo => {
                self.count_idle()?;
                self.state = State::Ready;
                self.say_extensions();
            }
            Command::Mail { sender, size, international } => self.begin(sender, size, international)?,
            Command::Rcpt(mailbox) => self.add_recipient(&mailbox)?,
            Command::Data => self.begin_text()?,
            Command::Rset => {
                self.count_idle()?;
                if matches!(self.state, State::Begun(_)) {
                    self.state = State::Ready;
                }
                self.say(&reply::DONE);
            }
            Command::Noop(answer) => {
                self.count_idle()?;
                self.say(&answer);
            }
            // These end the conversation before anything is asked of it.
            Command::Quit | Command::Foreign(_) => {}
        }
        Ok(())
    }

    fn begin(&mut self, sender: Option<Mailbox>, size: Option<u64>, international: bool) -> Result<(), Reply> {
        match self.state {
            State::Strange => return Err(reply::LHLO_FIRST),
            State::Begun(_) => return Err(reply::MAIL_TWICE),
            State::Ready | State::Text { .. } | State::Storing { .. } | State::Over => {}
        }
        if size.is_some_and(|size| size > self.rules.message_bytes as u64) {
            self.say(&reply::TOO_LARGE);
            return Ok(());
        }
        self.state = State::Begun(Envelope { sender, international, recipients: 0 });
        self.say(&reply::SENDER);
        Ok(())
    }

    /// An unknown recipient is no error of the mail server: it may have many on its list.
    fn add_recipient(&mut self, mailbox: &Mailbox) -> Result<(), Reply> {
        let State::Begun(envelope) = &mut self.state else { return Err(reply::MAIL_FIRST) };
        let answer = if !mailbox.is_among(&self.rules.recipients) {
            reply::UNKNOWN_RECIPIENT
        } else if !envelope.international && !mailbox.text.is_ascii() {
            Reply::new(550, "5.6.7", "an address beyond ASCII asks for the parameter SMTPUTF8")
        } else if envelope.recipients == self.rules.recipients_a_message {
            reply::TOO_MANY_RECIPIENTS
        } else {
            envelope.recipients += 1;
            reply::RECIPIENT
        };
        self.say(&answer);
        Ok(())
    }

    /// The final deliverer writes down who gets a report; that tells reports and automatic mail
    /// from letters. Recipients are not written: the same letter to two of them stays the same.
    fn begin_text(&mut self) -> Result<(), Reply> {
        let envelope = match &self.state {
            State::Begun(envelope) if envelope.recipients > 0 => envelope,
            State::Begun(_) => return Err(reply::RCPT_FIRST),
            State::Strange | State::Ready | State::Text { .. } | State::Storing { .. } | State::Over => {
                return Err(reply::MAIL_FIRST);
            }
        };
        let sender = envelope.sender.as_ref().map_or("", |sender| sender.text.as_str());
        let data = Data::after(format!("Return-Path: <{sender}>\r\n").into_bytes(), self.rules.message_bytes);
        self.state = State::Text { data, recipients: envelope.recipients };
        self.idle_commands = 0;
        self.replies.extend_from_slice(b"354 end the message with CR LF, a dot, CR LF\r\n");
        Ok(())
    }

    fn end_text(&mut self) -> Step {
        self.turns += 1;
        let State::Text { data, recipients } = std::mem::replace(&mut self.state, State::Ready) else {
            return Step::GoOn;
        };
        let answer = match data.finish() {
            Ok(message) => {
                self.state = State::Storing { recipients };
                return Step::Store(message);
            }
            Err(Spoiled::TooLarge) => reply::TOO_LARGE,
            Err(Spoiled::NoRoom) => reply::NO_ROOM,
            Err(Spoiled::BareLineEnd) => {
                self.say_times(&reply::BARE_LINE_END, recipients);
                self.state = State::Over;
                return Step::Close;
            }
        };
        self.say_times(&answer, recipients);
        Step::GoOn
    }

    fn count_idle(&mut self) -> Result<(), Reply> {
        self.idle_commands += 1;
        if self.idle_commands > IDLE_COMMANDS { Err(reply::TOO_MANY_ERRORS) } else { Ok(()) }
    }

    fn refuse(&mut self, answer: &Reply) -> Step {
        self.errors += 1;
        if self.errors >= self.rules.errors || !answer.is_refusal() {
            self.end(&reply::TOO_MANY_ERRORS);
            return Step::Close;
        }
        self.say(answer);
        Step::GoOn
    }

    fn say_extensions(&mut self) {
        let size = self.rules.message_bytes;
        let lines = format!(
            "250-penstock\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {size}\r\n"
        );
        self.replies.extend_from_slice(lines.as_bytes());
    }

    fn say(&mut self, answer: &Reply) {
        self.say_times(answer, 1);
    }

    fn say_times(&mut self, answer: &Reply, times: usize) {
        let line = answer.to_string();
        for _ in 0..times {
            self.replies.extend_from_slice(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
