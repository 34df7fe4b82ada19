//! The fields of its data that a template reads.

use crate::syntax::tree::{Branch, List, Node, OperandKind, Pipeline};

/// The names of the fields in a list of parts, each as often as it stands there: of `{{.a.b}}` both. Fields of variables and
/// of the values of functions are not among them.
pub(crate) fn of_list<'l>(list: &'l List) -> Vec<&'l str> {
    let of_node = |node: &'l Node| match node {
        Node::Action(action) => of_pipeline(&action.pipeline),
        Node::If(branch) | Node::With(branch) | Node::Range(branch) => of_branch(branch),
        Node::Text(_) | Node::Template(_) | Node::Break | Node::Continue => Vec::new(),
    };
    list.nodes.iter().flat_map(of_node).collect()
}

fn of_branch(branch: &Branch) -> Vec<&str> {
    let lists = std::iter::once(&branch.list).chain(&branch.otherwise);
    of_pipeline(&branch.pipeline).into_iter().chain(lists.flat_map(of_list)).collect()
}

fn of_pipeline(pipeline: &Pipeline) -> Vec<&str> {
    let operands = pipeline.commands.iter().flat_map(|command| &command.operands);
    operands
        .flat_map(|operand| match &operand.kind {
            OperandKind::Field(names) => names.iter().map(String::as_str).collect(),
            OperandKind::Pipeline(inner) => of_pipeline(inner),
            _ => Vec::new(),
        })
        .collect()
}
