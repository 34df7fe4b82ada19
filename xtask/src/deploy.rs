//! `cargo xtask deploy`: the files of `deploy/` name each other, the dashboards and the documents. Nothing here can
//! run them, so what can be known by reading is checked: that names resolve, that versions are pinned and the same
//! everywhere, that every mounted file exists, that every port is documented.
//!
//! | File | Looks at |
//! |---|---|
//! | `alloy` | both configurations of Alloy: blocks, attributes, references between components |
//! | `compose` | `compose.yaml`: images, mounts, ports, dependencies, variables |
//! | `grafana` | provisioning: uids, the six links, paths, variables |
//! | `kubernetes` | the rendered overlays: what they refer to, and that they are fresh |
//! | `addresses` | the hosts and ports by which the parts of the stack reach each other |
//! | `documents` | `deploy/README.md`: ports and versions |

mod addresses;
mod alloy;
mod compose;
mod documents;
mod grafana;
mod kubernetes;
mod yaml;

use crate::tree::Rule;

/// The checks of the files of `deploy/`.
pub(crate) const ALL: [Rule; 6] =
    [alloy::check, compose::check, grafana::check, kubernetes::check, addresses::check, documents::check];
