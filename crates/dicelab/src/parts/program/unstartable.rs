//! Why a program cannot be started, in words that say what to do.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// So much of a file is looked at.
const BEGINNING: u64 = 256;
/// What Linux says of a file that is no program.
const NO_PROGRAM: i32 = 8;

/// The reason, by what is found where the program should be.
pub fn why(program: &str, error: &Error) -> String {
    let Some(path) = located(program) else { return not_located(program, error) };
    let shown = path.display();
    if path.is_dir() {
        return format!("{shown} is a directory");
    }
    match (error.kind(), interpreter(&path)) {
        // The system looks for a program whose name ends with that character.
        (ErrorKind::NotFound, Some(interpreter)) if interpreter.ends_with('\r') => {
            format!("{shown} has Windows line ends; convert it, for example with sed -i 's/\\r$//' {shown}")
        }
        (ErrorKind::NotFound, Some(interpreter)) if Path::new(&interpreter).exists() => {
            format!(
                "{shown} begins with #!{interpreter}, and {interpreter} needs a program or loader that is not there"
            )
        }
        (ErrorKind::NotFound, Some(interpreter)) => {
            format!("{shown} begins with #!{interpreter}, and there is no program {interpreter}")
        }
        (ErrorKind::NotFound, None) => {
            format!("{shown} needs a loader that this machine does not have; was it built for another system?")
        }
        (ErrorKind::PermissionDenied, interpreter) => forbidden(&path, interpreter.as_deref()),
        _ if error.raw_os_error() == Some(NO_PROGRAM) && is_text(&path) => {
            format!("{shown} is a script without a #! line; write what reads it, for example sh {shown}")
        }
        _ if error.raw_os_error() == Some(NO_PROGRAM) => format!("{shown} is no program of this machine"),
        _ => error.to_string(),
    }
}

/// Why no file was found. That there is none is said only where the system says so: into some directories nobody may look.
fn not_located(program: &str, error: &Error) -> String {
    match (error.kind(), program.contains('/')) {
        (ErrorKind::NotFound, true) => format!("there is no file {program}"),
        (ErrorKind::NotFound, false) => format!("there is no program {program} in the directories of PATH"),
        (ErrorKind::PermissionDenied, true) => format!(
            "{program} cannot be reached, because a directory on the way to it may not be entered; run this as a user who may"
        ),
        (ErrorKind::PermissionDenied, false) => format!(
            "{program} was not found in the directories of PATH, of which some may not be entered; write its whole path"
        ),
        (ErrorKind::NotADirectory, _) => format!("there is no file {program}: a part of its path is no directory"),
        _ => error.to_string(),
    }
}

/// Why a file that is there may not be executed, and what to do.
fn forbidden(path: &Path, interpreter: Option<&str>) -> String {
    let shown = path.display();
    if !may_be_executed(path) {
        return format!(
            "{shown} may not be executed; make it executable with chmod +x {shown}, or name the program that reads it"
        );
    }
    if let Some(interpreter) = interpreter {
        let program = Path::new(interpreter);
        if program.is_dir() {
            return format!("{shown} begins with #!{interpreter}, and {interpreter} is a directory");
        }
        if program.is_file() && !may_be_executed(program) {
            return format!("{shown} begins with #!{interpreter}, and {interpreter} may not be executed");
        }
    }
    format!(
        "{shown} is executable, but not by this user, or not where it lies: look at its owner and mode (ls -l {shown}), and \
         whether its file system is mounted with noexec (findmnt -T {shown})"
    )
}

/// Whether anybody may execute a file.
fn may_be_executed(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// The file that is meant: by its path, or the first of that name in a directory of `PATH`.
fn located(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.exists());
    }
    let directories = std::env::var_os("PATH")?;
    std::env::split_paths(&directories).map(|directory| directory.join(program)).find(|path| path.is_file())
}

/// What the first line names after `#!`, as the system reads it: only spaces and tabs stand around the name.
fn interpreter(path: &Path) -> Option<String> {
    let beginning = String::from_utf8_lossy(&beginning(path)).into_owned();
    let line = beginning.strip_prefix("#!")?.split('\n').next()?.trim_matches([' ', '\t']);
    line.split([' ', '\t']).next().filter(|name| !name.is_empty()).map(str::to_owned)
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

    use super::*;

    /// What Linux says: there is no such file, it may not be used, a part of the path is no directory.
    const MISSING: i32 = 2;
    const FORBIDDEN: i32 = 13;
    const NO_DIRECTORY: i32 = 20;

    #[test]
    fn each_kind_of_file_that_is_no_program_is_told_with_what_to_do() {
        let folder = std::env::temp_dir().join(format!("dicelab-unstartable-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = |name: &str, content: &[u8], mode: u32| {
            let path = folder.join(name);
            write(&path, content).expect("written");
            set_permissions(&path, Permissions::from_mode(mode)).expect("permissions");
            path.display().to_string()
        };
        // Nothing is started: a file that was just written may still be open in a child of another test.
        let closed = file("closed", b"#!/bin/sh\necho x\n", 0o644);
        let below = format!("#!{closed}\n");
        let inside = format!("#!{}\n", folder.display());
        let table: [(&str, &[u8], i32, &str); 9] = [
            ("plain", b"echo x\n", NO_PROGRAM, "is a script without a #! line; write what reads it, for example sh /"),
            ("binary", b"\0\x01\x02", NO_PROGRAM, "is no program of this machine"),
            ("astray", b"#! /no/such/shell -e\n", MISSING, "begins with #!/no/such/shell, and there is no program"),
            (
                "windows",
                b"#!/bin/sh\r\necho x\r\n",
                MISSING,
                "has Windows line ends; convert it, for example with sed -i",
            ),
            ("loader", b"#!/bin/sh\n", MISSING, "begins with #!/bin/sh, and /bin/sh needs a program or loader"),
            ("foreign", b"\x7fELF", MISSING, "needs a loader that this machine does not have"),
            ("below", below.as_bytes(), FORBIDDEN, "closed may not be executed"),
            ("inside", inside.as_bytes(), FORBIDDEN, " is a directory"),
            ("mounted", b"#!/bin/sh\n", FORBIDDEN, "whether its file system is mounted with noexec"),
        ];
        for (name, content, number, expected) in table {
            let told = why(&file(name, content, 0o755), &Error::from_raw_os_error(number));
            assert!(told.contains(expected) && !told.contains("os error"), "{name}: {told}");
            assert!(!told.contains("chmod"), "it is executable: {told}");
        }
        let told = why(&closed, &Error::from_raw_os_error(FORBIDDEN));
        assert!(told.contains(&format!("may not be executed; make it executable with chmod +x {closed}, ")), "{told}");
        let program = folder.display().to_string();
        assert_eq!(why(&program, &Error::from_raw_os_error(FORBIDDEN)), format!("{program} is a directory"));
        std::fs::remove_dir_all(&folder).expect("removed");
    }

    #[test]
    fn that_nothing_is_there_is_said_only_if_the_system_says_so() {
        for (program, number, expected) in [
            ("no-such-program-here", MISSING, "there is no program no-such-program-here in the directories of PATH"),
            ("./no/such", MISSING, "there is no file ./no/such"),
            ("./no/such", NO_DIRECTORY, "there is no file ./no/such: a part of its path is no directory"),
            (
                "./no/such",
                FORBIDDEN,
                "./no/such cannot be reached, because a directory on the way to it may not be entered",
            ),
            ("no-such-program-here", FORBIDDEN, "of which some may not be entered; write its whole path"),
        ] {
            let told = why(program, &Error::from_raw_os_error(number));
            assert!(told.contains(expected), "{number}: {told}");
            assert_eq!(told.contains("there is no"), number != FORBIDDEN, "{told}");
        }
    }
}
