//! Child processes: started, read, restarted, stopped, never orphaned.
