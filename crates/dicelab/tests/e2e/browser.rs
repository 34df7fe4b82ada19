//! A real browser that opens a page and shows it to nobody.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;

use crate::harness::{Lab, Scratch};

/// A browser, gone with the value.
pub(crate) struct Browser(Child);

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the browser is: Debian's Chromium, or what `CHROMIUM` names.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("CHROMIUM").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from)
}

/// Whether there is a browser, and the binary has the page within it; says what is missing.
pub(crate) async fn has_page(lab: &Lab) -> bool {
    if !program().exists() {
        eprintln!("there is no browser at {}, so no page is looked at; CHROMIUM names another", program().display());
        return false;
    }
    let (_, page) = lab.send(Port::Dashboards, "GET /", &[], "").await;
    let is_there = page.contains("/assets/");
    if !is_there {
        eprintln!("the binary was built without the page, so it is not looked at; `make ui` builds it");
    }
    is_there
}

/// Waits until the page at this address shows all of these texts, as a reader finds them in the document.
pub(crate) async fn shows(url: &str, texts: &[&str]) {
    eventually(|| async {
        let profile = Scratch::new();
        let document = tokio::process::Command::new(program())
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(["--virtual-time-budget=20000", "--dump-dom", url])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await;
        let document = document.expect("started").stdout;
        let document = String::from_utf8_lossy(&document);
        match texts.iter().find(|text| !document.contains(**text)) {
            Some(missing) => Err(format!("{url} does not show {missing:?}: {document}")),
            None => Ok(()),
        }
    })
    .await;
}

/// Opens a page in a browser with a profile of its own.
pub(crate) fn open(profile: &Scratch, url: &str) -> Browser {
    let child = Command::new(program())
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Browser(child.expect("started"))
}
