use super::*;
use crate::model::{DataConnector, DefinitionKind};
use crate::store::definitions;

fn are_changed_only_by_who_has_seen_them(on: Kind) {
    let s = Scratch::new(on);
    let one = DataConnector { name: "c".into(), kind: "mysql".into(), url: "u".into(), ..DataConnector::default() };
    let add = definitions::created(&one).unwrap();
    s.store.change_definitions(std::slice::from_ref(&add)).unwrap();
    assert_eq!(is_there(s.store.change_definitions(&[add])), "the connector c already exists");
    let old = definitions::find::<DataConnector>(&*s.store, "c").unwrap().unwrap();
    let two = DataConnector { url: "v".into(), ..one.clone() };
    s.store.change_definitions(&definitions::replaced(&old, &two).unwrap()).unwrap();
    is_refused(s.store.change_definitions(&definitions::replaced(&old, &one).unwrap()));
    let new = definitions::find::<DataConnector>(&*s.store, "c").unwrap().unwrap();
    assert_eq!(new.value, two);
    let renamed = DataConnector { name: "d".into(), ..two };
    s.store.change_definitions(&definitions::replaced(&new, &renamed).unwrap()).unwrap();
    let names: Vec<String> = s.store.definitions(DefinitionKind::Connector).unwrap().into_iter().map(|d| d.0).collect();
    assert_eq!(names, ["d"]);
    assert_eq!(is_missing(s.store.change_definitions(&[definitions::removed(&new)])), "the connector c does not exist");
    let last = definitions::find::<DataConnector>(&*s.store, "d").unwrap().unwrap();
    s.store.change_definitions(&[definitions::removed(&last)]).unwrap();
    assert!(s.store.definitions(DefinitionKind::Connector).unwrap().is_empty());
}

fn are_found_by_the_beginning_of_their_names(on: Kind) {
    let s = Scratch::new(on);
    for name in ["a", "a\u{10ffff}", "ab", "aü", "b", "A"] {
        let one = DataConnector { name: name.into(), ..DataConnector::default() };
        s.store.change_definitions(&[definitions::created(&one).unwrap()]).unwrap();
    }
    let names = |prefix: &str| -> Vec<String> {
        definitions::under::<DataConnector>(&*s.store, prefix).unwrap().into_iter().map(|d| d.value.name).collect()
    };
    assert_eq!(names("a"), ["a", "ab", "aü", "a\u{10ffff}"]);
    assert_eq!(names("ab"), ["ab"]);
    assert_eq!(names("c"), [""; 0]);
    assert_eq!(names("").len(), 6);
}

on_every_store!(are_changed_only_by_who_has_seen_them, are_found_by_the_beginning_of_their_names);
