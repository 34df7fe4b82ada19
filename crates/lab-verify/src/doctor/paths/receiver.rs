//! The lab's OTLP receiver: whether it takes what is sent to it. A real stack does not say where it has its own.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::doctor::examination::Examination;
use crate::doctor::hop::Trouble;
use crate::doctor::probe::probe;
use crate::doctor::unanswered::port;
use crate::report::numbers::seconds;
use crate::stack::endpoint::Reason;

/// A receiver that takes longer makes spans late.
const SLOW: Duration = Duration::from_secs(1);

/// What is wrong if the lab's receiver accepts connections and then does not answer.
pub(super) async fn stalled(examination: &Examination<'_>) -> Option<Trouble> {
    let lab = examination.lab.as_ref()?;
    let receiver = examination.stack.collector.receiver(lab)?;
    // It takes no questions, and says so at once.
    let asked = Instant::now();
    let answer = probe(receiver.get("/v1/traces", &[]), receiver.base()).await;
    let (took, port) = (asked.elapsed(), port(receiver.base()));
    let found = match answer.map_err(|error| error.reason) {
        Err(Reason::Timeout(after)) => {
            format!("the lab's OTLP receiver accepts connections on {port} and does not answer within {after:?}")
        }
        Ok(_) if took > SLOW => {
            format!("the lab's OTLP receiver accepts connections on {port} and takes {} for an answer", seconds(took))
        }
        _ => return None,
    };
    Some(Trouble { found, advice: advice(lab, examination.stack.collector.base()) })
}

fn advice(lab: &Value, collector: &str) -> String {
    let on: Vec<&str> =
        lab["faults"].as_array().into_iter().flatten().filter_map(|one| one["fault"].as_str()).collect();
    match on.iter().find(|fault| fault.starts_with("stall-backend")) {
        Some(fault) => {
            format!("the fault {fault} is on: `curl -X DELETE {collector}/api/v0/faults/stall-backend` takes it away")
        }
        None => "the receiver hangs or is overloaded, and spans are lost once the services' queues are full: read the \
                 lab's messages on stderr and restart the lab"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_fault_that_stalls_the_receiver_is_named() {
        let lab = |fault: &str| json!({"faults": [{"fault": "slow=frontend:1s"}, {"fault": fault}]});
        let said = advice(&lab("stall-backend=on"), "http://lab:1");
        assert!(
            said.contains("stall-backend=on is on: `curl -X DELETE http://lab:1/api/v0/faults/stall-backend`"),
            "{said}"
        );
        assert!(advice(&lab("crash=frontend"), "").contains("restart the lab"));
        assert!(advice(&json!({}), "").contains("restart the lab"));
    }
}
