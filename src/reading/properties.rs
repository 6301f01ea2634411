//! What holds of every reading, whatever the bytes are: any of them give a letter, and its parts
//! are accounted for.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{Place, attachment_bytes, content_digest, display_html, html_body, read};
use crate::ids::Digest;
use crate::letter::LetterKind;

/// Something of each kind that a message can hold.
const WHOLE: &str = "Return-Path: <>\r\nReceived: from a.example ([192.0.2.1]) by b.example; Mon, 2 Mar 2026 9:14:00 UT\r\n\
    From: =?iso-8859-1?Q?Jos=E9?= \"N\\\"\" <ana@customer.example> (home)\r\nTo: group: a@b.example, <@r.example:c@d.example>;\r\n\
    Subject: =?utf-8?B?QcOxbw==?= bill\r\nDate: Mon, 2 Mar 2026 9:14:00 +0100 (X)\r\nMessage-ID: <1@customer.example>\r\n\
    References: <0@b.example>\r\n <2@b.example>\r\nContent-Type: multipart/mixed;\r\n boundary*0=\"o\"; boundary*1=\"u\"\r\n\r\npreamble\r\n\
    --ou\r\nContent-Type: multipart/alternative; boundary=\"in ner\"\r\n\r\n\
    --in ner\r\nContent-Type: text/plain; charset=iso-8859-1; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    My bill =\r\ntripled in Espa=F1a. \r\nWhy?\r\n\r\nOn Mon, Mar 2, 2026 at 9:14 AM Help <h@b.example> wrote:\r\n> Hello\r\n-- \r\nAna\r\n\
    --in ner\r\nContent-Type: text/html\r\n\r\n<html><body><p style='color:red'>My bill&nbsp;&#x41;<img src=cid:m@x><script>x</script>\
    <blockquote type=cite>Hello</blockquote><table><tr><td>a</table><!-- c --></body></html>\r\n--in ner--\r\n\
    --ou\r\nContent-Type: image/png; name*=utf-8''m%C3%B1.png\r\nContent-ID: <m@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    iVBORw0KGgr//v8A\r\n--ou\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    eJ8+IgEAAgiAAAAJAAAASVBNLk5vdGUAAAACApAAAA4AAAAAAAAAAAAAAAAAAAAAAAAAAhCAAAACAAAAYQAAAAIPgAAABAAAAHj/AHkAAA==\r\n\
    --ou\r\nContent-Type: message/rfc822\r\n\r\nSubject: Old\r\nContent-Type: message/rfc822\r\n\r\nSubject: Older\r\n\r\nOld text\r\n\
    --ou\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; b.example\r\n\r\n\
    Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
    --ou\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nSUMMARY:Meter\r\nEND:VCALENDAR\r\n\
    --ou\r\nContent-Transfer-Encoding: x-uuencode\r\nContent-Disposition: attachment; filename=a\r\n\r\nbegin 644 a\r\n#86)C\r\n`\r\nend\r\n--ou--\r\n";

/// One change of a message's bytes.
#[derive(Debug, Clone)]
enum Change {
    Put(Index, Vec<u8>),
    Cut(Index, usize),
    Repeat(Index, usize),
    End(Index),
}

impl Change {
    fn apply(&self, raw: &mut Vec<u8>) {
        let length = raw.len();
        if length == 0 {
            return;
        }
        match self {
            Self::Put(at, bytes) => drop(raw.splice(at.index(length)..at.index(length), bytes.iter().copied())),
            Self::Cut(at, count) => drop(raw.drain(at.index(length)..(at.index(length) + count).min(length))),
            Self::Repeat(at, count) => {
                let piece = raw[at.index(length)..(at.index(length) + count).min(length)].to_vec();
                raw.splice(at.index(length)..at.index(length), piece);
            }
            Self::End(at) => raw.truncate(at.index(length)),
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let words = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "\0",
        "--ou",
        "--ou--",
        "--in ner\r\n",
        "Content-Type: ",
        "message/rfc822",
        "multipart/mixed; boundary=",
        "base64",
        "=?utf-8?q?",
        "?=",
        "\"",
        "(",
        "<",
        ">",
        ";",
        "<b",
        "&#",
        "> ",
        "-- \n",
        "\u{202e}",
        "é",
    ]);
    let put = prop_oneof![words.prop_map(|word| word.as_bytes().to_vec()), prop::collection::vec(any::<u8>(), 1..6)];
    let change = prop_oneof![
        4 => (any::<Index>(), put).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        3 => (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Change::Cut(at, count)),
        2 => (any::<Index>(), 1..400_usize).prop_map(|(at, count)| Change::Repeat(at, count)),
        1 => any::<Index>().prop_map(Change::End),
    ];
    prop::collection::vec(change, 0..12)
}

/// Whatever was read holds together.
fn holds(raw: &[u8]) -> Result<(), TestCaseError> {
    let reading = read(raw);
    prop_assert!(reading.kind != LetterKind::Unreadable || !reading.problems.is_empty(), "nobody is told why");
    prop_assert!(!reading.problems.iter().any(|problem| problem.contains("gave up")), "the reader panicked");
    prop_assert!(reading.parts.iter().all(|part| part.place != Place::Lost), "a part was lost");
    prop_assert_eq!(&read(raw), &reading, "the same bytes give the same reading");
    prop_assert_eq!(content_digest(raw), content_digest(raw));
    for (position, attachment) in reading.attachments.iter().enumerate() {
        let bytes = attachment_bytes(raw, position).expect("it is listed");
        prop_assert_eq!(Digest::of(&bytes), attachment.sha256.clone(), "an attachment changed");
    }
    if let Some((html, _)) = html_body(raw) {
        prop_assert!(
            !display_html(&html, |_| None, false).to_ascii_lowercase().contains("<script"),
            "a script is shown"
        );
    }
    Ok(())
}

#[test]
fn the_message_that_is_changed_holds_something_of_each_kind() {
    let reading = read(WHOLE.as_bytes());
    assert_eq!(
        reading.problems.iter().filter(|problem| !problem.contains("could not follow")).count(),
        0,
        "{reading:#?}"
    );
    let types: Vec<&str> = reading.attachments.iter().map(|one| one.content_type.as_str()).collect();
    assert_eq!(
        types,
        [
            "image/png",
            "application/ms-tnef",
            "message/rfc822",
            "message/rfc822",
            "message/delivery-status",
            "text/calendar",
            "text/plain",
            "application/octet-stream"
        ]
    );
    assert_eq!((reading.new_text.as_str(), reading.subject.as_str()), ("My bill tripled in España.\nWhy?", "Año bill"));
}

proptest! {
    #[test]
    fn changed_messages_are_letters(changes in changes()) {
        let mut raw = WHOLE.as_bytes().to_vec();
        for change in &changes {
            change.apply(&mut raw);
        }
        holds(&raw)?;
    }

    #[test]
    fn random_bytes_are_letters(raw in prop::collection::vec(any::<u8>(), 0..3000)) {
        holds(&raw)?;
    }

    #[test]
    fn random_bytes_below_a_header_are_letters(
        header in prop::sample::select(vec![
            "", "Content-Type: text/html", "Content-Transfer-Encoding: base64", "Content-Type: multipart/mixed; boundary=a",
            "Content-Type: application/ms-tnef", "Content-Type: message/rfc822", "Content-Type: text/plain; charset=utf-16",
            "Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: x-uuencode", "Content-Type: text/vcard",
        ]),
        body in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        holds(&[b"From: a@customer.example\n", header.as_bytes(), b"\n\n", &body].concat())?;
    }
}
