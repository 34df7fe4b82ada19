//! The page: it answers, it knows where the signals are, it has the dashboard.

use super::path::{Finding, Path, trouble};
use super::patient::Patient;
use super::words::PAGE;

/// The dashboard that must be there.
const DASHBOARD: &str = "stage4-async-rolling";

pub(super) async fn walk(patient: &Patient<'_>) -> Path {
    let mut path = Path::new("page", &["listening", "data sources", "dashboards"]);
    let _ = async {
        path.pass(listening(patient).await)?;
        path.pass(data_sources(patient).await)?;
        path.pass(dashboards(patient).await)
    }
    .await;
    path
}

async fn listening(patient: &Patient<'_>) -> Finding {
    let grafana = &patient.stack.grafana;
    match grafana.version().await {
        Ok(version) => Ok(format!("{} answers, version {version}", grafana.base())),
        Err(error) => Err(PAGE.trouble(patient, &error)),
    }
}

async fn data_sources(patient: &Patient<'_>) -> Finding {
    let sources = match patient.stack.grafana.data_sources().await {
        Ok(sources) => sources,
        Err(error) => return Err(PAGE.trouble(patient, &error)),
    };
    let kinds = ["prometheus", "loki", "tempo"];
    let missing: Vec<&str> =
        kinds.into_iter().filter(|kind| !sources.iter().any(|source| source["type"] == *kind)).collect();
    if missing.is_empty() {
        return Ok(kinds.join(", "));
    }
    let advice = "provision it: deploy/grafana/provisioning/datasources";
    trouble(format!("there is no data source of type {}", missing.join(", ")), advice)
}

async fn dashboards(patient: &Patient<'_>) -> Finding {
    let dashboards = match patient.stack.grafana.dashboards().await {
        Ok(dashboards) => dashboards,
        Err(error) => return Err(PAGE.trouble(patient, &error)),
    };
    if let Some(found) = dashboards.iter().find(|one| one.uid == DASHBOARD) {
        return Ok(format!("{:?} and {} more", found.title, dashboards.len() - 1));
    }
    trouble(
        format!("none of {} dashboards has the uid {DASHBOARD}", dashboards.len()),
        "provision dashboards/stage4-dashboard.json, or import it by hand",
    )
}
