//! Data directories that cannot be used, and disks that are full.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;

use crate::harness::{Lab, Scratch, free_offset, run, stderr};

fn up_with_data(data: &str) -> (Option<i32>, String) {
    let output = run(&["up", "--no-traffic", "--port-offset", &free_offset().to_string(), "--data-dir", data]);
    (output.status.code(), stderr(&output))
}

#[test]
fn a_file_in_place_of_the_directory_stops_the_start() {
    let scratch = Scratch::new();
    let file = scratch.write("data", "not a directory");
    let (code, text) = up_with_data(&file);
    assert_eq!(code, Some(1));
    assert!(text.contains(&format!("data directory {file} cannot be used")), "{text}");
}

#[test]
fn a_read_only_directory_stops_the_start() {
    // /proc takes no new entries, not even from root.
    let (code, text) = up_with_data("/proc/dicelab");
    assert_eq!(code, Some(1));
    assert!(text.contains("data directory /proc/dicelab cannot be used"), "{text}");
}

#[test]
fn a_damaged_database_is_named() {
    let scratch = Scratch::new();
    scratch.write("logs.db", &"this is no database ".repeat(1000));
    let (code, text) = up_with_data(&scratch.path().display().to_string());
    assert_eq!(code, Some(1));
    assert!(text.contains("logs.db is damaged or no database") && text.contains("move it away"), "{text}");
}

#[tokio::test]
async fn a_directory_in_use_is_refused() {
    let lab = Lab::up(&[]).await;
    let data = lab.scratch.path().join("data").display().to_string();
    let (code, text) = up_with_data(&data);
    assert_eq!(code, Some(1));
    assert!(text.contains("in use by another dicelab"), "{text}");
}

/// `RLIMIT_FSIZE` makes writes beyond a size fail as a full disk does: the lab answers on and says so.
#[tokio::test]
async fn a_full_disk_is_said_and_the_lab_goes_on() {
    let scratch = Scratch::new();
    let lab =
        Lab::start_limited(scratch, &["up", "--no-traffic", "--max-delay", "0", "--scrape-interval", "200ms"], 256)
            .await;
    let status = eventually(|| async {
        lab.get(Port::Frontend, "/roll-async", &[("die", "fair"), ("times", "20")]).await;
        let status = lab.status().await;
        let failing =
            status["signals"].as_array().expect("three").iter().any(|signal| signal["last_error"].is_string());
        if failing { Ok(status) } else { Err(status["signals"].to_string()) }
    })
    .await;
    eventually(|| async {
        let said = lab.stderr();
        if said.contains("telemetry cannot be written") { Ok(()) } else { Err(said) }
    })
    .await;
    let page = lab.get(Port::Collector, "/", &[]).await;
    assert_eq!(page.status.as_u16(), 200, "{status}");
    // What arrives now is still there to be asked for.
    let body = lab.json(Port::Logs, "/loki/api/v1/label/container_name/values", &[]).await;
    assert!(body["data"].as_array().is_some_and(|values| !values.is_empty()), "{body}");
}
