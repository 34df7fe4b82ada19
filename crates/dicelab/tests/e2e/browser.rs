//! A real browser that opens a page and shows it to nobody.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::harness::Scratch;

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
