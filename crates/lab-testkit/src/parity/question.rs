//! Questions: requests written as block [scripts](crate::script).
//!
//! ```text
//! ask GET /loki/api/v1/query_range
//!   start=1700000000
//!   limit=100
//! each query
//!   {app="shop"} |= "error"
//!   {app="shop"} | json
//! ask POST /loki/api/v1/push
//!   body {"streams": []}
//! ```
//!
//! `ask` names a request and its parameters. `each` turns it into one question a line, which sets the named parameter.
//! A line `name := "…"` gives a parameter as a JSON text, for values with line ends or blanks around them. A line
//! `estimate data.result.*.value.1` says that a number of the answer is an estimate, which is not compared, and a line
//! `unordered data.result` that the order of a list means nothing.

use std::fmt;
use std::path::Path;

use crate::script::{self, Block};

/// One request to a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The method, in capitals.
    pub method: String,
    /// The path, which begins with `/`.
    pub path: String,
    /// The parameters of the URL in the order in which they are sent.
    pub parameters: Vec<(String, String)>,
    /// The body, which is sent as JSON.
    pub body: Option<String>,
    /// The paths of numbers that are estimates.
    pub estimates: Vec<String>,
    /// The paths of lists whose order means nothing.
    pub unordered: Vec<String>,
}

impl fmt::Display for Question {
    /// Writes the request in one line, unescaped; this text identifies the question in the record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { '?' } else { '&' })?;
        }
        self.body.as_ref().map_or(Ok(()), |body| write!(f, " {body}"))
    }
}

/// Reads every `*.questions` file of a folder, in the order of their names.
pub fn read_folder(folder: &Path) -> Vec<Question> {
    let mut questions = Vec::new();
    for file in script::files(folder, "questions") {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        questions.extend(read(&text).unwrap_or_else(|error| panic!("{}:{error}", file.display())));
    }
    questions
}

/// Reads the questions of one file.
pub fn read(text: &str) -> Result<Vec<Question>, String> {
    let mut questions = Vec::new();
    let mut asked: Option<Question> = None;
    let mut pending = false;
    for block in script::parse(text) {
        match block.command.as_str() {
            "ask" => {
                questions.extend(asked.take().filter(|_| pending));
                asked = Some(ask(&block)?);
                pending = true;
            }
            "each" => {
                let asked = asked.as_ref().ok_or_else(|| format!("{}: `each` stands before any `ask`", block.line))?;
                questions.extend(block.body.iter().map(|value| asked.with(&block.argument, value)));
                pending = false;
            }
            other => return Err(format!("{}: {other:?} is neither `ask` nor `each`", block.line)),
        }
    }
    questions.extend(asked.filter(|_| pending));
    Ok(questions)
}

impl Question {
    fn with(&self, name: &str, value: &str) -> Self {
        let mut question = self.clone();
        question.parameters.push((name.to_owned(), value.to_owned()));
        question
    }
}

fn ask(block: &Block) -> Result<Question, String> {
    let wrong = |what: &str| format!("{}: {what}", block.line);
    let (method, path) = block.argument.split_once(' ').ok_or_else(|| wrong("`ask` needs a method and a path"))?;
    let mut question = Question {
        method: method.to_owned(),
        path: path.trim().to_owned(),
        parameters: Vec::new(),
        body: None,
        estimates: Vec::new(),
        unordered: Vec::new(),
    };
    for line in &block.body {
        if let Some(body) = line.strip_prefix("body ") {
            question.body = Some(body.to_owned());
        } else if let Some(path) = line.strip_prefix("estimate ") {
            question.estimates.push(path.trim().to_owned());
        } else if let Some(path) = line.strip_prefix("unordered ") {
            question.unordered.push(path.trim().to_owned());
        } else if let Some((name, json)) = line.split_once(" := ") {
            let value = serde_json::from_str(json).map_err(|error| wrong(&format!("{json}: {error}")))?;
            question.parameters.push((name.to_owned(), value));
        } else {
            let pair = line.split_once('=').ok_or_else(|| wrong(&format!("{line:?} is no parameter `name=value`")))?;
            question.parameters.push((pair.0.to_owned(), pair.1.to_owned()));
        }
    }
    Ok(question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_question_of_its_own() {
        let text = "ask GET /a\n  x=1=2\n  y := \" b\\n\"\neach q\n  one\n  two\nask POST /b\n  body {}\n";
        let questions = read(text).expect("valid");
        let shown: Vec<String> = questions.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["GET /a?x=1=2&y= b\n&q=one", "GET /a?x=1=2&y= b\n&q=two", "POST /b {}"]);
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, wanted) in [("each q\n  a\n", "1: `each`"), ("\nask GET\n", "2: `ask`"), ("ask G /\n  x\n", "1: ")] {
            let error = read(text).expect_err("wrong");
            assert!(error.starts_with(wanted), "{error}");
        }
    }
}
