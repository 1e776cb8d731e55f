use std::fs;

use super::*;
use crate::store::sqlite::SqliteOptions;

fn sqlite(s: &Scratch) -> SqliteStore {
    SqliteStore::open(&s.path()).unwrap()
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.db");
    fs::write(&path, "this is no database at all, but it is long enough for a header ".repeat(200)).unwrap();
    let before = fs::read(&path).unwrap();
    let message = is_broken(SqliteStore::open(&path));
    assert!(message.contains("catalog.db") && message.contains("no catalog"), "{message}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE tables (x)").unwrap();
    let message = is_broken(SqliteStore::open(&path));
    assert!(message.contains("another program"), "{message}");
}

#[test]
fn a_newer_schema_is_refused() {
    let s = Scratch::new(Kind::Sqlite);
    let connection = rusqlite::Connection::open(s.path()).unwrap();
    connection.execute("INSERT INTO skep_schema VALUES (99, 0)", []).unwrap();
    let message = is_broken(SqliteStore::open(&s.path()));
    assert!(message.contains("schema version 99, written by a newer Skep"), "{message}");
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(is_broken(SqliteStore::open(folder.path())).contains("it is a folder"));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(is_broken(SqliteStore::open(&file.join("catalog.db"))).contains("cannot be made"));
    assert!(is_broken(SqliteStore::open("".as_ref())).contains("no path"));
    #[cfg(target_os = "linux")]
    assert!(is_broken(SqliteStore::open("/proc/catalog.db".as_ref())).contains("cannot be opened or made"));
}

#[cfg(unix)]
#[test]
fn a_read_only_file_or_folder_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let s = Scratch::new(Kind::Sqlite);
    let path = s.path();
    let Scratch { store, folder, .. } = s;
    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let privileged = fs::OpenOptions::new().write(true).open(&path).is_ok();
    if !privileged {
        let message = is_broken(SqliteStore::open(&path));
        assert!(message.contains("cannot be written") || message.contains("cannot be opened"), "{message}");
        let message = is_broken(SqliteStore::open(&folder.path().join("new.db")));
        assert!(message.contains("cannot be opened or made"), "{message}");
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_name_that_sqlite_has_a_meaning_for_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:x?mode=memory"] {
        let path = folder.path().join(name);
        SqliteStore::open(&path).unwrap();
        assert!(path.is_file(), "{name}");
    }
}

#[test]
fn damage_anywhere_is_an_error_or_unseen_but_never_a_panic() {
    let s = Scratch::with_table(Kind::Sqlite, &["ds string"]);
    let t = table("t", &["ds string"]);
    let parts: Vec<_> = (0..200).map(|i| partition(&t, &[&i.to_string()])).collect();
    s.store.add_partitions("default", "t", &parts, false).unwrap();
    let whole = s.folder.path().join("whole.db");
    sqlite(&s).back_up(&whole).unwrap();
    let bytes = fs::read(&whole).unwrap();
    let options = SqliteOptions { busy_timeout: std::time::Duration::from_millis(50), ..SqliteOptions::default() };
    let mut broken = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 60) {
        let path = s.folder.path().join(format!("damaged{at}.db"));
        let mut damaged = bytes.clone();
        let end = (at + 700).min(damaged.len());
        damaged[at..end].iter_mut().enumerate().for_each(|(i, b)| *b ^= u8::try_from(i % 251).unwrap());
        fs::write(&path, &damaged).unwrap();
        let read_all = || -> Result<(), MetastoreError> {
            let store = SqliteStore::open_with(&path, &options)?;
            store.database("default")?;
            store.table("default", "t")?;
            store.partitions("default", "t", &crate::model::PartitionFilter::All, None)?;
            store.add_partitions("default", "t", &[partition(&t, &["new"])], false)?;
            store.drop_table("default", "t")
        };
        broken += usize::from(read_all().is_err());
        fs::remove_file(&path).unwrap();
    }
    assert!(broken > 5, "{broken}");
    // Cut short.
    let path = s.folder.path().join("short.db");
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let store = SqliteStore::open(&path);
    let message =
        is_broken(store.and_then(|s| s.partitions("default", "t", &crate::model::PartitionFilter::All, None)));
    assert!(message.contains("damaged"), "{message}");
}

#[test]
fn a_record_that_makes_no_sense_is_named() {
    let s = Scratch::with_table(Kind::Sqlite, &["ds string"]);
    let t = table("t", &["ds string"]);
    s.store.add_partitions("default", "t", &[partition(&t, &["1"])], false).unwrap();
    let connection = rusqlite::Connection::open(s.path()).unwrap();
    for (sql, part) in [
        ("UPDATE descriptors SET body = '{'", "the partition ds=1"),
        ("UPDATE partitions SET parameters = '[]'", "the partition ds=1"),
        ("UPDATE partitions SET name = 'ds'", "the partition ds"),
    ] {
        connection.execute(sql, []).unwrap();
        let message = is_broken(s.store.partitions("default", "t", &crate::model::PartitionFilter::All, None));
        assert!(message.contains(part), "{message}");
    }
    let deep = format!("UPDATE tables SET storage = '{}'", "[".repeat(100_000));
    connection.execute(&deep, []).unwrap();
    assert!(is_broken(s.store.table("default", "t")).contains("the table default.t"));
    connection.execute("UPDATE tables SET kind = 'x'", []).unwrap();
    assert!(is_broken(s.store.table("default", "t")).contains("no kind of table is called x"));
    connection.execute("UPDATE databases SET parameters = 'x'", []).unwrap();
    assert!(is_broken(s.store.database("default")).contains("the database default"));
}

#[test]
fn a_backup_is_a_catalog() {
    let s = Scratch::with_table(Kind::Sqlite, &[]);
    let to = s.folder.path().join("it's a backup.db");
    sqlite(&s).back_up(&to).unwrap();
    assert!(is_broken(sqlite(&s).back_up(&to)).contains("does not overwrite"));
    let copy = SqliteStore::open(&to).unwrap();
    assert_eq!(copy.table("default", "t").unwrap(), table("t", &[]));
}
