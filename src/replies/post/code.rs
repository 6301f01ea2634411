//! The code on the first page that ties a returned letter, or what is sent with it, to its case.

use qrcode::{Color, EcLevel, QrCode};

use crate::ids::CaseRef;

/// The dark squares of the code, row by row.
pub(super) fn modules(reference: &CaseRef) -> Vec<Vec<bool>> {
    let Ok(code) = QrCode::with_error_correction_level(reference.code(), EcLevel::Q) else { return Vec::new() };
    let width = code.width();
    code.to_colors().chunks(width).map(|row| row.iter().map(|color| *color == Color::Dark).collect()).collect()
}
