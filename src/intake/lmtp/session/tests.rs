//! Conversations without sockets: what is said, what is stored, what is refused.

use proptest::prelude::*;

use super::*;

const TO_TWO: &str = "LHLO mx\r\nMAIL FROM:<ana@customer.example> SIZE=20 BODY=8BITMIME\r\n\
                      RCPT TO:<bills@water.example>\r\nRCPT TO:<nobody@other.example>\r\nRCPT TO:<inquiries@water.example>\r\nDATA\r\n";

fn rules() -> Rules {
    Rules { recipients: vec!["@water.example".to_owned()], message_bytes: 100, recipients_a_message: 3, errors: 4 }
}

/// What came of a conversation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    replies: String,
    stored: Vec<String>,
    closed: bool,
}

impl Outcome {
    /// The codes of the replies, each with its enhanced status where it has one.
    fn codes(&self) -> Vec<&str> {
        let last_lines = self.replies.lines().filter(|line| line.as_bytes()[3] == b' ');
        last_lines
            .map(|line| {
                line[4..]
                    .split(' ')
                    .next()
                    .filter(|word| word.contains('.'))
                    .map_or(&line[..3], |status| &line[..4 + status.len()])
            })
            .collect()
    }
}

/// Holds a conversation over `input`, which arrives in pieces of `piece` bytes.
fn converse(rules: Rules, input: &[u8], piece: usize) -> Outcome {
    let mut session = Session::new(Arc::new(rules));
    let mut outcome = Outcome::default();
    for chunk in input.chunks(piece) {
        let mut rest = chunk;
        while !rest.is_empty() && !outcome.closed {
            let (used, step) = session.receive(rest);
            rest = &rest[used..];
            match step {
                Step::GoOn => {}
                Step::Store(message) => {
                    outcome.stored.push(String::from_utf8_lossy(&message).into_owned());
                    session.stored(&reply::DONE);
                }
                Step::Close => outcome.closed = true,
            }
            outcome.replies.push_str(&String::from_utf8_lossy(&session.take_replies()));
        }
    }
    outcome
}

fn said(input: &str) -> Outcome {
    converse(rules(), input.as_bytes(), usize::MAX)
}

#[test]
fn each_recipient_gets_an_answer_of_its_own() {
    let outcome = said(&format!("{TO_TWO}Subject: Bill\r\n\r\n..dots\r\n.\r\nQUIT\r\n"));
    assert_eq!(
        outcome.codes(),
        [
            "220",
            "250",
            "250 2.1.0",
            "250 2.1.5",
            "550 5.1.1",
            "250 2.1.5",
            "354",
            "250 2.0.0",
            "250 2.0.0",
            "221 2.0.0"
        ]
    );
    assert_eq!(outcome.stored, ["Return-Path: <ana@customer.example>\r\nSubject: Bill\r\n\r\n.dots\r\n"]);
    assert!(outcome.closed);
}

#[test]
fn the_extensions_are_those_that_are_kept() {
    let outcome = said("LHLO mx\r\n");
    assert!(outcome.replies.ends_with(
        "250-penstock\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 100\r\n"
    ));
}

#[test]
fn a_report_has_the_null_sender() {
    let outcome = said("LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<a@water.example>\r\nDATA\r\nx\r\n.\r\n");
    assert_eq!(outcome.stored, ["Return-Path: <>\r\nx\r\n"]);
}

#[test]
fn nothing_is_done_out_of_turn() {
    let outcome = said("MAIL FROM:<a@b.example>\r\nLHLO mx\r\nRCPT TO:<a@water.example>\r\nDATA\r\n");
    assert_eq!(outcome.codes(), ["220", "503 5.5.1", "250", "503 5.5.1", "503 5.5.1"]);
    let outcome = said("LHLO mx\r\nMAIL FROM:<a@b.example>\r\nMAIL FROM:<a@b.example>\r\nDATA\r\nRSET\r\nDATA\r\n");
    assert_eq!(outcome.codes(), ["220", "250", "250 2.1.0", "503 5.5.1", "503 5.5.1", "250 2.0.0", "503 5.5.1"]);
    // RFC 2033: without a recipient there is no text, and no answer to one.
    let outcome = said("LHLO mx\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@other.example>\r\nDATA\r\n");
    assert_eq!(outcome.codes().last(), Some(&"503 5.5.1"));
}

#[test]
fn smtp_is_told_what_this_is_and_a_browser_is_sent_away() {
    assert_eq!(said("EHLO mx\r\nHELO mx\r\n").codes(), ["220", "500 5.5.1", "500 5.5.1"]);
    let outcome = said("POST /x HTTP/1.1\r\nLHLO mx\r\n");
    assert_eq!((outcome.codes(), outcome.closed), (vec!["220", "502 5.7.0"], true));
}

#[test]
fn a_message_that_is_too_large_is_refused_and_the_next_one_taken() {
    let outcome = said(&format!("{TO_TWO}{}\r\n.\r\n", "x".repeat(101)));
    assert_eq!(outcome.codes()[7..], ["552 5.3.4", "552 5.3.4"]);
    assert!(outcome.stored.is_empty() && !outcome.closed);
    let outcome = said("LHLO mx\r\nMAIL FROM:<> SIZE=101\r\nMAIL FROM:<> SIZE=100\r\n");
    assert_eq!(outcome.codes(), ["220", "250", "552 5.3.4", "250 2.1.0"]);
}

#[test]
fn a_message_may_be_as_large_as_is_said() {
    let outcome = said(&format!("{TO_TWO}{}\r\n.\r\n", "x".repeat(98)));
    assert_eq!(outcome.stored.len(), 1);
}

#[test]
fn there_is_a_most_of_recipients() {
    let rcpt = "RCPT TO:<a@water.example>\r\n".repeat(4);
    let outcome = said(&format!("LHLO mx\r\nMAIL FROM:<>\r\n{rcpt}DATA\r\nx\r\n.\r\n"));
    assert_eq!(outcome.codes()[6..], ["452 4.5.3", "354", "250 2.0.0", "250 2.0.0", "250 2.0.0"]);
}

#[test]
fn errors_end_the_conversation_but_unknown_recipients_do_not() {
    let outcome = said("A\r\nB\r\nC\r\nD\r\nLHLO mx\r\n");
    assert_eq!(outcome.codes(), ["220", "500 5.5.2", "500 5.5.2", "500 5.5.2", "421 4.7.0"]);
    assert!(outcome.closed);
    let rcpt = "RCPT TO:<a@other.example>\r\n".repeat(9);
    assert!(!said(&format!("LHLO mx\r\nMAIL FROM:<>\r\n{rcpt}")).closed);
}

#[test]
fn commands_that_lead_nowhere_end_too() {
    assert!(!said(&"NOOP\r\n".repeat(IDLE_COMMANDS)).closed);
    assert!(said(&"NOOP\r\n".repeat(IDLE_COMMANDS + 1)).closed);
}

#[test]
fn a_half_line_end_in_a_command_ends_the_conversation() {
    for line in ["NOOP\nQUIT\r\n", "NOOP\rQUIT\r\n", "MAIL FROM:<a@b.example>\n"] {
        let outcome = said(line);
        assert_eq!((outcome.codes(), outcome.closed), (vec!["220", "521 5.5.2"], true), "{line:?}");
    }
}

#[test]
fn a_smuggled_message_is_neither_stored_nor_obeyed() {
    for ending in ["\n.\n", "\n.\r\n", "\r.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r"] {
        let outcome = said(&format!(
            "{TO_TWO}x{ending}MAIL FROM:<ceo@water.example>\r\nRCPT TO:<a@water.example>\r\nDATA\r\nforged\r\n.\r\nQUIT\r\n"
        ));
        assert!(outcome.stored.is_empty(), "{ending:?}");
        assert_eq!(outcome.codes()[7..], ["521 5.5.2", "521 5.5.2"], "{ending:?}");
        assert!(outcome.closed, "{ending:?}");
    }
}

#[test]
fn what_could_not_be_stored_is_told_to_each_recipient() {
    let mut session = Session::new(Arc::new(rules()));
    let input = format!("{TO_TWO}x\r\n.\r\n");
    let mut rest = input.as_bytes();
    while !rest.is_empty() {
        let (used, step) = session.receive(rest);
        rest = &rest[used..];
        assert_eq!(matches!(step, Step::Store(_)), rest.is_empty());
    }
    session.take_replies();
    session.stored(&reply::NOT_NOW);
    let replies = String::from_utf8(session.take_replies()).expect("replies are text");
    assert_eq!(replies.matches("451 4.3.0").count(), 2);
    assert_eq!(session.receive(b"QUIT\r\n"), (6, Step::Close));
}

#[test]
fn a_message_without_room_is_told_to_come_again() {
    let mut session = Session::new(Arc::new(rules()));
    let mut rest = TO_TWO.as_bytes();
    while !rest.is_empty() {
        rest = &rest[session.receive(rest).0..];
    }
    session.receive(b"some text");
    assert!(session.is_in_text() && session.held_bytes() > 0);
    session.forgo_text();
    assert_eq!(session.held_bytes(), 0);
    session.take_replies();
    assert_eq!(session.receive(b"more\r\n.\r\n"), (9, Step::GoOn));
    assert!(session.take_replies().starts_with(b"452 4.3.1"));
}

proptest! {
    /// However the network cuts a conversation, it is the same conversation.
    #[test]
    fn pieces_change_nothing(words in proptest::collection::vec(prop_oneof![
        Just("LHLO mx\r\n"), Just("MAIL FROM:<a@b.example>\r\n"), Just("RCPT TO:<a@water.example>\r\n"),
        Just("DATA\r\n"), Just("x\r\n"), Just(".\r\n"), Just("\r\n"), Just("."), Just("\n"), Just("\r"), Just("RSET\r\n"),
    ], 0..30), piece in 1_usize..40) {
        let input = words.concat();
        prop_assert_eq!(converse(rules(), input.as_bytes(), piece), said(&input));
    }

    /// No input brings it out of step, and what is stored has whole line ends only.
    #[test]
    fn any_bytes_are_a_conversation(tail in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), any::<u8>()], 0..300)) {
        let input = [TO_TWO.as_bytes(), &tail].concat();
        let outcome = converse(rules(), &input, 7);
        for message in outcome.stored {
            prop_assert!(!message.replace("\r\n", "").contains(['\r', '\n']));
        }
        for line in outcome.replies.split_terminator("\r\n") {
            prop_assert!(line.len() > 4 && line.as_bytes()[..3].iter().all(u8::is_ascii_digit));
        }
    }
}
