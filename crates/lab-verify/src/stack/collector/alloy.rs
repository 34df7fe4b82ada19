//! An Alloy where a lab would have its collector: whether it is ready, and what it counts.

use crate::report::numbers::count;
use crate::stack::endpoint::Endpoint;
use crate::stack::sample::Sample;
use crate::stack::services::exposition;

/// What an Alloy says of itself.
#[derive(Debug, Clone)]
pub struct Alloy {
    /// `v1.18.1` for example.
    pub version: String,
    pub is_ready: bool,
    /// Its own metrics.
    samples: Vec<Sample>,
}

impl Alloy {
    /// The Alloy behind an endpoint, if one is there.
    pub(super) async fn at(endpoint: &Endpoint) -> Option<Self> {
        let page = endpoint.get("/metrics", &[]).await.ok()?.good().ok()?;
        let is_ready = endpoint.is_good("/-/ready").await.is_ok();
        Self::read(&page.text(), is_ready)
    }

    fn read(page: &str, is_ready: bool) -> Option<Self> {
        let samples = exposition::read(page).ok()?;
        let build = samples.iter().find(|sample| sample.name() == "alloy_build_info")?;
        Some(Self { version: build.label("version").to_owned(), is_ready, samples })
    }

    /// The sum of a metric over its components; `None` if none of them has it.
    pub fn sum(&self, name: &str) -> Option<f64> {
        let of_name = self.samples.iter().filter(|sample| sample.name() == name);
        of_name.map(|sample| sample.value).reduce(|sum, value| sum + value)
    }

    /// How it is, in a sentence, with how many lines went through it.
    pub fn lines(&self) -> String {
        let number = |name| count(self.sum(name).unwrap_or_default().max(0.0) as u64);
        let (sent, dropped) = (number("loki_write_sent_entries_total"), number("loki_write_dropped_entries_total"));
        format!("{}, has sent {sent} lines and dropped {dropped}", self.state())
    }

    /// How it is, in a sentence, with how many spans went through it.
    pub fn spans(&self) -> String {
        let number = |name| count(self.sum(name).unwrap_or_default().max(0.0) as u64);
        let received = number("otelcol_receiver_accepted_spans_total");
        let sent = number("otelcol_exporter_sent_spans_total");
        let failed = number("otelcol_exporter_send_failed_spans_total");
        format!("{}, has received {received} spans, sent {sent} and failed to send {failed}", self.state())
    }

    fn state(&self) -> String {
        format!("Alloy {} {}", self.version, if self.is_ready { "is ready" } else { "is not ready" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alloy_is_known_by_its_own_metrics() {
        let page = "# TYPE alloy_build_info gauge\nalloy_build_info{version=\"v1.18.1\"} 1\n\
                    # TYPE loki_write_sent_entries_total counter\n\
                    loki_write_sent_entries_total{component_id=\"a\"} 40\nloki_write_sent_entries_total{component_id=\"b\"} 2\n";
        let alloy = Alloy::read(page, true).expect("an Alloy");
        assert_eq!(alloy.lines(), "Alloy v1.18.1 is ready, has sent 42 lines and dropped 0");
        assert_eq!((alloy.sum("loki_write_sent_entries_total"), alloy.sum("nothing")), (Some(42.0), None));
        assert!(Alloy::read("# TYPE up gauge\nup 1\n", true).is_none());
    }
}
