//! At which steps a match group has had a result: what must be unique is unique at each step, not over all of them.

use std::collections::{HashMap, HashSet};

use crate::error::AlgebraError;

/// The results of one match group so far, where two of them can collide.
#[derive(Debug)]
pub(crate) enum Taken {
    /// The group has a single series on its "many" side.
    Unwatched,
    /// Without a group modifier there is one result per step, whatever its labels.
    OneToOne(Vec<bool>),
    /// With a group modifier there is one result per step for the same labels: result series that arise more than once.
    Grouped(HashMap<usize, Vec<bool>>),
}

impl Taken {
    /// For a group without a group modifier.
    pub(crate) fn one_to_one(many: usize, count: usize) -> Self {
        if many > 1 { Self::OneToOne(vec![false; count]) } else { Self::Unwatched }
    }

    /// For a group with a group modifier, whose pairs lead to these result series.
    pub(crate) fn grouped(slots: impl Iterator<Item = usize>, count: usize) -> Self {
        let mut seen = HashSet::new();
        let repeated: HashMap<usize, Vec<bool>> =
            slots.filter(|slot| !seen.insert(*slot)).map(|slot| (slot, vec![false; count])).collect();
        if repeated.is_empty() { Self::Unwatched } else { Self::Grouped(repeated) }
    }

    /// The steps of the result series `slot`.
    pub(crate) fn of(&mut self, slot: usize) -> TakenSteps<'_> {
        match self {
            Self::Unwatched => TakenSteps { steps: None, collision: AlgebraError::ManyToOne },
            Self::OneToOne(steps) => TakenSteps { steps: Some(steps), collision: AlgebraError::ManyToOne },
            Self::Grouped(slots) => TakenSteps {
                steps: slots.get_mut(&slot).map(Vec::as_mut_slice),
                collision: AlgebraError::AmbiguousGroup,
            },
        }
    }
}

/// The steps at which a result has been found, and the error of a second one.
#[derive(Debug)]
pub(crate) struct TakenSteps<'a> {
    steps: Option<&'a mut [bool]>,
    collision: AlgebraError,
}

impl TakenSteps<'_> {
    /// Takes a step; an error if there is a result already.
    #[inline]
    pub(crate) fn take(&mut self, step: usize) -> Result<(), AlgebraError> {
        let Some(taken) = self.steps.as_mut().and_then(|steps| steps.get_mut(step)) else { return Ok(()) };
        if std::mem::replace(taken, true) { Err(self.collision.clone()) } else { Ok(()) }
    }
}
