//! Reloads the dice file when it changes. Asks the file system once a second: that also sees files which are
//! replaced by renaming, or by exchanging the link that a Kubernetes config map is.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use telemetry::logs::json;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::catalogue::Catalogue;
use crate::specification::Specifications;

const PERIOD: Duration = Duration::from_secs(1);

/// What tells one version of a file from another: modification time, size and inode.
type Version = Option<(SystemTime, u64, u64)>;

/// Watches `path` until `stopping` fires. A new file that is missing or wrong is reported, and the specifications
/// in use are kept.
pub(crate) async fn reload_on_change(path: PathBuf, catalogue: Catalogue, stopping: CancellationToken) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The file may have changed since it was loaded at the start, so the first tick looks in any case.
    let mut seen = None;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stopping.cancelled() => return,
        }
        let now = version(&path);
        if now != seen {
            seen = now;
            reload(&path, &catalogue);
        }
    }
}

/// Takes over what the file says now, if that is valid and something new.
fn reload(path: &Path, catalogue: &Catalogue) {
    match Specifications::load(path) {
        Ok(specifications) if specifications == *catalogue.current() => {}
        Ok(specifications) => {
            let identifiers = json(&specifications.identifiers());
            info!(count = specifications.len(), identifiers, "Die specifications loaded");
            catalogue.replace(specifications);
        }
        Err(error) => error!(%error, "Die specifications not reloaded, the previous ones are kept"),
    }
}

fn version(path: &Path) -> Version {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::DieMetrics;
    use telemetry::recorder::Recorder;

    #[tokio::test]
    async fn a_changed_file_is_taken_over_and_a_bad_one_is_not() {
        let recorder = Recorder::install("die-service");
        let path = std::env::temp_dir().join(format!("dice-{}.json", std::process::id()));
        let write = |json: &str| fs::write(&path, json).expect("writes");
        write(r#"{"one":{"faces":[1],"error_rate":0}}"#);
        let catalogue = Catalogue::new(Specifications::built_in(), DieMetrics::default());
        let stopping = CancellationToken::new();
        tokio::time::pause();
        let watching = tokio::spawn(reload_on_change(path.clone(), catalogue.clone(), stopping.clone()));
        tokio::time::sleep(PERIOD / 2).await;
        assert_eq!(catalogue.current().identifiers(), ["one"]);
        assert_eq!(catalogue.metrics.loaded.get(), 1);

        write(r#"{"one":{"faces":[1],"error_rate":0},"two":{"faces":[2],"error_rate":0}}"#);
        tokio::time::sleep(PERIOD).await;
        assert_eq!(catalogue.current().identifiers(), ["one", "two"]);

        write(r#"{"three":{"faces":[],"error_rate":0}}"#);
        tokio::time::sleep(PERIOD).await;
        assert_eq!(catalogue.current().identifiers(), ["one", "two"]);
        assert_eq!(catalogue.metrics.loaded.get(), 2);

        fs::remove_file(&path).expect("removes");
        tokio::time::sleep(PERIOD).await;
        assert_eq!(catalogue.current().len(), 2);

        stopping.cancel();
        watching.await.expect("ends");
        let lines: Vec<_> =
            recorder.lines().iter().map(|line| (line["level"].clone(), line["count"].clone())).collect();
        let level = |index: usize| lines[index].0.as_str();
        assert_eq!(
            [level(0), level(1), level(2), level(3)],
            [Some("INFO"), Some("INFO"), Some("ERROR"), Some("ERROR")]
        );
        assert_eq!((lines.len(), &lines[1].1), (4, &serde_json::json!(2)));
    }
}
