//! The files and folders that statements name: in one form, and where the session may name them.

use skep_warehouse::format::avro;
use skep_warehouse::store::url;

use super::Session;
use crate::engine::absolute_url;
use crate::error::Result;

impl Session {
    /// A path or URL that a statement names, as an absolute URL.
    ///
    /// # Errors
    /// It is none, or statements of this session may not name it.
    pub(crate) fn named_url(&self, path: &str) -> Result<String> {
        let url = absolute_url(path)?;
        self.config.policy().check_folder(&url, None)?;
        Ok(url)
    }

    /// The same of a path that is taken from a folder of the catalog where it is relative, and that may then be anywhere in there.
    ///
    /// # Errors
    /// It is none, or statements of this session may not name it.
    pub(crate) fn named_url_in(&self, folder: &str, path: &str) -> Result<String> {
        if url::scheme(path).is_some() || path.starts_with('/') {
            return self.named_url(path);
        }
        let url = url::join(folder, path);
        self.config.policy().check_folder(&url, Some(folder))?;
        Ok(url)
    }

    /// Checks what properties of a table name: the file with its schema.
    ///
    /// # Errors
    /// Statements of this session may not name it.
    pub(crate) fn check_properties<'p>(
        &self,
        properties: impl IntoIterator<Item = (&'p String, &'p String)>,
    ) -> Result<()> {
        for (key, value) in properties {
            if key == avro::SCHEMA_URL && value != avro::NO_SCHEMA {
                self.config.policy().check_folder(value, None)?;
            }
        }
        Ok(())
    }
}
