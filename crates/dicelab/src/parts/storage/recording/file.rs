//! Run files on the disk.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use lab_recording::archive;
use lab_recording::manifest::Manifest;
use lab_recording::recording::Recording;
use lab_recording::redact::redact;
use std::os::unix::fs::OpenOptionsExt;

/// Takes the values of attributes out, then writes the file: beside its place first, so that no half of one is left there.
pub fn write(path: &Path, mut recording: Recording, redacted: &[String]) -> anyhow::Result<()> {
    recording.manifest = Manifest { written_by: written_by(), ..recording.manifest };
    redact(&mut recording, redacted).context("nothing is written, because the values cannot be redacted")?;
    let beside = beside(path);
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside);
    let written = written.and_then(|file| {
        let mut into = BufWriter::new(file);
        archive::write(&recording, &mut into)?;
        into.flush()
    });
    let named = written.and_then(|()| std::fs::rename(&beside, path));
    named
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// What the manifest says about who wrote the file: `dicelab 0.1.0`.
pub fn written_by() -> String {
    format!("dicelab {}", env!("CARGO_PKG_VERSION"))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}
