//! `dicelab up`: the services, the lab and gentle traffic.

use crate::cli::mistakes::Mistakes;
use crate::options::up::UpOptions;

/// Notes what is wrong with the options beyond their syntax.
pub(crate) fn check(options: &UpOptions, mistakes: &mut Mistakes) {
    crate::cmd::lab::check(&options.lab, mistakes);
}
