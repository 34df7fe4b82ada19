//! What takes telemetry in by OTLP, as options and configuration say.

use lab_api::otlp::{limits::OtlpLimits, receiver::OtlpReceiver};
use lab_metrics::ingest::otlp::OtlpConfig;
use lab_metrics::ingest::scrape::config::error::ConfigError;

use crate::options::lab::LabOptions;
use crate::parts::clock;
use crate::parts::storage::stores::Stores;

/// What the configuration file of the options says of metrics that come by OTLP.
pub fn config(options: &LabOptions) -> Result<OtlpConfig, ConfigError> {
    options.scrape_config.as_deref().map(OtlpConfig::read).transpose().map(Option::unwrap_or_default)
}

/// A receiver for the stores.
pub fn receiver(options: &LabOptions, stores: &Stores) -> Result<OtlpReceiver, ConfigError> {
    let Stores { metrics, logs, traces, .. } = stores.clone();
    let receiver = OtlpReceiver::new(traces, logs, metrics, OtlpLimits::default(), clock::system());
    receiver.configure(config(options)?);
    Ok(receiver.with_delta(options.otlp_delta.into()).with_exponential(options.otlp_exponential.into()))
}
