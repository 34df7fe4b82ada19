//! The area "services": each service is ready, says what it is, and answers as the contract says, errors included.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use crate::areas::services::breach::Breach;
use crate::areas::services::cases::{CASES, Case};
use crate::report::check::{Area, Check, Checks, Question};
use crate::stack::endpoint::Answer;
use crate::stack::services::Service;
use crate::truth::context::Context;

mod breach;
mod cases;

/// Answers without dice take no longer, or their service is slow.
const PROMPT: Duration = Duration::from_millis(500);
/// The best of so many answers counts: a busy machine may hold up one.
const TRIES: usize = 3;

/// Asks every service.
pub async fn check(context: &Context, checks: &mut Checks) {
    for service in Service::ALL {
        checks.add(ready(context, service).await);
    }
    checks.add(versions(context).await);
    for case in &CASES {
        checks.add(one(context, case).await);
    }
    for service in Service::ALL {
        checks.add(prompt(context, service).await);
    }
}

async fn ready(context: &Context, service: Service) -> Check {
    let question = question(&format!("ready-{service}"), &format!("GET /readyz of {service}"), "200");
    match context.stack.services.get(service, "/readyz", &[]).await {
        Err(error) => question.unanswered(&error),
        Ok(answer) if answer.status == 200 => question.pass("200", format!("{service} is ready")),
        Ok(answer) => {
            let why = detail(&answer).unwrap_or_else(|| answer.text());
            question.fail(answer.status.to_string(), format!("{service} is not ready: {}", why.trim()))
        }
    }
}

/// The versions that the two services which answer `GET /` in JSON tell, and that the three builds tell as metrics.
async fn versions(context: &Context) -> Check {
    let question = question("versions", "dicelab_build_info of each service", "the same version");
    let mut versions = Vec::new();
    for service in Service::ALL {
        match context.stack.services.metrics(service).await {
            Err(error) => return question.unanswered(&error),
            Ok(samples) => {
                let info = samples.iter().find(|sample| sample.name() == "dicelab_build_info");
                versions.push(info.map_or_else(|| "unknown".to_owned(), |info| info.label("version").to_owned()));
            }
        }
    }
    let all: Vec<String> =
        Service::ALL.iter().zip(&versions).map(|(service, version)| format!("{service} {version}")).collect();
    let same = versions.windows(2).all(|pair| pair[0] == pair[1]);
    let message = if same { format!("all services are version {}", versions[0]) } else { all.join(", ") };
    question.judge(same && versions[0] != "unknown", all.join(", "), message)
}

async fn one(context: &Context, case: &Case) -> Check {
    let asked = format!("{} {} of {}", case.method, case.path, case.service);
    let question = question(case.name, &asked, &format!("{}, {}", case.status, case.expected));
    let method = case.method.parse().unwrap_or(Method::GET);
    let answer = match context.stack.services.ask(case.service, method, case.path).await {
        Ok(answer) => answer,
        Err(error) => return question.unanswered(&error),
    };
    let got = answer.status.to_string();
    if answer.status != case.status {
        let why = detail(&answer).map(|why| format!(": {why}")).unwrap_or_default();
        return question.fail(got, format!("answered {} instead of {}{why}", answer.status, case.status));
    }
    match problem(&answer).and_then(|()| (case.judge)(&answer)) {
        Ok(message) => question.pass(got, message),
        Err(breach) => question.fail(got, breach.to_string()),
    }
}

/// Every answer names its trace; every error is a problem.
fn problem(answer: &Answer) -> Result<(), Breach> {
    if answer.url.ends_with("/metrics") {
        return Ok(());
    }
    let trace = answer.header("traceresponse").unwrap_or_default();
    let parts: Vec<usize> = trace.split('-').map(str::len).collect();
    if parts != [2, 32, 16, 2] {
        return Err(Breach::TraceResponse(trace.to_owned()));
    }
    if answer.status < 400 {
        return Ok(());
    }
    let kind = answer.header("content-type").unwrap_or_default();
    if !kind.starts_with("application/problem+json") {
        return Err(Breach::ContentType(kind.to_owned()));
    }
    let body: Value = answer.json()?;
    let missing = ["type", "title", "status", "detail", "trace_id"].into_iter().find(|name| body.get(name).is_none());
    match missing {
        Some(name) => Err(Breach::Field(name)),
        None if body["status"] != answer.status => Err(Breach::Status(body["status"].clone())),
        None => Ok(()),
    }
}

/// Answers that wait for no dice are quick.
async fn prompt(context: &Context, service: Service) -> Check {
    let path = if service == Service::DieService { "/dice" } else { "/" };
    let asked = format!("GET {path} of {service}, the best of {TRIES}");
    let question = question(&format!("prompt-{service}"), &asked, &format!("an answer within {PROMPT:?}"));
    let mut best = Duration::MAX;
    for _ in 0..TRIES {
        let began = Instant::now();
        if let Err(error) = context.stack.services.get(service, path, &[]).await {
            return question.unanswered(&error);
        }
        best = best.min(began.elapsed());
    }
    let got = format!("{:.1} ms", best.as_secs_f64() * 1e3);
    if best <= PROMPT {
        let message = format!("{service} answers within {got}");
        return question.pass(got, message);
    }
    let message = format!("{service} is slow: even an answer that waits for nothing takes it {got}");
    question.too_slow(context.probes.busy(), got, message)
}

/// What a problem says in words.
fn detail(answer: &Answer) -> Option<String> {
    Some(answer.json::<Value>().ok()?.get("detail")?.as_str()?.to_owned())
}

fn question(name: &str, asked: &str, expected: &str) -> Question {
    Question::new(Area::Services, name, asked, expected)
}
