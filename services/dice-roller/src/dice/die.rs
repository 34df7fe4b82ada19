//! A die as die-service describes it: its faces and how often it fails.

use serde::Deserialize;

/// What die-service answers to `GET /dice?identifier=…`.
#[derive(Debug, Deserialize)]
pub struct Found {
    /// The specification, the only part dice-roller needs.
    pub specification: Specification,
}

/// Faces and error rate of one die.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Specification {
    faces: Vec<i64>,
    error_rate: f64,
}

/// A specification before its faces and rate have been looked at.
#[derive(Deserialize)]
struct Unchecked {
    faces: Vec<i64>,
    error_rate: f64,
}

/// Why a specification describes no die.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpecificationError {
    /// There is nothing to roll.
    #[error("a die needs at least one face")]
    NoFaces,
    /// Not a probability.
    #[error("the error rate must lie within [0, 1], found {0}")]
    ErrorRate(f64),
}

impl Specification {
    /// A die with these faces that fails with this probability; refuses no faces and no probability.
    pub fn new(faces: Vec<i64>, error_rate: f64) -> Result<Self, SpecificationError> {
        if faces.is_empty() {
            return Err(SpecificationError::NoFaces);
        }
        if !(0.0..=1.0).contains(&error_rate) {
            return Err(SpecificationError::ErrorRate(error_rate));
        }
        Ok(Self { faces, error_rate })
    }

    /// The faces, never empty, in the order of the specification.
    pub fn faces(&self) -> &[i64] {
        &self.faces
    }

    /// Probability in [0, 1] that a roll fails.
    pub fn error_rate(&self) -> f64 {
        self.error_rate
    }
}

impl TryFrom<Unchecked> for Specification {
    type Error = SpecificationError;

    fn try_from(Unchecked { faces, error_rate }: Unchecked) -> Result<Self, SpecificationError> {
        Self::new(faces, error_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_is_checked_when_it_is_read() {
        let read = |text: &str| serde_json::from_str::<Found>(text).map(|found| found.specification);
        let fair = read(r#"{"identifier":"fair","specification":{"faces":[1,2,3],"error_rate":0}}"#).expect("valid");
        assert_eq!((fair.faces(), fair.error_rate()), (&[1, 2, 3][..], 0.0));
        for (faces, rate, reason) in
            [("[]", "0", "at least one face"), ("[1]", "1.5", "within [0, 1], found 1.5"), ("[1]", "-0.1", "-0.1")]
        {
            let text = format!(r#"{{"specification":{{"faces":{faces},"error_rate":{rate}}}}}"#);
            let error = read(&text).expect_err(&text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
