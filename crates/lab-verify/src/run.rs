//! The areas one after another, with progress on stderr. Each area is a module with
//! `pub async fn check(context: &Context, checks: &mut Checks)`, called in [`one`].

use std::io::Write as _;

use crate::check::{Area, Checks, Status};
use crate::context::Context;
use crate::{age, concurrency, contract, links, loss, panels, reconcile, shape, signals, speedup};

/// Makes every check.
pub async fn all(context: &Context, checks: &mut Checks) {
    for area in Area::ALL {
        if context.stop.is_cancelled() {
            return;
        }
        say(&format!("{} …", area.title().to_lowercase()));
        one(area, context, checks).await;
        let failed = checks.of(area).filter(|check| check.status == Status::Fail);
        failed.for_each(|check| say(&format!("  failed: {}", check.id)));
    }
}

async fn one(area: Area, context: &Context, checks: &mut Checks) {
    match area {
        Area::Services => contract::check(context, checks).await,
        Area::Signals => signals::check(context, checks).await,
        Area::Panels => panels::check(context, checks).await,
        Area::Loss => loss::check(context, checks).await,
        Area::Reconciliation => reconcile::check(context, checks),
        Area::Traces => shape::check(context, checks),
        Area::Concurrency => concurrency::check(context, checks).await,
        Area::SpeedUp => speedup::check(context, checks).await,
        Area::Links => links::check(context, checks).await,
        Area::Age => age::check(context, checks).await,
    }
}

/// A line of progress. It is a courtesy: a closed stderr stops nothing.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
