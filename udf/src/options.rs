//! What functions read of the session beside its time zone.

use datafusion_common::config::{ConfigExtension, ConfigOptions};
use datafusion_common::extensions_options;

extensions_options! {
    /// Options of Hive's functions, an extension of DataFusion's options by the prefix `hive`.
    pub struct HiveOptions {
        /// `hive.datetime.formatter`: whether patterns are those of `SimpleDateFormat`, not of `DateTimeFormatter`.
        pub simple_date_patterns: bool, default = false
        /// `hive.masking.algo`: the digest of `mask_hash`, `sha256` or `sha512`.
        pub masking_sha512: bool, default = false
    }
}

impl ConfigExtension for HiveOptions {
    const PREFIX: &'static str = "hive";
}

impl HiveOptions {
    /// The options of a session; the defaults where none were set.
    pub fn of(config: &ConfigOptions) -> HiveOptions {
        config.extensions.get::<HiveOptions>().cloned().unwrap_or_default()
    }
}
