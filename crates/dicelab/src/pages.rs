//! The pages that the binary itself serves: the start page on 3000 and the collector's status on 12345.
//! Rendered here, without scripts or anything from elsewhere; every value is escaped on its way in.

pub mod collector;
pub mod control;
pub mod faults;
pub mod html;
pub mod report;
pub mod runs;
pub mod start;
pub mod steering;
pub mod traffic;
