//! Scraping: asks targets for their metrics at a steady pace and appends what they answer to the store.
//!
//! Configured as Prometheus is ([`config`]): jobs, targets that stand in the configuration or in files
//! ([`discovery`]), [`relabel`]ling. Each target has a loop of its own, spread over the interval; one
//! [`cycle`] writes the samples, staleness markers for what vanished, and the series `up`,
//! `scrape_duration_seconds`, `scrape_samples_scraped`, `scrape_samples_post_metric_relabeling` and
//! `scrape_series_added`.
//!
//! The [`Scraper`](scraper::Scraper) owns its tasks: [`run`](scraper::Scraper::run) ends, with all loops, when its token is cancelled.

mod clock;
pub mod config;
pub mod cycle;
pub mod discovery;
pub mod endpoint;
mod fetch;
pub mod relabel;
pub mod scraper;
pub mod target;

#[cfg(test)]
mod tests;
