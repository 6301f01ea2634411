//! The address in the window of the envelope.
//!
//! The envelope is a number 10 (9 1/2 by 4 1/8 inches) with the usual window of 4 1/2 by 1 1/8
//! inches, 7/8 inch from the left and 1/2 inch from the bottom. The sheet is folded 4 and 7 1/2
//! inches from its top, where marks stand; so it can slide 1/8 inch up or down and 1 inch to the
//! side. [`WINDOW`] is the part of the sheet that shows wherever it has slid, less 1/8 inch on
//! each side as the post asks.

use super::PostError;
use super::face::Face;

/// A rectangle on the first page, in points from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Its left edge.
    pub left: f32,
    /// Its upper edge.
    pub top: f32,
    /// Its width.
    pub width: f32,
    /// Its height.
    pub height: f32,
}

/// Where the address must stand.
pub const WINDOW: Window = Window { left: 72.0, top: 189.0, width: 234.0, height: 54.0 };

/// How many lines the window shows.
pub const ADDRESS_LINES: usize = 5;

/// The heights of the letters of the address, in points: the largest that fits is taken.
const SIZES: [f32; 4] = [10.5, 10.0, 9.0, 8.5];
/// The distance of two lines, in heights of letters.
const LEADING: f32 = 1.2;
/// How far letters reach above their line, and below it, in heights of letters.
const ABOVE: f32 = 0.8;
const BELOW: f32 = 0.24;

/// The address as it is printed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    /// The height of its letters.
    pub(super) size: f32,
    /// The base of its first line.
    pub(super) first_line: f32,
    /// The distance of two lines.
    pub(super) leading: f32,
}

/// Finds the size at which an address fits the window.
pub(super) fn place(address: &[String], face: &Face) -> Result<Placed, PostError> {
    if address.iter().all(|line| line.trim().is_empty()) {
        return Err(PostError::NoAddress);
    }
    if address.len() > ADDRESS_LINES {
        return Err(PostError::AddressLines(address.len()));
    }
    let lines = u8::try_from(address.len()).map_or(f32::INFINITY, f32::from);
    let fits = |size: f32| {
        let height = size * (ABOVE + BELOW + LEADING * (lines - 1.0));
        height <= WINDOW.height && address.iter().all(|line| face.width(line, size) <= WINDOW.width)
    };
    match SIZES.into_iter().find(|size| fits(*size)) {
        Some(size) => Ok(Placed { size, first_line: WINDOW.top + size * ABOVE, leading: size * LEADING }),
        None => Err(PostError::AddressWidth(widest(address, face))),
    }
}

fn widest(address: &[String], face: &Face) -> String {
    let widest = address.iter().max_by(|one, other| face.width(one, 10.0).total_cmp(&face.width(other, 10.0)));
    widest.cloned().unwrap_or_default()
}
