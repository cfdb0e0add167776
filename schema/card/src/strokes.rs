//! Ink as one string: delta varints in base64url.
//!
//! Strict both ways: one list of strokes has one string, and decoding allocates no more than the limits
//! below. Units: x and y in tenths of a CSS pixel from the pad's top left, t in ms from the first touch.
//!
//! ```text
//! ink    = varint(strokes) stroke*
//! stroke = varint(points) point*            points ≥ 1
//! point  = zigzag(dx) zigzag(dy) varint(dt)  deltas run on from stroke to stroke, from (0, 0, 0)
//! ```

use crate::b64;

/// Most strokes in one signing.
pub const MAX_STROKES: usize = 512;
/// Most points in all strokes together.
pub const MAX_POINTS: usize = 20_000;
/// Coordinates lie within ± this (10,000 CSS pixels).
pub const MAX_XY: i32 = 100_000;
/// The last point lies at most this after the first: an hour.
pub const MAX_T: u32 = 3_600_000;

/// One point of the pen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// Tenths of a CSS pixel to the right.
    pub x: i32,
    /// Tenths of a CSS pixel down.
    pub y: i32,
    /// Milliseconds since the first touch; never goes back.
    pub t: u32,
}

/// From pen down to pen up.
pub type Stroke = Vec<Point>;

/// Why a string or a list is not ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InkError {
    /// Not base64url, cut short, not in shortest form, or with bytes left over.
    #[error("the ink is garbled")]
    Garbled,
    /// A limit of this module is passed, or time goes back.
    #[error("the ink is out of bounds")]
    OutOfBounds,
}

/// `strokes` as one string.
pub fn encode(strokes: &[Stroke]) -> Result<String, InkError> {
    let points: usize = strokes.iter().map(Vec::len).sum();
    if strokes.is_empty() || strokes.len() > MAX_STROKES || points > MAX_POINTS {
        return Err(InkError::OutOfBounds);
    }
    let mut out = Vec::with_capacity(4 * points);
    let mut last = Point::default();
    write_size(strokes.len(), &mut out)?;
    for stroke in strokes {
        if stroke.is_empty() {
            return Err(InkError::OutOfBounds);
        }
        write_size(stroke.len(), &mut out)?;
        for &point in stroke {
            bounded(point)?;
            let dt = point.t.checked_sub(last.t).ok_or(InkError::OutOfBounds)?;
            write_varint(zigzag(point.x - last.x), &mut out);
            write_varint(zigzag(point.y - last.y), &mut out);
            write_varint(dt, &mut out);
            last = point;
        }
    }
    Ok(b64::encode(&out))
}

/// The strokes behind `text`.
pub fn decode(text: &str) -> Result<Vec<Stroke>, InkError> {
    let bytes = b64::decode(text).ok_or(InkError::Garbled)?;
    let mut reader = Reader { rest: &bytes };
    let mut last = Point::default();
    let mut budget = MAX_POINTS;
    let strokes = reader.size(MAX_STROKES)?;
    let mut ink = Vec::with_capacity(strokes);
    for _ in 0..strokes {
        let points = reader.size(budget)?;
        budget -= points;
        let mut stroke = Vec::with_capacity(points);
        for _ in 0..points {
            last = reader.point(last)?;
            stroke.push(last);
        }
        ink.push(stroke);
    }
    if reader.rest.is_empty() { Ok(ink) } else { Err(InkError::Garbled) }
}

fn bounded(point: Point) -> Result<Point, InkError> {
    let within = |v: i32| (-MAX_XY..=MAX_XY).contains(&v);
    if within(point.x) && within(point.y) && point.t <= MAX_T {
        Ok(point)
    } else {
        Err(InkError::OutOfBounds)
    }
}

fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn write_size(size: usize, out: &mut Vec<u8>) -> Result<(), InkError> {
    write_varint(u32::try_from(size).map_err(|_| InkError::OutOfBounds)?, out);
    Ok(())
}

fn write_varint(mut value: u32, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// A little-endian base-128 number of at most 28 bits, in its shortest form.
    fn varint(&mut self) -> Result<u32, InkError> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let (&byte, rest) = self.rest.split_first().ok_or(InkError::Garbled)?;
            self.rest = rest;
            value |= u32::from(byte & 0x7f) << shift;
            match byte {
                0 if shift > 0 => return Err(InkError::Garbled),
                0..=0x7f => return Ok(value),
                _ => {}
            }
        }
        Err(InkError::Garbled)
    }

    /// A count from 1 to `most`.
    fn size(&mut self, most: usize) -> Result<usize, InkError> {
        let size = usize::try_from(self.varint()?).map_err(|_| InkError::OutOfBounds)?;
        if (1..=most).contains(&size) { Ok(size) } else { Err(InkError::OutOfBounds) }
    }

    fn point(&mut self, last: Point) -> Result<Point, InkError> {
        let (dx, dy) = (unzigzag(self.varint()?), unzigzag(self.varint()?));
        bounded(Point { x: last.x + dx, y: last.y + dy, t: last.t + self.varint()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(x: i32, y: i32, t: u32) -> Point {
        Point { x, y, t }
    }

    #[test]
    fn ink_has_its_golden_string() {
        // By hand: 2 strokes; 2 points: +100 +50 0 · -1 +200 16; 1 point: -99 -250 +300.
        let bytes = [2, 2, 0xc8, 0x01, 0x64, 0, 1, 0x90, 0x03, 16, 1, 0xc5, 0x01, 0xf3, 0x03, 0xac, 0x02];
        let ink = vec![vec![p(100, 50, 0), p(99, 250, 16)], vec![p(0, 0, 316)]];
        assert_eq!(encode(&ink), Ok(b64::encode(&bytes)));
        assert_eq!(decode(&b64::encode(&bytes)), Ok(ink));
    }

    #[test]
    fn what_is_not_ink_is_refused() {
        let long = [vec![1, 0xa1, 0x9c, 0x01], vec![0; 60_003]].concat();
        let cases: &[&[u8]] = &[
            &[],
            &[0],
            &[1],
            &[1, 0],
            &[1, 1, 0, 0],
            &[1, 1, 0, 0, 0, 0],
            &[1, 1, 0x80, 0, 0, 0],
            &[1, 1, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0],
            &[1, 1, 0xc2, 0x9a, 0x0c, 0, 0],
            &[0x81, 0x04, 1, 0, 0, 0],
            &long,
        ];
        for case in cases {
            assert!(decode(&b64::encode(case)).is_err(), "{:?}", &case[..case.len().min(9)]);
        }
        assert_eq!(decode("AQ=="), Err(InkError::Garbled));
        for bad in [vec![], vec![vec![]], vec![vec![p(0, 0, 5), p(0, 0, 4)]], vec![vec![p(MAX_XY + 1, 0, 0)]]]
        {
            assert!(encode(&bad).is_err(), "{bad:?}");
        }
    }

    fn any_ink() -> impl Strategy<Value = Vec<Stroke>> {
        let point = (-MAX_XY..=MAX_XY, -MAX_XY..=MAX_XY, 0..5_000_u32);
        prop::collection::vec(prop::collection::vec(point, 1..20), 1..12).prop_map(|ink| {
            let mut t = 0;
            let mut place = |(x, y, dt)| {
                t += dt;
                Point { x, y, t }
            };
            ink.into_iter().map(|stroke| stroke.into_iter().map(&mut place).collect()).collect()
        })
    }

    proptest! {
        #[test]
        fn ink_reads_back_as_it_was_drawn(ink in any_ink()) {
            prop_assert_eq!(decode(&encode(&ink).unwrap()), Ok(ink));
        }

        #[test]
        fn whatever_decodes_is_the_one_spelling(bytes in prop::collection::vec(0..12_u8, 0..40)) {
            let text = b64::encode(&bytes);
            if let Ok(ink) = decode(&text) {
                prop_assert_eq!(encode(&ink).unwrap(), text);
            }
        }
    }
}
