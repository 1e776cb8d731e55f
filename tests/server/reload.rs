//! The configuration is read again.

use super::*;

#[test]
fn new_sessions_have_new_settings() {
    let folder = tempfile::tempdir().unwrap();
    let write = |properties: &[(&str, &str)]| {
        let properties: String = properties
            .iter()
            .map(|(name, value)| format!("<property><name>{name}</name><value>{value}</value></property>"))
            .collect();
        let text = format!("<configuration>{properties}</configuration>");
        std::fs::write(folder.path().join("hive-site.xml"), text).unwrap();
    };
    let options = EngineOptions {
        home: Some(folder.path().join("home")),
        configuration_folder: Some(folder.path().to_path_buf()),
        settings: vec![("my.given".to_string(), "1".to_string())],
        ..EngineOptions::default()
    };
    write(&[("my.key", "old"), ("my.lost", "x"), ("hive.server2.thrift.port", "10000"), ("my.given", "7")]);
    let engine = Engine::open(options.clone()).unwrap();
    let before = engine.session();
    let got = |session: &skep::Session, name: &str| session.config().get(name).map(str::to_string);
    write(&[("my.key", "new"), ("hive.server2.thrift.port", "10009"), ("hive.users.in.admin.role", "ann")]);
    for kept in [["hive.server2.thrift.port"], ["hive.server2.thrift.port"]] {
        let done = engine.reload(options.clone()).unwrap();
        assert_eq!(done.kept, kept, "it is told each time");
    }
    let after = engine.session();
    assert_eq!((got(&before, "my.key").as_deref(), got(&after, "my.key").as_deref()), (Some("old"), Some("new")));
    assert_eq!((got(&before, "my.lost").as_deref(), got(&after, "my.lost").as_deref()), (Some("x"), None));
    assert_eq!(got(&after, "my.given").as_deref(), Some("1"), "what was asked for on the command line stays");
    assert_eq!(got(&after, "hive.server2.thrift.port").as_deref(), Some("10000"));
    assert!(engine.is_administrator("ann") && !engine.is_administrator("joe"));
    std::fs::write(folder.path().join("hive-site.xml"), "<configuration>").unwrap();
    assert!(engine.reload(options).is_err());
    assert_eq!(got(&engine.session(), "my.key").as_deref(), Some("new"));
}
