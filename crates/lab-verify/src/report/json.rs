//! For programs: `{"checks":[{"id","area","status","asked","expected","got","seconds","message"}],"summary":{…}}`.

use serde::Serialize;

/// The report as JSON that people can read too.
pub(super) fn render(report: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(report)
}
