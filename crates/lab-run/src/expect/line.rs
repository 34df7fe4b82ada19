//! One expectation on one line, as `--assert` takes it: `promql: QUERY is COMPARISON`.

use crate::expect::comparison::{Comparison, ComparisonError};
use crate::expect::expectation::{Expectation, Question};

/// Why a line is no expectation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error(
        "begin with the language, for example `promql: sum(increase(http_requests_total[$run])) is > 0`, \
         `logql: {{service_name=\"shop\"}} |= \"panic\" is empty`, `traceql: {{ name = \"checkout\" }} is == 1`, \
         or write `dropped: nothing`"
    )]
    NoLanguage,
    #[error("end with `is` and a comparison, for example `is > 0` or `is empty`")]
    NoComparison,
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
}

/// Reads a line.
pub fn read(line: &str) -> Result<Expectation, LineError> {
    let (language, rest) = line.split_once(':').ok_or(LineError::NoLanguage)?;
    let (language, rest) = (language.trim(), rest.trim());
    let question = if (language, rest) == ("dropped", "nothing") {
        Question::NothingDropped
    } else if ["promql", "logql", "traceql"].contains(&language) {
        // The last `is`: a query may hold the word, too.
        let (query, is) = rest.rsplit_once(" is ").ok_or(LineError::NoComparison)?;
        let (query, is) = (query.trim().to_owned(), is.parse::<Comparison>()?);
        match language {
            "promql" => Question::Metrics { query, is },
            "logql" => Question::Logs { query, is },
            _ => Question::Traces { query, count: is, shape: Box::default() },
        }
    } else {
        return Err(LineError::NoLanguage);
    };
    Ok(Expectation { name: line.trim().to_owned(), place: None, question, eventually: None, always: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_its_language_its_query_and_its_comparison() {
        let read = |line: &str| read(line).map(|expectation| expectation.question);
        let is = |text: &str| text.parse::<Comparison>().expect("good");
        let query = r#"{service_name="shop"} |= "this is it""#.to_owned();
        assert_eq!(read(&format!("logql: {query} is empty")), Ok(Question::Logs { query, is: is("empty") }));
        let query = "sum(up)".to_owned();
        assert_eq!(read("promql: sum(up) is >= 1"), Ok(Question::Metrics { query, is: is(">= 1") }));
        assert_eq!(read("dropped: nothing"), Ok(Question::NothingDropped));
        assert_eq!(read("up is > 0"), Err(LineError::NoLanguage));
        assert_eq!(read("sql: x is > 0"), Err(LineError::NoLanguage));
        assert_eq!(read("promql: up > 0"), Err(LineError::NoComparison));
        assert_eq!(read("promql: is > 0"), Err(LineError::NoComparison));
        assert!(matches!(read("promql: up is many"), Err(LineError::Comparison(_))));
    }
}
