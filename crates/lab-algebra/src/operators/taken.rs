//! At which steps a match group has had a result: what must be unique is unique at each step, not over all of them.

use crate::error::AlgebraError;

/// The results of one match group so far.
#[derive(Debug)]
pub(crate) struct Taken {
    count: usize,
    /// False if the group has a single series on its "many" side, so that nothing can collide.
    watches: bool,
    /// Without a group modifier there is one result per step, whatever its labels.
    one_to_one: bool,
    /// For each result series of the group the steps that are taken.
    by_slot: Vec<(usize, Vec<bool>)>,
}

impl Taken {
    /// Nothing is taken yet.
    pub(crate) fn new(count: usize, watches: bool, one_to_one: bool) -> Self {
        Self { count, watches, one_to_one, by_slot: Vec::new() }
    }

    /// The steps of the result series `slot`, to be passed to [`take`].
    pub(crate) fn of(&mut self, slot: usize) -> Option<&mut [bool]> {
        if !self.watches {
            return None;
        }
        let slot = if self.one_to_one { 0 } else { slot };
        let known = self.by_slot.iter().position(|(known, _)| *known == slot);
        let at = known.unwrap_or_else(|| {
            self.by_slot.push((slot, vec![false; self.count]));
            self.by_slot.len() - 1
        });
        self.by_slot.get_mut(at).map(|(_, steps)| steps.as_mut_slice())
    }
}

/// Takes a step; an error if there is a result already.
#[inline]
pub(crate) fn take(steps: &mut Option<&mut [bool]>, step: usize, one_to_one: bool) -> Result<(), AlgebraError> {
    let Some(taken) = steps.as_mut().and_then(|steps| steps.get_mut(step)) else { return Ok(()) };
    if std::mem::replace(taken, true) {
        return Err(if one_to_one { AlgebraError::ManyToOne } else { AlgebraError::AmbiguousGroup });
    }
    Ok(())
}
