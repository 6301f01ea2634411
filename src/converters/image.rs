//! One page image made ready: decoded within limits, turned, straightened, evened out, and
//! looked at for ink and for the separator's code. Runs in a child process of its own.

use std::io::Cursor;
use std::path::Path;

use ::image::imageops::{self, FilterType};
use ::image::{DynamicImage, GrayImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, Luma};
use serde::{Deserialize, Serialize};

use super::{separator, skew, tiff};
use crate::reading::scan::{PageKind, ScanForm};

/// The longest side that is decoded.
const MOST_PIXELS: u32 = 20_000;
/// How much memory decoding may take.
const DECODE_BYTES: u64 = 400 * 1024 * 1024;
/// The longest side of the image that is recognised; smaller ones are enlarged towards it.
const OCR_SIDE: u32 = 3_400;
/// By how much a small image is enlarged at most.
const ENLARGED: u32 = 3;
/// The longest side of the image that people look at.
const VIEW_SIDE: u32 = 1_600;
/// Darker than this is ink, faint pencil included.
const INK: u8 = 170;
/// The share of a page's pixels that may be dust.
const DUST: f64 = 0.000_02;
/// The share of a separator sheet that may be ink beside the code.
const SHEET_INK: f64 = 0.006;

/// What was found out about a page image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// What the page is, as far as its image tells.
    pub kind: PageKind,
    /// The width of the image that is recognised.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// By how many degrees it was straightened.
    pub skew: f64,
}

/// Prepares the page at `number` (from 1) of an image file, turned clockwise by `rotation`
/// degrees: writes `ocr.png` and `view.png` into `folder`.
pub fn prepare(bytes: Vec<u8>, number: usize, rotation: u16, folder: &Path) -> Result<Prepared, ImageError> {
    let upright = turned(decoded(bytes, number)?, rotation);
    let sized = sized(&upright);
    drop(upright);
    let even = evened(&sized);
    let skew = skew::of(&even);
    let straight = if skew.abs() < 0.2 { even } else { skew::straightened(&even, skew) };
    let kind = kind(&straight);
    straight.save_with_format(folder.join("ocr.png"), ImageFormat::Png)?;
    view(&straight).save_with_format(folder.join("view.png"), ImageFormat::Png)?;
    Ok(Prepared { kind, width: straight.width(), height: straight.height(), skew })
}

fn decoded(bytes: Vec<u8>, number: usize) -> Result<GrayImage, ImageError> {
    let format = match ScanForm::of(&bytes) {
        Some(ScanForm::Tiff) => ImageFormat::Tiff,
        Some(ScanForm::Jpeg) => ImageFormat::Jpeg,
        Some(ScanForm::Png | ScanForm::Pdf) | None => ImageFormat::Png,
    };
    let page = tiff::pages(&bytes).get(number.saturating_sub(1)).copied();
    let flattened = page.and_then(|offset| tiff::flattened(&bytes, offset));
    let bytes = match page {
        Some(offset) => tiff::with_first(bytes, offset),
        None => bytes,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(DECODE_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    // Cameras and some scanners write down how the page stands instead of turning it.
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    let paper = on_paper(&image);
    Ok(match flattened {
        Some((across, down)) => raised(&paper, across, down),
        None => paper,
    })
}

/// With its dots as high as they are wide.
fn raised(image: &GrayImage, across: u32, down: u32) -> GrayImage {
    let height = scaled(image.height(), across, down).min(MOST_PIXELS);
    imageops::resize(image, image.width(), height, FilterType::CatmullRom)
}

/// In shades of grey; what is transparent shows the white of the paper.
fn on_paper(image: &DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.to_luma8();
    }
    let shades = image.to_luma_alpha8();
    GrayImage::from_fn(shades.width(), shades.height(), |x, y| {
        let [shade, alpha] = shades.get_pixel(x, y).0.map(u32::from);
        Luma([u8::try_from((shade * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)])
    })
}

fn turned(image: GrayImage, rotation: u16) -> GrayImage {
    match rotation {
        90 => imageops::rotate90(&image),
        180 => imageops::rotate180(&image),
        270 => imageops::rotate270(&image),
        _ => image,
    }
}

/// In the size at which letters are recognised best.
fn sized(image: &GrayImage) -> GrayImage {
    let (width, height) = image.dimensions();
    let side = width.max(height).max(1);
    if side >= OCR_SIDE {
        return imageops::resize(
            image,
            scaled(width, OCR_SIDE, side),
            scaled(height, OCR_SIDE, side),
            FilterType::Triangle,
        );
    }
    let wanted = OCR_SIDE.min(side * ENLARGED);
    // A little enlarging costs sharpness and gains nothing.
    if wanted * 2 < side * 3 {
        return image.clone();
    }
    imageops::resize(image, scaled(width, wanted, side), scaled(height, wanted, side), FilterType::CatmullRom)
}

fn scaled(length: u32, wanted: u32, side: u32) -> u32 {
    u32::try_from(u64::from(length) * u64::from(wanted) / u64::from(side)).unwrap_or(1).max(1)
}

/// The paper made white everywhere: stains, shadows and yellowed paper are divided out.
fn evened(image: &GrayImage) -> GrayImage {
    const TILE: u32 = 48;
    let (across, down) = (image.width().div_ceil(TILE), image.height().div_ceil(TILE));
    let paper = GrayImage::from_fn(across, down, |tile_x, tile_y| {
        let mut counts = [0_u32; 256];
        let (right, bottom) = (((tile_x + 1) * TILE).min(image.width()), ((tile_y + 1) * TILE).min(image.height()));
        for y in tile_y * TILE..bottom {
            for x in tile_x * TILE..right {
                counts[usize::from(image.get_pixel(x, y).0[0])] += 1;
            }
        }
        let all: u32 = counts.iter().sum();
        let mut seen = 0;
        let shade = counts.iter().position(|count| {
            seen += count;
            seen * 10 >= all * 8
        });
        Luma([u8::try_from(shade.unwrap_or(255)).unwrap_or(255)])
    });
    // A tile that is all ink takes the paper of its neighbours.
    let paper = imageops::blur(&brightest_around(&paper), 1.5);
    let paper = imageops::resize(&paper, across * TILE, down * TILE, FilterType::Triangle);
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let (shade, white) = (u32::from(image.get_pixel(x, y).0[0]), u32::from(paper.get_pixel(x, y).0[0]).max(64));
        Luma([u8::try_from((shade * 255 / white).min(255)).unwrap_or(255)])
    })
}

fn brightest_around(paper: &GrayImage) -> GrayImage {
    GrayImage::from_fn(paper.width(), paper.height(), |x, y| {
        let mut best = 0;
        for near_y in y.saturating_sub(1)..=(y + 1).min(paper.height() - 1) {
            for near_x in x.saturating_sub(1)..=(x + 1).min(paper.width() - 1) {
                best = best.max(paper.get_pixel(near_x, near_y).0[0]);
            }
        }
        Luma([best])
    })
}

/// The image that people look at.
fn view(image: &GrayImage) -> GrayImage {
    let (width, height) = image.dimensions();
    let side = width.max(height);
    if side <= VIEW_SIDE {
        return image.clone();
    }
    imageops::resize(image, scaled(width, VIEW_SIDE, side), scaled(height, VIEW_SIDE, side), FilterType::Triangle)
}

fn kind(image: &GrayImage) -> PageKind {
    let (x, y) = (image.width() / 25, image.height() / 25);
    let whole = (x, y, image.width() - x, image.height() - y);
    if ink(image, whole, None) < DUST {
        return PageKind::Blank;
    }
    match separator::found(&view(image)) {
        Some(code) => {
            // The code was found in the smaller image.
            let scale = f64::from(image.width()) / f64::from(view_width(image));
            let code = code.map(|edge| grown(edge, scale));
            // A customer's letter that shows such a code stays a letter.
            if ink(image, whole, Some(code)) < SHEET_INK { PageKind::Separator } else { PageKind::Letter }
        }
        None => PageKind::Letter,
    }
}

fn view_width(image: &GrayImage) -> u32 {
    let side = image.width().max(image.height());
    if side <= VIEW_SIDE { image.width() } else { scaled(image.width(), VIEW_SIDE, side) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an edge of an image, grown a little")]
fn grown(edge: u32, scale: f64) -> u32 {
    (f64::from(edge) * scale) as u32
}

/// The share of pixels that are ink and have ink around them, so that dust does not count;
/// `but` is left out.
fn ink(image: &GrayImage, (left, top, right, bottom): (u32, u32, u32, u32), but: Option<[u32; 4]>) -> f64 {
    let dark = |x: u32, y: u32| image.get_pixel(x, y).0[0] < INK;
    let hidden =
        |x: u32, y: u32| but.is_some_and(|code| (code[0]..=code[2]).contains(&x) && (code[1]..=code[3]).contains(&y));
    let mut count = 0_u32;
    for y in top.max(1)..bottom.min(image.height().saturating_sub(1)) {
        for x in left.max(1)..right.min(image.width().saturating_sub(1)) {
            if dark(x, y) && !hidden(x, y) {
                let around = (y - 1..=y + 1).flat_map(|near_y| (x - 1..=x + 1).map(move |near_x| (near_x, near_y)));
                count += u32::from(around.filter(|(near_x, near_y)| dark(*near_x, *near_y)).count() >= 6);
            }
        }
    }
    f64::from(count) / (f64::from(right.saturating_sub(left)) * f64::from(bottom.saturating_sub(top))).max(1.0)
}
