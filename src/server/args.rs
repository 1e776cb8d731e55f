//! The flags of `skep server`.

use clap::Parser;
use skep_metastore::server::logs::LogFormat;

/// What `skep server` was asked to do.
#[derive(Debug, Parser)]
#[command(name = "skep server", about = "Serves HiveServer2's protocol and the metastore")]
pub struct Args {
    /// The port of HiveServer2's binary transport (as `hive.server2.thrift.port`; 10000)
    #[arg(long, value_name = "PORT")]
    pub hs2_port: Option<u16>,
    /// The port of HiveServer2 over HTTP (as `hive.server2.thrift.http.port`; 10001)
    #[arg(long, value_name = "PORT")]
    pub http_port: Option<u16>,
    /// The port of the metastore (as `hive.metastore.port`; 9083)
    #[arg(long, value_name = "PORT")]
    pub metastore_port: Option<u16>,
    /// The port of the web page (as `hive.server2.webui.port`; 10002; 0 for none)
    #[arg(long, value_name = "PORT")]
    pub web_port: Option<u16>,
    /// The address to listen at (as `hive.server2.thrift.bind.host`; 0.0.0.0)
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<String>,
    /// Set a configuration key
    #[arg(long, value_name = "KEY=VALUE")]
    pub hiveconf: Vec<String>,
    /// How log lines are written: text, json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Which log lines are written: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub log_level: String,
}

impl Args {
    /// The settings that the flags stand for, those of `--hiveconf` among them.
    pub fn settings(&self) -> Vec<(String, String)> {
        let named = self.hiveconf.iter().map(|text| crate::shell::args::name_and_value(text));
        let mut settings: Vec<(String, String)> =
            named.map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let mut add = |key: &str, value: Option<String>| {
            settings.extend(value.map(|value| (key.to_string(), value)));
        };
        add("hive.server2.thrift.port", self.hs2_port.map(|port| port.to_string()));
        add("hive.server2.thrift.http.port", self.http_port.map(|port| port.to_string()));
        add("hive.metastore.port", self.metastore_port.map(|port| port.to_string()));
        add("hive.server2.webui.port", self.web_port.map(|port| port.to_string()));
        add("hive.server2.webui.host", self.bind.clone());
        add("hive.server2.thrift.bind.host", self.bind.clone());
        add("hive.metastore.thrift.bind.host", self.bind.clone());
        settings
    }
}
