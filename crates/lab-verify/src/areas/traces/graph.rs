//! The check `traces/service-graph`: the calls that the service graph counts are those that are known.

use crate::areas::reconciliation::implied;
use crate::report::check::{Area, Check, Question};
use crate::report::numbers::count;
use crate::stack::services::Service::{DiceRoller, DieService, Frontend};
use crate::truth::context::Context;
use crate::truth::counters::Counters;
use crate::truth::edges::Edges;
use crate::truth::unknown::Unknown;

/// The frontend asks for the list of dice from time to time, also between the scrape that counts it and the moment at
/// which the graph is written: so many calls may be counted by one side only.
const REFRESHES_BETWEEN: f64 = 2.0;

/// Judges the graph over the time of the ledger.
pub fn check(context: &Context) -> Check {
    let asked = "traces_service_graph_request_total before and after";
    let question = Question::new(Area::Traces, "service-graph", asked, "every known call once, on its edge");
    let requests = implied::asked(&context.ledger);
    match (&context.counted.edges, &context.counted.growth) {
        _ if context.ledger.is_empty() => question.skip("there was no traffic"),
        (Err(reason), _) | (_, Err(reason)) => question.skip(reason.to_string()),
        (Ok(edges), _) if edges.is_empty() => question.skip(Unknown::NoServiceGraph.to_string()),
        _ if requests.unsettled > 0 => {
            question.skip("it is unknown how far some requests came, because their answers did not arrive")
        }
        (Ok(edges), Ok(growth)) => judge(question, edges, &growth.counters, requests.requests),
    }
}

/// An edge: what the graph counts, what is known, and how far the two may be apart.
struct Edge {
    name: &'static str,
    counted: f64,
    known: f64,
    within: f64,
}

fn judge(question: Question, edges: &Edges, growth: &Counters, requests: f64) -> Check {
    let between = |client: &str, server: &str| edges.between(client, server);
    let lookups = growth.sum(DiceRoller, "die_service_requests_total", &[]);
    let answered = growth.sum(DieService, "http_requests_total", &[("handler", "/dice")]);
    let exactly = |name, counted, known| Edge { name, counted, known, within: 0.0 };
    let all = [
        exactly("→ frontend", edges.to(Frontend.name()), requests),
        exactly("frontend → dice-roller", between(Frontend.name(), DiceRoller.name()), requests),
        exactly("dice-roller → die-service", between(DiceRoller.name(), DieService.name()), lookups),
        Edge {
            within: REFRESHES_BETWEEN,
            ..exactly("frontend → die-service", between(Frontend.name(), DieService.name()), answered - lookups)
        },
    ];
    let describe = |edge: &Edge| format!("{} {}", edge.name, count(edge.counted.max(0.0) as u64));
    let got = all.iter().map(describe).collect::<Vec<_>>().join(", ");
    let wrong = all.iter().filter(|edge| (edge.counted - edge.known).abs() > edge.within);
    let wrong: Vec<String> = wrong.map(explain).collect();
    if wrong.is_empty() {
        return question.pass(got.clone(), format!("the map shows the calls that are known: {got}"));
    }
    question.fail(got, wrong.join("; "))
}

fn explain(edge: &Edge) -> String {
    let Edge { name, counted, known, .. } = edge;
    let cause = if counted < known {
        "spans of one side were lost, came later than ten seconds after the other side, or carry another service.name"
    } else {
        "spans were counted twice, or somebody else made calls"
    };
    format!(
        "the service graph counts {} calls {name}, {} are known: {cause}",
        count(counted.max(0.0) as u64),
        count(known.max(0.0) as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::check::Status;
    use crate::stack::sample::Sample;

    fn sample(service: crate::stack::services::Service, name: &str, labels: &[(&str, &str)], value: f64) -> Sample {
        let own = [("__name__", name), ("job", service.stage4())];
        let labels = own.iter().chain(labels).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Sample { labels: labels.collect(), value }
    }

    fn growth(refreshes: f64) -> Counters {
        Counters::of_jobs(vec![
            sample(DiceRoller, "die_service_requests_total", &[("status", "success")], 10.0),
            sample(DieService, "http_requests_total", &[("handler", "/dice")], 10.0 + refreshes),
            sample(DieService, "http_requests_total", &[("handler", "/readyz")], 7.0),
        ])
    }

    fn edges(calls: [f64; 4]) -> Edges {
        let mut edges = Edges::default();
        edges.add("user", "frontend", calls[0]);
        edges.add("frontend", "dice-roller", calls[1]);
        edges.add("dice-roller", "die-service", calls[2]);
        edges.add("frontend", "die-service", calls[3]);
        edges
    }

    fn judged(calls: [f64; 4], refreshes: f64) -> Check {
        let question = Question::new(Area::Traces, "service-graph", "", "");
        judge(question, &edges(calls), &growth(refreshes), 10.0)
    }

    #[test]
    fn equal_calls_pass_and_refreshes_may_lie_between_two_readings() {
        for refreshes in [1.0, 3.0, 5.0] {
            assert_eq!(judged([10.0, 10.0, 10.0, 3.0], refreshes).status, Status::Pass, "{refreshes}");
        }
        assert_eq!(judged([10.0, 10.0, 10.0, 3.0], 6.0).status, Status::Fail);
    }

    #[test]
    fn an_edge_that_differs_is_named_with_its_cause() {
        let lost = judged([10.0, 10.0, 9.0, 3.0], 3.0);
        assert_eq!(lost.status, Status::Fail);
        assert!(
            lost.message.contains("9 calls dice-roller → die-service, 10 are known: spans of one side"),
            "{}",
            lost.message
        );
        let twice = judged([20.0, 10.0, 10.0, 3.0], 3.0);
        assert!(
            twice.message.contains("20 calls → frontend, 10 are known: spans were counted twice"),
            "{}",
            twice.message
        );
    }
}
