//! Rules about modules: those of `cargo xtask structure`, and where certain imports may lead.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::modules::Crate;
use crate::source::resolve;
use crate::structure::{self, Kind};
use crate::tidy::rule::{Finding, Rule, Workspace};

/// The engines, which hold a store and a query language each.
const ENGINES: [&str; 3] = ["lab-metrics", "lab-logs", "lab-traces"];
/// The files of an engine that make expressions or take them apart.
const OF_EXPRESSIONS: [&str; 3] = ["lexer", "parser", "printer"];
/// How the types of expressions and of what a plan evaluates are called.
const EXPRESSIONS: [&str; 4] = ["Expr", "Node", "Plan", "Query"];

/// The rules that `cargo xtask structure` reports.
pub(crate) const RULES: [Rule; 5] = [
    Rule { name: "circles", check: |workspace| of_kind(workspace, Kind::Circle) },
    Rule { name: "children", check: |workspace| of_kind(workspace, Kind::Children) },
    Rule { name: "parent", check: |workspace| of_kind(workspace, Kind::Parent) },
    Rule { name: "re-exports", check: |workspace| of_kind(workspace, Kind::ReExport) },
    Rule { name: "function-length", check: |workspace| of_kind(workspace, Kind::Length) },
];

/// Query functions take values: the files of an engine that are called functions import no expression and no parser.
pub(crate) const VALUES: Rule = Rule { name: "functions-take-values", check: functions_take_values };

/// The errors of an engine become answers in one file for each product: no second file of a product in lab-api
/// distinguishes the variants of an engine's error.
pub(crate) const TRANSLATION: Rule = Rule { name: "one-translation", check: one_translation };

/// Nothing panics on purpose outside tests.
pub(crate) const PANICS: Rule = Rule { name: "no-panics", check: no_panics };

fn no_panics(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, target) in workspace.targets() {
        for module in &target.modules {
            let file = &target.files[module.file];
            findings.extend(module.panics.iter().map(|call| {
                let what = format!("`{}` panics; return an error, or choose a value", call.path);
                Finding::new(format!("{file}:{}", call.line), what)
            }));
        }
    }
    findings
}

fn of_kind(workspace: &Workspace, kind: Kind) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (member, target) in workspace.targets() {
        for found in structure::judge(target).remove(&kind).unwrap_or_default() {
            findings.push(Finding::new(member.folder.clone(), found));
        }
    }
    findings
}

/// Whether a file is this room or stands in it.
fn stands_in(file: &str, room: &str) -> bool {
    file.split('/').any(|part| part.strip_suffix(".rs").unwrap_or(part) == room)
}

fn functions_take_values(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, target) in workspace.targets().filter(|(member, _)| ENGINES.contains(&&*member.name)) {
        for edge in resolve::edges(target) {
            let (from, to) = (&target.files[edge.from], &target.files[edge.to]);
            let expression = edge.at.path.split("::").any(|part| EXPRESSIONS.iter().any(|name| part.ends_with(name)));
            let taken_apart = OF_EXPRESSIONS.iter().any(|room| stands_in(to, room));
            if stands_in(from, "functions") && (expression || taken_apart) {
                let what = format!("a query function takes values, and `{}` is of {to}", edge.at.path);
                findings.push(Finding::new(format!("{from}:{}", edge.at.line), what));
            }
        }
    }
    findings
}

fn one_translation(workspace: &Workspace) -> Vec<Finding> {
    let Some(target) = workspace.targets().find(|(member, _)| member.name == "lab-api").map(|(_, target)| target)
    else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for ((product, error), files) in translations(target) {
        let several = files.iter().filter(|(_, variants)| variants.len() > 1).map(|(file, _)| *file);
        let several: Vec<&str> = several.collect();
        if several.len() > 1 {
            let what = format!("{product} translates {error} in several files, translate it in one: {several:?}");
            findings.push(Finding::new("crates/lab-api", what));
        }
    }
    findings
}

/// For each product and each error of an engine, the files with the variants that each names.
type Translations<'a> = BTreeMap<(String, String), BTreeMap<&'a str, BTreeSet<String>>>;

fn translations(target: &Crate) -> Translations<'_> {
    let mut translations = Translations::new();
    for (number, module) in target.modules.iter().enumerate() {
        let file = target.files[module.file].as_str();
        let product = file.split('/').nth(3).unwrap_or_default();
        let product = product.strip_suffix(".rs").unwrap_or(product).to_owned();
        for path in &module.paths {
            let full = resolve::full_path(target, number, &path.path);
            let mut parts = full.rsplit("::");
            let (Some(variant), Some(error)) = (parts.next(), parts.next()) else { continue };
            let of_engine = ENGINES.iter().any(|engine| full.starts_with(&engine.replace('-', "_")));
            if of_engine && error.ends_with("Error") && variant.starts_with(char::is_uppercase) {
                let files = translations.entry((product.clone(), error.to_owned())).or_default();
                files.entry(file).or_default().insert(variant.to_owned());
            }
        }
    }
    translations
}
