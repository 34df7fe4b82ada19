//! How busy the machine of the services is: how long an answer takes that waits for nothing.
//!
//! A service that is slow by itself is slow alone; on a busy machine all of them are. So the quickest of the services
//! tells how busy the machine is. What is slow on a busy machine cannot be judged.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::stack::Stack;
use crate::stack::services::Service;

/// The pause between two rounds of probes.
const PAUSE: Duration = Duration::from_millis(100);
/// On a quiet machine an answer that waits for nothing takes a millisecond or two; longer than this, in seconds, is busy.
const BUSY: f64 = 0.02;

/// How many seconds the probes of each service took.
#[derive(Debug, Clone, Default)]
pub struct Probes([Vec<f64>; Service::ALL.len()]);

impl Probes {
    /// Asks each service again and again whether it is alive, and notes how long the answers take.
    pub async fn keep_probing(&mut self, stack: &Stack) -> Infallible {
        loop {
            for (service, seconds) in Service::ALL.into_iter().zip(&mut self.0) {
                let began = Instant::now();
                if stack.services.get(service, "/healthz", &[]).await.is_ok() {
                    seconds.push(began.elapsed().as_secs_f64());
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// The mean seconds that an answer takes at the quickest service; `None` if none has answered.
    pub fn quickest(&self) -> Option<f64> {
        let means = self.0.iter().filter(|seconds| !seconds.is_empty());
        means.map(|seconds| seconds.iter().sum::<f64>() / seconds.len() as f64).reduce(f64::min)
    }

    /// The mean seconds that an answer of a service takes; 0 if it has not answered.
    pub fn mean(&self, service: Service) -> f64 {
        let seconds = Service::ALL.iter().zip(&self.0).find(|(one, _)| **one == service).map(|(_, seconds)| seconds);
        let seconds = seconds.map(Vec::as_slice).unwrap_or_default();
        if seconds.is_empty() { 0.0 } else { seconds.iter().sum::<f64>() / seconds.len() as f64 }
    }

    /// Why nothing that is slow can be judged: the machine is busy. `None` on a quiet one.
    pub fn busy(&self) -> Option<String> {
        let seconds = self.quickest().filter(|seconds| *seconds > BUSY)?;
        Some(format!(
            "the machine is too busy to judge this: an answer of a service that waits for nothing takes {:.0} ms (on a \
             quiet machine less than {:.0} ms)",
            seconds * 1e3,
            BUSY * 1e3
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_service_does_not_make_a_busy_machine_and_three_do() {
        let slow_roller = Probes([vec![0.001, 0.002], vec![0.4, 0.6], vec![0.001]]);
        assert_eq!((slow_roller.busy(), slow_roller.mean(Service::DiceRoller)), (None, 0.5));
        let busy = Probes([vec![0.05, 0.07], vec![0.4], vec![0.08]]);
        let why = busy.busy().expect("all are slow");
        assert!(why.contains("takes 60 ms") && why.contains("less than 20 ms"), "{why}");
        assert_eq!(Probes::default().busy(), None, "nobody has answered");
    }
}
