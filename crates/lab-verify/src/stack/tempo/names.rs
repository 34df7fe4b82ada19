//! The names in a trace, each kept once: services, keys and span names come again and again.

use std::collections::HashMap;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Names(HashMap<Arc<str>, Arc<str>>);

impl Names {
    pub(super) fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let new: Arc<str> = name.into();
        self.0.insert(new.clone(), new.clone());
        new
    }
}
