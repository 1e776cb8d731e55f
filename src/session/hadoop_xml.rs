//! `hive-site.xml` and `core-site.xml`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{ErrorKind, Result, SkepError};

/// Reads the properties of the configuration files in a folder, `core-site.xml` first, so that `hive-site.xml` wins. A
/// file that is not there is none; one that cannot be read is an error.
pub fn read_folder(folder: &Path, settings: &mut BTreeMap<String, String>) -> Result<()> {
    for name in ["core-site.xml", "hive-site.xml"] {
        let path = folder.join(name);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(broken(&path, &error)),
        };
        read_properties(&text, settings).map_err(|error| broken(&path, &error))?;
    }
    Ok(())
}

fn broken(path: &Path, problem: &dyn std::fmt::Display) -> SkepError {
    SkepError::new(
        ErrorKind::Configuration,
        format!("the configuration file {} cannot be read: {problem}", path.display()),
    )
}

/// Reads `<configuration><property><name/><value/></property>…`.
fn read_properties(text: &str, settings: &mut BTreeMap<String, String>) -> Result<(), roxmltree::Error> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)?;
    for property in document.root_element().children().filter(|node| node.has_tag_name("property")) {
        let child = |tag: &str| property.children().find(|node| node.has_tag_name(tag));
        let Some(name) = child("name").and_then(|node| node.text()) else { continue };
        let value = child("value").and_then(|node| node.text()).unwrap_or_default();
        settings.insert(name.trim().to_string(), value.trim().to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read() {
        let text = "<?xml version=\"1.0\"?><!-- site --><configuration><property><name>a.b</name><value> 1 </value>\
                    <description>x</description></property><property><name>empty</name><value/></property></configuration>";
        let mut settings = BTreeMap::new();
        read_properties(text, &mut settings).unwrap();
        assert_eq!(settings["a.b"], "1");
        assert_eq!(settings["empty"], "");
        assert!(read_properties("<configuration>", &mut settings).is_err());
    }
}
