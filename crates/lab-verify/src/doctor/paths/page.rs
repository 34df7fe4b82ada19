//! The page: it answers, it knows where the signals are, it has the dashboard.

use crate::doctor::examination::Examination;
use crate::doctor::hop::{Finding, Path, trouble};
use crate::doctor::unanswered::PAGE;

/// The dashboard that must be there.
const DASHBOARD: &str = "stage4-async-rolling";

pub(crate) async fn walk(examination: &Examination<'_>) -> Path {
    let mut path = Path::new("page", &["listening", "data sources", "dashboards"]);
    let _ = async {
        path.pass(listening(examination).await)?;
        path.pass(data_sources(examination).await)?;
        path.pass(dashboards(examination).await)
    }
    .await;
    path
}

async fn listening(examination: &Examination<'_>) -> Finding {
    let grafana = &examination.stack.grafana;
    match grafana.version().await {
        Ok(version) => Ok(format!("{} answers, version {version}", grafana.base())),
        Err(error) => Err(PAGE.trouble(examination.is_lab(), &error)),
    }
}

async fn data_sources(examination: &Examination<'_>) -> Finding {
    let sources = match examination.stack.grafana.data_sources().await {
        Ok(sources) => sources,
        Err(error) => return Err(PAGE.trouble(examination.is_lab(), &error)),
    };
    let kinds = ["prometheus", "loki", "tempo"];
    let missing: Vec<&str> =
        kinds.into_iter().filter(|kind| !sources.iter().any(|source| source["type"] == *kind)).collect();
    if missing.is_empty() {
        return Ok(kinds.join(", "));
    }
    let advice = "add the data source: deploy/grafana/provisioning/datasources holds the definitions";
    trouble(format!("there is no data source of type {}", missing.join(", ")), advice)
}

async fn dashboards(examination: &Examination<'_>) -> Finding {
    let dashboards = match examination.stack.grafana.dashboards().await {
        Ok(dashboards) => dashboards,
        Err(error) => return Err(PAGE.trouble(examination.is_lab(), &error)),
    };
    if let Some(found) = dashboards.iter().find(|one| one.uid == DASHBOARD) {
        return Ok(format!("{:?} and {} more", found.title, dashboards.len() - 1));
    }
    trouble(
        format!("none of the {} dashboards has the uid {DASHBOARD}", dashboards.len()),
        "import dashboards/stage4-dashboard.json on the page, or provision it",
    )
}
