//! The bench of one letter: read, classify, match, draft.

fn main() {
    divan::main();
}

/// Reading an ordinary letter of a few lines.
#[divan::bench]
fn read(bencher: divan::Bencher<'_, '_>) {
    let raw = b"From: Ana <ana@customer.example>\r\nSubject: My bill\r\nMessage-ID: <1@customer.example>\r\n\r\nMy bill tripled. Why?\r\n";
    bencher.bench(|| penstock::reading::read(divan::black_box(raw)));
}
