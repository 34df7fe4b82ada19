//! What one execution of a template may use.

/// The bounds of one execution.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Parts and commands that are executed, rounds of loops included.
    pub steps: u64,
    /// Bytes of the result.
    pub output: usize,
    /// Bytes of all texts that functions make on the way.
    pub work: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 100_000, output: 1 << 20, work: 16 << 20 }
    }
}

/// What is left of the bounds.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    steps: u64,
    work: usize,
}

impl Budget {
    /// All of it.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, steps: limits.steps, work: limits.work }
    }

    /// Counts a step.
    pub(crate) fn step(&mut self) -> Result<(), String> {
        self.steps = self.steps.checked_sub(1).ok_or_else(|| {
            format!("the template takes more than {} steps; make its loops shorter", self.limits.steps)
        })?;
        Ok(())
    }

    /// Counts the bytes of a text before it is made, so that no function makes one that is too long.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), String> {
        if bytes > self.limits.output {
            return Err(self.too_long());
        }
        self.work = self.work.checked_sub(bytes).ok_or_else(|| {
            format!("the functions of the template make more than {} bytes of text in all", self.limits.work)
        })?;
        Ok(())
    }

    /// Counts the bytes of something other than a text that is about to be made.
    pub fn reserve_value(&mut self, bytes: usize) -> Result<(), String> {
        self.work = self
            .work
            .checked_sub(bytes)
            .ok_or_else(|| format!("the functions of the template need more than {} bytes in all", self.limits.work))?;
        Ok(())
    }

    /// The longest text that may be made.
    pub fn longest(&self) -> usize {
        self.limits.output
    }

    /// What is said of a text that is longer.
    pub fn too_long(&self) -> String {
        format!("the text is longer than {} bytes", self.limits.output)
    }
}
