//! Ink on a sealed card against the strokes that were drawn, in parts of the pad.
//!
//! A pad leaves points out that lie close together, so lines are compared, both ways: no point of the card lies off
//! what was drawn, and no point that was drawn lies off the card.

use fieldcard_card::card::Ink;
use fieldcard_card::strokes::decode;

use crate::AnyError;

/// Farthest that a point of the card lies off the line drawn, in CSS pixels: rounding, and the pad's border.
const OFF_DRAWN: f64 = 4.0;
/// Farthest that a point drawn lies off the card's line: the same, and what a sharp bend loses between two points.
const OFF_CARD: f64 = 8.0;
/// Tenths of a CSS pixel.
const GRAIN: f64 = 10.0;

type Line = Vec<(f64, f64)>;

/// What of `drawn` is otherwise in `ink`; nothing, if all is there.
pub fn differences(drawn: &[Line], ink: &Ink) -> Result<Vec<String>, AnyError> {
    let (width, height) = (f64::from(ink.pad.0) / GRAIN, f64::from(ink.pad.1) / GRAIN);
    let kept: Vec<Line> = decode(&ink.strokes)?
        .iter()
        .map(|stroke| stroke.iter().map(|p| (f64::from(p.x) / GRAIN, f64::from(p.y) / GRAIN)).collect())
        .collect();
    if kept.len() != drawn.len() {
        return Ok(vec![format!("{} strokes were drawn, {} are kept", drawn.len(), kept.len())]);
    }
    let mut found = Vec::new();
    for (n, (drawn, kept)) in drawn.iter().zip(&kept).enumerate() {
        let drawn: Line = drawn.iter().map(|(x, y)| (x * width, y * height)).collect();
        if kept.len() < drawn.len().div_ceil(2) || kept.len() > drawn.len() {
            found.push(format!("stroke {n}: {} points were drawn, {} are kept", drawn.len(), kept.len()));
        }
        let (off_drawn, off_card) = (farthest(kept, &drawn), farthest(&drawn, kept));
        if off_drawn > OFF_DRAWN || off_card > OFF_CARD {
            found.push(format!(
                "stroke {n}: {off_drawn:.1} px off what was drawn, {off_card:.1} px of it missing"
            ));
        }
    }
    Ok(found)
}

/// How far the farthest of `points` lies off `line`.
fn farthest(points: &[(f64, f64)], line: &[(f64, f64)]) -> f64 {
    let off = |point: &(f64, f64)| {
        let alone = line.iter().map(|end| (end.0 - point.0).hypot(end.1 - point.1));
        let between = line.windows(2).map(|pair| distance(*point, pair[0], pair[1]));
        alone.chain(between).fold(f64::INFINITY, f64::min)
    };
    points.iter().map(off).fold(0.0, f64::max)
}

/// From a point to the piece between two others.
fn distance(point: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let long = dx * dx + dy * dy;
    let along = if long == 0.0 { 0.0 } else { ((point.0 - from.0) * dx + (point.1 - from.1) * dy) / long };
    let along = along.clamp(0.0, 1.0);
    (from.0 + along * dx - point.0).hypot(from.1 + along * dy - point.1)
}

#[cfg(test)]
mod tests {
    use fieldcard_card::strokes::{Point, encode};

    use super::*;
    use crate::window::day::signature;

    /// What a pad of 360 × 300 keeps of it: every third point is left out, never the one where the pen is lifted.
    fn kept(drawn: &[Line], change: impl Fn(usize, f64, f64) -> (f64, f64)) -> Ink {
        let mut t = 0;
        let mut stroke = |line: &Line| -> Vec<Point> {
            let points = line.iter().enumerate().filter(|(n, _)| n % 3 != 1 || n + 1 == line.len());
            let place = |(n, (x, y)): (usize, &(f64, f64))| {
                let (x, y) = change(n, x * 3_600.0, y * 3_000.0);
                t += 16;
                #[expect(clippy::cast_possible_truncation, reason = "a place on a small pad")]
                Point { x: x.round() as i32, y: y.round() as i32, t }
            };
            points.map(place).collect()
        };
        let strokes: Vec<_> = drawn.iter().map(&mut stroke).collect();
        Ink { pad: (3_600, 3_000), strokes: encode(&strokes).unwrap() }
    }

    #[test]
    fn the_ink_that_was_drawn_is_known_again_and_no_other() {
        let drawn = signature();
        let same = kept(&drawn, |_, x, y| (x + 9.0, y - 7.0));
        assert_eq!(differences(&drawn, &same).unwrap(), Vec::<String>::new());
        for (what, other) in [
            ("a stroke is missing", kept(&drawn[..1], |_, x, y| (x, y))),
            ("all of it is moved", kept(&drawn, |_, x, y| (x + 120.0, y))),
            ("one point is moved", kept(&drawn, |n, x, y| if n == 5 { (x, y + 150.0) } else { (x, y) })),
            ("upside down", kept(&drawn, |_, x, y| (x, 3_000.0 - y))),
            ("half of a stroke", kept(&[drawn[0][..22].to_vec(), drawn[1].clone()], |_, x, y| (x, y))),
            ("few points", kept(&[vec![drawn[0][0]], drawn[1].clone()], |_, x, y| (x, y))),
        ] {
            assert!(!differences(&drawn, &other).unwrap().is_empty(), "{what}");
        }
    }
}
