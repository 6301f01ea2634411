//! Letters that came by fax: in the encodings of faxes, with their bits either way round and
//! their dots twice as high as wide.

use std::path::Path;
use std::process::Command;

use image::GrayImage;
use image::imageops::{self, FilterType};

use super::paper::{self, ENGLISH};
use super::{problems, read};
use crate::harness::process;

/// The page in black and white, as a TIFF that is not compressed.
fn black_and_white(page: &GrayImage) -> Vec<u8> {
    let (width, height) = page.dimensions();
    let dots = |row: &[u8]| -> Vec<u8> {
        let bits =
            |eight: &[u8]| eight.iter().enumerate().fold(0, |bits, (at, dot)| bits | u8::from(*dot > 140) << (7 - at));
        row.chunks(8).map(bits).collect()
    };
    let rows: Vec<u8> = page.as_raw().chunks(usize::try_from(width).unwrap()).flat_map(dots).collect();
    let size = u32::try_from(rows.len()).unwrap();
    let directory = (8 + size).next_multiple_of(2);
    let mut bytes = [&b"II*\0"[..], &directory.to_le_bytes(), &rows].concat();
    bytes.resize(usize::try_from(directory).unwrap(), 0);
    // Width, height, bits, compression, black is zero, where the rows begin, how many, bytes.
    let entries = [(256, width), (257, height), (258, 1), (259, 1), (262, 1), (273, 8), (278, height), (279, size)];
    bytes.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, value) in entries {
        let (tag, value): (u16, u32) = (tag, value);
        bytes.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        bytes.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes
}

fn tool(folder: &Path, name: &str, arguments: &[&str]) {
    let status = Command::new(name).args(arguments).current_dir(folder).status();
    assert!(status.is_ok_and(|status| status.success()), "{name} {arguments:?}");
}

#[test]
fn faxes_are_read_in_each_of_their_encodings() {
    let folder = process::folder("fax");
    let page = paper::drawn(folder.path(), &paper::pdf(&[ENGLISH]));
    let flat = imageops::resize(&page, page.width(), page.height() / 2, FilterType::Triangle);
    for (name, page, encoding) in [
        ("g4.tif", &page, &["-c", "g4"][..]),
        ("g4-turned.tif", &page, &["-c", "g4", "-f", "lsb2msb"]),
        ("g3.tif", &page, &["-c", "g3"]),
        ("g3-turned.tif", &page, &["-c", "g3:2d", "-f", "lsb2msb"]),
        ("g3-flat.tif", &flat, &["-c", "g3"]),
    ] {
        std::fs::write(folder.path().join("plain.tif"), black_and_white(page)).unwrap();
        tool(folder.path(), "tiffcp", &[encoding, &["plain.tif", "fax.tif"]].concat());
        if name == "g3-flat.tif" {
            tool(folder.path(), "tiffset", &["-s", "282", "204", "fax.tif"]);
            tool(folder.path(), "tiffset", &["-s", "283", "98", "fax.tif"]);
        }
        let fax = std::fs::read(folder.path().join("fax.tif")).unwrap();
        let reading = read(folder.path(), name, &fax);
        let body = reading["body"].as_str().unwrap();
        assert!(body.contains("My water bill tripled in February"), "{name}: {body} {}", problems(&reading));
    }
}
