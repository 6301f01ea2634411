//! Reports as the mail systems of the world write them, told with our own letters.

use mail_parser::MessageParser;
use proptest::prelude::*;

use crate::letter::LetterKind;
use crate::reading::{Reading, read};

fn report(header: &str, body: &str) -> Reading {
    read(format!("{header}\r\nTo: office@water.example\r\n\r\n{}", body.replace('\n', "\r\n")).as_bytes())
}

/// What a report says: whom, what became of it, and the code.
fn told(reading: &Reading) -> Vec<(&str, &str, &str)> {
    let recipients = reading.bounce.iter().flat_map(|bounce| &bounce.recipients);
    recipients.map(|one| (one.address.as_str(), one.action.as_str(), one.status.as_str())).collect()
}

const DAEMON: &str = "From: MAILER-DAEMON@mx.customer.example\r\nSubject: failure notice";
const POSTMASTER: &str = "Return-Path: <>\r\nFrom: postmaster@mx.customer.example\r\nSubject: Undeliverable";

#[test]
fn one_failed_recipient_is_told_in_the_words_of_many_systems() {
    let stories = [
        (
            DAEMON,
            "Hi. This is the mail program.\nI wasn't able to deliver your message.\n\n<ana@customer.example>:\n192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 no such person\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <office@water.example>\n",
            "5.1.1",
        ),
        (
            DAEMON,
            "The mail system\n\n<ana@customer.example>: host mx.customer.example[192.0.2.7] said: 552 5.2.2 Mailbox\n    full (in reply to RCPT TO command)\n",
            "5.2.2",
        ),
        (
            DAEMON,
            "A message that you sent could not be delivered.\n\n  ana@customer.example\n    SMTP error from remote mail server after RCPT TO:<ana@customer.example>:\n    host mx.customer.example [192.0.2.7]: 550 unknown user\n\n------ This is a copy of the message, including all the headers. ------\n",
            "5.0.0",
        ),
        (
            DAEMON,
            "   ----- The following addresses had permanent fatal errors -----\n<ana@customer.example>\n    (reason: 553 5.3.0 <ana@customer.example>... Addressee unknown)\n\n   ----- Transcript of session follows -----\n503 5.5.1 Need RCPT\n",
            "5.3.0",
        ),
        (
            DAEMON,
            "There was an error delivering your mail to <ana@customer.example>.\n\nmx.customer.example [192.0.2.7] did not like our RCPT TO:\n550 5.7.26 not authenticated\n\nMessage headers follow.\n\nReceived: from x\n",
            "5.7.26",
        ),
        (
            POSTMASTER,
            "Your message\n\n  To:      ana@customer.example\n  Subject: Your bill\n\ndid not reach the following recipient(s):\n\nana@customer.example on Fri, 20 Jul 2001 11:08:59 -0700\n    The recipient name is not recognized\n",
            "5.0.0",
        ),
        (
            POSTMASTER,
            "User mailbox exceeds allowed size: ana@customer.example\n\nOriginal message follows.\n\nReceived: from x\n",
            "5.0.0",
        ),
        (
            POSTMASTER,
            "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nana@customer.example\n\n------- Returned Message --------\n\nReceived: from x\n",
            "5.0.0",
        ),
        (
            POSTMASTER,
            "Could not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n    ana@customer.example\n",
            "5.1.1",
        ),
        (
            POSTMASTER,
            "No se pudo entregar el mensaje a estos destinatarios:\n\nana@customer.example<mailto:ana@customer.example>\nNo se encontró la dirección de correo.\n\nEl servidor remoto devolvió '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n",
            "5.1.10",
        ),
        (
            POSTMASTER,
            "Ihre Nachricht konnte nicht zugestellt werden an:\n\n   ana@customer.example\n\nGrund: 550 5.4.1 Empfänger unbekannt\n",
            "5.4.1",
        ),
        (
            POSTMASTER,
            "The following message to <ana@customer.example> was undeliverable.\nThe reason for the problem:\n5.1.0 - Unknown address error 550-'5.1.1 no such user'\n",
            "5.1.1",
        ),
    ];
    for (header, body, code) in stories {
        let reading = report(header, body);
        assert_eq!(reading.kind, LetterKind::Bounce, "{body}");
        assert_eq!(told(&reading), [("ana@customer.example", "failed", code)], "{body}");
    }
}

#[test]
fn a_message_that_is_only_late_has_not_failed() {
    for body in [
        "THIS IS A WARNING MESSAGE ONLY.\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipient has been delayed:\n\n     ana@customer.example\n",
        "A message that you sent has not yet been delivered to all its recipients.\nThe address to which the message has not yet been delivered is:\n\n  ana@customer.example\n\nDelivery attempts will continue for some time.\n",
    ] {
        assert_eq!(told(&report(DAEMON, body)), [("ana@customer.example", "delayed", "4.0.0")], "{body}");
    }
    let body = "<ana@customer.example>:\nI wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again.\n";
    assert_eq!(told(&report(DAEMON, body)), [("ana@customer.example", "failed", "4.4.1")]);
}

const STATUS: &str = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\nFrom: postmaster@mx.customer.example\r\nSubject: Report";

fn status(notice: &str, fields: &str) -> Reading {
    report(
        STATUS,
        &format!(
            "--b\n\n{notice}\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n{fields}\n--b\nContent-Type: text/rfc822-headers\n\nTo: ana@customer.example\nMessage-ID: <r1@water.example>\n\n--b--\n"
        ),
    )
}

#[test]
fn what_the_receiving_server_said_counts_before_what_was_made_of_it() {
    let reading = status(
        "It failed.",
        "Final-Recipient: rfc822; ana@customer.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550\n 5.7.1 blocked\n",
    );
    assert_eq!(told(&reading), [("ana@customer.example", "failed", "5.7.1")]);
    let bounce = reading.bounce.unwrap_or_default();
    assert_eq!(bounce.recipients[0].reason, "550 5.7.1 blocked");
    assert_eq!(bounce.original_message_id.as_deref(), Some("r1@water.example"));
}

#[test]
fn the_words_tell_the_code_that_the_fields_leave_out() {
    let notice = "ana@customer.example: 550 5.1.1 unknown\nben@customer.example: 552 5.2.2 full\n";
    let fields = "Final-Recipient: rfc822; ana@customer.example\nAction: failed\nStatus: 5.0.0\n\n\
                  Final-Recipient: rfc822; ben@customer.example\nAction: failed\nStatus: 5.0.0\n";
    let wanted = [("ana@customer.example", "failed", "5.1.1"), ("ben@customer.example", "failed", "5.2.2")];
    assert_eq!(told(&status(notice, fields)), wanted);
}

#[test]
fn every_outcome_of_a_status_is_told() {
    let fields = "Final-Recipient: rfc822; ana@customer.example\nAction: delivered\nStatus: 2.0.0 (sent)\n\n\
                  Final-Recipient: rfc822; ben@customer.example\nAction: Delayed (queue)\nStatus: 4.4.1\n\n\
                  Final-Recipient: rfc822; cy@customer.example\nAction: expired\nStatus:\n";
    let wanted = [
        ("ana@customer.example", "delivered", "2.0.0"),
        ("ben@customer.example", "delayed", "4.4.1"),
        ("cy@customer.example", "failed", "5.0.0"),
    ];
    assert_eq!(told(&status("Some news.", fields)), wanted);
}

#[test]
fn a_complaint_arrived_and_is_no_failure() {
    let reading = report(
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\nFrom: feedback@mx.customer.example\r\nSubject: FW: Your bill",
        "--b\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: ana@customer.example\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <r1@water.example>\nSubject: Your bill\n\nDear Ana\n--b--\n",
    );
    assert_eq!(reading.kind, LetterKind::Bounce);
    assert_eq!(told(&reading), [("ana@customer.example", "delivered", "")]);
    let bounce = reading.bounce.unwrap_or_default();
    assert_eq!(
        (bounce.original_message_id.as_deref(), bounce.recipients[0].reason.as_str()),
        (Some("r1@water.example"), "complaint: abuse")
    );
}

#[test]
fn the_reason_is_found_where_the_notice_has_it() {
    let reason = |body: &str| report(DAEMON, body).bounce.unwrap_or_default().recipients[0].reason.clone();
    for body in [
        "Delivery to the following recipient failed permanently:\n\n     ana@customer.example\n\nTechnical details of permanent failure:\n\nDomain name not found\n",
        "Your message was not delivered to:\n\n   ana@customer.example\n\nbecause:\n\n   Domain name not found\n",
        "Domain name not found\nana@customer.example\n",
    ] {
        assert!(reason(body).ends_with("Domain name not found"), "{}", reason(body));
    }
}

#[test]
fn the_header_of_a_report_names_who_the_words_leave_out() {
    let header = "From: Mail Delivery Subsystem <mailer-daemon@mx.customer.example>\r\nX-Failed-Recipients: Ana@customer.example\r\nSubject: Delivery";
    let reading = report(header, "La dirección no existe.\n");
    assert_eq!(told(&reading), [("ana@customer.example", "failed", "5.0.0")]);
}

#[test]
fn people_who_write_about_a_failed_message_are_people() {
    let words = "My letter to you could not be delivered:\n\n<office@water.example>: 550 5.1.1 user unknown\n\nPlease answer me.\n";
    for header in [
        "From: Ana <ana@customer.example>\r\nSubject: Undelivered Mail Returned to Sender",
        "From: Ana <ana@customer.example>\r\nSubject: Fwd: Mail delivery failed",
        "From: Ana <ana@customer.example>\r\nSubject: Re: Delivery Status Notification (Failure)\r\nIn-Reply-To: <x@mx.customer.example>",
    ] {
        assert_eq!(report(header, words).kind, LetterKind::Person, "{header}");
    }
    let passed_on = "--b\n\nI get this when I write to you. Why?\n--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; office@water.example\nAction: failed\nStatus: 5.1.1\n--b--\n";
    let header =
        "From: Ana <ana@customer.example>\r\nSubject: Fwd: failure notice\r\nContent-Type: multipart/mixed; boundary=b";
    assert_eq!(report(header, passed_on).kind, LetterKind::Person);
}

#[test]
fn a_letter_from_a_postmaster_or_through_a_form_is_a_letter() {
    for from in ["postmaster@customer.example", "no-reply@forms.example", "Mail System <ana@customer.example>"] {
        let reading = report(
            &format!("From: {from}\r\nReply-To: ana@customer.example\r\nSubject: My bill"),
            "My address is ana@customer.example and my bill is too high.\n",
        );
        assert_eq!(reading.kind, LetterKind::Person, "{from}");
    }
}

#[test]
fn an_endless_report_is_read_in_linear_time() {
    let one = "Final-Recipient: rfc822; a@customer.example\nAction: failed\nStatus: 5.1.1\n\n";
    let fields = one.repeat(60_000);
    let reading = status(&"<a@customer.example>, ".repeat(100_000), &fields);
    assert!(told(&reading).len() <= super::RECIPIENTS);
    for line in
        ["@".repeat(2_000_000), "a@b.c,".repeat(300_000), "5.1.".repeat(500_000), "<a@b.example>:\n".repeat(100_000)]
    {
        assert_eq!(report(DAEMON, &line).kind, LetterKind::Bounce);
    }
}

proptest! {
    #[test]
    fn any_report_is_read(notice in "(\\PC|\n|<a@b\\.example>|: 550 5\\.1\\.1 ){0,200}", fields in "(\\PC|\n|Final-Recipient: |Status: |;){0,200}") {
        let reading = status(&notice, &fields);
        prop_assert_eq!(reading.kind, LetterKind::Bounce);
        for recipient in reading.bounce.unwrap_or_default().recipients {
            prop_assert!(["failed", "delayed", "delivered", "relayed", "expanded"].contains(&recipient.action.as_str()));
        }
    }

    #[test]
    fn any_bytes_under_a_delivery_program_are_read(body in proptest::collection::vec(any::<u8>(), 0..600)) {
        let mut raw = b"From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\n".to_vec();
        raw.extend(body);
        if let Some(message) = MessageParser::default().parse(&raw) {
            super::read(&message);
        }
    }
}
