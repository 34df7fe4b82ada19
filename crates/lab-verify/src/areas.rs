//! The areas of checks, made one after another with progress on stderr. Each area is a module with
//! `pub async fn check(context: &Context, checks: &mut Checks)`, called in [`one`]; [`causes`] says why something differs.

pub mod causes;
pub mod links;
pub mod loss;
pub mod panels;
pub mod reconciliation;
pub mod services;
pub mod signals;
pub mod timing;
pub mod traces;

use crate::report::check::{Area, Checks, Status};
use crate::report::progress::say;
use crate::truth::context::Context;
use timing::{age, concurrency, speed_up};

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
        Area::Services => services::check(context, checks).await,
        Area::Signals => signals::check(context, checks).await,
        Area::Panels => panels::check(context, checks).await,
        Area::Loss => loss::check(context, checks).await,
        Area::Reconciliation => reconciliation::check(context, checks),
        Area::Traces => traces::check(context, checks),
        Area::Concurrency => concurrency::check(context, checks).await,
        Area::SpeedUp => speed_up::check(context, checks).await,
        Area::Links => links::check(context, checks).await,
        Area::Age => age::check(context, checks).await,
    }
}
