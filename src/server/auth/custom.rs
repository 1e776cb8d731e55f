//! `CUSTOM`: a file of names and Argon2 hashes. Hive has a Java class there that an administrator writes.

use std::path::Path;

use skep_thrift::PasswordFile;

use super::{value, wrong};
use crate::error::Result;
use crate::session::config::SessionConfig;

/// The file that `skep.server.password.file` names.
///
/// # Errors
/// It is not named, or cannot be read, or a line of it is wrong; and where a Java class is named.
pub fn password_file(config: &SessionConfig) -> Result<PasswordFile> {
    let key = "hive.server2.custom.authentication.class";
    if value(config, key).is_some() {
        let text = format!("{key} names a Java class, which cannot be run here; {KEY} names a file of passwords");
        return Err(wrong(text));
    }
    let file = value(config, KEY).ok_or_else(|| {
        wrong(format!("hive.server2.authentication=CUSTOM needs {KEY}: a file that `skep passwd` writes"))
    })?;
    PasswordFile::open(Path::new(file)).map_err(|error| wrong(format!("{KEY}: {error}")))
}

/// Names the file.
const KEY: &str = "skep.server.password.file";

#[cfg(test)]
mod tests {
    use skep_thrift::PasswordCheck;

    use super::super::configuration;
    use super::*;

    #[test]
    fn the_files_passwords_are_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users");
        std::fs::write(&path, PasswordFile::line("joe", "secret").unwrap()).unwrap();
        let file = password_file(&configuration(&[(KEY, &path.display().to_string())])).unwrap();
        assert!(file.check("joe", "secret"));
        for (user, password) in [("joe", "Secret"), ("joe", ""), ("ann", "secret"), ("", "")] {
            assert!(!file.check(user, password), "{user}");
        }
        let settings = [(KEY, "x"), ("hive.server2.custom.authentication.class", "org.x.Y")];
        assert!(password_file(&configuration(&settings)).is_err());
        assert!(password_file(&configuration(&[(KEY, "/no/such/file")])).is_err());
    }
}
