//! Pictures and ink for tests: drawn here, so that no file of somebody's machine is needed.

use base64::Engine;
use fieldcard_card::strokes::{Point, encode};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};

use crate::ports::TestChance;

/// Width of one dot of a photographed QR code in pixels, and of the paper around it in dots.
const DOT: u32 = 8;
const MARGIN: u32 = 6;

/// A photo of something, 640 × 480, another one for each `n`.
pub fn scene(n: usize) -> Vec<u8> {
    let shade = |v: u32| u8::try_from(v % 256).unwrap_or(0);
    let n = u32::try_from(n).unwrap_or(0);
    let picture = RgbImage::from_fn(640, 480, |x, y| {
        let spot = (x / 40 + y / 40 + n) % 5 == 0;
        Rgb([shade(x / 3 + n * 17), shade(y / 2), if spot { 40 } else { shade(200 + n) }])
    });
    let mut bytes = Vec::new();
    // Writing a small picture to memory does not fail; an empty one would be refused by the core and seen.
    drop(JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&picture));
    bytes
}

/// A photo of sand, 800 × 600: nothing in it repeats, so that it stays large however it is kept.
pub fn sand(n: usize) -> Vec<u8> {
    let mut chance = TestChance(n as u64);
    let picture = RgbImage::from_fn(800, 600, |_, _| {
        let [a, b, c, ..] = chance.draw().to_le_bytes();
        Rgb([a, b, c])
    });
    let mut bytes = Vec::new();
    drop(JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&picture));
    bytes
}

/// A photo of a QR code on a sheet of paper; `None` when the text is too long for one.
pub fn qr(text: &str) -> Option<Vec<u8>> {
    let code = fast_qr::QRBuilder::new(text).build().ok()?;
    let side = u32::try_from(code.size).ok()?;
    let is_dark = |x: u32, y: u32| {
        let at = |v: u32| usize::try_from((v / DOT).checked_sub(MARGIN)?).ok().filter(|at| *at < code.size);
        at(x).zip(at(y)).is_some_and(|(x, y)| code[y][x].value())
    };
    let whole = (side + 2 * MARGIN) * DOT;
    let picture = RgbImage::from_fn(whole, whole, |x, y| Rgb(if is_dark(x, y) { [30; 3] } else { [236; 3] }));
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&picture).ok()?;
    Some(bytes)
}

/// Base64 as the UI sends chunks.
pub fn to_base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A signature as the pad sends it: `WxH.strokes`, in tenths of a pixel.
pub fn ink(n: usize) -> String {
    let lean = i32::try_from(n % 7).unwrap_or(0);
    let point = |i: i32| Point {
        x: 400 + 60 * i,
        y: 900 + (i * i * 37) % 400 - lean * i,
        t: u32::try_from(i * 16).unwrap_or(0),
    };
    let strokes = vec![(0..40).map(point).collect::<Vec<_>>(), (41..70).map(point).collect()];
    format!("3600x7400.{}", encode(&strokes).unwrap_or_default())
}

/// A small photo, 32 × 24, another one for each `n`: for tests that take very many.
pub fn small(n: usize) -> Vec<u8> {
    let [a, b, c, ..] = n.wrapping_mul(0x9E37_79B1).to_le_bytes();
    let picture = RgbImage::from_fn(32, 24, |x, y| Rgb(if (x + y) % 5 == 0 { [a, b, c] } else { [c, a, b] }));
    let mut bytes = Vec::new();
    drop(JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(&picture));
    bytes
}
