//! Hidden folders where files are made before they become part of a table.

use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::error::Result;
use crate::store::{Stores, fs, url};

/// What the names of staging folders begin with; Hive passes over them, for they begin with a dot.
const PREFIX: &str = ".hive-staging_skep_";

/// A staging folder below the folder of a table. It goes when it is dropped, whatever became of the write.
#[derive(Debug)]
pub struct Staging {
    url: String,
    id: String,
    /// The folder of the table, where the staging folder brought it into being.
    made_parent: Option<String>,
    keep: bool,
}

/// Staging folders that this process uses now.
fn live() -> &'static Mutex<HashSet<String>> {
    static LIVE: OnceLock<Mutex<HashSet<String>>> = OnceLock::new();
    LIVE.get_or_init(Mutex::default)
}

/// Name of this machine, without what the folder's name is taken apart at.
fn host() -> &'static str {
    static HOST: OnceLock<String> = OnceLock::new();
    HOST.get_or_init(|| {
        let name = std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("HOSTNAME"));
        let name = name.unwrap_or_else(|_| "localhost".to_string());
        name.trim().chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
    })
}

impl Staging {
    /// Makes a staging folder in the folder of a table, which is made too where it is not there.
    pub async fn create(stores: &Stores, location: &str) -> Result<Self> {
        let id = format!("{PREFIX}{}_{}_{}", host(), std::process::id(), Uuid::new_v4().simple());
        let made_parent = (!fs::exists(stores, location).await?).then(|| location.to_string());
        live().lock().insert(id.clone());
        let staging = Self { url: url::join(location, &id), id, made_parent, keep: false };
        fs::create_dir(stores, &staging.url).await?;
        Ok(staging)
    }

    /// URL of the folder.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Leaves the folder to whoever carries out the commit: its files are decided to be the table's.
    pub fn keep(&mut self) {
        self.keep = true;
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        live().lock().remove(&self.id);
        if self.keep {
            return;
        }
        // Nothing can be said or done about a failure here; the next writer tries again.
        if let Ok(path) = url::local_path(&self.url) {
            let _ = std::fs::remove_dir_all(path);
        }
        if let Some(Ok(path)) = self.made_parent.as_deref().map(url::local_path) {
            // Goes only when it is empty.
            let _ = std::fs::remove_dir(path);
        }
    }
}

/// Removes staging folders in the folder of a table that processes of this machine left behind when they died.
/// Decided commits must have been carried out before.
pub async fn remove_stale(stores: &Stores, location: &str) -> Result<()> {
    if !fs::exists(stores, location).await? {
        return Ok(());
    }
    for status in fs::list(stores, location).await? {
        if status.is_dir && is_stale(status.name()) {
            tracing::info!(folder = status.path, "removing what a writer that died left behind");
            fs::delete(stores, &status.path, true).await?;
        }
    }
    Ok(())
}

fn is_stale(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(host())) else {
        return false;
    };
    let Some(pid) = rest.strip_prefix('_').and_then(|rest| rest.split('_').next()?.parse::<u32>().ok()) else {
        return false;
    };
    if pid == std::process::id() {
        return !live().lock().contains(name);
    }
    // Where the system does not tell, nobody is taken for dead.
    Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{pid}")).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn comes_and_goes() {
        let dir = tempfile::tempdir().unwrap();
        let stores = Stores::new();
        let table = format!("file:{}/t", dir.path().display());
        let staging = Staging::create(&stores, &table).await.unwrap();
        let dead = url::join(&table, &format!("{PREFIX}{}_999999999_x", host()));
        let other_host = url::join(&table, &format!("{PREFIX}other.host_999999999_x"));
        fs::create_dir(&stores, &dead).await.unwrap();
        fs::create_dir(&stores, &other_host).await.unwrap();
        remove_stale(&stores, &table).await.unwrap();
        assert!(fs::exists(&stores, staging.url()).await.unwrap());
        assert!(!fs::exists(&stores, &dead).await.unwrap());
        assert!(fs::exists(&stores, &other_host).await.unwrap());
        fs::delete(&stores, &other_host, true).await.unwrap();
        drop(staging);
        assert!(!fs::exists(&stores, &table).await.unwrap());
    }
}
