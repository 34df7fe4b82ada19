//! What can be said of single modules and functions: crowded modules, re-exports, long functions.

use crate::source::modules::Crate;

/// Child modules that a module may have. Modules of tests do not count.
const MOST_CHILDREN: usize = 9;
/// Lines of code that a function may have, as clippy's `too_many_lines` counts them.
const MOST_LINES: usize = 60;

pub(crate) fn crowded(parsed: &Crate) -> Vec<String> {
    let crowded = parsed.modules.iter().filter(|module| module.children.len() > MOST_CHILDREN);
    let finding = |file: usize, count: usize| format!("{}: {count} child modules; group them", parsed.files[file]);
    crowded.map(|module| finding(module.file, module.children.len())).collect()
}

pub(crate) fn re_exports(parsed: &Crate) -> Vec<String> {
    let mut findings = Vec::new();
    for module in &parsed.modules {
        let file = &parsed.files[module.file];
        let visible = module.imports.iter().filter(|import| import.visible && !file.ends_with("src/lib.rs"));
        findings.extend(visible.map(|import| {
            let of = &import.of;
            format!("{file}:{}: re-exports `{}`; its users can name where it is defined", of.line, of.path)
        }));
    }
    findings
}

pub(crate) fn long_functions(parsed: &Crate) -> Vec<String> {
    let long = parsed.functions.iter().filter(|function| function.lines > MOST_LINES);
    long.map(|function| {
        let file = &parsed.files[function.file];
        format!("{file}:{}: `{}` has {} lines of code", function.line, function.name, function.lines)
    })
    .collect()
}
