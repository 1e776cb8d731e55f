use super::*;

fn are_kept_as_given(on: Kind) {
    let s = Scratch::new(on);
    let mut db = database("sales");
    db.managed_location = Some("file:/m".into());
    db.owner_type = PrincipalType::Group;
    s.store.create_database(&db).unwrap();
    assert_eq!(s.store.database("sales").unwrap(), db);
    db.comment = None;
    db.owner = None;
    db.parameters.clear();
    s.store.alter_database(&db).unwrap();
    assert_eq!(s.store.database("sales").unwrap(), db);
    assert_eq!(s.store.database_names(None).unwrap(), ["default", "sales"]);
    assert_eq!(s.store.database_names(Some("s*|x")).unwrap(), ["sales"]);
}

fn say_what_is_wrong(on: Kind) {
    let s = Scratch::new(on);
    assert_eq!(is_there(s.store.create_database(&database("default"))), "Database default already exists");
    assert_eq!(is_missing(s.store.database("x")), "Database does not exist: x");
    is_missing(s.store.alter_database(&database("x")));
    is_missing(s.store.drop_database("x", true));
    is_missing(s.store.table_names("x", None, None));
    assert_eq!(is_refused(s.store.create_database(&database("a/b"))), "a/b is not a valid database name");
    assert_eq!(is_refused(s.store.drop_database("default", true)), "Can not drop default database");
}

fn are_dropped_with_what_is_in_them_only_by_cascade(on: Kind) {
    let s = Scratch::new(on);
    s.store.create_database(&database("d")).unwrap();
    let mut t = table("t", &["ds string"]);
    t.database = "d".into();
    s.store.create_table(&t).unwrap();
    s.store.add_partitions("d", "t", &[partition(&t, &["1"])], false).unwrap();
    s.store.record_commit("d", "t", "j").unwrap();
    let message = is_refused(s.store.drop_database("d", false));
    assert_eq!(message, "Database d is not empty. One or more tables exist.");
    s.store.drop_database("d", true).unwrap();
    is_missing(s.store.database("d"));
    for table in ["tables", "partitions", "descriptors", "pending_commits"] {
        assert_eq!(s.count(table), 0, "{table}");
    }
    s.store.create_database(&database("d")).unwrap();
    s.store.drop_database("d", false).unwrap();
}

on_every_store!(are_kept_as_given, say_what_is_wrong, are_dropped_with_what_is_in_them_only_by_cascade);
