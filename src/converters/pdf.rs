//! Small PDF files written by hand: page images of one letter of a batch, a separator sheet.

use std::io::Write as _;

/// What stands on a page.
pub(super) enum Content<'a> {
    /// A page-filling image: a PNG in shades of grey, eight bits, not interlaced, as written here.
    Image(&'a [u8]),
    /// Drawing operators, on a Letter page with Helvetica as `F1`.
    Drawing(String),
}

/// A PNG's size and its compressed rows.
struct Rows {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

/// A PDF with these pages. Equal pages give equal bytes.
#[must_use]
pub(super) fn document(pages: &[Content<'_>]) -> Vec<u8> {
    let mut file = File { bytes: b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec(), offsets: Vec::new() };
    let kids: Vec<String> = (0..pages.len()).map(|at| format!("{} 0 R", 4 + at * 3)).collect();
    file.object("<< /Type /Catalog /Pages 2 0 R >>", None);
    file.object(&format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()), None);
    file.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", None);
    for (at, page) in pages.iter().enumerate() {
        let first = 4 + at * 3;
        match page {
            Content::Image(png) => image_page(&mut file, first, &rows(png)),
            Content::Drawing(drawing) => {
                file.object(&page_words(first, (612, 792)), None);
                file.object("<< >>", Some(drawing.as_bytes()));
                file.object("null", None);
            }
        }
    }
    file.finish()
}

fn page_words(first: usize, (width, height): (u32, u32)) -> String {
    format!(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {} 0 R \
         /Resources << /Font << /F1 3 0 R >> /XObject << /I {} 0 R >> >> >>",
        first + 1,
        first + 2
    )
}

/// The image fills a page of its own proportions, 11 inches at the longer side.
fn image_page(file: &mut File, first: usize, rows: &Rows) {
    let side = rows.width.max(rows.height).max(1);
    let points = |length: u32| (length * 792 / side).max(1);
    let (width, height) = (points(rows.width), points(rows.height));
    file.object(&page_words(first, (width, height)), None);
    file.object("<< >>", Some(format!("{width} 0 0 {height} 0 0 cm /I Do").as_bytes()));
    let words = format!(
        "<< /Type /XObject /Subtype /Image /Width {0} /Height {1} /ColorSpace /DeviceGray /BitsPerComponent 8 \
         /Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns {0} >> >>",
        rows.width, rows.height
    );
    file.object(&words, Some(&rows.data));
}

/// A PNG's rows are compressed exactly as a PDF wants them: they are taken over as they are.
fn rows(png: &[u8]) -> Rows {
    let mut rows = Rows { width: 1, height: 1, data: Vec::new() };
    let mut rest = png.get(8..).unwrap_or_default();
    while let Some((length, kind)) = rest.get(..4).zip(rest.get(4..8)) {
        let length = length.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let Some(chunk) = rest.get(8..8 + length) else { break };
        let number = |at: usize| {
            chunk.get(at..at + 4).map_or(1, |four| four.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
        };
        match kind {
            b"IHDR" => (rows.width, rows.height) = (number(0), number(4)),
            b"IDAT" => rows.data.extend_from_slice(chunk),
            _ => {}
        }
        rest = rest.get(12 + length..).unwrap_or_default();
    }
    rows
}

/// A PDF as it grows, with the places of its objects.
struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    /// The next object; a stream is told its length.
    fn object(&mut self, words: &str, stream: Option<&[u8]>) {
        self.offsets.push(self.bytes.len());
        let number = self.offsets.len();
        // Writing to memory does not fail.
        let _ = match stream {
            None => write!(self.bytes, "{number} 0 obj\n{words}\nendobj\n"),
            Some(stream) => {
                let words = words.trim_end_matches(">>");
                let _ = write!(self.bytes, "{number} 0 obj\n{words}/Length {} >>\nstream\n", stream.len());
                self.bytes.extend_from_slice(stream);
                write!(self.bytes, "\nendstream\nendobj\n")
            }
        };
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len();
        let count = self.offsets.len() + 1;
        let mut tail = format!("xref\n0 {count}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            use std::fmt::Write as _;
            let _ = writeln!(tail, "{offset:010} 00000 n ");
        }
        self.bytes.extend_from_slice(tail.as_bytes());
        let _ = write!(self.bytes, "trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
        self.bytes
    }
}
