use super::*;
use crate::model::{Function, FunctionResource, ResourceType};

fn are_kept_listed_and_dropped(on: Kind) {
    let s = Scratch::new(on);
    let f = Function {
        database: "default".into(),
        name: "f".into(),
        class_name: "com.example.F".into(),
        owner: None,
        owner_type: PrincipalType::Role,
        create_time: 3,
        resources: vec![FunctionResource { kind: ResourceType::Jar, uri: "file:/f.jar".into() }],
    };
    s.store.create_function(&f).unwrap();
    assert_eq!(s.store.function("default", "f").unwrap(), f);
    assert_eq!(is_there(s.store.create_function(&f)), "Function f already exists");
    assert_eq!(s.store.function_names("default", Some("f*")).unwrap(), ["f"]);
    assert!(s.store.function_names("default", Some("g*")).unwrap().is_empty());
    s.store.create_database(&database("d")).unwrap();
    s.store.create_function(&Function { database: "d".into(), ..f.clone() }).unwrap();
    assert_eq!(is_refused(s.store.drop_database("d", false)), "Database d is not empty. One or more functions exist.");
    s.store.drop_database("d", true).unwrap();
    s.store.drop_function("default", "f").unwrap();
    assert_eq!(is_missing(s.store.drop_function("default", "f")), "Function default.f does not exist");
    is_missing(s.store.function("x", "f"));
    is_refused(s.store.create_function(&Function { name: "a b".into(), ..f }));
}

on_every_store!(are_kept_listed_and_dropped);
