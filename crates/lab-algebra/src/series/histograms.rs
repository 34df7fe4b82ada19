//! The native histograms of a series, by step. Most series have none, and then they cost nothing.

use std::sync::Arc;

use lab_histogram::Histogram;

/// Histograms by step, ascending; at a step with a histogram the series has no number.
#[derive(Clone, Debug, Default)]
pub struct Histograms(Vec<(usize, Arc<Histogram>)>);

impl Histograms {
    /// True if the series has no histogram.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The histogram at a step.
    #[inline]
    pub fn at(&self, step: usize) -> Option<&Arc<Histogram>> {
        if self.0.is_empty() {
            return None;
        }
        self.place(step).ok().map(|place| &self.0[place].1)
    }

    /// Steps and histograms, ascending.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (usize, &Arc<Histogram>)> {
        self.0.iter().map(|(step, histogram)| (*step, histogram))
    }

    /// Sets the histogram of a step.
    pub fn set(&mut self, step: usize, histogram: Arc<Histogram>) {
        match self.place(step) {
            Ok(place) => self.0[place].1 = histogram,
            Err(place) => self.0.insert(place, (step, histogram)),
        }
    }

    /// Leaves the histograms of the wanted steps.
    pub fn retain(&mut self, wanted: impl Fn(usize) -> bool) {
        self.0.retain(|(step, _)| wanted(*step));
    }

    /// Changes each histogram; `None` leaves it out.
    pub fn change(&mut self, new: impl Fn(usize, &Histogram) -> Option<Histogram>) {
        let changed = self.0.drain(..).filter_map(|(step, old)| Some((step, Arc::new(new(step, &old)?))));
        self.0 = changed.collect();
    }

    /// Bytes that they hold.
    pub fn bytes(&self) -> usize {
        self.iter().map(|(_, histogram)| histogram.size() + size_of::<(usize, Arc<Histogram>)>()).sum()
    }

    fn place(&self, step: usize) -> Result<usize, usize> {
        // A series that has a histogram at every step has it there.
        match self.0.get(step) {
            Some((at, _)) if *at == step => Ok(step),
            _ => self.0.binary_search_by_key(&step, |(at, _)| *at),
        }
    }
}

impl FromIterator<(usize, Arc<Histogram>)> for Histograms {
    fn from_iter<I: IntoIterator<Item = (usize, Arc<Histogram>)>>(ascending: I) -> Self {
        Self(ascending.into_iter().collect())
    }
}
