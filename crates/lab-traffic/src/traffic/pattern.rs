//! What each simulated user does: a script of pauses and requests, drawn from a seed.
//!
//! A script is a function of (seed, user): how long answers take, how many users there are and the order
//! in which they run change nothing in it.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use lab_model::strategy::Strategy;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::request::RollRequest;

/// The habits that all users share.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Number of users, at least 1.
    pub users: u32,
    /// How many requests each user makes.
    pub requests: Requests,
    /// Probability, within [0, 1], that a request is a batch.
    pub async_probability: f64,
    /// Batches have 1 to this many dice.
    pub max_async_rolls: u32,
    /// How batches treat failing rolls.
    pub strategy: StrategyChoice,
    /// Pause before each request, uniform.
    pub think: RangeInclusive<Duration>,
    /// Dice to choose from; at least one.
    pub dice: Vec<String>,
    /// What everything is drawn from.
    pub seed: u64,
}

/// How many requests a user makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// Uniform from 1 to this number.
    UpTo(u32),
    Endless,
}

/// Which strategy batches have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyChoice {
    /// The same for all.
    Always(Strategy),
    /// Each batch draws its own.
    Mixed,
}

/// What a user does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Time to think before the request.
    pub pause: Duration,
    pub request: RollRequest,
}

/// The steps of one user, in order.
#[derive(Debug, Clone)]
pub struct Script {
    pattern: Arc<Pattern>,
    rng: ChaCha8Rng,
    left: Option<u32>,
}

impl Script {
    /// The script of a user, counted from 1.
    pub fn new(pattern: Arc<Pattern>, user: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(pattern.seed);
        rng.set_stream(u64::from(user));
        let left = match pattern.requests {
            Requests::UpTo(most) => Some(rng.random_range(1..=most.max(1))),
            Requests::Endless => None,
        };
        Self { pattern, rng, left }
    }

    /// Number of steps to come; nothing if there is no end.
    pub fn left(&self) -> Option<u32> {
        self.left
    }
}

impl Iterator for Script {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1)?;
        }
        // Every step draws the same number of values, so that one habit changed leaves the others alone.
        let (pattern, rng) = (&self.pattern, &mut self.rng);
        let pause = rng.random_range(pattern.think.clone());
        let die = pattern.dice.get(rng.random_range(0..pattern.dice.len().max(1))).cloned().unwrap_or_default();
        let is_batch = rng.random::<f64>() < pattern.async_probability;
        let times = rng.random_range(1..=pattern.max_async_rolls.max(1));
        let drawn = Strategy::ALL[rng.random_range(0..Strategy::ALL.len())];
        let strategy = match pattern.strategy {
            StrategyChoice::Always(strategy) => strategy,
            StrategyChoice::Mixed => drawn,
        };
        let request = if is_batch { RollRequest::batch(die, times, strategy) } else { RollRequest::single(die) };
        Some(Step { pause, request })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    fn pattern() -> Pattern {
        Pattern {
            users: 10,
            requests: Requests::UpTo(20),
            async_probability: 0.3,
            max_async_rolls: 10,
            strategy: StrategyChoice::Always(Strategy::FailFast),
            think: Duration::from_millis(500)..=Duration::from_secs(2),
            dice: vec!["fair".to_owned(), "risky".to_owned()],
            seed: 7,
        }
    }

    fn steps(pattern: &Pattern, user: u32) -> Vec<Step> {
        Script::new(Arc::new(pattern.clone()), user).take(1000).collect()
    }

    #[test]
    fn users_differ_and_a_change_of_one_habit_keeps_the_rest() {
        let endless = Pattern { requests: Requests::Endless, ..pattern() };
        assert_ne!(steps(&endless, 1), steps(&endless, 2));
        assert_eq!(steps(&endless, 1).len(), 1000);
        let always = Pattern { async_probability: 1.0, ..endless.clone() };
        let dice =
            |pattern: &Pattern| -> Vec<String> { steps(pattern, 1).into_iter().map(|step| step.request.die).collect() };
        assert!(dice(&always) == dice(&endless));
        assert!(steps(&always, 1).iter().all(|step| step.request.times().is_some()));
    }

    #[test]
    fn habits_are_kept_on_average() {
        let endless = Pattern { requests: Requests::Endless, strategy: StrategyChoice::Mixed, ..pattern() };
        let steps = steps(&endless, 3);
        let batches: Vec<_> = steps.iter().filter_map(|step| step.request.strategy()).collect();
        assert!((250..350).contains(&batches.len()), "{}", batches.len());
        for strategy in Strategy::ALL {
            let share = batches.iter().filter(|drawn| **drawn == strategy).count();
            assert!(share * 5 > batches.len(), "{strategy:?}: {share}");
        }
        let fair = steps.iter().filter(|step| step.request.die == "fair").count();
        assert!((440..560).contains(&fair), "{fair}");
    }

    proptest! {
        #[test]
        fn a_script_repeats_and_stays_within_its_bounds(seed: u64, user in 1_u32..50, most in 1_u32..40) {
            let pattern = Pattern { requests: Requests::UpTo(most), seed, ..pattern() };
            let script = Script::new(Arc::new(pattern.clone()), user);
            let promised = script.left();
            let drawn = steps(&pattern, user);
            prop_assert_eq!(&drawn, &steps(&pattern, user));
            prop_assert_eq!(promised, Some(drawn.len() as u32));
            prop_assert!((1..=most as usize).contains(&drawn.len()));
            for step in drawn {
                prop_assert!(pattern.think.contains(&step.pause));
                prop_assert!(pattern.dice.contains(&step.request.die));
                prop_assert!((1..=10).contains(&step.request.dice()));
            }
        }
    }
}
