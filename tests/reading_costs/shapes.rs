//! Messages made to cost as much as they can: each shape for its size in bytes.

/// A shape by its name, and what makes it of about so many bytes.
pub(crate) type Shape = (&'static str, fn(usize) -> Vec<u8>);

/// Every shape.
pub(crate) const SHAPES: &[Shape] = &[
    ("empty parts", |size| parts(size, "\n")),
    ("small files", |size| parts(size, "Content-Type: image/png; name=a.png\n\nx\n")),
    ("small encoded files", |size| parts(size, "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\naGk=\n")),
    ("small texts", |size| parts(size, "Content-Type: text/html\n\n<b>x\n")),
    ("messages side by side", |size| parts(size, "Content-Type: message/rfc822\n\nSubject: Bill\n\nx\n")),
    ("multiparts within multiparts", |size| {
        counted(size, |number| format!("Content-Type: multipart/mixed; boundary=b{number}\n\n--b{number}\n"))
    }),
    ("messages within messages", |size| filled("", "Content-Type: message/rfc822\n\n", size)),
    ("encoded messages within each other", |size| {
        (0..4).fold(text_message("x\n", size * 27 / 100), |inner, _| {
            let head = b"From: a@customer.example\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n";
            [head, encoded(&inner).as_bytes()].concat()
        })
    }),
    ("multiparts without their boundary", |size| {
        let parts = (0..900).map(|number| format!("--b\nContent-Type: multipart/mixed; boundary=missing{number}\n\n"));
        let head = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", parts.collect::<String>());
        filled(&head, "an ordinary line of text\n", size)
    }),
    ("lines like boundaries", |size| {
        let open = (0..55)
            .map(|level| format!("Content-Type: multipart/mixed; boundary={}\n\n--{0}\n", "b".repeat(9 + level)));
        filled(&format!("{}\n", open.collect::<String>()), "--bbbbbbbb\n", size)
    }),
    ("one long header", |size| filled("Subject: ", "word ", size)),
    ("many headers", |size| filled("", "X-Other: value\n", size)),
    ("a folded header", |size| filled("Subject: x\n", " word\n", size)),
    ("many recipients", |size| filled("To: ", "Ana <ana@customer.example>,\n ", size)),
    ("many references", |size| filled("References: ", "<1@customer.example>\n ", size)),
    ("brackets in an address", |size| filled("To: ", "(<\"", size)),
    ("words in a charset", |size| filled("Subject: ", "=?utf-8?q?a=C3=B1o?= ", size)),
    ("half words in a charset", |size| filled("Subject: ", "=?utf-8?q?a", size)),
    ("parameters without end", |size| part_header(size, "Content-Type: text/plain", |number| format!("; a{number}=b"))),
    ("continued parameters", |size| {
        part_header(size, "Content-Type: text/plain", |number| format!("; name*{number}=b"))
    }),
    ("continued and folded parameters", |size| {
        part_header(size, "Content-Type: text/plain", |number| format!(";\n name*{number}*=b"))
    }),
    ("text", |size| text_message("My bill tripled and nobody told me why it did.\n", size)),
    ("one long line", |size| text_message("My bill tripled ", size)),
    ("one long word", |size| text_message("x", size)),
    ("empty lines", |size| text_message("\n", size)),
    ("short lines", |size| text_message("a\n", size)),
    ("bytes of no charset", |size| {
        text_message("a\u{1}", size).iter().map(|byte| if *byte == 1 { 0xf1 } else { *byte }).collect()
    }),
    ("zero bytes", |size| text_message("\0", size)),
    ("quoted lines", |size| text_message(">\n", size)),
    ("deep quotes", |size| text_message("> ", size)),
    ("quotes and answers by turns", |size| text_message("> Is it wrong?\nYes.\n", size)),
    ("openings of quotes", |size| text_message("On 3 March 2026 at 9:14 Help wrote:\n", size)),
    ("openings of quotes in one line", |size| text_message("On 3 March 2026 at 9:14 Help wrote: ", size)),
    ("half openings of quotes", |size| text_message("On 3 March 2026 at 9:14 Help\n", size)),
    ("headers in the text", |size| text_message("From: Help\nSent: Tuesday\nSubject: Bill\n\n", size)),
    ("half headers in the text", |size| text_message("From: Help\n", size)),
    ("signatures", |size| text_message("-- \nAna\n", size)),
    ("rules", |size| text_message("-----\nAna\n", size)),
    ("lines of phones", |size| text_message("Sent from my iPhone\n\n", size)),
    ("disclaimers", |size| text_message("This e-mail is confidential and intended only for you.\n\n", size)),
    ("flowed lines", |size| filled("Content-Type: text/plain; format=flowed; delsp=yes\n\n", "a \n", size)),
    ("quoted-printable", |size| filled("Content-Transfer-Encoding: quoted-printable\n\n", "=C3=B1=\n", size)),
    ("blanks in quoted-printable", |size| filled("Content-Transfer-Encoding: quoted-printable\n\n", "   \t", size)),
    ("padded Base64", |size| filled("Content-Transfer-Encoding: base64\n\n", "aQ==", size)),
    ("lines of uuencode", |size| filled("Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n", "#86)C\n", size)),
    ("elements within elements", |size| html(size, "<div>")),
    ("quotations within quotations", |size| html(size, "<blockquote type=cite>x")),
    ("paragraphs in quotations", |size| {
        let head = format!("Content-Type: text/html\n\n{}", "<blockquote type=cite>".repeat(14));
        filled(&head, "<p>x", size)
    }),
    ("items of inner lists", |size| {
        filled(&format!("Content-Type: text/html\n\n{}", "<ul>".repeat(14)), "<li>x", size)
    }),
    ("lists within lists", |size| html(size, "<ol><li>x")),
    ("paragraphs", |size| html(size, "<p>My bill</p>")),
    ("tables", |size| html(size, "<table><tr><td>a<td>b")),
    ("open brackets", |size| html(size, "<")),
    ("open brackets and letters", |size| html(size, "<a ")),
    ("open comments", |size| html(size, "<!--")),
    ("open scripts", |size| html(size, "<script>")),
    ("closed scripts", |size| html(size, "<script></script")),
    ("attributes", |size| filled("Content-Type: text/html\n\n<p ", "a='b' ", size)),
    ("quotes in attributes", |size| html(size, "<p a=\"")),
    ("styles", |size| html(size, "<p style='color:red;border:0'>x")),
    ("long styles", |size| filled("Content-Type: text/html\n\n<p style='", "color:red;", size)),
    ("style sheets", |size| filled("Content-Type: text/html\n\n<style>", "p{color:red}", size)),
    ("references", |size| html(size, "&amp;&#x41;")),
    ("half references", |size| html(size, "&amp")),
    ("ampersands", |size| html(size, "&")),
    ("images", |size| html(size, "<img src=cid:a@b>")),
    ("links", |size| html(size, "<a href='https://customer.example/'>x</a>")),
    ("a report on many", |size| {
        let head = "From: MAILER-DAEMON@mx.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
            --b\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n";
        filled(head, "Final-Recipient: rfc822; ana@customer.example\nAction: failed\nStatus: 5.1.1\n\n", size)
    }),
    ("a free report on many", |size| {
        let head = "From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n\nI could not deliver to:\n\n";
        counted_after(head, size, |number| format!("<ana{number}@customer.example>: 550 5.1.1 no such user\n"))
    }),
    ("a free report in one line", |size| {
        filled("From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n\n", "<ana@customer.example> 550 ", size)
    }),
    ("cards", |size| filled("Content-Type: text/vcard\n\nBEGIN:VCARD\n", "FN:Ana\n\n ", size)),
    ("calendars", |size| filled("Content-Type: text/calendar\n\n", "BEGIN:VEVENT\nSUMMARY:x\n", size)),
    ("a container of files", |size| {
        let file = [attribute(0x9002, &[0; 14]), attribute(0x8010, b"a\0"), attribute(0x800f, b"x")].concat();
        container(size, &file)
    }),
    ("a container of texts", |size| container(size, &attribute(0x800c, b"My bill\0"))),
    ("digits", |size| text_message("215-555-0100 1234 5678 9012 3456 ", size)),
    ("addresses", |size| text_message("12 N Tulip St Apt 3, ", size)),
    ("amounts", |size| text_message("$1,234.50 on 3/4/2026 ", size)),
    ("mail addresses", |size| text_message("ana@customer.example ", size)),
    ("at signs", |size| text_message("a@", size)),
];

/// The head of every message. What a program sent is looked at more closely than a person's letter.
const HEAD: &str = "From: a@customer.example\nAuto-Submitted: auto-generated\n";

/// `unit` again and again below `head`, up to `size` bytes.
fn filled(head: &str, unit: &str, size: usize) -> Vec<u8> {
    let mut raw = if head.starts_with("From:") { head.to_owned() } else { format!("{HEAD}{head}") };
    raw.push_str(&unit.repeat((size.saturating_sub(raw.len()) / unit.len()).max(1)));
    raw.into_bytes()
}

fn counted(size: usize, unit: fn(usize) -> String) -> Vec<u8> {
    counted_after(HEAD, size, unit)
}

fn counted_after(head: &str, size: usize, unit: fn(usize) -> String) -> Vec<u8> {
    let mut raw = head.to_owned();
    for number in 0.. {
        if raw.len() >= size {
            break;
        }
        raw.push_str(&unit(number));
    }
    raw.into_bytes()
}

fn text_message(unit: &str, size: usize) -> Vec<u8> {
    filled("\n", unit, size)
}

fn html(size: usize, unit: &str) -> Vec<u8> {
    filled("Content-Type: text/html\n\n", unit, size)
}

fn parts(size: usize, part: &str) -> Vec<u8> {
    filled("Content-Type: multipart/mixed; boundary=b\n\n", &format!("--b\n{part}"), size)
}

/// A part with a header of such parameters.
fn part_header(size: usize, head: &str, parameter: fn(usize) -> String) -> Vec<u8> {
    let head = format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\n{head}");
    counted_after(&head, size, parameter)
}

/// Base64 in lines.
fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    text.as_bytes().chunks(76).flat_map(|line| [String::from_utf8_lossy(line), "\n".into()]).collect()
}

/// An attribute of winmail.dat.
fn attribute(name: u16, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap().to_le_bytes();
    [&[2][..], &name.to_le_bytes(), &[0, 0], &length, value, &[0, 0]].concat()
}

fn container(size: usize, unit: &[u8]) -> Vec<u8> {
    let head = format!("{HEAD}Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n");
    let contents = [&b"\x78\x9f\x3e\x22\x01\0"[..], &unit.repeat(size * 3 / 4 / unit.len())].concat();
    [head.as_bytes(), encoded(&contents).as_bytes()].concat()
}
