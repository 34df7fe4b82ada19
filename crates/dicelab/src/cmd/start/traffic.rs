//! `dicelab traffic`: simulated users; they also make the gentle traffic of `up`, as its child.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use lab_traffic::gate::Gate;
use lab_traffic::options::TrafficArgs;
use lab_traffic::orders::{self, Held};
use lab_traffic::traffic;
use tokio_util::sync::CancellationToken;

use crate::app::signals::Signals;
use crate::cmd::runtime::in_runtime;
use crate::cmd::start::traffic_door::{self, Control};
use crate::options::common::Common;
use crate::parts::clock::now_ns;

/// An orphan has no reader left for its lines; it is to be gone within 3 s.
const ORPHAN_GRACE: Duration = Duration::from_secs(2);

/// Arguments of `dicelab traffic`.
#[derive(Debug, clap::Args)]
pub struct TrafficCommand {
    #[command(flatten)]
    traffic: TrafficArgs,
    /// Listen here for orders to hold the traffic and to let it go on, as `dicelab verify` gives them; port 8109 is where it
    /// looks [default: none are taken]
    #[arg(long, value_name = "ADDRESS:PORT")]
    control: Option<SocketAddr>,
    /// Take orders from the default gateway, too: in a container that is its machine, and whoever comes in by a published port
    #[arg(long, requires = "control")]
    control_gateway: bool,
    /// Take orders from standard input and stop at once when it closes (set by the supervisor, whose socket it is)
    #[arg(long, hide = true)]
    exit_with_parent: bool,
    #[command(flatten)]
    common: Common,
}

/// Runs until its end or until a signal comes; what is in flight then is waited for.
pub fn run(command: &TrafficCommand) -> anyhow::Result<ExitCode> {
    in_runtime(async {
        let (stop, orphaned) = (CancellationToken::new(), CancellationToken::new());
        let mut signals = Signals::listen()?;
        let gate = Gate::default();
        if command.exit_with_parent {
            let orders = telemetry::lifeline::hold(orphaned.clone())?;
            tokio::spawn(orders::obey(orders, gate.clone(), Held::default()));
        }
        if let Some(address) = command.control {
            let held = Held::default();
            let control = Control::new(held.clone(), command.control_gateway);
            let orders = traffic_door::open(traffic_door::bind(address)?, control, stop.child_token())?;
            tokio::spawn(orders::obey(orders, gate.clone(), held));
        }
        let traffic = traffic::run(&command.traffic, command.common.port_offset, now_ns, &gate, &stop);
        let asked = async {
            tokio::select! {
                _ = signals.next() => {
                    stop.cancel();
                    // A second signal means at once.
                    signals.next().await;
                }
                () = orphaned.cancelled() => {
                    stop.cancel();
                    tokio::time::sleep(ORPHAN_GRACE).await;
                }
            }
        };
        tokio::select! {
            verdict = traffic => Ok(verdict?.into()),
            () = asked => Ok(ExitCode::FAILURE),
        }
    })
}
