//! The limit of open files: each connection is one, and the soft limit of most systems is 1024.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open files to the hard one. Says what to do if even that is below `wanted`.
pub fn raise(wanted: u64) -> Result<(), TooFew> {
    let limit = getrlimit(Resource::Nofile);
    // A limit that cannot be raised is used as it is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let current = getrlimit(Resource::Nofile).current;
    enough(current, wanted)
}

fn enough(current: Option<u64>, wanted: u64) -> Result<(), TooFew> {
    match current {
        Some(limit) if limit < wanted => Err(TooFew { limit, wanted }),
        _ => Ok(()),
    }
}

/// The system allows fewer open files than all connections together may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this process may open {limit} files only, {wanted} may be needed when every port is busy; connections that wait \
     for their clients are closed early. Raise the hard limit, for example with `ulimit -Hn {wanted}`"
)]
pub struct TooFew {
    /// What the system allows.
    pub limit: u64,
    /// What may be needed.
    pub wanted: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_too_low_is_said_with_what_to_do() {
        assert_eq!(enough(None, 8192), Ok(()), "there is no limit");
        assert_eq!(enough(Some(8192), 8192), Ok(()));
        let said = enough(Some(1024), 8192).expect_err("too few").to_string();
        assert!(said.contains("1024") && said.contains("ulimit -Hn 8192"), "{said}");
    }

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        assert_eq!(raise(0), Ok(()));
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }
}
