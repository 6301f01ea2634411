//! Stories of borders, forgers and senders.

use proptest::prelude::*;

use super::*;

const ID: &str = "mx.city.example";
const LETTER: &str = "From: Ana <ana@customer.example>\nTo: us@city.example\nSubject: My bill\n\nHello\n";

fn read(above: &str) -> (&'static str, &'static str, &'static str, bool) {
    of(&format!("{above}{LETTER}"))
}

fn of(raw: &str) -> (&'static str, &'static str, &'static str, bool) {
    by(&Border::named(ID), raw)
}

fn by(border: &Border, raw: &str) -> (&'static str, &'static str, &'static str, bool) {
    let found = authentication(raw.as_bytes(), Some(border));
    (found.spf.as_str(), found.dkim.as_str(), found.dmarc.as_str(), found.aligned)
}

const NOTHING: (&str, &str, &str, bool) = ("none", "none", "none", false);

#[test]
fn the_trusted_server_is_believed_and_no_other() {
    let header = "Authentication-Results: mx.city.example;\n\tdkim=pass header.d=customer.example;\n\tspf=softfail smtp.mailfrom=x@list.example; dmarc=pass header.from=customer.example\n";
    assert_eq!(read(header), ("softfail", "pass", "pass", true));
    assert_eq!(read(&header.replace("mx.city", "MX.City")), ("softfail", "pass", "pass", true));
    assert_eq!(read(&header.replace("mx.city", "mx.elsewhere")), NOTHING);
    assert_eq!(authentication(format!("{header}{LETTER}").as_bytes(), None), Authentication::default());
}

#[test]
fn headers_below_a_foreign_server_are_forged() {
    let above = "Received: from a.example by mx.city.example with ESMTP\nReceived: from b.example by a.example\n";
    let forged = "Authentication-Results: mx.city.example; dmarc=pass header.from=customer.example\n";
    assert_eq!(read(&format!("{above}{forged}")), NOTHING);
    let real = "Authentication-Results: mx.city.example; spf=fail smtp.mailfrom=customer.example; dmarc=fail header.from=customer.example\n";
    assert_eq!(read(&format!("{real}{above}{forged}")), ("fail", "none", "fail", false));
    assert_eq!(read(&format!("{real}{forged}")), ("fail", "none", "fail", false), "a repeated check is not believed");
}

#[test]
fn a_server_that_found_nothing_says_so_and_what_stands_below_is_forged() {
    let forged = "Authentication-Results: mx.city.example; dmarc=pass header.from=customer.example\n";
    assert_eq!(read(&format!("Authentication-Results: mx.city.example; none\n{forged}")), NOTHING);
}

#[test]
fn the_filters_of_one_border_write_a_header_each() {
    let above = "Delivered-To: us@city.example\n\
        Received: from localhost by imap.city.example with LMTP\n\
        Authentication-Results: mx.city.example; dmarc=none header.from=customer.example\n\
        DKIM-Filter: some filter\n\
        Authentication-Results: mx.city.example;\n dkim=pass (2048-bit key) header.d=mail.customer.example header.i=@mail.customer.example\n\
        Received: from a.example by mx.city.example with ESMTPS\n\
        X-Spam-Score: 1\n\
        Authentication-Results: mx.city.example; spf=pass smtp.mailfrom=bounce.customer.example\n";
    assert_eq!(read(above), ("pass", "pass", "none", true));
}

#[test]
fn a_result_for_another_domain_is_not_aligned() {
    let dkim = |domain: &str| read(&format!("Authentication-Results: mx.city.example; dkim=pass header.d={domain}\n"));
    assert_eq!(dkim("customer.example"), ("none", "pass", "none", true));
    assert_eq!(dkim("bulk.example"), ("none", "pass", "none", false));
    assert_eq!(dkim("notcustomer.example"), ("none", "pass", "none", false));
    let spf = |rest: &str| read(&format!("Authentication-Results: mx.city.example; spf=pass {rest}\n")).3;
    assert!(spf("smtp.mailfrom=\"a b\"@mail.customer.example"));
    assert!(!spf("smtp.mailfrom=customer.example@evil.example"));
    assert!(!spf("smtp.mailfrom=x@evil.example smtp.helo=customer.example"));
    let dmarc = "Authentication-Results: mx.city.example; dmarc=pass header.from=evil.example\n";
    assert!(!read(dmarc).3);
    // Two customers of one hosting provider share no more than the suffix.
    let header = "Authentication-Results: mx.city.example; dkim=pass header.d=evil.co.uk\nFrom: a@customer.co.uk\n\n";
    assert!(!of(header).3);
}

#[test]
fn one_right_signature_of_several_is_enough() {
    let header = "Authentication-Results: mx.city.example; dkim=fail header.d=customer.example; dkim=pass header.i=@customer.example\n";
    assert_eq!(read(header), ("none", "pass", "none", true));
    let header = "Authentication-Results: mx.city.example; dkim=fail header.d=customer.example; dkim=neutral header.d=x.example\n";
    assert_eq!(read(header), ("none", "fail", "none", false));
}

#[test]
fn with_several_senders_nobody_is_confirmed() {
    let header = "Authentication-Results: mx.city.example; dmarc=pass header.from=customer.example\n";
    assert!(!of(&format!("{header}From: b@evil.example\n{LETTER}")).3);
    assert!(!of(&format!("{header}From: a@customer.example, b@evil.example\n\n")).3);
}

/// A letter as Microsoft 365 holds it: its results have no name in front.
fn at_microsoft(results: &str, rest: &str) -> String {
    format!(
        "Received: from A.prod.outlook.com (2001:db8::1) by B.prod.outlook.com\n with HTTPS; Mon, 2 Mar 2026 15:00:02 +0000\n\
         Received: from C.outbound.protection.outlook.com (2001:db8::2) by A.outlook.office365.com with Microsoft SMTP Server\n\
         {results}Received-SPF: Pass (protection.outlook.com: domain of customer.example designates it)\n\
         Received: from mail.customer.example (192.0.2.7) by D.mail.protection.outlook.com (10.0.0.1) with Microsoft SMTP Server\n\
         {rest}{LETTER}"
    )
}

#[test]
fn results_without_a_name_are_believed_only_where_the_border_writes_such() {
    let results = "Authentication-Results: spf=pass (sender IP is 192.0.2.7)\n smtp.mailfrom=customer.example; \
        dkim=pass (signature was verified)\n header.d=customer.example;dmarc=pass action=none\n \
        header.from=customer.example;compauth=pass reason=100\n";
    let microsoft = Border { unnamed_results: true, ..Border::named("outlook.com") };
    let letter = at_microsoft(results, "");
    assert_eq!(by(&microsoft, &letter), ("pass", "pass", "pass", true));
    assert_eq!(by(&Border::named("outlook.com"), &letter), NOTHING, "such headers are not expected there");
    assert_eq!(of(&letter), NOTHING);
    let failed = "Authentication-Results: spf=fail (sender IP is 192.0.2.66) smtp.mailfrom=customer.example;\n \
        dkim=none (message not signed) header.d=none;dmarc=fail action=quarantine header.from=customer.example;\n";
    assert_eq!(by(&microsoft, &at_microsoft(failed, results)), ("fail", "none", "fail", false), "the topmost counts");
    let named = "Authentication-Results: outlook.com; dmarc=pass header.from=customer.example\n";
    assert_eq!(by(&microsoft, &at_microsoft(failed, named)), ("fail", "none", "fail", false));
    assert_eq!(by(&microsoft, &at_microsoft("", results)), NOTHING, "a forged one, where the border wrote none");
    assert_eq!(by(&microsoft, &format!("{results}{LETTER}")), NOTHING, "it never was at the border");
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(raw in any::<Vec<u8>>(), value in ".{0,200}") {
        let borders = [Border::named(ID), Border { unnamed_results: true, ..Border::named(ID) }];
        for border in &borders {
            let _ = authentication(&raw, Some(border));
        }
        let raw = format!("Authentication-Results: mx.city.example; {value}\nReceived: {value}\nFrom: {value}\n\n");
        let mut reading = crate::reading::read(raw.as_bytes());
        for border in &borders {
            let _ = authentication(raw.as_bytes(), Some(border));
            crate::reading::judge_sender(&mut reading, raw.as_bytes(), Some(border), "city.example");
        }
        let _ = crate::reading::arrival(raw.as_bytes(), &["mx.city.example".to_owned()]);
    }
}
