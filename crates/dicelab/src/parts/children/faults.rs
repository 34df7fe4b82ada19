//! The faults that are on in a running lab: kept here, told to the services, and seen by the lab's own parts.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use lab_supervisor::{MoreArgs, OrderError, ProcessList};
use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use telemetry::faults::fault::{SERVICES, Service};

use crate::faults::LabFault;
use crate::parts::children::collector::container_name;
use crate::parts::clock::now_ns;
use crate::parts::stall::{Stall, Stalled};

/// A service whose thread is blocked by fault may take this long to listen.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The faults, to be changed and looked at from anywhere; a clone shares them.
#[derive(Clone, Debug, Default)]
pub struct FaultControl {
    active: Arc<Mutex<Vec<Active>>>,
    args: MoreArgs,
    stall: Stall,
}

#[derive(Clone, Copy, Debug)]
struct Active {
    fault: LabFault,
    since_ms: i64,
}

/// A fault that is on.
#[derive(Clone, Debug, Serialize)]
pub struct ActiveFault {
    /// As it is written.
    pub fault: String,
    /// What it does.
    pub about: &'static str,
    /// Since when it is on, in milliseconds since the epoch.
    pub since_ms: i64,
}

impl FaultControl {
    /// With these faults on from the start.
    pub fn new(faults: &[LabFault]) -> Self {
        let control = Self::default();
        for fault in faults {
            control.add(*fault);
        }
        control
    }

    /// The faults that are on, in the order in which they came.
    pub fn active(&self) -> Vec<ActiveFault> {
        let shown = |active: &Active| ActiveFault {
            fault: active.fault.to_string(),
            about: active.fault.about(),
            since_ms: active.since_ms,
        };
        self.lock().iter().map(shown).collect()
    }

    /// Switches a fault on, in the place of its like.
    pub fn add(&self, fault: LabFault) {
        let mut active = self.lock();
        active.retain(|other| !fault.replaces(&other.fault));
        active.push(Active { fault, since_ms: now_ns() / 1_000_000 });
        self.apply(&active);
    }

    /// Switches the faults of this name off, or all; how many that were.
    pub fn lift(&self, name: Option<&str>) -> usize {
        let mut active = self.lock();
        let before = active.len();
        active.retain(|active| name.is_some_and(|name| active.fault.name() != name));
        self.apply(&active);
        before - active.len()
    }

    /// Tells the services that run what is on now. One that does not run hears it when it starts.
    pub async fn tell(&self, processes: &ProcessList) -> Result<(), (Service, OrderError)> {
        let words: Vec<_> = self.of_services().map(|fault| format!(" {fault}")).collect();
        let order = format!("faults{}", words.concat());
        for service in SERVICES {
            match processes.order(&container_name(service), &order, ANSWER_WITHIN).await {
                Ok(_) | Err(OrderError::NotListening) => {}
                Err(error) => return Err((service, error)),
            }
        }
        Ok(())
    }

    /// The arguments of the services that follow from the faults.
    pub fn args(&self) -> MoreArgs {
        self.args.clone()
    }

    /// The switch of the OTLP receiver.
    pub fn stall(&self) -> Stall {
        self.stall.clone()
    }

    /// The services that are scraped under a wrong job.
    pub fn wrong_jobs(&self) -> Vec<Service> {
        let wrong = |active: &Active| match active.fault {
            LabFault::WrongJob(service) => Some(service),
            _ => None,
        };
        self.lock().iter().filter_map(wrong).collect()
    }

    fn of_services(&self) -> impl Iterator<Item = String> {
        of_services(&self.lock())
    }

    /// What takes effect without anybody being told.
    fn apply(&self, active: &[Active]) {
        self.args.set(of_services(active).map(|fault| OsString::from(format!("--fault={fault}"))).collect());
        let stalled = active.iter().find_map(|active| match active.fault {
            LabFault::StallBackend(time) => Some(time.map_or(Stalled::UntilLifted, Stalled::For)),
            _ => None,
        });
        self.stall.set(stalled.unwrap_or_default());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Active>> {
        self.active.lock()
    }
}

fn of_services(active: &[Active]) -> impl Iterator<Item = String> + use<> {
    let written = |active: &Active| match active.fault {
        LabFault::OfServices(fault) => Some(fault.to_string()),
        _ => None,
    };
    active.iter().filter_map(written).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(faults: &[&str]) -> FaultControl {
        FaultControl::new(&faults.iter().map(|text| text.parse().expect("a fault")).collect::<Vec<_>>())
    }

    fn written(control: &FaultControl) -> Vec<String> {
        control.active().into_iter().map(|active| active.fault).collect()
    }

    #[test]
    fn faults_come_replace_their_like_and_go() {
        let control = control(&["drop-spans=0.1", "wrong-job=frontend", "drop-spans=0.2", "slow=frontend:1s"]);
        assert_eq!(written(&control), ["wrong-job=frontend", "drop-spans=0.2", "slow=frontend:1s"]);
        assert_eq!(control.wrong_jobs(), ["frontend"]);
        assert_eq!(control.of_services().collect::<Vec<_>>(), ["drop-spans=0.2", "slow=frontend:1s"]);
        assert_eq!((control.lift(Some("slow")), control.lift(Some("slow"))), (1, 0));
        assert_eq!(control.lift(None), 2);
        assert!(control.active().is_empty() && control.wrong_jobs().is_empty());
    }
}
