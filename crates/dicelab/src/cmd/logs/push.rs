//! `… | dicelab logs push --label app=x`: the lines of standard input, pushed as they come. A line has the time of its reading.
//! While the server has no room or does not answer, the lines wait in the pipe.

use std::io::{BufRead, BufReader, Read, stdin};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, Header, ServerUrl};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::parts::clock::now_ns;
use crate::ports::{Port, Ports};

/// The longest line; a longer one becomes several.
const LONGEST: u64 = 256 << 10;
/// Lines that are read ahead.
const AHEAD: usize = 1000;
/// So many lines or bytes go with one request.
const BATCH: (usize, usize) = (1000, 1 << 20);
/// How long a line waits for others that go with it.
const WAIT: Duration = Duration::from_millis(500);
/// How long a server may have no room, or not answer, before the push fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// The time between two attempts.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Arguments of `dicelab logs push`.
#[derive(Debug, clap::Args)]
pub struct PushCommand {
    /// Give the lines this label, for example `app=shop`; may be repeated
    #[arg(long, value_name = "NAME=VALUE", required = true, value_parser = label)]
    label: Vec<(String, String)>,
    /// Push to this server instead of the lab
    #[arg(long, value_name = "URL")]
    url: Option<ServerUrl>,
    /// Send this header along, for example `X-Scope-OrgID: tenant`; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<Header>,
    #[command(flatten)]
    access: Access,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, for example app=shop")?;
    if lab_model::labels::is_label_name(name) {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err(format!("{name:?} is no name of a label: letters, digits and `_` make one, and no digit begins it"))
    }
}

/// Pushes until standard input ends, and says on stderr how many lines there were.
pub fn run(command: &PushCommand) -> anyhow::Result<ExitCode> {
    let url = match &command.url {
        Some(url) => url.clone(),
        None => {
            let ports = Ports::new(Ipv4Addr::LOCALHOST.into(), command.common.port_offset);
            command.access.local(&ports.url(Port::Logs))?
        }
    };
    let server = Endpoint::new(command.access.client(PATIENCE)?, &url, &command.header);
    let server = server.asked_by(command.access.user.as_ref());
    let count = in_runtime(push(&server, &command.label))?;
    eprintln!("{count} lines pushed to {}", server.base());
    Ok(ExitCode::SUCCESS)
}

async fn push(server: &Endpoint, labels: &[(String, String)]) -> anyhow::Result<u64> {
    let (sender, mut lines) = mpsc::channel(AHEAD);
    // Nobody joins it: it may wait for input for ever, and ends with the process.
    std::thread::spawn(move || read(BufReader::new(stdin()), &sender));
    let mut count = 0;
    while let Some(first) = lines.recv().await {
        let (mut bytes, mut batch) = (0, vec![first?]);
        let until = Instant::now() + WAIT;
        while batch.len() < BATCH.0
            && bytes < BATCH.1
            && let Ok(Some(line)) = timeout_at(until, lines.recv()).await
        {
            let line: (i64, String) = line?;
            bytes += line.1.len();
            batch.push(line);
        }
        count += batch.len() as u64;
        send(server, labels, &batch).await?;
    }
    Ok(count)
}

/// Reads lines until the input ends or nobody wants them any more; each has a time after that of the one before.
fn read(mut input: impl BufRead, lines: &mpsc::Sender<std::io::Result<(i64, String)>>) {
    let (mut last, mut line) = (0, Vec::new());
    loop {
        line.clear();
        match input.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => {
                // Nobody is left to tell if this fails.
                let _ = lines.blocking_send(Err(error));
                return;
            }
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = String::from_utf8_lossy(text.strip_suffix(b"\r").unwrap_or(text)).into_owned();
        if text.is_empty() {
            continue;
        }
        last = now_ns().max(last + 1);
        if lines.blocking_send(Ok((last, text))).is_err() {
            return;
        }
    }
}

/// Pushes a batch, again and again while that may help.
async fn send(server: &Endpoint, labels: &[(String, String)], lines: &[(i64, String)]) -> anyhow::Result<()> {
    let labels: serde_json::Map<_, _> = labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let values: Vec<_> = lines.iter().map(|(time, line)| json!([time.to_string(), line])).collect();
    let body = json!({"streams": [{"stream": labels, "values": values}]}).to_string();
    let until = Instant::now() + PATIENCE;
    loop {
        let why = match server.post_json("/loki/api/v1/push", body.clone()).await {
            Ok(answer) if (200..300).contains(&answer.status) => return Ok(()),
            Ok(answer) if answer.status == 429 || answer.status >= 500 => answer.text(),
            Ok(answer) => bail!("{} refuses the lines: {}", server.base(), answer.text().trim()),
            Err(error) => error.to_string(),
        };
        if Instant::now() >= until {
            bail!("the lines cannot be pushed for {PATIENCE:?}: {}", why.trim());
        }
        sleep(AGAIN_AFTER).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_read_as_they_are_and_have_times_of_their_own() {
        let (sender, mut lines) = mpsc::channel(10);
        let mut input = b"one\r\n\ntwo \xff\n".to_vec();
        input.extend(vec![b'x'; 300 << 10]);
        tokio::task::spawn_blocking(move || read(&input[..], &sender)).await.expect("read");
        let mut read = Vec::new();
        while let Some(line) = lines.recv().await {
            read.push(line.expect("a line"));
        }
        let texts: Vec<&str> = read.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts[..2], ["one", "two \u{fffd}"]);
        assert_eq!(texts[2..].iter().map(|text| text.len()).collect::<Vec<_>>(), [256 << 10, 44 << 10]);
        assert!(read.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_label_has_a_name_and_a_value() {
        assert_eq!(label("app=a=b"), Ok(("app".to_owned(), "a=b".to_owned())));
        for wrong in ["app", "a-b=c", "1a=b", "=b"] {
            assert!(label(wrong).is_err(), "{wrong}");
        }
    }
}
