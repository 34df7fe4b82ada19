//! The account of each signal, which has to balance to the item: what was there at the start and what came since is kept,
//! or was repeated, evicted, deleted, damaged or refused. The lab tells its accounts; a real stack keeps none.

use serde_json::Value;

use crate::report::check::{Area, Check, Question};
use crate::report::numbers::count;
use crate::stack::collector::Collector;

/// The signals, as the lab calls them.
const SIGNALS: [&str; 3] = ["metrics", "logs", "traces"];
/// The equation that is checked.
const EXPECTED: &str = "at start + received = kept + repeated + evicted + deleted + damaged + refused";

/// Asks the lab for its accounts.
pub(crate) async fn check(collector: &Collector) -> [Check; 3] {
    let question = |signal: &str| {
        Question::new(Area::Signals, format!("account-{signal}"), format!("the lab's account of {signal}"), EXPECTED)
    };
    match collector.status().await {
        Ok(status) => SIGNALS.map(|signal| judge(question(signal), signal, &status)),
        Err(error) => SIGNALS.map(|signal| {
            question(signal).skip(format!("only the lab keeps an account, and no lab answers here ({error})"))
        }),
    }
}

fn judge(question: Question, name: &str, status: &Value) -> Check {
    let signals = status["signals"].as_array();
    let signal = signals.and_then(|signals| signals.iter().find(|signal| signal["name"] == name));
    let Some((signal, account)) = signal.map(|signal| (signal, &signal["account"])).filter(|(_, it)| it.is_object())
    else {
        return question
            .skip(format!("the lab shows no account of {name}: it is an older version, or cannot read its store"));
    };
    let unit = signal["unit"].as_str().unwrap_or("items");
    let number = |key: &str| account[key].as_u64().unwrap_or(0);
    let sum = |key: &str| account[key].as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum::<u64>();
    let came = number("at_start") + number("received");
    let places = [
        ("kept", number("kept")),
        ("repeated", number("repeated")),
        ("evicted", sum("evicted")),
        ("deleted", number("deleted")),
        ("damaged", number("damaged")),
        ("refused", sum("refused")),
    ];
    let explained: u64 = places.iter().map(|(_, items)| items).sum();
    let written = places.iter().filter(|(place, items)| *items > 0 || *place == "kept");
    let written: Vec<String> = written.map(|(place, items)| format!("{} {place}", count(*items))).collect();
    let (at_start, received, written) = (count(number("at_start")), count(number("received")), written.join(" + "));
    let side = format!("{at_start} {unit} at the start + {received} received");
    if came == explained {
        return question.pass("it balances", format!("{side} = {written}"));
    }
    let cause = if came > explained {
        format!("{} {unit} are missing in the lab, and none of its counters says why", count(came - explained))
    } else {
        format!("the lab has {} {unit} more than came, so some are stored twice", count(explained - came))
    };
    question.fail("it does not balance", format!("{cause}: {side} ≠ {written}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::check::Status;

    fn judged(account: &Value) -> Check {
        let status = json!({"signals": [{"name": "metrics"}, {"name": "logs", "unit": "lines", "account": account}]});
        judge(Question::new(Area::Signals, "account-logs", "", EXPECTED), "logs", &status)
    }

    fn account(kept: u64) -> Value {
        json!({"at_start": 1000, "received": 100, "kept": kept, "repeated": 3, "evicted": {"age": 1, "memory": 2, "disk": 4},
            "deleted": 5, "damaged": 6, "refused": {"too_old": 7, "no_labels": 2}})
    }

    #[test]
    fn an_account_that_balances_passes() {
        let check = judged(&account(1070));
        assert_eq!((check.id.as_str(), check.status), ("signals/account-logs", Status::Pass));
        let parts = "1,070 kept + 3 repeated + 7 evicted + 5 deleted + 6 damaged + 9 refused";
        assert_eq!(check.message, format!("1,000 lines at the start + 100 received = {parts}"));
    }

    #[test]
    fn an_account_that_does_not_balance_says_by_how_much() {
        let check = judged(&account(1068));
        assert_eq!(check.status, Status::Fail);
        assert!(
            check.message.starts_with("2 lines are missing in the lab, and none of its counters says why: 1,000 lines")
        );
        let check = judged(&account(1071));
        assert!(check.message.starts_with("the lab has 1 lines more than came, so some are stored twice"), "{check:?}");
    }

    #[test]
    fn a_lab_without_accounts_is_not_judged() {
        assert_eq!(judged(&Value::Null).status, Status::Skip);
        let check = judge(Question::new(Area::Signals, "account-x", "", EXPECTED), "x", &json!({}));
        assert_eq!(check.status, Status::Skip);
    }
}
