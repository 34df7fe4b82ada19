//! The lab as its own client: questions to its own ports, without passwords.

use lab_verify::options::access::Access;
use lab_verify::options::{StackArgs, StackError};
use lab_verify::stack::Stack;
use lab_verify::time::clock::Clock;

use crate::parts::clock::now_ns;
use crate::ports::{Port, Ports};

/// Asks the lab at these ports.
pub fn stack(ports: Ports) -> Result<Stack, StackError> {
    let nowhere_else = StackArgs {
        prometheus_url: None,
        loki_url: None,
        tempo_url: None,
        grafana_url: None,
        frontend_url: None,
        dice_roller_url: None,
        die_service_url: None,
        collector_url: None,
        traffic_url: None,
        header: Vec::new(),
        access: Access::default(),
    };
    nowhere_else.stack(ports.number(Port::Metrics) - Port::Metrics.number(), Clock::new(now_ns))
}
