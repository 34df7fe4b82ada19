//! Scraping targets.
