//! A template of a rule: parsed, and expanded for one series.

use lab_model::Labels;
use lab_template::{Budget, Host, Limits, MissingKey, Struct, Template, TemplateError, Text, Texts, Value};

use super::functions::TABLE;
use super::scope::Scope;

/// The variables that every template of a rule begins with. They stand on its first line, so that the columns of our
/// messages are Prometheus' columns.
const VARIABLES: &str = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}\
    {{$externalURL := .ExternalURL}}{{$value := .Value}}";

/// The type of what a template is expanded with, as Prometheus names it.
const DATA: &str =
    "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }";

/// The longest text that a template may give is 64 KiB.
const LIMITS: Limits = Limits { steps: 100_000, output: 64 << 10, work: 4 << 20 };

/// A template of an alert's label or annotation.
#[derive(Clone, Debug)]
pub struct RuleTemplate {
    name: String,
    template: Template,
}

impl RuleTemplate {
    /// Parses the text of a label or annotation of this alert.
    pub fn parse(alert: &str, text: &str) -> Result<Self, TemplateError> {
        let name = format!("__alert_{alert}");
        let parsed = Template::parse(&name, &format!("{VARIABLES}{text}"), &TABLE, MissingKey::Zero);
        let template = parsed.map_err(without_variables)?;
        Ok(Self { name, template })
    }

    /// The text for one series; what went wrong in its place if it cannot be expanded.
    pub fn expand(&self, scope: &Scope<'_>) -> String {
        let labels = Named(scope.labels);
        let external = scope.outside.labels.iter();
        let external =
            Value::texts(external.map(|(name, value)| (Text::from(name.clone()), Text::from(value.clone()))));
        let data = Value::Struct(
            Struct {
                type_name: DATA,
                is_pointer: false,
                fields: vec![
                    ("Labels", Value::Texts(&labels)),
                    ("ExternalLabels", external),
                    ("ExternalURL", Value::text(scope.outside.url.clone())),
                    ("Value", Value::Float(scope.value).any()),
                ],
            }
            .into(),
        );
        match self.template.execute(data, scope, LIMITS) {
            Ok(text) => String::from_utf8_lossy(&text).into_owned(),
            Err(error) => format!("<error expanding template: error executing template {}: {error}>", self.name),
        }
    }
}

/// The user's columns: those of the first line without the variables before it.
fn without_variables(error: TemplateError) -> TemplateError {
    match error {
        TemplateError::Parse { name, line: 1, column, reason } => {
            TemplateError::Parse { name, line: 1, column: column.saturating_sub(VARIABLES.len()), reason }
        }
        error => error,
    }
}

impl Host for Scope<'_> {
    fn call<'a>(&'a self, function: usize, arguments: &[Value<'a>], budget: &mut Budget) -> Result<Value<'a>, String> {
        let function = TABLE.get(function).ok_or("the template calls a function that does not exist")?;
        let value = (function.body)(self, arguments, budget)?;
        if let Value::Text(text) = &value {
            budget.reserve(text.len())?;
        }
        Ok(value)
    }
}

/// Labels as a template sees them.
#[derive(Debug)]
struct Named<'a>(&'a Labels);

impl Texts for Named<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|label| (&*label.name, &*label.value)).collect()
    }
}
