//! Makes the scans of a test: letters as PDF by hand, drawn by poppler, then turned, bent and
//! soiled as scanners do.

use std::fmt::Write as _;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{GrayImage, ImageFormat, Luma, imageops};

/// An English letter of several lines.
pub(crate) const ENGLISH: &[&str] = &[
    "March 3, 2026",
    "",
    "Re: water bill for account 0012345678901234",
    "",
    "To the Customer Contact Center:",
    "",
    "My water bill tripled in February although nobody was at home.",
    "The meter reading on the bill cannot be right. Please review the",
    "charge and send somebody to test the meter before the due date.",
    "",
    "Thank you for your help,",
    "Maria Gonzalez",
];

/// A Spanish one; the accents stand as octets of Helvetica's code.
pub(crate) const SPANISH: &[&str] = &[
    "3 de marzo de 2026",
    "",
    "Asunto: ayuda para pagar la factura de agua",
    "",
    "Estimados se\\361ores:",
    "",
    "No puedo pagar la factura porque perd\\355 mi trabajo en enero.",
    "Quisiera saber si puedo recibir ayuda o pagar en plazos este a\\361o.",
    "",
    "Gracias por su atenci\\363n,",
    "Jos\\351 Rivera",
];

/// A PDF with a page for each list of lines.
pub(crate) fn pdf(pages: &[&[&str]]) -> Vec<u8> {
    let drawings: Vec<String> = pages.iter().map(|lines| drawing(lines)).collect();
    pdf_of(&drawings.iter().map(String::as_str).collect::<Vec<_>>(), "")
}

fn drawing(lines: &[&str]) -> String {
    let mut text = "BT /F1 12 Tf 72 700 Td 18 TL\n".to_owned();
    for line in lines {
        let _ = writeln!(text, "({line}) Tj T*");
    }
    text + "ET"
}

/// A PDF of drawings; `more` are further objects, from number 100 on, that they may name.
pub(crate) fn pdf_of(drawings: &[&str], more: &str) -> Vec<u8> {
    let kids: Vec<String> = (0..drawings.len()).map(|at| format!("{} 0 R", 10 + at * 2)).collect();
    let mut text = format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
         2 0 obj\n<< /Type /Pages /Kids [{}] /Count {} >>\nendobj\n\
         3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>\nendobj\n",
        kids.join(" "),
        drawings.len()
    );
    for (at, drawing) in drawings.iter().enumerate() {
        let number = 10 + at * 2;
        let _ = write!(
            text,
            "{number} 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> /XObject << /X 100 0 R >> >> >>\nendobj\n\
             {} 0 obj\n<< /Length {} >>\nstream\n{drawing}\nendstream\nendobj\n",
            number + 1,
            number + 1,
            drawing.len()
        );
    }
    // poppler finds the objects of a file without a table by itself.
    (text + more + "trailer\n<< /Root 1 0 R >>\n%%EOF\n").into_bytes()
}

/// The first page of a PDF as a scanner would see it, before it bends it.
pub(crate) fn drawn(folder: &Path, pdf: &[u8]) -> GrayImage {
    std::fs::write(folder.join("drawn.pdf"), pdf).unwrap();
    let status = Command::new("pdftoppm")
        .args(["-q", "-r", "200", "-gray", "-png", "-singlefile", "drawn.pdf", "drawn"])
        .current_dir(folder)
        .status()
        .unwrap();
    assert!(status.success());
    image::open(folder.join("drawn.png")).unwrap().to_luma8()
}

/// The sheet that parts letters, as the program prints it.
pub(crate) fn separator(folder: &Path) -> GrayImage {
    let path: PathBuf = folder.join("separator.pdf");
    let status = Command::new(env!("CARGO_BIN_EXE_penstock"))
        .args(["scans", "separator", "--output"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(status.success());
    drawn(folder, &std::fs::read(path).unwrap())
}

/// Paper without anything on it but a speck.
pub(crate) fn blank() -> GrayImage {
    soiled(&GrayImage::from_pixel(1700, 2200, Luma([250])))
}

/// Turned a little, on greyish paper with a shadow at one side and specks.
pub(crate) fn crooked(image: &GrayImage, degrees: f64) -> GrayImage {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let (middle_x, middle_y) = (f64::from(image.width()) / 2.0, f64::from(image.height()) / 2.0);
    let bent = GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let (x, y) = (f64::from(x) - middle_x, f64::from(y) - middle_y);
        let (x, y) = (x * cosine + y * sine + middle_x, y * cosine - x * sine + middle_y);
        let inside = x >= 0.0 && y >= 0.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place inside the page")]
        let shade = if inside { image.get_pixel_checked(x as u32, y as u32) } else { None };
        shade.copied().unwrap_or(Luma([255]))
    });
    soiled(&bent)
}

fn soiled(image: &GrayImage) -> GrayImage {
    let mut seed = 7_u32;
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = seed >> 28;
        let paper = 235 - x * 40 / image.width();
        let speck = (x * 31 + y * 17).is_multiple_of(90_001);
        let shade = u32::from(image.get_pixel(x, y).0[0]) * paper / 255;
        Luma([u8::try_from(if speck { 90 } else { shade.saturating_sub(grain) }).unwrap()])
    })
}

pub(crate) fn upside_down(image: &GrayImage) -> GrayImage {
    imageops::rotate180(image)
}

pub(crate) fn png(image: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A TIFF with all the pages, not compressed: the grey values of each, then its directory.
pub(crate) fn tiff(pages: &[GrayImage]) -> Vec<u8> {
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for page in pages {
        let start = u32::try_from(bytes.len()).unwrap();
        let size = page.width() * page.height();
        bytes.extend_from_slice(page.as_raw());
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        let directory = u32::try_from(bytes.len()).unwrap();
        bytes[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        // Width, height, bits, compression, black is zero, where the rows begin, how many, bytes.
        let entries: [(u16, u32); 8] = [
            (256, page.width()),
            (257, page.height()),
            (258, 8),
            (259, 1),
            (262, 1),
            (273, start),
            (278, page.height()),
            (279, size),
        ];
        bytes.extend_from_slice(&8_u16.to_le_bytes());
        for (tag, value) in entries {
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&4_u16.to_le_bytes());
            bytes.extend_from_slice(&1_u32.to_le_bytes());
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        link = bytes.len();
        bytes.extend_from_slice(&[0; 4]);
    }
    bytes
}
