//! Data directories that cannot be used, and disks that are full.

use std::path::{Path, PathBuf};
use std::process::Command;

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

#[tokio::test]
async fn a_damaged_database_is_named_and_stops_no_other_signal() {
    let scratch = Scratch::new();
    std::fs::create_dir(scratch.path().join("data")).expect("a directory");
    scratch.write("data/logs.db", &"this is no database ".repeat(1000));
    let lab = Lab::start(scratch, &["lab", "--scrape-interval", "200ms"]).await;
    let said = eventually(|| async {
        let said = lab.stderr();
        if said.contains("logs.db: the file is damaged or no database") { Ok(said) } else { Err(said) }
    })
    .await;
    assert!(said.contains("moves the file away and starts the lab again"), "{said}");
    let labels = lab.json(Port::Logs, "/loki/api/v1/labels", &[]).await;
    assert!(labels["warnings"][0].as_str().is_some_and(|warning| warning.contains("logs.db")), "{labels}");
    let body = r#"{"streams":[{"stream":{"app":"x"},"values":[["1790000000000000000","line"]]}]}"#;
    let headers = [("Content-Type", "application/json")];
    let (status, answer) = lab.send(Port::Logs, "POST /loki/api/v1/push", &headers, body).await;
    assert!(status == 429 && answer.contains("damaged"), "{status} {answer}");
    let status = lab.status().await;
    let places: Vec<_> =
        status["signals"].as_array().expect("three").iter().map(|one| &one["damaged_places"]).collect();
    assert_eq!(places, [0, 1, 0], "{status}");
    let page = lab.get(Port::Collector, "/", &[]).await;
    let page = String::from_utf8_lossy(&page.body);
    assert!(page.contains("logs.db: the file is damaged"), "{page}");
    eventually(|| async {
        let up = lab.promql("count(up)").await;
        if up > 0.0 { Ok(()) } else { Err(up.to_string()) }
    })
    .await;
}

/// A byte of a stored line is changed while no lab runs. The next lab that begins after a kill finds it without being asked.
#[tokio::test]
async fn after_a_kill_stored_telemetry_is_read_and_damage_is_found() {
    let arguments = ["lab", "--scrape-interval", "1h"];
    let mut lab = Lab::start(Scratch::new(), &arguments).await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    let marker = "a line that nobody asks for: 8d1f3c7e5b";
    let body = serde_json::json!({"streams": [{"stream": {"app": "x"}, "values": [[now.to_string(), marker]]}]});
    let headers = [("Content-Type", "application/json")];
    let (status, answer) = lab.send(Port::Logs, "POST /loki/api/v1/push", &headers, &body.to_string()).await;
    assert_eq!(status, 204, "{answer}");
    let file = lab.scratch.path().join("data/logs.db");
    lab.signal(rustix::process::Signal::TERM);
    lab.ended().await;
    let mut bytes = std::fs::read(&file).expect("the database");
    let end = b"8d1f3c7e5b";
    let at = bytes.windows(end.len()).position(|window| window == end).expect("the line is in the file");
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).expect("the database is written");
    let lab = lab.again(&arguments).await;
    lab.signal(rustix::process::Signal::KILL);
    let lab = lab.again(&arguments).await;
    let status = eventually(|| async {
        let status = lab.status().await;
        if status["signals"][1]["damaged_places"] == 1 { Ok(status) } else { Err(status["signals"].to_string()) }
    })
    .await;
    assert!(status["signals"][1]["damage"][0].as_str().is_some_and(|place| place.contains("logs.db")), "{status}");
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

/// What the tests of a start without room ask of a lab.
const LAB: [&str; 3] = ["lab", "--scrape-interval", "200ms"];

/// Pushes a line; the answer's status.
async fn push(lab: &Lab, line: &str) -> u16 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    let body = serde_json::json!({"streams": [{"stream": {"app": "x"}, "values": [[now.to_string(), line]]}]});
    let headers = [("Content-Type", "application/json")];
    lab.send(Port::Logs, "POST /loki/api/v1/push", &headers, &body.to_string()).await.0
}

/// Panics unless the lab answers from what it stored before, and says that its disk is full.
async fn serves_what_is_there_and_refuses_pushes(lab: &Lab) {
    let lines = lab.json(Port::Logs, "/loki/api/v1/query_range", &[("query", "{app=\"x\"}")]).await;
    assert_eq!(lines["data"]["result"][0]["values"].as_array().map(Vec::len), Some(2), "{lines}");
    assert!(lab.promql("count(count_over_time(up[1h]))").await > 0.0);
    let said = lab.stderr();
    assert!(said.contains("nothing new is kept until there is room"), "{said}");
    let status = push(lab, "no room").await;
    assert_eq!(status, 429, "a push that cannot be kept is refused, and may be sent again");
    let status = eventually(|| async {
        let status = lab.status().await;
        if status["signals"][1]["last_error"].is_string() { Ok(status) } else { Err(status["signals"].to_string()) }
    })
    .await;
    assert_eq!(status["signals"][1]["damaged_places"], 0, "{status}");
}

/// A lab that has ended with two stored lines; if it was killed, one of them is in what it left behind beside the database.
async fn ended_lab(scratch: Scratch, by: rustix::process::Signal) -> Lab {
    let lab = Lab::start(scratch, &LAB).await;
    assert_eq!(push(&lab, "one").await, 204);
    eventually(|| async {
        let up = lab.promql("count(up)").await;
        if up > 0.0 { Ok(()) } else { Err(up.to_string()) }
    })
    .await;
    lab.signal(rustix::process::Signal::TERM);
    let mut lab = lab.again(&LAB).await;
    assert_eq!(push(&lab, "two").await, 204);
    lab.signal(by);
    lab.ended().await;
    lab
}

/// No file may grow, as on a full disk.
#[tokio::test]
async fn a_start_without_room_serves_what_is_there() {
    let lab = ended_lab(Scratch::new(), rustix::process::Signal::KILL).await.again_limited(&LAB, 0).await;
    serves_what_is_there_and_refuses_pushes(&lab).await;
    lab.signal(rustix::process::Signal::KILL);
    let lab = lab.again(&LAB).await;
    assert_eq!(push(&lab, "three").await, 204);
}

/// A disk of 8 MiB, which goes when this is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(at).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap_or(&self.0));
    }
}

/// A disk that is really full, and then has room again.
#[tokio::test]
async fn a_start_on_a_full_disk_serves_what_is_there_and_goes_on_when_there_is_room() {
    let scratch = Scratch::new();
    let disk = scratch.path().join("data");
    std::fs::create_dir(&disk).expect("a directory");
    let Some(_mounted) = SmallDisk::mount(&disk) else {
        eprintln!("skipped: only root can mount the small disk that this test fills");
        return;
    };
    let lab = ended_lab(scratch, rustix::process::Signal::TERM).await;
    let filler = disk.join("filler");
    let filled = std::fs::write(&filler, vec![b'x'; 8 << 20]);
    assert!(filled.is_err(), "the disk is full");
    let lab = lab.again(&LAB).await;
    serves_what_is_there_and_refuses_pushes(&lab).await;
    std::fs::remove_file(&filler).expect("removed");
    eventually(|| async {
        let status = push(&lab, "three").await;
        if status == 204 { Ok(()) } else { Err(status.to_string()) }
    })
    .await;
    lab.signal(rustix::process::Signal::KILL);
    let lab = lab.again(&LAB).await;
    let lines = lab.json(Port::Logs, "/loki/api/v1/query_range", &[("query", "{app=\"x\"}")]).await;
    assert_eq!(lines["data"]["result"][0]["values"].as_array().map(Vec::len), Some(3), "{lines}");
}
