//! A die as a drawing: pips for one to nine, the number itself for other faces, a cross for a failed roll.
//!
//! Plain SVG attributes only; colours come from the style sheet by class.

use std::fmt::{self, Display, Formatter};

/// One die on the table; `None` is a roll that failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Die(pub(super) Option<i64>);

/// Pips in a grid of three by three, row by row, for the faces one to nine.
const PIPS: [&[usize]; 9] = [
    &[4],
    &[0, 8],
    &[0, 4, 8],
    &[0, 2, 6, 8],
    &[0, 2, 4, 6, 8],
    &[0, 2, 3, 5, 6, 8],
    &[0, 2, 3, 4, 5, 6, 8],
    &[0, 1, 2, 3, 5, 6, 7, 8],
    &[0, 1, 2, 3, 4, 5, 6, 7, 8],
];

impl Display for Die {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Some(face) = self.0 else {
            return out.write_str(
                "<svg class=\"die failed\" viewBox=\"0 0 100 100\" role=\"img\" aria-label=\"failed\">\
                 <rect x=\"4\" y=\"4\" width=\"92\" height=\"92\" rx=\"20\"/>\
                 <path d=\"M36 36 64 64M64 36 36 64\"/></svg>",
            );
        };
        write!(
            out,
            "<svg class=\"die\" viewBox=\"0 0 100 100\" role=\"img\" aria-label=\"{face}\">\
             <rect x=\"3\" y=\"3\" width=\"94\" height=\"94\" rx=\"20\"/>"
        )?;
        match usize::try_from(face).ok().filter(|face| (1..=9).contains(face)) {
            Some(face) => {
                for at in PIPS[face - 1] {
                    write!(out, "<circle cx=\"{}\" cy=\"{}\" r=\"9.5\"/>", 26 + 24 * (at % 3), 26 + 24 * (at / 3))?;
                }
            }
            None => write!(
                out,
                "<text x=\"50\" y=\"51\" font-size=\"{}\" dominant-baseline=\"central\" text-anchor=\"middle\">\
                 {face}</text>",
                font_size(face)
            )?,
        }
        out.write_str("</svg>")
    }
}

/// The largest size in which the number fits on the die.
fn font_size(face: i64) -> usize {
    (130 / face.to_string().len()).clamp(8, 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_has_as_many_pips_as_it_counts() {
        for face in 1..=9 {
            let drawn = Die(Some(face)).to_string();
            assert_eq!(drawn.matches("<circle").count(), face as usize);
            assert!(drawn.contains(&format!("aria-label=\"{face}\"")));
        }
    }

    #[test]
    fn other_faces_are_written_and_failures_crossed_out() {
        assert!(Die(Some(20)).to_string().contains(">20</text>"));
        assert!(Die(Some(-3)).to_string().contains(">-3</text>"));
        assert!(Die(Some(0)).to_string().contains(">0</text>"));
        assert!(Die(Some(i64::MIN)).to_string().contains("font-size=\"8\""));
        assert!(Die(None).to_string().contains("aria-label=\"failed\""));
    }
}
