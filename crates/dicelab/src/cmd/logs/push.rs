//! `… | dicelab logs push --label app=x`: the lines of standard input, pushed as they come. A line has the time of its reading.
//! While the server has no room or does not answer, the lines wait in the pipe: [`input`] reads them, [`delivery`] sends them.

mod delivery;
mod input;

use std::io::{BufReader, stdin};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, Header, ServerUrl};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::cmd::logs::push::delivery::{Delivery, PATIENCE};
use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::ports::{Port, Ports};

/// Lines that are read ahead.
const AHEAD: usize = 1000;
/// So many lines or bytes go with one request.
const BATCH: (usize, usize) = (1000, 1 << 20);
/// How long a line waits for others that go with it.
const WAIT: Duration = Duration::from_millis(500);

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
    let mut delivery = Delivery::new(&server, &command.label);
    let ended = in_runtime(push(&mut delivery));
    let Delivery { pushed, refused, .. } = delivery;
    eprintln!("{pushed} lines pushed to {}", server.base());
    if refused > 0 {
        eprintln!("dicelab: {refused} lines were refused and are not stored");
    }
    ended?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn push(delivery: &mut Delivery<'_>) -> anyhow::Result<()> {
    let (sender, mut lines) = mpsc::channel(AHEAD);
    // Nobody joins it: it may wait for input for ever, and ends with the process.
    std::thread::spawn(move || input::read(BufReader::new(stdin()), &sender));
    while let Some(first) = lines.recv().await {
        let mut batch = vec![first?];
        let mut bytes = batch[0].1.len();
        let until = Instant::now() + WAIT;
        while batch.len() < BATCH.0
            && bytes < BATCH.1
            && let Ok(Some(line)) = timeout_at(until, lines.recv()).await
        {
            let line = line?;
            bytes += line.1.len();
            batch.push(line);
        }
        delivery.push(&batch).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_a_name_and_a_value() {
        assert_eq!(label("app=a=b"), Ok(("app".to_owned(), "a=b".to_owned())));
        for wrong in ["app", "a-b=c", "1a=b", "=b"] {
            assert!(label(wrong).is_err(), "{wrong}");
        }
    }
}
