//! How far the lines of a page are from level, and the page made level.

use ::image::imageops::{self, FilterType};
use ::image::{GrayImage, Luma};

/// The longest side of the image in which the angle is looked for.
const SIDE: u32 = 1_000;
/// The largest angle that is looked for, in degrees.
const MOST: f64 = 8.0;
/// Darker than this is ink.
const INK: u8 = 150;

/// By how many degrees the lines fall to the right; 0 when it cannot be told.
pub(super) fn of(page: &GrayImage) -> f64 {
    let side = page.width().max(page.height());
    let small = if side > SIDE {
        let scaled = |length: u32| (length * SIDE / side).max(1);
        imageops::resize(page, scaled(page.width()), scaled(page.height()), FilterType::Triangle)
    } else {
        page.clone()
    };
    let dots = dots(&small);
    if dots.len() < 200 {
        return 0.0;
    }
    let level = sharpness(&dots, 0.0, small.height());
    let coarse = best(&dots, small.height(), 0.0, MOST, 0.5);
    let fine = best(&dots, small.height(), coarse, 0.5, 0.1);
    // A page without clear lines stays as it is.
    if sharpness(&dots, fine, small.height()) > level * 1.05 { fine } else { 0.0 }
}

/// The ink without the margins, where shadows and holes are.
fn dots(image: &GrayImage) -> Vec<(f64, f64)> {
    let (width, height) = image.dimensions();
    let (x_margin, y_margin) = (width / 20, height / 20);
    image
        .enumerate_pixels()
        .filter(|(x, y, shade)| {
            shade.0[0] < INK && (x_margin..width - x_margin).contains(x) && (y_margin..height - y_margin).contains(y)
        })
        .map(|(x, y, _)| (f64::from(x), f64::from(y)))
        .collect()
}

fn best(dots: &[(f64, f64)], height: u32, around: f64, reach: f64, step: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "a small count of steps")]
    let steps = (reach / step) as i32;
    (-steps..=steps)
        .map(|at| around + f64::from(at) * step)
        .map(|angle| (angle, sharpness(dots, angle, height)))
        .fold((around, f64::MIN), |best, next| if next.1 > best.1 { next } else { best })
        .0
}

/// How sharply lines and gaps alternate when the page is turned back by the angle.
fn sharpness(dots: &[(f64, f64)], angle: f64, height: u32) -> f64 {
    let slope = angle.to_radians().tan();
    let rows = usize::try_from(height).unwrap_or(1) * 2;
    let mut profile = vec![0.0_f64; rows];
    let shift = f64::from(height) / 2.0;
    for (x, y) in dots {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the profile's length")]
        let row = (y - x * slope + shift).max(0.0) as usize;
        if let Some(count) = profile.get_mut(row) {
            *count += 1.0;
        }
    }
    profile.windows(2).map(|two| (two[1] - two[0]).powi(2)).sum()
}

/// The page turned back by the angle around its middle, on white.
pub(super) fn straightened(page: &GrayImage, angle: f64) -> GrayImage {
    let (width, height) = page.dimensions();
    let (middle_x, middle_y) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    let (sine, cosine) = angle.to_radians().sin_cos();
    GrayImage::from_fn(width, height, |x, y| {
        let (from_x, from_y) = (f64::from(x) - middle_x, f64::from(y) - middle_y);
        Luma([between(page, from_x * cosine - from_y * sine + middle_x, from_x * sine + from_y * cosine + middle_y)])
    })
}

/// The shade between four pixels; white outside the page.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place inside the page")]
fn between(page: &GrayImage, x: f64, y: f64) -> u8 {
    if x < 0.0 || y < 0.0 || x + 1.0 >= f64::from(page.width()) || y + 1.0 >= f64::from(page.height()) {
        return 255;
    }
    let (left, top) = (x as u32, y as u32);
    let (right_share, lower_share) = (x.fract(), y.fract());
    let shade = |x, y| f64::from(page.get_pixel(x, y).0[0]);
    let upper = shade(left, top) * (1.0 - right_share) + shade(left + 1, top) * right_share;
    let lower = shade(left, top + 1) * (1.0 - right_share) + shade(left + 1, top + 1) * right_share;
    (upper * (1.0 - lower_share) + lower * lower_share).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of dashes that fall to the right by `slope`.
    fn lined(slope: f64) -> GrayImage {
        GrayImage::from_fn(800, 1000, |x, y| {
            let row = f64::from(y) - f64::from(x) * slope;
            let text = row.rem_euclid(40.0) < 12.0 && x % 30 < 22 && (100..700).contains(&x);
            Luma([if text { 20 } else { 255 }])
        })
    }

    #[test]
    fn the_angle_of_crooked_lines_is_found_and_taken_back() {
        for degrees in [-5.0_f64, -1.3, 0.0, 2.4, 6.0] {
            let page = lined(degrees.to_radians().tan());
            assert!((of(&page) - degrees).abs() < 0.35, "{degrees}: {}", of(&page));
            assert!(of(&straightened(&page, degrees)).abs() < 0.35);
        }
    }

    #[test]
    fn an_empty_or_tiny_page_is_level() {
        assert!(of(&GrayImage::from_pixel(600, 800, Luma([255]))).abs() < f64::EPSILON);
        assert!(of(&GrayImage::from_pixel(1, 1, Luma([0]))).abs() < f64::EPSILON);
    }
}
