//! The sheet that parts two letters in a batch: its code, how it is found, how it is printed.

use ::image::GrayImage;
use qrcode::{Color, EcLevel, QrCode};

/// What the code of every sheet says before its check digits.
const WORDS: &str = "PENSTOCK-SEP-1:";
/// The width of a Letter page in points, and its height.
const PAGE: (f64, f64) = (612.0, 792.0);
/// The width of the printed code in points.
const CODE: f64 = 306.0;

/// The text of the code.
#[must_use]
pub fn text() -> String {
    let check = WORDS.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 97);
    format!("{WORDS}{check:02}")
}

/// Where the sheet's code stands in an image (left, top, right, bottom), when it is there.
pub(super) fn found(image: &GrayImage) -> Option<[u32; 4]> {
    let wanted = text();
    let (width, height) = (usize::try_from(image.width()).ok()?, usize::try_from(image.height()).ok()?);
    let pixels = image.as_raw();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        pixels.get(y * width + x).copied().unwrap_or(255)
    });
    prepared.detect_grids().into_iter().find_map(|grid| {
        let (_, said) = grid.decode().ok()?;
        (said == wanted).then(|| {
            let edge = |of: fn(&rqrr::Point) -> i32| {
                let places = grid.bounds.each_ref().map(of).map(|place| u32::try_from(place).unwrap_or(0));
                (places.iter().min().copied().unwrap_or(0), places.iter().max().copied().unwrap_or(0))
            };
            let ((left, right), (top, bottom)) = (edge(|point| point.x), edge(|point| point.y));
            // The corners are those of the grid; a pixel or two of its ink lie outside.
            let more = (right.saturating_sub(left) / 20).max(3);
            [left.saturating_sub(more), top.saturating_sub(more), right + more, bottom + more]
        })
    })
}

/// The modules of the code, row by row; `true` is dark.
fn modules() -> Vec<Vec<bool>> {
    let Ok(code) = QrCode::with_error_correction_level(text(), EcLevel::H) else { return Vec::new() };
    let width = code.width();
    code.to_colors().chunks(width).map(|row| row.iter().map(|color| *color == Color::Dark).collect()).collect()
}

/// The sheet as a PDF of one Letter page.
#[must_use]
pub fn pdf() -> Vec<u8> {
    use std::fmt::Write as _;
    let rows = modules();
    #[expect(clippy::cast_precision_loss, reason = "a code has few modules")]
    let size = CODE / rows.len().max(1) as f64;
    let (left, top) = ((PAGE.0 - CODE) / 2.0, f64::midpoint(PAGE.1, CODE));
    let mut drawing = "0 g\n".to_owned();
    let mut y = top;
    for row in &rows {
        y -= size;
        let mut x = left;
        for dark in row {
            if *dark {
                let _ = writeln!(drawing, "{x:.3} {y:.3} {size:.3} {size:.3} re f");
            }
            x += size;
        }
    }
    let line = "Separator sheet: lay it between two letters.  Hoja separadora: entre dos cartas.";
    let _ = writeln!(drawing, "BT /F1 11 Tf 108 {:.1} Td ({line}) Tj ET", top - CODE - 60.0);
    super::pdf::document(&[super::pdf::Content::Drawing(drawing)])
}

/// The sheet as an image of one Letter page at 150 dots an inch.
#[must_use]
pub fn image() -> GrayImage {
    let rows = modules();
    let (width, height) = (1275_u32, 1650_u32);
    let size = 636 / u32::try_from(rows.len()).unwrap_or(1).max(1);
    let whole = size * u32::try_from(rows.len()).unwrap_or(1);
    let (left, top) = ((width - whole) / 2, (height - whole) / 2);
    GrayImage::from_fn(width, height, |x, y| {
        let place = |at: u32, start: u32| usize::try_from(at.checked_sub(start)? / size).ok();
        let dark = place(y, top)
            .and_then(|row| rows.get(row))
            .and_then(|row| row.get(place(x, left)?))
            .is_some_and(|dark| *dark);
        ::image::Luma([if dark { 0 } else { 255 }])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_code_is_found_again_in_any_position() {
        let sheet = image();
        let [left, top, right, bottom] = found(&sheet).expect("it is there");
        let near = |edge: u32, wanted: u32| edge.abs_diff(wanted) < 90;
        assert!(
            near(left, 333) && near(top, 520) && near(right, 942) && near(bottom, 1129),
            "{left} {top} {right} {bottom}"
        );
        assert!(found(&::image::imageops::rotate180(&sheet)).is_some());
        assert!(found(&::image::imageops::rotate90(&sheet)).is_some());
    }

    #[test]
    fn another_code_parts_nothing() {
        let other = QrCode::new("PENSTOCK-SEP-1:00").expect("it fits");
        let width = other.width();
        let colors = other.to_colors();
        let image = GrayImage::from_fn(600, 600, |x, y| {
            let place = |at: u32| usize::try_from(at.checked_sub(100)? / 10).ok().filter(|at| *at < width);
            let dark = place(x).zip(place(y)).is_some_and(|(x, y)| colors[y * width + x] == Color::Dark);
            ::image::Luma([if dark { 0 } else { 255 }])
        });
        assert_ne!(text(), "PENSTOCK-SEP-1:00");
        assert_eq!(found(&image), None);
    }
}
