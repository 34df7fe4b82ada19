//! The area "panels": every panel of every shipped dashboard runs its queries and shows data; where the ledger says
//! what a panel must show, it shows that; a quantile of latencies is off by one bucket's width at most from that of the
//! spans of the same requests.
//!
//! Values are compared over exactly the time between the scrapes before and after the ledger: `$__rate_interval` and
//! fixed windows become that time, so that rates and means have nothing to extrapolate.

use lab_dashboards::{Dashboard, Library};

use crate::areas::panels::ask::Asker;
use crate::areas::panels::board::{Panel, Query};
use crate::report::check::{Area, Check, Checks, Question};
use crate::report::numbers::plural;
use crate::time::wait::{Absent, Miss};
use crate::truth::context::Context;

mod ask;
mod board;
mod empty;
mod implied;
mod latency;
mod parsed;

/// Looks at every panel.
pub async fn check(context: &Context, checks: &mut Checks) {
    let asker = Asker::new(context).await;
    for shipped in Library::shipped().list() {
        let (json, check) = served(context, &shipped).await;
        checks.add(check);
        for panel in board::panels(&json) {
            if context.stop.is_cancelled() {
                return;
            }
            checks.add(one(context, &asker, &shipped.uid, &panel).await);
        }
    }
}

/// The dashboard as the server has it, or else as it is shipped.
async fn served(context: &Context, shipped: &Dashboard) -> (serde_json::Value, Check) {
    let asked = format!("dashboard {} of {}", shipped.uid, context.stack.grafana.base());
    let question = Question::new(Area::Panels, shipped.uid.clone(), asked, "it is there, with every shipped panel");
    let json = match context.stack.grafana.dashboard(&shipped.uid).await {
        Ok(json) => json,
        Err(error) => return (shipped.json.clone(), question.unanswered(&error)),
    };
    let titles =
        |json: &serde_json::Value| board::panels(json).into_iter().map(|panel| panel.title).collect::<Vec<_>>();
    let (ours, theirs) = (titles(&shipped.json), titles(&json));
    let missing: Vec<&String> = ours.iter().filter(|title| !theirs.contains(title)).collect();
    let got = plural(theirs.len() as u64, "panel", "panels");
    let check = if missing.is_empty() {
        question.pass(got.clone(), format!("“{}” is there, with {got}", shipped.title))
    } else {
        question.fail(got, format!("“{}” lacks the panels {missing:?}", shipped.title))
    };
    (json, check)
}

/// What a query of a panel shows.
enum Shown {
    /// So many series, lines or traces.
    Data(usize),
    /// Nothing, and this is why that is right.
    Nothing(String),
}

/// Waits for data of a query, unless there is a reason that there can be none.
async fn shown(context: &Context, asker: &Asker<'_>, query: &Query) -> Result<Shown, Absent> {
    let look = async || {
        match asker.data(query).await? {
            0 => {}
            count => return Ok(Shown::Data(count)),
        }
        // A query that the server cannot parse has no such reason.
        let parsed = asker.parsed(query).await.unwrap_or_default();
        match empty::reason(context, asker.scrapes_lab, query.source, &parsed).await {
            Some(reason) if !reason.data_may_come || context.arrival.is_over() => Ok(Shown::Nothing(reason.why)),
            _ => Err(Miss::NotYet(format!("there are no data for {}", query.text))),
        }
    };
    context.arrival.until(look).await
}

async fn one(context: &Context, asker: &Asker<'_>, uid: &str, panel: &Panel) -> Check {
    let name = format!("{uid}/{}", panel.slug());
    let asked: Vec<&str> = panel.queries.iter().map(|query| query.text.as_str()).collect();
    let question = Question::new(Area::Panels, name, asked.join(" ; "), "its queries run, and return data");
    if panel.queries.is_empty() {
        return match panel.words {
            0 => question.fail("nothing", "the panel has neither queries nor text"),
            words => question.pass("text", format!("a text of {words} words")),
        };
    }
    let mut found = Vec::new();
    for query in &panel.queries {
        match shown(context, asker, query).await {
            Ok(Shown::Data(count)) => found.push(format!("{count} {}", query.source.unit())),
            Ok(Shown::Nothing(why)) => return question.skip(why),
            Err(absent) => return question.fail("no data", absent.to_string()),
        }
    }
    let got = found.join(", ");
    let compared = match asker.compare(uid, panel).await {
        None => latency::compare(context, asker, panel).await,
        compared => compared,
    };
    match compared {
        None => question.pass(got.clone(), got),
        Some(Ok(shown)) => question.pass(got, shown),
        Some(Err(wrong)) => question.fail(got, wrong.to_string()),
    }
}
