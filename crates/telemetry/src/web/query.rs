//! Query parameters, read so that all mistakes are reported together as one 422.
//!
//! ```
//! use telemetry::query::{Params, whole_number};
//! # use telemetry::problem::Problem;
//! fn read(mut params: Params) -> Result<(String, u32), Problem> {
//!     let die = params.required("die", |text| Ok(text.to_owned()));
//!     let times = params.required("times", |text| whole_number(text, 1..=20));
//!     params.finish((die, times))
//! }
//! assert_eq!(read(Params::parse("die=fair&times=3")), Ok(("fair".to_owned(), 3)));
//! let problem = read(Params::parse("times=abc")).unwrap_err();
//! assert_eq!(problem.errors().len(), 2);
//! ```
//! Names that nobody asks for are ignored; a name that is asked for and given twice is a mistake.

use std::convert::Infallible;
use std::fmt::Display;
use std::ops::RangeInclusive;

use axum::extract::{FromRequestParts, Query};
use http::Uri;
use http::request::Parts;

use crate::web::problem::{ParamError, Problem};

/// The decoded parameters of one request; also an axum extractor, which never rejects.
#[derive(Debug, Clone, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
    errors: Vec<ParamError>,
}

impl Params {
    /// Decodes a query string (without `?`).
    pub fn parse(query: &str) -> Self {
        Uri::try_from(format!("/?{query}")).map(|uri| Self::from(&uri)).unwrap_or_default()
    }

    /// Whether the name occurs at all.
    pub fn contains(&self, name: &str) -> bool {
        self.pairs.iter().any(|(known, _)| known == name)
    }

    /// A parameter that has to be there. `None` means that a mistake was noted for [`Params::finish`].
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        if !self.contains(name) {
            self.mistake(name, "is missing".to_owned());
            return None;
        }
        self.read(name, read)
    }

    /// A parameter that may be left out (`Some(None)`). `None` means that a mistake was noted.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<Option<T>> {
        if self.contains(name) { self.read(name, read).map(Some) } else { Some(None) }
    }

    /// All values, or a 422 [`Problem`] naming every mistake. Takes a tuple of one to five read parameters.
    pub fn finish<V: AllRead>(self, values: V) -> Result<V::Values, Problem> {
        match values.all() {
            Some(values) if self.errors.is_empty() => Ok(values),
            _ => Err(Problem::invalid_parameters(self.errors)),
        }
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let mut values = self.pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let outcome = match (values.next(), values.next()) {
            (Some(value), None) => read(value),
            _ => Err("is given more than once".to_owned()),
        };
        outcome.map_err(|message| self.mistake(name, message)).ok()
    }

    fn mistake(&mut self, param: &str, message: String) {
        self.errors.push(ParamError { param: param.to_owned(), message });
    }
}

impl From<&Uri> for Params {
    fn from(uri: &Uri) -> Self {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
        Self { pairs, errors: Vec::new() }
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::from(&parts.uri))
    }
}

/// Reads a whole number within `range`, saying what is wrong otherwise.
pub fn whole_number<N>(text: &str, range: RangeInclusive<N>) -> Result<N, String>
where
    N: TryFrom<i128> + PartialOrd + Display,
{
    let expected = || format!("{text:?} is not a whole number from {} to {}", range.start(), range.end());
    let number = text.parse::<i128>().ok().and_then(|number| N::try_from(number).ok()).ok_or_else(expected)?;
    if range.contains(&number) { Ok(number) } else { Err(expected()) }
}

/// Reads any text that is not empty.
pub fn text(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// Tuples of parameters that may have failed to be read.
pub trait AllRead {
    /// The tuple without its options.
    type Values;

    /// `None` if any is missing.
    fn all(self) -> Option<Self::Values>;
}

macro_rules! all_read {
    ($($name:ident)+) => {
        impl<$($name),+> AllRead for ($(Option<$name>,)+) {
            type Values = ($($name,)+);

            #[allow(non_snake_case)] // type parameters serve as variable names
            fn all(self) -> Option<Self::Values> {
                let ($($name,)+) = self;
                Some(($($name?,)+))
            }
        }
    };
}

all_read!(A);
all_read!(A B);
all_read!(A B C);
all_read!(A B C D);
all_read!(A B C D E);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let mut params = Params::parse("die=a%20b+c%C3%A9&times=20&other=1");
        let die = params.required("die", text);
        let times = params.required("times", |text| whole_number(text, 1..=20_u32));
        let strategy = params.optional("strategy", text);
        assert_eq!(params.finish((die, times, strategy)), Ok(("a b cé".to_owned(), 20, None)));
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let mut params = Params::parse("times=21&die=&twice=1&twice=1");
        let values = (
            params.required("die", text),
            params.required("times", |text| whole_number(text, 1..=20_u32)),
            params.required("missing", text),
            params.optional("twice", text),
        );
        let problem = params.finish(values).expect_err("four mistakes");
        let errors: Vec<_> = problem.errors().iter().map(|e| (e.param.as_str(), e.message.as_str())).collect();
        let expected = [
            ("die", "is empty"),
            ("times", "\"21\" is not a whole number from 1 to 20"),
            ("missing", "is missing"),
            ("twice", "is given more than once"),
        ];
        assert_eq!(errors, expected);
    }

    #[test]
    fn numbers_outside_their_type_are_mistakes_too() {
        for bad in ["", "0", "-1", "1.5", "abc", "99999999999999999999999999999999999999999999"] {
            assert!(whole_number(bad, 1..=20_u8).is_err(), "{bad:?}");
        }
        assert_eq!(whole_number("+7", 1..=20_u8), Ok(7));
    }
}
