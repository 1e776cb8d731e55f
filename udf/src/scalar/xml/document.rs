//! Documents, read with limits.

use sxd_document::{Package, QName, dom, parser};

/// The most elements within each other.
const DEEPEST_DOCUMENT: usize = 500;

/// Reads a document. Elements lose their namespaces, as Java's factories of documents do not look at them unless told
/// to: `a/b` finds `b` whatever `xmlns` says.
///
/// # Errors
/// Why it is none.
pub(super) fn parse(text: &str) -> Result<Package, String> {
    check_depth(text)?;
    let package = parser::parse(text).map_err(|error| error.to_string())?;
    forget_namespaces(package.as_document().root());
    Ok(package)
}

/// Counts tags that open and close, so that nothing that walks the tree later runs out of stack.
fn check_depth(text: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
        if let Some((_, end)) = skipped.iter().find(|(start, _)| rest.starts_with(start)) {
            let Some(end) = rest.find(end) else { return Ok(()) };
            rest = &rest[end..];
            continue;
        }
        if rest.starts_with("</") {
            depth = depth.saturating_sub(1);
        } else if !rest.starts_with("<!") {
            let tag = rest.find('>').map_or(rest, |end| &rest[..end]);
            if !tag.ends_with('/') {
                depth += 1;
            }
        }
        if depth > DEEPEST_DOCUMENT {
            return Err(format!("more than {DEEPEST_DOCUMENT} elements within each other"));
        }
        rest = &rest[1..];
    }
    Ok(())
}

fn forget_namespaces(root: dom::Root<'_>) {
    let mut waiting: Vec<dom::Element<'_>> = root.children().into_iter().filter_map(|child| child.element()).collect();
    while let Some(element) = waiting.pop() {
        if element.name().namespace_uri().is_some() {
            let local = element.name().local_part().to_string();
            element.set_name(QName::new(&local));
        }
        waiting.extend(element.children().into_iter().filter_map(|child| child.element()));
    }
}
