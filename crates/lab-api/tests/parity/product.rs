//! A real Prometheus, started for a record from the binary that the environment names.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use lab_testkit::eventually::eventually;
use tokio::process::{Child, Command};

/// A Prometheus with this configuration, folder of data and further options, ready to be asked at the address that is
/// answered. It ends when the process is dropped.
pub(crate) async fn prometheus(binary: &str, config: &Path, data: &Path, options: &[&str]) -> (Child, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let process = Command::new(binary)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--web.listen-address={address}"))
        .arg(format!("--storage.tsdb.path={}", data.display()))
        .arg("--storage.tsdb.retention.time=100y")
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("Prometheus starts");
    let url = format!("http://{address}");
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    eventually(|| async {
        let answer = client.get(format!("{url}/-/ready")).timeout(Duration::from_secs(2)).send().await;
        answer.and_then(reqwest::Response::error_for_status).map(|_| ()).map_err(|error| error.to_string())
    })
    .await;
    (process, url)
}
