//! Why a program cannot be started, in words that say what to do.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// So much of a file is looked at.
const BEGINNING: u64 = 256;
/// What Linux says of a file that is no program.
const NO_PROGRAM: i32 = 8;

/// The reason, by what is found where the program should be.
pub fn why(program: &str, error: &Error) -> String {
    let Some(path) = located(program) else {
        return if program.contains('/') {
            format!("there is no file {program}")
        } else {
            format!("there is no program {program} in the directories of PATH")
        };
    };
    let shown = path.display();
    let interpreter = interpreter(&path);
    if path.is_dir() {
        return format!("{shown} is a directory");
    }
    match (error.kind(), interpreter) {
        (ErrorKind::NotFound, Some(interpreter)) => {
            format!("{shown} begins with #!{interpreter}, and there is no program {interpreter}")
        }
        (ErrorKind::NotFound, None) => {
            format!("{shown} needs a loader that this machine does not have; was it built for another system?")
        }
        (ErrorKind::PermissionDenied, _) => {
            format!(
                "{shown} may not be executed; make it executable with chmod +x {program}, or name the program that reads it"
            )
        }
        _ if error.raw_os_error() == Some(NO_PROGRAM) && is_text(&path) => {
            format!("{shown} is a script without a #! line; write what reads it, for example sh {program}")
        }
        _ if error.raw_os_error() == Some(NO_PROGRAM) => format!("{shown} is no program of this machine"),
        _ => error.to_string(),
    }
}

/// The file that is meant: by its path, or the first of that name in a directory of `PATH`.
fn located(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.exists());
    }
    let directories = std::env::var_os("PATH")?;
    std::env::split_paths(&directories).map(|directory| directory.join(program)).find(|path| path.is_file())
}

/// What the first line names after `#!`.
fn interpreter(path: &Path) -> Option<String> {
    let beginning = String::from_utf8_lossy(&beginning(path)).into_owned();
    let line = beginning.strip_prefix("#!")?.lines().next()?.to_owned();
    line.split_whitespace().next().map(str::to_owned)
}

fn is_text(path: &Path) -> bool {
    let beginning = beginning(path);
    !beginning.is_empty() && !beginning.contains(&0)
}

/// The first bytes of a regular file; none of what cannot be read.
fn beginning(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if path.is_file()
        && let Ok(file) = File::open(path)
    {
        // What cannot be read says nothing about the program.
        let _ = file.take(BEGINNING).read_to_end(&mut bytes);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn each_kind_of_file_that_is_no_program_is_told_with_what_to_do() {
        let folder = std::env::temp_dir().join(format!("dicelab-unstartable-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let told = |name: &str, content: &[u8], mode: u32| {
            let path = folder.join(name);
            write(&path, content).expect("written");
            set_permissions(&path, Permissions::from_mode(mode)).expect("permissions");
            let program = path.display().to_string();
            let error = std::process::Command::new(&program).spawn().expect_err("cannot be started");
            why(&program, &error)
        };
        let table: [(&str, &[u8], u32, &str); 4] = [
            ("plain", b"echo x\n", 0o755, "is a script without a #! line; write what reads it, for example sh "),
            ("closed", b"#!/bin/sh\necho x\n", 0o644, "may not be executed; make it executable with chmod +x "),
            ("astray", b"#!/no/such/shell -e\n", 0o755, "begins with #!/no/such/shell, and there is no program"),
            ("binary", b"\0\x01\x02", 0o755, "is no program of this machine"),
        ];
        for (name, content, mode, expected) in table {
            let why = told(name, content, mode);
            assert!(why.contains(expected) && !why.contains("os error"), "{name}: {why}");
        }
        let program = folder.display().to_string();
        let error = std::process::Command::new(&program).spawn().expect_err("a directory");
        assert_eq!(why(&program, &error), format!("{program} is a directory"));
        std::fs::remove_dir_all(&folder).expect("removed");
        let missing = Error::from(ErrorKind::NotFound);
        assert_eq!(
            why("no-such-program-here", &missing),
            "there is no program no-such-program-here in the directories of PATH"
        );
        assert_eq!(why("./no/such", &missing), "there is no file ./no/such");
    }
}
