//! Which resource, and which version of it, a client means: the uid that a resource gets when it is made, and the
//! preconditions of a removal.

use lab_dashboards::identity;
use serde_json::Value;

use crate::grafana::apis::kinds::Kind;

/// The uid of a resource: its own, or, where it was kept or shipped without one, one that follows from its kind, its name and
/// when it was made.
pub(crate) fn of(own: &str, kind: Kind, name: &str, created: &str) -> String {
    if !own.is_empty() {
        return own.to_owned();
    }
    let hash = |seed: u64| {
        let parts = [kind.plural(), name, created];
        let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
        bytes.fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    identity::in_shape(hash(0xcbf2_9ce4_8422_2325), hash(0x9ae1_6a3b_2f90_404f))
}

/// What must be true of a resource for a change to be made, as far as the client says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preconditions {
    uid: Option<String>,
    version: Option<String>,
}

impl Preconditions {
    /// Reads the `preconditions` of the options of a removal.
    pub(crate) fn read(options: &Value) -> Result<Self, String> {
        let conditions = &options["preconditions"];
        if !conditions.is_null() && !conditions.is_object() {
            return Err("preconditions must be an object {\"uid\", \"resourceVersion\"}".to_owned());
        }
        let text = |name: &str| match &conditions[name] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            other => Err(format!("preconditions.{name} must be a text, not {other}")),
        };
        Ok(Self { uid: text("uid")?, version: text("resourceVersion")? })
    }

    pub(crate) fn of_uid(uid: &str) -> Self {
        Self { uid: Some(uid.to_owned()), version: None }
    }

    /// Whether the resource with this uid and version is the one that is meant.
    pub(crate) fn hold(&self, uid: &str, version: u64) -> bool {
        self.uid.as_deref().is_none_or(|wanted| wanted == uid)
            && self.version.as_deref().is_none_or(|wanted| wanted == version.to_string())
    }

    /// What a resource lacks, in the words of Kubernetes.
    pub(crate) fn check(&self, resource: &Value) -> Result<(), String> {
        let parts = [("UID", "uid", &self.uid), ("ResourceVersion", "resourceVersion", &self.version)];
        for (what, field, wanted) in parts {
            let found = resource["metadata"][field].as_str().unwrap_or_default();
            if let Some(wanted) = wanted.as_deref().filter(|wanted| *wanted != found) {
                return Err(format!(
                    "Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
                ));
            }
        }
        Ok(())
    }
}
