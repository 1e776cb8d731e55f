//! `skep passwd FILE USER`: writes a user's line of a password file.

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use skep_thrift::PasswordFile;

/// The command's arguments.
#[derive(Debug, Parser)]
#[command(name = "skep passwd", about = "Sets a user's password in a file that the servers read (Argon2 hashes)")]
struct Args {
    /// The file; it is made if it is not there
    file: PathBuf,
    /// The user
    user: String,
    /// Remove the user
    #[arg(long)]
    delete: bool,
}

/// Runs the command with these arguments, the first of which is its name. The password is asked for, or read from the
/// first line of standard input where that is no terminal.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let args = Args::parse_from(arguments);
    let done = if args.delete { delete(&args) } else { set(&args) };
    match done {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn set(args: &Args) -> Result<String, String> {
    // What is wrong with a name is told before anything is typed.
    let password = PasswordFile::line(&args.user, "").and_then(|_| password(&args.user))?;
    if password.is_empty() {
        return Err("an empty password is none: nothing is changed".to_string());
    }
    let line = PasswordFile::line(&args.user, &password)?;
    let known = change(&args.file, &args.user, Some(&line))?;
    Ok(format!("{} {} in {}", if known { "changed" } else { "added" }, args.user, args.file.display()))
}

fn delete(args: &Args) -> Result<String, String> {
    if change(&args.file, &args.user, None)? {
        Ok(format!("removed {} from {}", args.user, args.file.display()))
    } else {
        Err(format!("{} is not in {}", args.user, args.file.display()))
    }
}

fn password(user: &str) -> Result<String, String> {
    let failed = |error: io::Error| format!("cannot read the password: {error}");
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(failed)?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_string());
    }
    let password = rpassword::prompt_password(format!("Password of {user}: ")).map_err(failed)?;
    if rpassword::prompt_password("Once more: ").map_err(failed)? != password {
        return Err("the passwords differ: nothing is changed".to_string());
    }
    Ok(password)
}

/// Puts a line in the place of the user's own, or removes that; whether there was one. All other lines, comments too,
/// stay. A server that reads the file meanwhile sees all of the old or all of the new one.
fn change(file: &Path, user: &str, line: Option<&str>) -> Result<bool, String> {
    let failed = |error: io::Error| format!("{}: {error}", file.display());
    let before = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    let (mut known, mut lines) = (false, Vec::new());
    for old in before.lines() {
        let is_users = old.trim().split_once(':').is_some_and(|(name, _)| name == user);
        match (is_users, line) {
            (false, _) => lines.push(old),
            (true, Some(line)) if !known => lines.push(line),
            (true, _) => {}
        }
        known |= is_users;
    }
    if !known {
        lines.extend(line);
    }
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Made for its owner alone, and put in the place of the old one when it is whole.
    let mut written = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    for line in lines {
        writeln!(written, "{line}").map_err(failed)?;
    }
    if let Ok(old) = std::fs::metadata(file) {
        written.as_file().set_permissions(old.permissions()).map_err(failed)?;
    }
    written.as_file().sync_all().map_err(failed)?;
    written.persist(file).map_err(|error| failed(error.error))?;
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_changed_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users");
        let text = || std::fs::read_to_string(&file).unwrap();
        assert!(!change(&file, "joe", Some("joe:1")).unwrap());
        assert!(!change(&file, "ann", Some("ann:1")).unwrap());
        std::fs::write(&file, format!("# who may\n{}", text())).unwrap();
        assert!(change(&file, "joe", Some("joe:2")).unwrap());
        assert_eq!(text(), "# who may\njoe:2\nann:1\n");
        assert!(change(&file, "joe", None).unwrap());
        assert!(!change(&file, "jo", None).unwrap());
        assert_eq!(text(), "# who may\nann:1\n");
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
