//! From bytes to a [`Reading`]: the header as mail-parser reads it, the parts as they stand.

use std::sync::LazyLock;

use mail_parser::{Address, DateTime, HeaderName, HeaderValue, Message, MessageParser};

use super::outline::Outline;
use super::parts::account;
use super::structure::Structure;
use super::{Authentication, Mailbox, Reading, attachments, automatic, body, headers, limits};
use crate::letter::LetterKind;

/// More of a header block is not given to the parser.
const HEADER_BYTES: usize = 256 * 1024;

/// Reads only the fields that a reading tells: the way that a message took is read elsewhere. A
/// date is taken as it is written, for the reason that [`sent_at`] gives.
pub(super) static HEADER_PARSER: LazyLock<MessageParser> =
    LazyLock::new(|| MessageParser::new().with_address_headers().with_message_ids().header_text(HeaderName::Subject));

/// Reads the parts too.
static PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    let headers = MessageParser::new().with_address_headers().with_message_ids().header_text(HeaderName::Subject);
    headers.with_mime_headers()
});

/// Reads one message. Never fails: bytes that are no message give an `unreadable` reading.
#[must_use]
pub fn read(raw: &[u8]) -> Reading {
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Reading::unreadable("the message is empty".to_owned());
    }
    // The parser is tested against any bytes; should it still panic, one letter is unreadable
    // instead of a batch lost.
    std::panic::catch_unwind(|| read_message(raw))
        .unwrap_or_else(|_| Reading::unreadable("the parser gave up on it".to_owned()))
}

fn read_message(raw: &[u8]) -> Reading {
    let structure = Structure::of(raw);
    let mut problems = Vec::new();
    let root_header = structure.header(0);
    if root_header.len() > HEADER_BYTES {
        problems.push(format!("only the first {HEADER_BYTES} bytes of its header were read"));
    }
    let block = headers::block(root_header, HEADER_BYTES);
    let Some(header) = HEADER_PARSER.parse_headers(&block).filter(looks_like_mail) else {
        return Reading::unreadable("it has no header that a message has".to_owned());
    };
    // Of most letters the header tells that a person wrote them.
    let has_status = structure.parts.iter().any(|part| part.fields.content_type.ends_with("/delivery-status"));
    if !has_status && !automatic::is_open(&header) {
        return from_parts(&structure, &header, None, problems);
    }
    let whole = whole_message(raw, structure.parts.len(), &mut problems).or_else(|| PARSER.parse_headers(&block));
    from_parts(&structure, &header, Some(whole.as_ref().unwrap_or(&header)), problems)
}

/// The message as the parser sees all of it. What it adds to the header is dispensable: deep
/// nesting would end the process within it, and some trees of parts make it panic.
fn whole_message<'x>(raw: &'x [u8], parts: usize, problems: &mut Vec<String>) -> Option<Message<'x>> {
    if let Some(excess) = limits::exceeded(raw, parts) {
        problems.push(excess);
        return None;
    }
    std::panic::catch_unwind(|| PARSER.parse(raw)).unwrap_or_else(|_| {
        problems.push("the parser could not follow its parts: its header alone tells its kind".to_owned());
        None
    })
}

/// `whole` is there where the header leaves open what sort of message it is.
fn from_parts(
    structure: &Structure<'_>,
    header: &Message<'_>,
    whole: Option<&Message<'_>>,
    mut problems: Vec<String>,
) -> Reading {
    note_repeated_headers(header, &mut problems);
    // The mailbox's fetcher puts this line before the beginning of a message that is too large.
    if let Some(words) = header.header_raw("X-Penstock-Incomplete") {
        problems.push(format!("it is not whole: {}", one_line(words)));
    }
    problems.extend(structure.notes.iter().map(|note| (*note).to_owned()));
    let outline = Outline::of(structure, 0);
    let mut text = body::readable_text(structure, &outline, &mut problems);
    let attached = attachments::attached(structure, &outline);
    problems.extend(attached.problems);
    if text.is_empty() {
        attached.texts.join("\n\n").trim().clone_into(&mut text);
    }
    if text.is_empty() {
        problems.push("it has no readable text".to_owned());
    }
    let parts = account(structure, &outline, &attached.list, &mut problems);
    let split = body::split_text(structure, &outline, &text);
    let kind = whole.map_or(LetterKind::Person, automatic::kind);
    Reading {
        kind,
        message_id: header.message_id().map(str::trim).filter(|id| !id.is_empty()).map(ToOwned::to_owned),
        in_reply_to: automatic::identifiers(header.in_reply_to()),
        references: automatic::identifiers(header.references()),
        date: sent_at(header),
        from: first_mailbox(header),
        reply_to: mailboxes(header, "Reply-To"),
        to: mailboxes(header, "To"),
        cc: mailboxes(header, "Cc"),
        subject: first_text(header, "Subject"),
        new_text: split.new_text,
        quoted: split.quoted,
        signature: split.signature,
        body: text,
        attachments: attached.list,
        authentication: Authentication::default(),
        bounce: whole.filter(|_| kind == LetterKind::Bounce).map(automatic::bounce),
        problems,
        parts,
    }
}

/// Whether any header is one that messages have: random bytes may hold a colon too.
fn looks_like_mail(message: &Message<'_>) -> bool {
    const MAIL_HEADERS: &[&str] = &[
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Received",
        "Return-Path",
        "Sender",
        "MIME-Version",
        "Content-Type",
    ];
    MAIL_HEADERS.iter().any(|name| message.header(*name).is_some())
}

/// Two senders in one message are an attack or a broken program; a person must see it.
fn note_repeated_headers(message: &Message<'_>, problems: &mut Vec<String>) {
    for name in ["From", "Sender", "Date", "Message-ID", "Subject"] {
        let count = message.header_values(name).count();
        if count > 1 {
            problems.push(format!("it has {count} {name} headers"));
        }
    }
    if message.from().is_some_and(|from| from.iter().count() > 1) {
        problems.push("it names several senders".to_owned());
    }
}

/// The first sender of the first From header: the parser would give the last header, which is
/// the one a forger adds. Programs that write none often say whom to answer.
fn first_mailbox(message: &Message<'_>) -> Option<Mailbox> {
    ["From", "Sender", "Reply-To"].iter().find_map(|name| mailboxes(message, name).into_iter().next())
}

/// The mailboxes of all headers of a name: repeated ones all count.
fn mailboxes(message: &Message<'_>, name: &'static str) -> Vec<Mailbox> {
    let addresses = message.header_values(name).filter_map(HeaderValue::as_address);
    addresses
        .flat_map(Address::iter)
        .filter_map(|entry| {
            let address = bare(entry.address()?);
            (!address.is_empty()).then(|| Mailbox { name: one_line(entry.name().unwrap_or_default()), address })
        })
        .collect()
}

/// An address without the route before it and the blanks in it that old programs wrote.
fn bare(address: &str) -> String {
    let address = one_line(address);
    if address.contains('"') {
        return address;
    }
    let address = match address.strip_prefix('@').and_then(|route| route.rsplit_once(':')) {
        Some((_, address)) => address,
        None => &address,
    };
    address.split_whitespace().collect()
}

/// When the writer says it was sent; without a zone it is taken for UTC.
///
/// The parser takes three letters for a zone, so that after a shorter one (`17:14:50 UT`) the
/// next header would be lost to it: a date is read apart from the rest.
pub(super) fn sent_at(message: &Message<'_>) -> Option<String> {
    let written = message.header_values(HeaderName::Date).filter_map(HeaderValue::as_text);
    written.filter_map(date_of).find(DateTime::is_valid).map(|date| date.to_rfc3339())
}

fn date_of(written: &str) -> Option<DateTime> {
    DateTime::parse_rfc822(written).or_else(|| {
        let ends_with_time = written.trim_end().rsplit(' ').next().is_some_and(|word| word.contains(':'));
        ends_with_time.then(|| DateTime::parse_rfc822(&format!("{written} +0000"))).flatten()
    })
}

/// The first header of a name, as text on one line.
fn first_text(message: &Message<'_>, name: &'static str) -> String {
    one_line(message.header_values(name).next().and_then(HeaderValue::as_text).unwrap_or_default())
}

/// Text for one line, without what a page or a database cannot hold.
pub(super) fn one_line(text: &str) -> String {
    body::tidy(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The bytes of the attachment at `position`, from the raw message it came in.
#[must_use]
pub fn attachment_bytes(raw: &[u8], position: usize) -> Option<Vec<u8>> {
    let structure = Structure::of(raw);
    attachments::bytes_at(&structure, &Outline::of(&structure, 0), position)
}

/// The HTML of a message, and the positions of the attachments that it may show by Content-ID;
/// `None` when it was sent as plain text only. It is foreign: see `display_html`.
#[must_use]
pub fn html_body(raw: &[u8]) -> Option<(String, Vec<(String, usize)>)> {
    let structure = Structure::of(raw);
    attachments::html_and_images(&structure, &Outline::of(&structure, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Digest;
    use crate::reading::Place;
    use proptest::prelude::*;

    #[test]
    fn a_letter_with_only_html_has_readable_text() {
        let reading = read(b"From: Ana <ana@customer.example>\r\nSubject: Bill\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>My bill <b>tripled</b>.</p><p>Why?</p>");
        assert_eq!(reading.kind, LetterKind::Person);
        assert!(reading.body.contains("My bill tripled"), "{}", reading.body);
        assert!(!reading.body.contains('<'));
    }

    #[test]
    fn an_attachment_labelled_text_keeps_its_bytes() {
        let mut raw = b"From: a@customer.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee photo\r\n--b\r\nContent-Type: text/plain; name=meter.png\r\nContent-Disposition: attachment; filename=meter.png\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
        raw.extend(b"iVBORw0KGgr//v8A\r\n--b--\r\n");
        let reading = read(&raw);
        let bytes = attachment_bytes(&raw, 0).expect("the attachment is there");
        assert_eq!(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0xfe, 0xff, 0x00]);
        assert_eq!(reading.attachments[0].sha256, Digest::of(&bytes));
        assert_eq!(reading.attachments[0].name, "meter.png");
    }

    #[test]
    fn of_two_senders_the_first_counts_and_both_are_noted() {
        let reading = read(b"From: real@customer.example\r\nFrom: evil@elsewhere.example\r\nSubject: x\r\n\r\nHi");
        assert_eq!(reading.from.map(|from| from.address).as_deref(), Some("real@customer.example"));
        assert!(reading.problems.iter().any(|problem| problem.contains("2 From headers")));
    }

    #[test]
    fn automatic_mail_and_reports_are_told_from_letters() {
        let kind = |headers: &str| {
            read(format!("From: a@b.example\r\nSubject: Out of office\r\n{headers}\r\n\r\nHello").as_bytes()).kind
        };
        assert_eq!(kind("Auto-Submitted: auto-replied"), LetterKind::Automatic);
        assert_eq!(kind("Precedence: bulk"), LetterKind::Automatic);
        assert_eq!(kind("Auto-Submitted: no"), LetterKind::Person);
        assert_eq!(kind("X-Mailer: phone"), LetterKind::Person);
        assert_eq!(kind("Content-Type: multipart/report; report-type=delivery-status; boundary=b"), LetterKind::Bounce);
    }

    #[test]
    fn every_part_that_came_in_is_found_again() {
        let raw = b"From: a@customer.example\nContent-Type: multipart/mixed; boundary=o\n\n\
            --o\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\nMy bill\n--i\nContent-Type: text/html\n\n<p>My bill\n--i--\n\
            --o\nContent-Type: message/rfc822\n\nSubject: Old\nContent-Type: multipart/mixed; boundary=n\n\n--n\n\nOld text\n--n\nContent-Type: image/png\n\nx\n--n--\n\
            --o--\n";
        let reading = read(raw);
        let places: Vec<_> = reading.parts.iter().map(|part| (part.place, part.within_messages)).collect();
        assert_eq!(
            places,
            [(Place::Text, 0), (Place::Display, 0), (Place::Attachment(0), 1), (Place::Attachment(1), 1)]
        );
        let names: Vec<_> =
            reading.attachments.iter().map(|one| (one.name.as_str(), one.content_type.as_str())).collect();
        assert_eq!(names, [("Old.eml", "message/rfc822"), ("", "image/png")]);
        assert!(reading.attachments[0].text.as_ref().is_some_and(|text| text.contains("Subject: Old\n\nOld text")));
        assert_eq!(reading.problems, Vec::<String>::new());
    }

    #[test]
    fn thousands_of_parts_are_all_listed() {
        let mut raw =
            b"From: a@customer.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee files\n".to_vec();
        for number in 0..3000 {
            raw.extend(format!("--b\nContent-Type: image/png; name={number}.png\n\n{number}\n").bytes());
        }
        raw.extend(b"--b--\n");
        let reading = read(&raw);
        assert_eq!((reading.body.as_str(), reading.attachments.len()), ("See files", 3000));
        assert_eq!(attachment_bytes(&raw, 2999).as_deref(), Some(&b"2999"[..]));
    }

    #[test]
    fn bombs_of_nesting_are_letters_with_a_note() {
        let head = b"From: a@customer.example\r\nSubject: x\r\n";
        let nested = [&head[..], &b"Content-Type: message/rfc822\r\n\r\n".repeat(40_000)].concat();
        let multiparts: Vec<u8> = (0..20_000)
            .flat_map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n").into_bytes())
            .collect();
        for bomb in [nested, [&head[..], &multiparts].concat()] {
            let reading = read(&bomb);
            assert_eq!(reading.from.map(|from| from.address).as_deref(), Some("a@customer.example"));
            assert!(
                reading.problems.iter().any(|problem| problem.contains("nested too deep")),
                "{:?}",
                reading.problems
            );
        }
    }

    #[test]
    fn eight_bit_headers_without_a_charset_are_read() {
        let reading =
            read(b"From: Jos\xe9 N\xfa\xf1ez <jose@customer.example>\nSubject: Facturaci\xf3n del a\xf1o\n\nHola");
        assert_eq!(reading.from.map(|from| from.name).as_deref(), Some("Jos\u{e9} N\u{fa}\u{f1}ez"));
        assert_eq!(reading.subject, "Facturaci\u{f3}n del a\u{f1}o");
    }

    #[test]
    fn an_image_shown_by_the_html_is_inline_and_found_by_its_identifier() {
        let raw = b"From: a@customer.example\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Meter:<img src='cid:m@x'>\n--b\nContent-Type: image/png; name=m.png\nContent-ID: <m@x>\n\n\x89PNG\r\n\x1a\n\n--b--\n";
        let reading = read(raw);
        assert!(reading.attachments[0].inline);
        let (html, images) = html_body(raw).expect("it has HTML");
        assert_eq!(images, [("m@x".to_owned(), 0)]);
        assert!(html.contains("cid:m@x"));
    }

    #[test]
    fn a_route_and_blanks_are_no_part_of_an_address() {
        let reading = read(b"From: a@customer.example\nTo: Ana <@relay.example:ana@customer.example>, joe@customer . example\nTo: eve@customer.example\n\nHi");
        let to: Vec<_> = reading.to.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(to, ["ana@customer.example", "joe@customer.example", "eve@customer.example"]);
    }

    #[test]
    fn no_date_however_short_its_zone_hides_the_next_header() {
        for (zone, read_as) in [
            ("UT", Some("2006-04-22T17:14:50Z")),
            ("Z", Some("2006-04-22T17:14:50Z")),
            ("", Some("2006-04-22T17:14:50Z")),
            ("EST", Some("2006-04-22T17:14:50-05:00")),
            ("+0200 (X", Some("2006-04-22T17:14:50+02:00")),
        ] {
            for end in ["\n", "\r\n"] {
                let lines =
                    ["From: a@customer.example", &format!("Date: Sat, 22 Apr 2006 17:14:50 {zone}"), "Subject: Bill"];
                let reading = read(format!("{}{end}{end}Hi", lines.join(end)).as_bytes());
                assert_eq!((reading.subject.as_str(), reading.date.as_deref()), ("Bill", read_as), "{zone:?} {end:?}");
            }
        }
        let reading = read(b"From: a@b.example\nDate: 22 Apr 2006 17:14:50 UT\nAuto-Submitted: auto-replied\n\nHi");
        assert_eq!(reading.kind, LetterKind::Automatic);
        let html = b"From: a@b.example\nDate: 22 Apr 2006 17:14:50 UT\nContent-Type: text/html\n\n<p>Hi";
        assert_eq!(read(html).body, "Hi");
    }

    /// A letter that forwards a forwarded one: where the parser checks itself, it gives up there.
    #[test]
    fn what_the_parser_cannot_follow_is_read_by_its_header_and_told() {
        let raw = b"From: Ana <ana@customer.example>\nSubject: Fwd: Fwd: Bill\nAuto-Submitted: auto-forwarded\nContent-Type: multipart/mixed; boundary=b\n\n\
            --b\n\nPlease see below.\n--b\nContent-Type: message/rfc822\n\nSubject: Fwd: Bill\nContent-Type: message/rfc822\n\n\
            Subject: Bill\n\nMy bill tripled.\n--b--\n";
        let given_up = std::panic::catch_unwind(|| MessageParser::default().parse(&raw[..])).is_err();
        assert_eq!(given_up, cfg!(debug_assertions), "the parser was mended: the words below are needed no more");
        let reading = read(raw);
        assert_eq!((reading.kind, reading.subject.as_str()), (LetterKind::Automatic, "Fwd: Fwd: Bill"));
        assert_eq!(reading.from.map(|from| from.address).as_deref(), Some("ana@customer.example"));
        assert_eq!(reading.body, "Please see below.");
        assert_eq!(reading.attachments.len(), 2, "both messages in it are kept");
        let told = reading.problems.iter().any(|problem| problem.contains("could not follow its parts"));
        assert_eq!(told, given_up, "{:?}", reading.problems);
    }

    #[test]
    fn an_empty_message_id_is_none() {
        assert_eq!(read(b"From: a@b.example\r\nMessage-ID: <>\r\n\r\nHi").message_id, None);
    }

    proptest! {
        /// Whatever a header says, the next one counts, and the text stays the text.
        #[test]
        fn no_header_swallows_the_next(
            name in proptest::sample::select(vec![
                "Date", "Resent-Date", "To", "Cc", "Reply-To", "Sender", "Message-ID", "References", "Received",
                "Content-Type", "Content-Disposition", "Return-Path", "X-Other", "List-Id",
            ]),
            value in "[-A-Za-z0-9 :,;<>()\"'@=?.+\\\\\\[\\]é\u{e9}]{0,24}",
            end in proptest::sample::select(vec!["\n", "\r\n"]),
        ) {
            let raw = format!("From: a@b.example{end}{name}: {value}{end}Subject: Bill{end}{end}Hi{end}");
            let reading = read(raw.as_bytes());
            prop_assert_eq!(reading.subject.as_str(), "Bill", "{:?}", raw);
            prop_assert_eq!(reading.from.map(|from| from.address), Some("a@b.example".to_owned()));
        }

        #[test]
        fn any_bytes_give_a_reading(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let reading = read(&raw);
            prop_assert!(reading.kind != LetterKind::Unreadable || !reading.problems.is_empty());
        }

        #[test]
        fn a_reading_is_bounded_and_loses_no_part(
            pieces in proptest::collection::vec(
                "(--b(--)?|Content-Type: (multipart/(mixed|related|digest|report|alternative); boundary=b|message/rfc822|text/(plain|html)|image/png)|Content-Transfer-Encoding: base64|aGk=|<b>x|)\n",
                0..60,
            )
        ) {
            let raw = format!("From: a@b.example\n{}", pieces.concat()).into_bytes();
            let reading = read(&raw);
            prop_assert!(reading.parts.iter().all(|part| part.place != Place::Lost));
            // Marks and line ends aside, text is not made more than it came in, however it nests.
            let told: usize = reading.attachments.iter().filter_map(|one| one.text.as_ref()).map(String::len).sum();
            prop_assert!(reading.body.len() <= 8 * raw.len());
            prop_assert!(told <= 64 * raw.len());
            for (position, attachment) in reading.attachments.iter().enumerate() {
                let bytes = attachment_bytes(&raw, position).expect("it is listed");
                prop_assert_eq!(Digest::of(&bytes), attachment.sha256.clone());
            }
        }

        #[test]
        fn any_text_after_a_header_gives_a_reading(text in "\\PC{0,400}") {
            let raw = format!("From: a@b.example\r\nContent-Type: text/html\r\n\r\n{text}");
            prop_assert_eq!(read(raw.as_bytes()).kind, LetterKind::Person);
        }
    }
}
