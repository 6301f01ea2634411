//! Any bytes give a letter: no panic, no endless loop, bounded memory, and what was read holds
//! together.
//!
//! `cargo install cargo-fuzz`, then, with the corpora's messages as seeds in a folder:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir tests/fuzz read SEEDS -- -max_total_time=1800
//! -max_len=65536 -timeout=10 -rss_limit_mb=2048`
#![no_main]

use libfuzzer_sys::fuzz_target;
use penstock::accounts::mentions;
use penstock::letter::LetterKind;
use penstock::reading::{attachment_bytes, content_digest, display_html, html_body, read};

fuzz_target!(
    init: {
        // The parser's panics are caught by the reader; only those that reach this target count.
        std::panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| {
    let reading = read(bytes);
    assert!(reading.kind != LetterKind::Unreadable || !reading.problems.is_empty(), "nobody is told why");
    assert_eq!(content_digest(bytes), content_digest(bytes));
    for (position, attachment) in reading.attachments.iter().enumerate().take(20) {
        if let Some(bytes) = attachment_bytes(bytes, position) {
            assert_eq!(bytes.len() as u64, attachment.bytes, "an attachment changed");
        }
    }
    if let Some((html, images)) = html_body(bytes) {
        let shown = display_html(&html, move |cid| images.iter().any(|(id, _)| id == cid).then(|| "/image".to_owned()), false);
        assert!(!shown.to_ascii_lowercase().contains("<script"), "a script is shown");
    }
    let _ = mentions(&reading.new_text);
});
