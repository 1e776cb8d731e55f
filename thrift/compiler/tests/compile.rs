//! IDLs and what is made of them, or why nothing is.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use skep_thrift_compiler::{CompileError, Options, compile};

/// Compiles the IDL in a file of its own, beside the other files.
fn compiled(name: &str, idl: &str, others: &[(&str, &str)]) -> Result<String, CompileError> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for (other, text) in others {
        std::fs::write(folder.join(other), text).unwrap();
    }
    let path = folder.join("main.thrift");
    std::fs::write(&path, idl).unwrap();
    compile(&path, &Options { exceptions: "AnyException", general_exception: None })
}

fn error(name: &str, idl: &str) -> String {
    let error = compiled(name, idl, &[]).err().map(|error| error.to_string());
    error.unwrap_or_else(|| format!("{name} was compiled"))
}

#[test]
fn definitions_and_methods() {
    let base = "enum Color { RED, BLUE = 5, GREEN }\nservice Base { oneway void stop() }";
    let main = r#"
        include "base.thrift"
        typedef list<base.Color> Colors
        // A tree.
        struct Node {
          1: required string type,
          2: optional Node child,
          3: list<Node> children,
          -1: Colors colors,
          4: map<list<i32>, set<binary>> bytes = {},
        }
        union Either { 1: i64 left, 2: Node rightSide, 3: Either deeper }
        exception Broken { 1: string message, 2: i32 code }
        const i32 LIMIT = 7
        service Main extends base.Base {
          // ---- A heading
          // Finds it.
          Node find_node(1: string name, 2: i16 count = -1) throws (2: Broken b)
        }
    "#;
    let text = compiled("definitions", &main.replace(" = {}", ""), &[("base.thrift", base)]).unwrap();
    for expected in [
        "pub struct Color(pub i32);",
        "pub const GREEN: Self = Self(6);",
        "/// A tree.",
        "pub r#type: String,",
        "pub child: Option<Box<Node>>,",
        "pub children: Option<Vec<Node>>,",
        "pub colors: Option<Vec<Color>>,",
        "pub bytes: Option<BTreeMap<Vec<i32>, BTreeSet<Vec<u8>>>>,",
        "RightSide(Node),",
        "Deeper(Box<Either>),",
        "pub enum AnyException {",
        "Broken(Broken),",
        "pub const LIMIT: i32 = 7;",
        "pub struct Stop;",
        "const ONEWAY: bool = true;",
        "pub struct FindNodeArgs {",
        "/// Field 2, `count`; absent, it means `-1`.",
        "type Success = super::Node;",
        "2 => Ok(Some(AnyException::Broken(reader.value()?))),",
    ] {
        assert!(text.lines().any(|line| line.trim() == expected), "{expected}\n{text}");
    }
    assert!(!text.contains("A heading") && text.contains("/// Finds it."));
}

#[test]
fn what_cannot_be_compiled_is_named() {
    for (name, idl, expected) in [
        ("unknown", "struct A { 1: B b }", "A.b: the type B is not defined"),
        ("twice", "struct A { 1: i32 a, 1: i32 b }", "A.b: field id 1 is used twice"),
        ("again", "struct A { 1: i32 a } struct A { 1: i32 a }", "A: it is defined twice"),
        ("key", "struct A { 1: map<double, string> a }", "A: a map whose keys have no order"),
        ("hidden", "struct Option { 1: i32 a }", "Option: the name means something else in Rust"),
        ("number", "enum A { X = 3000000000 }", "A: the number 3000000000 of X"),
        ("constant", "const list<i32> A = [1]", "A: a constant of this type"),
        ("thrown", "service A { void f() throws (1: i32 x) }", "f: it throws something that is no exception"),
    ] {
        assert_eq!(error(name, idl), expected, "{name}");
    }
    assert!(error("syntax", "struct A {").contains("line 1:"));
    assert!(error("missing", "include \"nothing.thrift\"").contains("nothing.thrift"));
}
