//! The names of the label and the series that alerts have.

/// The label with the alert's name.
pub const ALERT_NAME: &str = "alertname";
/// The series of active alerts.
pub const ALERTS: &str = "ALERTS";
/// The series that says since when.
pub const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";
