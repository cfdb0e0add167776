//! Pictures with the `image` crate: decoded within limits, turned upright, stripped, shrunk, written as JPEG.
//!
//! Only pixels come through: position, camera and time of the original's EXIF never leave the phone.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::ports::{ImageError, Images, ORIGINAL_PIXELS, PHOTO_SIDE, Shrunk, THUMB_SIDE};

/// Of the photo that is kept.
const PHOTO_QUALITY: u8 = 80;
/// Of its small picture.
const THUMB_QUALITY: u8 = 70;
/// Bytes that decoding may take: [`ORIGINAL_PIXELS`] of four bytes, and the decoder's own.
const DECODE_BYTES: u64 = 5 * ORIGINAL_PIXELS;

/// Pictures as the `image` crate reads and writes them.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImageCrate;

impl Images for ImageCrate {
    fn shrink(&self, original: &[u8]) -> Result<Shrunk, ImageError> {
        let photo = fit(decode(original)?, PHOTO_SIDE, FilterType::CatmullRom);
        let (width, height) = (photo.width(), photo.height());
        let jpeg = encode(&photo, PHOTO_QUALITY)?;
        let thumb = encode(&fit(photo, THUMB_SIDE, FilterType::Triangle), THUMB_QUALITY)?;
        Ok(Shrunk { jpeg, width, height, thumb })
    }
}

fn decode(original: &[u8]) -> Result<DynamicImage, ImageError> {
    let unreadable = |_: image::ImageError| ImageError::Unreadable;
    let reader = ImageReader::new(Cursor::new(original));
    let reader = reader.with_guessed_format().map_err(|_| ImageError::Unreadable)?;
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    // The header alone is read by now: a bomb is refused before its pixels are made.
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > ORIGINAL_PIXELS {
        return Err(ImageError::TooManyPixels(pixels));
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODE_BYTES);
    decoder.set_limits(limits).map_err(unreadable)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The picture with no side longer than `side`; never made larger.
fn fit(image: DynamicImage, side: u32, filter: FilterType) -> DynamicImage {
    if image.width() <= side && image.height() <= side { image } else { image.resize(side, side, filter) }
}

fn encode(image: &DynamicImage, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
    // JPEG knows no transparency: what was see-through becomes what lies under it.
    image.to_rgb8().write_with_encoder(encoder).map_err(|_| ImageError::Unreadable)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    fn bytes(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        // The left half is red, the right half is blue: a turn can be seen.
        let pixel = |x: u32, _| if x < width / 2 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) };
        let mut out = Cursor::new(Vec::new());
        RgbImage::from_fn(width, height, pixel).write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    /// A JPEG whose EXIF says `orientation` and names a place.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"26.1N 119.3E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    fn read(jpeg: &[u8]) -> RgbImage {
        image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().to_rgb8()
    }

    #[test]
    fn a_large_photo_is_shrunk_and_a_small_one_is_not_made_larger() {
        let large = ImageCrate.shrink(&bytes(3000, 1500, ImageFormat::Jpeg)).unwrap();
        assert_eq!((large.width, large.height), (2048, 1024));
        assert_eq!(read(&large.jpeg).dimensions(), (2048, 1024));
        assert_eq!(read(&large.thumb).dimensions(), (320, 160));
        let small = ImageCrate.shrink(&bytes(40, 30, ImageFormat::Png)).unwrap();
        assert_eq!((small.width, small.height), (40, 30));
        assert_eq!(read(&small.thumb).dimensions(), (40, 30));
    }

    #[test]
    fn a_photo_is_turned_upright_and_its_exif_is_gone() {
        let original = with_exif(&bytes(80, 40, ImageFormat::Jpeg), 6);
        let shrunk = ImageCrate.shrink(&original).unwrap();
        assert_eq!((shrunk.width, shrunk.height), (40, 80));
        let upright = read(&shrunk.jpeg);
        assert!(upright.get_pixel(20, 5)[0] > 200 && upright.get_pixel(20, 75)[2] > 200);
        let exif = |bytes: &[u8]| bytes.windows(4).any(|w| w == b"Exif" || w == b"26.1");
        assert!(exif(&original) && !exif(&shrunk.jpeg) && !exif(&shrunk.thumb));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let jpeg = bytes(64, 64, ImageFormat::Jpeg);
        for bad in [&b""[..], b"%PDF-1.7", &jpeg[..20], &[0; 4096]] {
            assert_eq!(ImageCrate.shrink(bad), Err(ImageError::Unreadable));
        }
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_refused_by_its_header() {
        // A PNG header that says 30,000 × 30,000, and nothing behind it.
        let mut png = bytes(8, 8, ImageFormat::Png);
        png[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
        let crc = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(ImageCrate.shrink(&png), Err(ImageError::TooManyPixels(900_000_000)));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xedb8_8320 } else { c >> 1 })
        };
        !bytes.iter().fold(u32::MAX, step)
    }
}
