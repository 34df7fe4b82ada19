//! The process about itself, from `/proc/self` (Linux; elsewhere the family is absent), under the names of
//! Prometheus' client library conventions, and `dicelab_build_info`.

use std::fmt::Error;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

/// Reads `/proc` at every scrape.
#[derive(Debug)]
pub struct ProcessCollector;

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let Some(stat) = Stat::read() else { return Ok(()) };
        let cpu = ConstCounter::new(stat.cpu_seconds);
        let descriptor = encoder.encode_descriptor(
            "process_cpu_seconds",
            "User and system CPU time in seconds.",
            None,
            cpu.metric_type(),
        )?;
        cpu.encode(descriptor)?;
        let fds = fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
        let limits = fs::read_to_string("/proc/self/limits").ok();
        let gauges = [
            ("process_resident_memory_bytes", "Resident memory in bytes.", Some(stat.resident_bytes)),
            ("process_virtual_memory_bytes", "Virtual memory in bytes.", Some(stat.virtual_bytes)),
            ("process_start_time_seconds", "Start of the process, seconds since 1970.", stat.start_seconds()),
            ("process_threads", "Threads of the process.", Some(stat.threads)),
            // Counting the descriptors opens one more.
            ("process_open_fds", "Open file descriptors.", fds.map(|count| count.saturating_sub(1) as f64)),
            ("process_max_fds", "Limit of open file descriptors.", limits.as_deref().and_then(max_fds)),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                let gauge = ConstGauge::new(value);
                gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    service: &'static str,
    version: &'static str,
}

/// Registers `dicelab_build_info{service,version} 1`.
pub fn build_info(registry: &mut Registry, service: &'static str, version: &'static str) {
    let family = Family::<BuildLabels, Gauge>::default();
    family.get_or_create(&BuildLabels { service, version }).set(1);
    registry.register("dicelab_build_info", "Which build is running, always 1", family);
}

/// The fields of `/proc/self/stat` that are needed (`man 5 proc_pid_stat`).
#[derive(Debug, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    threads: f64,
    start_after_boot: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        let text = fs::read_to_string("/proc/self/stat").ok()?;
        Self::parse(&text, rustix::param::clock_ticks_per_second() as f64, rustix::param::page_size() as f64)
    }

    /// The command name stands in parentheses and may hold anything, so fields count from the last `)`.
    fn parse(text: &str, ticks: f64, page: f64) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        Some(Self {
            cpu_seconds: (field(14)? + field(15)?) / ticks,
            threads: field(20)?,
            start_after_boot: field(22)? / ticks,
            virtual_bytes: field(23)?,
            resident_bytes: field(24)? * page,
        })
    }

    fn start_seconds(&self) -> Option<f64> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let boot = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse::<f64>().ok()?;
        Some(boot + self.start_after_boot)
    }
}

/// The soft limit; absent when unlimited.
fn max_fds(limits: &str) -> Option<f64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_after_the_command_name() {
        let text = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 4 0 12345 1048576 300 184 1 1";
        let stat = Stat::parse(text, 100.0, 4096.0).expect("parses");
        let expected = Stat {
            cpu_seconds: 2.0,
            threads: 4.0,
            start_after_boot: 123.45,
            virtual_bytes: 1_048_576.0,
            resident_bytes: 1_228_800.0,
        };
        assert_eq!(stat, expected);
        assert_eq!(Stat::parse("42 (a) S 1", 100.0, 4096.0), None);
    }

    #[test]
    fn limits_are_read() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n";
        assert_eq!(max_fds(limits), Some(1024.0));
        assert_eq!(max_fds("Max open files  unlimited  unlimited  files"), None);
    }

    #[test]
    fn a_process_reports_itself() {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(ProcessCollector));
        build_info(&mut registry, "die-service", "1.2.3");
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("encodes");
        for name in [
            "process_cpu_seconds_total ",
            "process_resident_memory_bytes ",
            "process_virtual_memory_bytes ",
            "process_start_time_seconds ",
            "process_threads ",
            "process_open_fds ",
            "process_max_fds ",
            "dicelab_build_info{service=\"die-service\",version=\"1.2.3\"} 1\n",
        ] {
            assert!(text.contains(&format!("\n{name}")), "{name} in\n{text}");
        }
    }
}
