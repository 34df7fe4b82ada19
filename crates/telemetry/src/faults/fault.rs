//! One fault as people write it: `drop-spans=dice-roller:0.5`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use lab_model::duration;

/// The services, as faults name them.
pub const SERVICES: [&str; 3] = ["die-service", "dice-roller", "frontend"];
/// The counters that can be counted double; the first unless told.
pub const COUNTED: [&str; 4] =
    ["async_rolls_total", "dice_rolls_total", "frontend_requests_total", "http_requests_total"];
/// How often a service crashes unless told.
const CRASH_EVERY: Duration = Duration::from_secs(10);

/// One of [`SERVICES`].
pub type Service = &'static str;

/// Something that is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// This share of finished spans vanishes; of all services unless one is named.
    DropSpans(Option<Service>, f64),
    /// This share of log lines vanishes.
    DropLogs(Option<Service>, f64),
    /// This share of log lines is written twice.
    DuplicateLogs(Option<Service>, f64),
    /// The service's calls carry no `traceparent`.
    LoseContext(Service),
    /// The service's clock is ahead by so many nanoseconds, behind if negative.
    ClockSkew(Service, i64),
    /// What raises this counter, one of [`COUNTED`], raises it twice.
    DoubleCount(&'static str),
    /// Rolls hold their thread while they wait, so that those of a batch come one after another.
    Blocking,
    /// Every request to the service takes this much longer.
    Slow(Service, Duration),
    /// The service aborts when it has run for so long.
    Crash(Service, Duration),
}

/// A kind of fault: how it is written, what it does.
#[derive(Debug)]
pub struct FaultKind<F: 'static = Fault> {
    /// What stands before the `=`.
    pub name: &'static str,
    /// What stands after it, such as `SERVICE:DURATION`.
    pub value: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Reads the value, empty if none was given; the error says what is wanted.
    pub read: fn(&str) -> Result<F, String>,
}

/// The kinds of faults that services know.
pub const FAULTS: [FaultKind; 9] = [
    FaultKind {
        name: "drop-spans",
        value: "[SERVICE:]SHARE",
        about: "lose this share of spans, silently",
        read: |value| part(value).map(|(service, share)| Fault::DropSpans(service, share)),
    },
    FaultKind {
        name: "drop-logs",
        value: "[SERVICE:]SHARE",
        about: "lose this share of log lines, silently",
        read: |value| part(value).map(|(service, share)| Fault::DropLogs(service, share)),
    },
    FaultKind {
        name: "duplicate-logs",
        value: "[SERVICE:]SHARE",
        about: "write this share of log lines twice",
        read: |value| part(value).map(|(service, share)| Fault::DuplicateLogs(service, share)),
    },
    FaultKind {
        name: "lose-context",
        value: "SERVICE",
        about: "send no traceparent with the service's calls (frontend or dice-roller)",
        read: lose_context,
    },
    FaultKind {
        name: "clock-skew",
        value: "SERVICE:DURATION",
        about: "set the clock of the service's telemetry ahead, or behind by -DURATION",
        read: clock_skew,
    },
    FaultKind {
        name: "double-count",
        value: "[METRIC]",
        about: "count twice: async_rolls_total, dice_rolls_total, frontend_requests_total or http_requests_total",
        read: double_count,
    },
    FaultKind {
        name: "blocking",
        value: "[on]",
        about: "make the rolls of a batch wait one after another",
        read: |value| match value {
            "" | "on" => Ok(Fault::Blocking),
            _ => Err(format!("expected on, not {value:?}")),
        },
    },
    FaultKind {
        name: "slow",
        value: "SERVICE:DURATION",
        about: "make every request to the service take this much longer",
        read: |value| timed(value, "frontend:300ms", None).map(|(service, time)| Fault::Slow(service, time)),
    },
    FaultKind {
        name: "crash",
        value: "SERVICE[:EVERY]",
        about: "abort the service every so often (10s)",
        read: |value| {
            timed(value, "frontend:30s", Some(CRASH_EVERY)).map(|(service, every)| Fault::Crash(service, every))
        },
    },
];

/// Why a text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There is none of this name.
    #[error("there is no fault {name:?}; known: {known}")]
    Unknown {
        name: String,
        /// The names there are.
        known: String,
    },
    /// The value is wrong.
    #[error("{name}={value}: {problem}")]
    Value {
        /// The fault's name.
        name: &'static str,
        /// How its value is written.
        value: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// Reads `NAME=VALUE` by a table of kinds; `None` if the name is not in it.
pub fn find<F>(kinds: &[FaultKind<F>], text: &str) -> Option<Result<F, FaultError>> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let kind = kinds.iter().find(|kind| kind.name == name)?;
    let wrong = |problem| FaultError::Value { name: kind.name, value: kind.value, problem };
    Some((kind.read)(value).map_err(wrong))
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        find(&FAULTS, text).unwrap_or_else(|| {
            let name = text.split('=').next().unwrap_or_default().to_owned();
            Err(FaultError::Unknown { name, known: FAULTS.map(|kind| kind.name).join(", ") })
        })
    }
}

impl Fault {
    /// The name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DropSpans(..) => "drop-spans",
            Self::DropLogs(..) => "drop-logs",
            Self::DuplicateLogs(..) => "duplicate-logs",
            Self::LoseContext(_) => "lose-context",
            Self::ClockSkew(..) => "clock-skew",
            Self::DoubleCount(_) => "double-count",
            Self::Blocking => "blocking",
            Self::Slow(..) => "slow",
            Self::Crash(..) => "crash",
        }
    }

    /// What it acts on, if not on everything: two faults of a name exclude each other if this is the same.
    pub fn subject(&self) -> Option<&'static str> {
        match *self {
            Self::DropSpans(service, _) | Self::DropLogs(service, _) | Self::DuplicateLogs(service, _) => service,
            Self::LoseContext(name)
            | Self::ClockSkew(name, _)
            | Self::Slow(name, _)
            | Self::Crash(name, _)
            | Self::DoubleCount(name) => Some(name),
            Self::Blocking => None,
        }
    }

    /// Whether it acts in this service.
    pub fn is_for(&self, service: &str) -> bool {
        match self {
            Self::DoubleCount(_) | Self::Blocking => true,
            _ => self.subject().is_none_or(|subject| subject == service),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name())?;
        match *self {
            Self::DropSpans(service, share) | Self::DropLogs(service, share) | Self::DuplicateLogs(service, share) => {
                match service {
                    Some(service) => write!(f, "{service}:{share}"),
                    None => write!(f, "{share}"),
                }
            }
            Self::LoseContext(service) => f.write_str(service),
            Self::ClockSkew(service, nanos) => {
                let sign = if nanos < 0 { "-" } else { "" };
                write!(f, "{service}:{sign}{}", duration::format(Duration::from_nanos(nanos.unsigned_abs())))
            }
            Self::DoubleCount(metric) => f.write_str(metric),
            Self::Blocking => f.write_str("on"),
            Self::Slow(service, time) | Self::Crash(service, time) => {
                write!(f, "{service}:{}", duration::format(time))
            }
        }
    }
}

/// A share, above 0 and at most 1.
fn share(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .filter(|share| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| format!("expected a share above 0 and at most 1, such as 0.01, not {text:?}"))
}

fn part(value: &str) -> Result<(Option<Service>, f64), String> {
    match value.split_once(':') {
        Some((service, rest)) => Ok((Some(known(service, &SERVICES)?), share(rest)?)),
        None => Ok((None, share(value)?)),
    }
}

fn lose_context(value: &str) -> Result<Fault, String> {
    // die-service calls nobody.
    known(value, &SERVICES[1..]).map(Fault::LoseContext)
}

fn clock_skew(value: &str) -> Result<Fault, String> {
    let unsigned = value.replacen(":-", ":", 1);
    let (service, time) = timed(&unsigned, "frontend:-5s", None)?;
    let nanos = i64::try_from(time.as_nanos()).map_err(|_| format!("{value} is too long a time"))?;
    Ok(Fault::ClockSkew(service, if unsigned == value { nanos } else { -nanos }))
}

fn double_count(value: &str) -> Result<Fault, String> {
    let metric = if value.is_empty() { COUNTED[0] } else { known(value, &COUNTED)? };
    Ok(Fault::DoubleCount(metric))
}

/// `SERVICE:DURATION`, the duration above 0 and possibly left out.
fn timed(value: &str, example: &str, default: Option<Duration>) -> Result<(Service, Duration), String> {
    let (service, time) = match (value.split_once(':'), default) {
        (Some((service, time)), _) => (known(service, &SERVICES)?, duration::parse(time).map_err(|e| e.to_string())?),
        (None, Some(default)) => (known(value, &SERVICES)?, default),
        (None, None) => return Err(format!("expected a service and a duration, such as {example}, not {value:?}")),
    };
    if time.is_zero() {
        return Err("the duration must be more than 0".to_owned());
    }
    Ok((service, time))
}

fn known(name: &str, names: &'static [&'static str]) -> Result<&'static str, String> {
    let found = names.iter().find(|known| **known == name);
    found.copied().ok_or_else(|| format!("expected one of {}, not {name:?}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_written_back() {
        for text in [
            "drop-spans=0.01",
            "drop-spans=dice-roller:1",
            "drop-logs=frontend:0.5",
            "duplicate-logs=0.25",
            "lose-context=frontend",
            "clock-skew=die-service:5s",
            "clock-skew=frontend:-1m30s",
            "double-count=http_requests_total",
            "blocking=on",
            "slow=die-service:300ms",
            "crash=dice-roller:1m",
        ] {
            let fault: Fault = text.parse().expect(text);
            assert_eq!(fault.to_string(), text);
            assert!(text.starts_with(fault.name()));
        }
        for (short, full) in [
            ("blocking", "blocking=on"),
            ("double-count", "double-count=async_rolls_total"),
            ("crash=frontend", "crash=frontend:10s"),
        ] {
            assert_eq!(short.parse::<Fault>().expect(short).to_string(), full);
        }
    }

    #[test]
    fn errors_say_what_is_wrong_and_what_is_expected() {
        for (text, words) in [
            ("drop-span=1", "there is no fault \"drop-span\"; known: drop-spans, drop-logs"),
            ("", "there is no fault \"\"; known"),
            (
                "drop-spans",
                "drop-spans=[SERVICE:]SHARE: expected a share above 0 and at most 1, such as 0.01, not \"\"",
            ),
            ("drop-logs=1.5", "at most 1"),
            ("drop-logs=NaN", "at most 1"),
            ("drop-spans=grafana:0.5", "expected one of die-service, dice-roller, frontend, not \"grafana\""),
            ("lose-context=die-service", "expected one of dice-roller, frontend, not"),
            ("clock-skew=frontend", "such as frontend:-5s"),
            ("clock-skew=frontend:soon", "clock-skew=SERVICE:DURATION: "),
            ("slow=frontend:0", "more than 0"),
            ("slow=frontend:-1s", "slow=SERVICE:DURATION: "),
            ("double-count=rolls", "expected one of async_rolls_total, "),
            ("blocking=off", "expected on, not \"off\""),
        ] {
            let error = text.parse::<Fault>().expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_fault_acts_where_it_is_meant_to() {
        let acts = |text: &str| {
            let fault: Fault = text.parse().expect(text);
            SERVICES.map(|service| fault.is_for(service))
        };
        assert_eq!(acts("drop-spans=0.1"), [true; 3]);
        assert_eq!(acts("drop-spans=frontend:0.1"), [false, false, true]);
        assert_eq!(acts("crash=die-service"), [true, false, false]);
        assert_eq!(acts("double-count"), [true; 3]);
    }

    #[test]
    fn the_name_of_a_fault_is_that_of_its_kind() {
        let examples = ["0.5", "frontend", "frontend:1s", "", "on"];
        for kind in &FAULTS {
            let fault = examples.iter().find_map(|value| (kind.read)(value).ok()).expect(kind.name);
            assert_eq!(fault.name(), kind.name);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(name in "[a-z-]{0,12}", value in "[a-z0-9:.=-]{0,20}") {
            let _ = format!("{name}={value}").parse::<Fault>();
            for kind in &FAULTS {
                let _ = (kind.read)(&value);
            }
        }
    }
}
