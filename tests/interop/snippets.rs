//! The snippets of `docs/server.md` for each client, run as they stand there. Only ports and the files of certificates are
//! others; a table `bees` is there, and a user joe with the password `secret`.

use std::process::{Command, Output, Stdio};

use crate::certificate::{STORE_PASSWORD, trust_store};
use crate::hs2::{Hs2, run_dbt};
use crate::logins::{set_password, with_password_file_over_tls};
use crate::peers::{Place, folder, output, run};

/// A block of the page between the headings `## Clients` and `## Security`.
struct Snippet {
    heading: String,
    language: String,
    text: String,
}

fn snippets() -> Vec<Snippet> {
    let page = std::fs::read_to_string(folder().join("../../docs/server.md")).unwrap();
    let (_, clients) = page.split_once("\n## Clients\n").unwrap();
    let (clients, _) = clients.split_once("\n## ").unwrap();
    let (mut found, mut heading, mut open) = (Vec::new(), String::new(), None::<Snippet>);
    for line in clients.lines() {
        match (line.strip_prefix("```"), open.as_mut()) {
            (Some(language), None) => {
                let (heading, language) = (heading.clone(), language.to_string());
                open = Some(Snippet { heading, language, text: String::new() });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(snippet)) => snippet.text.push_str(&format!("{line}\n")),
            (None, None) => line.strip_prefix("### ").into_iter().for_each(|name| heading = name.to_string()),
        }
    }
    found
}

/// A server with what the snippets ask for.
fn prepared(server: Hs2) -> Hs2 {
    let mut command = server.place.skep();
    command.args(["--hiveconf", &server.place.warehouse(), "-S", "-e"]);
    command.arg("create table bees (id int, name string); insert into bees values (1, 'Maja'); create database honey");
    output(command);
    server
}

/// Runs a snippet over a server.
fn run_snippet(server: &Hs2, snippet: &Snippet) -> Output {
    let place = &server.place;
    let certificate = place.path("certificate.pem").display().to_string();
    let text = snippet
        .text
        .replace("10000", &server.server.port().to_string())
        .replace("10001", &server.http.to_string())
        .replace("/etc/skep/ca.pem", &certificate)
        .replace("/etc/skep/trusted.jks", &place.path("trusted.JKS").display().to_string());
    let (client, file, text) = match snippet.language.as_str() {
        "python" => ("python-hs2", "snippet.py", text),
        // In a module of its own it could wait as it does.
        "js" => ("node", "snippet.js", format!("(async () => {{\n{text}\nprocess.exit(0);\n}})();\n")),
        "java" => {
            let body = format!("public static void main(String[] words) throws Exception {{\n{text}\n}}");
            ("java", "Snippet.java", format!("import java.sql.*;\nclass Snippet {{\n{body}\n}}\n"))
        }
        "sh" => ("", "snippet.sh", text),
        // The last connection is one with TLS.
        "yaml" => return run(run_dbt(server, &["debug", "--target", "secure"], Some(&text))),
        other => panic!("nothing runs {other}"),
    };
    let file = place.path(file);
    std::fs::write(&file, format!("{text}\n")).unwrap();
    let mut command = if client.is_empty() { Command::new("sh") } else { place.peer(client) };
    if client.is_empty() {
        command
            .stdin(Stdio::null())
            .arg("-e")
            .env("PATH", place.path_with_beeline())
            .env("PEER_WORK", place.path("peer"));
    }
    command.arg(file);
    if snippet.text.contains("ca.pem") || snippet.text.contains("trusted.jks") {
        // PyHive trusts over HTTP what the system trusts.
        command.env("SSL_CERT_FILE", certificate);
    }
    run(command)
}

#[test]
#[ignore = "drives programs that tests/interop/setup installs"]
fn snippets_of_the_documentation() {
    let open = prepared(Hs2::within(Place::new(), &[]));
    let secure = prepared(with_password_file_over_tls());
    set_password(&secure.place, "joe", "secret");
    trust_store(&secure.place, &secure.place.path("certificate.pem"), "JKS");
    let mut languages = Vec::new();
    for snippet in snippets() {
        // What installs something, and what is for programs that are not here.
        if snippet.language.is_empty() {
            continue;
        }
        let tls = ["ca.pem", "trusted.jks", "use_ssl: true"].iter().any(|word| snippet.text.contains(word));
        assert!(!snippet.text.contains("trusted.jks") || snippet.text.contains(STORE_PASSWORD));
        let ended = run_snippet(if tls { &secure } else { &open }, &snippet);
        let [told, errors] = [&ended.stdout, &ended.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        let Snippet { heading, text, .. } = &snippet;
        assert!(ended.status.success(), "{heading}: {text}\n{told}\n{errors}");
        let says = ["Maja", "bees", "Apache Hive", "All checks passed!"];
        assert!(says.iter().any(|says| told.contains(says)), "{heading}: {text}\n{told}\n{errors}");
        languages.push((snippet.heading, snippet.language));
    }
    let headings = ["beeline", "JDBC", "PyHive", "SQLAlchemy", "impyla", "dbt", "Node"];
    for heading in headings {
        assert!(languages.iter().any(|(found, _)| found == heading), "{heading} has no snippet: {languages:?}");
    }
}
