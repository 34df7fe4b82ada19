//! The time of a run: every question is asked about it, and `$run` stands for its length.

/// From the start of the program to the moment at which everything had arrived, in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    pub start_ns: i64,
    pub end_ns: i64,
}

impl Scope {
    /// From one moment to another.
    pub fn of(start_ns: i64, end_ns: i64) -> Self {
        Self { start_ns, end_ns }
    }

    /// The same run, seen until a later moment.
    #[must_use]
    pub fn until(self, end_ns: i64) -> Self {
        Self { end_ns: end_ns.max(self.start_ns), ..self }
    }

    /// How long it is, in whole milliseconds and at least one: a range of no length selects nothing.
    pub fn millis(&self) -> i64 {
        (self.end_ms() - self.start_ns / 1_000_000).max(1)
    }

    /// A query with the length of the run in place of `$run`, as the three languages write durations.
    pub fn fill_in(&self, query: &str) -> String {
        query.replace("$run", &format!("{}ms", self.millis()))
    }

    /// The moment at which instant queries are evaluated. It is a whole millisecond, the last one that has begun.
    pub fn end_ms(&self) -> i64 {
        self.end_ns.div_euclid(1_000_000)
    }

    /// The same in seconds, as Prometheus' API takes it.
    pub fn end_seconds(&self) -> f64 {
        self.end_ms() as f64 / 1000.0
    }

    /// The start in seconds.
    pub fn start_seconds(&self) -> f64 {
        self.start_ns.div_euclid(1_000_000) as f64 / 1000.0
    }

    /// The whole seconds around the run, as Tempo's search takes them.
    pub fn seconds_around(&self) -> (i64, i64) {
        (self.start_ns.div_euclid(1_000_000_000), self.end_ns.div_euclid(1_000_000_000) + 1)
    }

    /// The range for Loki, whose end is exclusive.
    pub fn nanoseconds(&self) -> (i64, i64) {
        (self.start_ns, self.end_ns.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn the_length_of_the_run_stands_in_queries() {
        let scope = Scope { start_ns: 5_000_000_000, end_ns: 7_250_900_000 };
        assert_eq!(scope.fill_in("increase(x[$run]) + rate(y[$run])"), "increase(x[2250ms]) + rate(y[2250ms])");
        assert_eq!(scope.seconds_around(), (5, 8));
        assert_eq!(scope.until(5_000_000_000).millis(), 1, "a range selects something");
    }
}
