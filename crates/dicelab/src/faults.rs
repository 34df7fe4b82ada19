//! The faults of a whole lab: those of its services, and those of the lab itself.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use lab_model::duration;
use telemetry::faults::fault::{FAULTS, Fault, FaultError, FaultKind, SERVICES, Service, find};

/// Something that is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LabFault {
    /// In the services.
    OfServices(Fault),
    /// The metrics of a service are scraped under the job of an earlier stage.
    WrongJob(Service),
    /// The receiver of OTLP takes so long for each request; without a time until the fault is lifted.
    StallBackend(Option<Duration>),
}

/// The kinds of faults of the lab itself.
pub const LAB_FAULTS: [FaultKind<LabFault>; 2] = [
    FaultKind {
        name: "wrong-job",
        value: "SERVICE",
        about: "scrape the service under a wrong job label",
        read: |value| {
            let known = SERVICES.iter().find(|service| **service == value);
            let problem = || format!("expected one of {}, not {value:?}", SERVICES.join(", "));
            known.map(|service| LabFault::WrongJob(service)).ok_or_else(problem)
        },
    },
    FaultKind {
        name: "stall-backend",
        value: "[on|DURATION]",
        about: "delay every answer of the lab's OTLP receiver by this time, or answer nothing while the fault is on",
        read: |value| match value {
            "" | "on" => Ok(LabFault::StallBackend(None)),
            _ => match duration::parse(value) {
                Ok(time) if !time.is_zero() => Ok(LabFault::StallBackend(Some(time))),
                _ => Err(format!("expected on or a duration above 0, such as 5s, not {value:?}")),
            },
        },
    },
];

/// Every kind of fault as (name, how its value is written, what it does).
pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let of_services = FAULTS.iter().map(|kind| (kind.name, kind.value, kind.about));
    of_services.chain(LAB_FAULTS.iter().map(|kind| (kind.name, kind.value, kind.about)))
}

impl FromStr for LabFault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let own = find(&LAB_FAULTS, text);
        let of_services = || find(&FAULTS, text).map(|found| found.map(Self::OfServices));
        own.or_else(of_services).unwrap_or_else(|| {
            let name = text.split('=').next().unwrap_or_default().to_owned();
            Err(FaultError::Unknown { name, known: kinds().map(|(name, ..)| name).collect::<Vec<_>>().join(", ") })
        })
    }
}

impl LabFault {
    /// The name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OfServices(fault) => fault.name(),
            Self::WrongJob(_) => "wrong-job",
            Self::StallBackend(_) => "stall-backend",
        }
    }

    /// What its kind does.
    pub fn about(&self) -> &'static str {
        kinds().find(|(name, ..)| *name == self.name()).map_or("", |(_, _, about)| about)
    }

    /// Whether it takes the place of `other`: the same kind, acting on the same.
    pub fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OfServices(fault), Self::OfServices(other)) => {
                (fault.name(), fault.subject()) == (other.name(), other.subject())
            }
            (Self::WrongJob(service), Self::WrongJob(other)) => service == other,
            (Self::StallBackend(_), Self::StallBackend(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for LabFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfServices(fault) => fault.fmt(f),
            Self::WrongJob(service) => write!(f, "wrong-job={service}"),
            Self::StallBackend(None) => f.write_str("stall-backend=on"),
            Self::StallBackend(Some(time)) => write!(f, "stall-backend={}", duration::format(*time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_the_lab_and_of_its_services_are_read() {
        for text in ["wrong-job=frontend", "stall-backend=on", "stall-backend=5s", "drop-spans=0.5", "blocking=on"] {
            let fault: LabFault = text.parse().expect(text);
            assert_eq!(fault.to_string(), text);
            assert!(!fault.about().is_empty());
        }
        for (text, words) in [
            ("wrong-job", "wrong-job=SERVICE: expected one of die-service, dice-roller, frontend, not \"\""),
            ("stall-backend=0", "such as 5s, not \"0\""),
            ("drop-spans=2", "at most 1"),
            ("nonsense", "known: drop-spans, "),
            ("nonsense", ", crash, wrong-job, stall-backend"),
        ] {
            let error = text.parse::<LabFault>().expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_fault_takes_the_place_of_its_like() {
        let replaces = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| text.parse::<LabFault>().expect(text));
            one.replaces(&other)
        };
        assert!(replaces("drop-spans=0.1", "drop-spans=0.2"));
        assert!(!replaces("drop-spans=0.1", "drop-spans=frontend:0.2"));
        assert!(!replaces("wrong-job=frontend", "wrong-job=dice-roller"));
        assert!(replaces("stall-backend=5s", "stall-backend"));
    }
}
