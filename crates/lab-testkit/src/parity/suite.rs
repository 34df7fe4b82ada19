//! Asking: all questions of a folder, to a real product for the record, or to the lab for the comparison.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use reqwest::Client;
use serde_json::Value;

use crate::parity::compare::{self, Difference, Rules};
use crate::parity::known::Known;
use crate::parity::question::{self, Question};
use crate::parity::record::{Answer, Record};

/// The questions to one product.
#[derive(Debug, Clone, Copy)]
pub struct Suite<'a> {
    /// The folder with questions, record and list.
    pub folder: &'a Path,
    /// What counts as equal.
    pub rules: Rules<'a>,
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many questions were asked.
    pub asked: usize,
    /// How many answers are equal.
    pub equal: usize,
    /// How many differ as the list says.
    pub excused: usize,
    /// Those that differ although no reason is known.
    pub different: Vec<(String, Vec<Difference>)>,
    /// Questions without a recorded answer.
    pub unrecorded: Vec<String>,
    /// Entries of the list that excuse nothing any more.
    pub unused: Vec<String>,
}

impl Suite<'_> {
    /// Asks a real product everything and writes the record. `version` names it, for example `loki 3.7.6`. An answer that
    /// counts as equal to the recorded one leaves that as it is, so that a new record differs only where the product does.
    pub async fn record(&self, address: &str, version: &str) -> Result<Record, String> {
        let client = client()?;
        // A folder without a record is one that is recorded for the first time.
        let before = Record::read(self.folder).unwrap_or_default();
        let mut answers = HashMap::new();
        for question in question::read_folder(self.folder) {
            let (text, answer) = (question.to_string(), ask(&client, address, &question).await?);
            let recorded = before.answers.get(&text);
            let same = recorded.filter(|one| self.differences(&question, one, answer.clone()).is_empty());
            answers.insert(text, same.cloned().unwrap_or(answer));
        }
        let record = Record { product: version.to_owned(), answers };
        record.write(self.folder)?;
        Ok(record)
    }

    /// Asks the lab everything and compares its answers with the record.
    pub async fn compare(&self, address: &str) -> Result<Summary, String> {
        let record = Record::read(self.folder)?;
        let known = Known::read_folder(self.folder);
        let client = client()?;
        let mut summary = Summary::default();
        for question in question::read_folder(self.folder) {
            let text = question.to_string();
            summary.asked += 1;
            let Some(expected) = record.answers.get(&text) else {
                summary.unrecorded.push(text);
                continue;
            };
            let differences = self.differences(&question, expected, ask(&client, address, &question).await?);
            if differences.is_empty() {
                summary.equal += 1;
            } else if known.excuses(&text) {
                summary.excused += 1;
            } else {
                summary.different.push((text, differences));
            }
        }
        summary.unused = known.unused();
        Ok(summary)
    }

    /// Compares by the rules of the suite and those of the question.
    fn differences(&self, question: &Question, expected: &Answer, mut found: Answer) -> Vec<Difference> {
        let mut expected = expected.clone();
        for answer in [&mut expected, &mut found] {
            compare::hide_estimates(&mut answer.body, &question.estimates);
        }
        let of_question = question.unordered.iter().map(String::as_str);
        let unordered: Vec<&str> = self.rules.unordered.iter().copied().chain(of_question).collect();
        Rules { unordered: &unordered, ..self.rules }.differences(&expected, &found)
    }
}

impl Summary {
    /// Whether every answer is equal or differs for a reason that the list names, and the list holds nothing else.
    pub fn is_complete(&self) -> bool {
        self.different.is_empty() && self.unrecorded.is_empty() && self.unused.is_empty()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {} answers equal, {} differ on purpose", self.equal, self.asked, self.excused)?;
        for (question, differences) in &self.different {
            writeln!(f, "{question}")?;
            for difference in differences.iter().take(3) {
                writeln!(f, "    {difference}")?;
            }
        }
        for question in &self.unrecorded {
            writeln!(f, "{question}\n    no answer of the product is recorded")?;
        }
        for pattern in &self.unused {
            writeln!(f, "{pattern}\n    stands in different.list, but no answer to such a question differs")?;
        }
        Ok(())
    }
}

/// A client that asks loopback addresses directly, whatever proxy the environment names.
fn client() -> Result<Client, String> {
    // An error means that a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().map_err(|error| error.to_string())
}

/// Sends one question and reads its answer.
async fn ask(client: &Client, address: &str, question: &Question) -> Result<Answer, String> {
    let wrong = |error: &dyn fmt::Display| format!("{question}: {error}");
    let method = question.method.parse().map_err(|error| wrong(&error))?;
    let url = format!("{}{}", address.trim_end_matches('/'), question.path);
    let url = reqwest::Url::parse_with_params(&url, &question.parameters).map_err(|error| wrong(&error))?;
    let mut request = client.request(method, url);
    if let Some(body) = &question.body {
        request = request.header("content-type", "application/json").body(body.clone());
    }
    let response = request.send().await.map_err(|error| wrong(&error))?;
    let status = response.status().as_u16();
    let text = response.text().await.map_err(|error| wrong(&error))?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::RawQuery;
    use axum::routing::get;

    use super::*;
    use crate::server::TestServer;

    async fn product(suffix: &'static str) -> TestServer {
        let echo = move |RawQuery(query): RawQuery| async move {
            serde_json::json!({"query": format!("{}{suffix}", query.unwrap_or_default()), "cost": suffix}).to_string()
        };
        TestServer::start(Router::new().route("/q", get(echo))).await
    }

    #[tokio::test]
    async fn a_record_of_one_product_judges_another() {
        let folder = std::env::temp_dir().join(format!("dicelab-suite-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        std::fs::write(folder.join("a.questions"), "ask GET /q\neach query\n  1 + 1\n  2\n").expect("written");
        let rules = Rules { ignored: &["cost"], ..Rules::default() };
        let suite = Suite { folder: &folder, rules };
        let (same, other) = (product("").await, product("!").await);
        let record = suite.record(&same.url(""), "echo 1").await.expect("recorded");
        assert_eq!(record.answers.len(), 2);
        let cheaper = product("?").await;
        let ignoring = Suite { rules: Rules { ignored: &["cost", "query"], ..Rules::default() }, ..suite };
        assert_eq!(ignoring.record(&cheaper.url(""), "echo 1").await.expect("recorded"), record);
        let summary = suite.compare(&same.url("")).await.expect("compared");
        assert!(summary.is_complete(), "{summary}");
        assert_eq!(summary.equal, 2);
        let summary = suite.compare(&other.url("")).await.expect("compared");
        assert_eq!((summary.equal, summary.different.len()), (0, 2));
        std::fs::write(folder.join("different.list"), "because It shouts.\n  *query=2\n  *3\n").expect("written");
        let summary = suite.compare(&other.url("")).await.expect("compared");
        assert_eq!((summary.excused, summary.different.len(), summary.unused.len()), (1, 1, 1));
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
